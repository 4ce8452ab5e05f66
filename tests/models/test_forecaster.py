"""History to forecast, read step by step or by segments."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from kerasrnn.models import forecaster
from kerasrnn.registry import CELLS

SMALL = {"past": 6, "horizon": 4, "features": 3, "units": 4}
OPTIONS = {
    "plain": {},
    "targets": {"targets": 2},
    "bidirectional": {"bidirectional": True, "layers": 2},
    "residual": {"layers": 2, "units": (3, 3), "residual": True, "layer_normalization": True},
    "dropout": {"layers": 2, "dropout": 0.5, "output_dropout": 0.5},
    "mean_max": {"pooling": "mean_max"},
    "attention": {"pooling": "attention", "bidirectional": True},
    "known_future": {"targets": 1, "known_future": 2},
    "relative": {"relative": True},
    "segment": {"segment": 2},
    "segment, known_future": {"segment": 2, "targets": 2, "known_future": 2, "output_dropout": 0.5},
    "per_variable": {"per_variable": True},
    "per_variable by segment": {"per_variable": True, "segment": 2, "layers": 2, "units": (3, 5)},
    "SegRNN": {"per_variable": True, "segment": 2, "relative": True},
    "relative, known_future": {"relative": True, "targets": 2, "known_future": 1},
}
PER_VARIABLE = [name for name, options in OPTIONS.items() if options.get("per_variable")]
RELATIVE = [name for name, options in OPTIONS.items() if options.get("relative")]
RANDOM = np.random.default_rng(1)
HISTORY = RANDOM.normal(size=(2, 6, 3)).astype(np.float32)
FUTURE = RANDOM.normal(size=(2, 4, 2)).astype(np.float32)


def small(**options):
    keras.utils.set_random_seed(1)
    return forecaster(**{**SMALL, **options})


def inputs(options, history=HISTORY):
    known = options.get("known_future", 0)
    return {"past": history, "future": FUTURE[:, :, :known]} if known else history


@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("name", OPTIONS)
def test_every_cell_forecasts_every_target_over_the_horizon(cell, name):
    model = small(cell=cell, **OPTIONS[name])
    shape = (4, OPTIONS[name].get("targets", 3))
    assert model.output_shape == (None, *shape)
    outputs = np.asarray(model(inputs(OPTIONS[name])))
    assert outputs.shape == (2, *shape)
    assert np.isfinite(outputs).all()
    # each window is forecast from itself alone
    assert (outputs[0] != outputs[1]).any()


@pytest.mark.parametrize("name", OPTIONS)
def test_a_window_is_forecast_the_same_alone_and_among_others(name):
    model = small(**OPTIONS[name])
    given = inputs(OPTIONS[name])
    alone = keras.tree.map_structure(lambda x: x[1:], given)
    np.testing.assert_allclose(model(alone), model(given)[1:], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_saved_forecaster_gives_the_same(tmp_path, name):
    model = small(**OPTIONS[name])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    given = inputs(OPTIONS[name])
    np.testing.assert_allclose(loaded(given), model(given), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", RELATIVE)
def test_a_relative_forecast_moves_with_the_level(name):
    model = small(**OPTIONS[name])
    shift = np.array([10, -20, 30], np.float32)
    moved = model(inputs(OPTIONS[name], HISTORY + shift))
    expected = model(inputs(OPTIONS[name])) + shift[: moved.shape[-1]]
    np.testing.assert_allclose(moved, expected, rtol=1e-4, atol=1e-4)


def test_a_plain_forecast_does_not():
    model = small()
    assert np.abs(model(HISTORY + 10) - model(HISTORY) - 10).max() > 1


@pytest.mark.parametrize("name", PER_VARIABLE)
def test_per_variable_reads_each_variable_alone(name):
    model = small(**OPTIONS[name])
    changed = HISTORY.copy()
    changed[:, :, 1] += 1 + HISTORY[:, ::-1, 1]
    difference = np.abs(model(changed) - model(HISTORY)).max((0, 1))
    assert (difference[[0, 2]] < 1e-6).all()
    assert difference[1] > 1e-3


def test_segments_enter_in_order():
    model = small(segment=2)
    [first, *_] = keras.Model(model.input, model.get_layer("segments").output)(HISTORY)
    np.testing.assert_array_equal(first, [HISTORY[0, i : i + 2].ravel() for i in (0, 2, 4)])


def test_the_segments_of_a_variable_enter_in_order():
    model = small(segment=2, per_variable=True)
    rows = keras.Model(model.input, model.get_layer("segments").output)(HISTORY)
    for row, (window, variable) in enumerate(np.ndindex(2, 3)):
        np.testing.assert_array_equal(rows[row], HISTORY[window, :, variable].reshape(3, 2))


@pytest.mark.parametrize("name", ["segment", "per_variable by segment"])
@pytest.mark.parametrize("position", [0, 1])
def test_every_position_is_a_stretch_of_the_horizon(name, position):
    model = small(**OPTIONS[name])
    before = np.asarray(model(HISTORY))
    layer = model.get_layer("positions")
    vectors, variables = layer.get_weights()
    vectors[position] += 1
    layer.set_weights([vectors, variables])
    changed = np.abs(model(HISTORY) - before).max((0, 2)) > 1e-4
    assert changed.tolist() == [position == row // 2 for row in range(4)]


@pytest.mark.parametrize("name", ["known_future", "segment, known_future"])
def test_the_known_future_is_read_row_by_row(name):
    model = small(**OPTIONS[name])
    given = inputs(OPTIONS[name])
    changed = {**given, "future": given["future"].copy()}
    changed["future"][:, 3] += 5
    difference = np.abs(model(changed) - model(given)).max((0, 2))
    assert difference[3] > 1e-4
    assert (difference[:2] < 1e-6).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"past": 0}, "must be at least 1"),
        ({"horizon": 0}, "must be at least 1"),
        ({"targets": 0}, "must be at least 1"),
        ({"segment": 0}, "must be at least 1"),
        ({"targets": 4}, "4 targets are more than the 3 features"),
        ({"segment": 4}, r"a segment of 4 must divide the past \(6\) and the horizon \(4\)"),
        ({"segment": 3}, r"a segment of 3 must divide"),
        ({"per_variable": True, "targets": 2}, "no covariates"),
        ({"per_variable": True, "known_future": 1}, "no covariates"),
        ({"segment": 2, "bidirectional": True}, "leave out bidirectional and pooling"),
        ({"per_variable": True, "pooling": "mean"}, "leave out bidirectional and pooling"),
        ({"pooling": "median"}, "unknown pooling 'median'"),
        ({"cell": "rnn"}, "unknown cell 'rnn'"),
        ({"units": (4, 4)}, "2 widths given for 1 layers"),
        ({"layers": 0}, "layers must be at least 1"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options)


@pytest.mark.parametrize("name", ["plain", "known_future", "SegRNN"])
def test_keras_alone_can_fit_it(name):
    model = small(**OPTIONS[name])
    before = model.get_weights()
    model.compile("adam", "mse")
    target = np.zeros((2, *model.output_shape[1:]), np.float32)
    model.fit(inputs(OPTIONS[name]), target, epochs=1, verbose=0)
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


def test_the_models_need_nothing_else_of_the_package():
    code = (
        "import sys, kerasrnn.models;"
        "print(*sorted(n for n in sys.modules if n.startswith('kerasrnn.')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    parts = {name.split(".")[1] for name in run.stdout.split()}
    assert parts == {"models", "layers", "registry", "errors", "ids"}
