"""Ids to the scores of every next id, with and without a state that goes on."""

import keras
import numpy as np
import pytest

from kerasrnn.models import text_generator
from kerasrnn.models.text_generator import initial_state
from kerasrnn.registry import CELLS

IDS = np.random.default_rng(1).integers(1, 9, (2, 7)).astype(np.int32)
SMALL = {"vocabulary_size": 9, "units": 4, "embedding": 4}
OPTIONS = {
    "plain": {},
    "deep": {"layers": 2, "units": (4, 5)},
    "residual": {"layers": 2, "residual": True, "layer_normalization": True},
    "dropout": {"layers": 2, "embedding_dropout": 0.5, "dropout": 0.5, "output_dropout": 0.5},
}


def small(**options):
    keras.utils.set_random_seed(1)
    return text_generator(**{**SMALL, **options})


def read(model, ids, state):
    outputs = model({"ids": ids, "state": state})
    return np.asarray(outputs["logits"]), [np.asarray(s) for s in outputs["state"]]


@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("name", OPTIONS)
def test_the_state_changes_no_score_and_goes_on_between_pieces(cell, name):
    plain, model = small(cell=cell, **OPTIONS[name]), small(cell=cell, **OPTIONS[name], state=True)
    model.set_weights(plain.get_weights())
    expected = np.asarray(plain(IDS))
    assert expected.shape == (2, 7, 9)
    begin = [np.asarray(s) for s in initial_state(model, 2)]
    whole, _ = read(model, IDS, begin)
    np.testing.assert_allclose(whole, expected, rtol=1e-4, atol=1e-5)
    pieces, state = [], begin
    for piece in np.split(IDS, [1, 4], 1):
        logits, state = read(model, piece, state)
        pieces.append(logits)
    np.testing.assert_allclose(np.concatenate(pieces, 1), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", OPTIONS)
def test_no_score_depends_on_what_comes_later(name):
    model = small(**OPTIONS[name])
    changed = IDS.copy()
    changed[:, 4:] = 1
    np.testing.assert_allclose(model(changed)[:, :4], model(IDS)[:, :4], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("state", [False, True])
@pytest.mark.parametrize("name", OPTIONS)
def test_a_saved_generator_gives_the_same(tmp_path, name, state):
    model = small(**OPTIONS[name], state=state)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    if state:
        begin = [np.asarray(s) for s in initial_state(loaded, 2)]
        np.testing.assert_allclose(*(read(m, IDS, begin)[0] for m in (loaded, model)), rtol=1e-6)
    else:
        np.testing.assert_allclose(loaded(IDS), model(IDS), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("cell", "states"), [("gru", 2), ("lstm", 4), ("LSTM", 4)])
def test_the_state_begins_with_zeros(cell, states):
    begin = initial_state(small(cell=cell, layers=2, units=(4, 5), state=True), 3)
    assert len(begin) == states
    assert [s.shape[0] for s in begin] == [3] * states
    assert {s.shape[1] for s in begin} == {4, 5}
    assert not any(np.any(s) for s in begin)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vocabulary_size": 1}, "vocabulary_size of at least 2, got 1"),
        ({"cell": "lsmt"}, "unknown cell 'lsmt'"),
        ({"units": (4,), "layers": 2}, "1 widths given for 2 layers"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options)


def test_keras_alone_can_fit_it():
    model = small()
    before = model.get_weights()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(IDS[:, :-1], IDS[:, 1:], epochs=1, verbose=0)
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
