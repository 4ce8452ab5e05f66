"""The walk of our own against Keras's loop: outputs, states and every gradient."""

import itertools
import json
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.layers import scan, scanned
from kerasrnn.layers.scanned import (
    Scanned,
    keras_class,
    walked_predictions,
    with_keras_layers,
)
from kerasrnn.models import text_classifier
from kerasrnn.registry import CELLS

BATCH, FEATURES = 5, 6
MASKS = ("none", "right", "any")


@pytest.fixture(autouse=True)
def _narrow_layers_too(monkeypatch):
    monkeypatch.setattr(scanned, "LEAST", 1)


def _mask(kind: str, steps: int, rng) -> tf.Tensor | None:
    if kind == "none":
        return None
    if kind == "right":
        return tf.range(steps)[None] < tf.constant([[steps], [3], [1], [steps // 2], [steps - 1]])
    return tf.constant(rng.random((BATCH, steps)) < 0.6)


def _run(layer, x, state, mask, known: bool) -> list[np.ndarray]:
    """Outputs, states, and gradients of a sum that weighs each of them."""

    def run(x):
        with tf.GradientTape() as tape:
            tape.watch([x, *(state or ())])
            outputs = layer(x, initial_state=state, mask=mask, training=True)
            outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
            loss = tf.add_n(
                [tf.reduce_sum(tf.sin(out * (i + 1.3))) for i, out in enumerate(outputs)]
            )
        weights = [weight.value for weight in layer.trainable_variables]
        return outputs, tape.gradient(loss, [x, *(state or ()), *weights])

    shape = x.shape if known else [None, None, x.shape[-1]]
    compiled = tf.function(run, input_signature=[tf.TensorSpec(shape, tf.float32)])
    return [part.numpy() for part in tf.nest.flatten(compiled(x))]


def _agree(cell: str, settings: dict, *, mask="none", known=True, state=False, steps=12) -> None:
    rng = np.random.default_rng(0)
    fast = CELLS.load(cell)(return_state=True, **settings)
    usual = keras_class(CELLS.load(cell))(return_state=True, **settings)
    x = tf.constant(rng.normal(size=(BATCH, steps, FEATURES)), tf.float32)
    for layer in (fast, usual):
        layer.build(x.shape)
    fast.set_weights([rng.normal(scale=0.4, size=w.shape) for w in fast.weights])
    usual.set_weights(fast.get_weights())
    sizes = np.ravel(fast.cell.state_size)
    begin = [tf.constant(rng.normal(size=(BATCH, n)), tf.float32) for n in sizes] if state else None
    given = _mask(mask, steps, rng)
    for ours, theirs in zip(
        _run(fast, x, begin, given, known), _run(usual, x, begin, given, known), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=2e-5, rtol=2e-5)


# each pair of circumstances comes together at least once
CASES = [
    {"return_sequences": True},
    {"return_sequences": True, "mask": "right", "known": False},
    {"go_backwards": True, "mask": "right", "state": True, "return_sequences": True},
    {"mask": "any", "state": True, "known": False, "go_backwards": True},
    {"return_sequences": True, "mask": "any", "state": True, "steps": 37},
]


@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_the_walk_gives_what_keras_gives(cell, case):
    case = dict(case)
    settings = {
        name: case.pop(name) for name in ("return_sequences", "go_backwards") if name in case
    }
    _agree(cell, {"units": 7, **settings}, **case)


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("mask", MASKS)
def test_the_walk_gives_what_keras_gives_in_every_circumstance(cell, mask):
    truth = (False, True)
    for sequences, backwards, known, state in itertools.product(truth, truth, truth, truth):
        settings = {"units": 7, "return_sequences": sequences, "go_backwards": backwards}
        _agree(cell, settings, mask=mask, known=known, state=state, steps=21)


@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("parts", [1, 3])
def test_it_does_not_matter_in_how_many_parts_a_batch_walks(cell, parts, monkeypatch):
    monkeypatch.setattr(scan, "PARTS", parts)
    _agree(cell, {"units": 7, "return_sequences": True}, mask="right", known=False)


@pytest.mark.parametrize(
    ("steps", "wanted"), [(200, (50, True)), (24, (24, True)), (37, (37, True)), (97, (16, False))]
)
def test_steps_are_compiled_by_a_divisor_if_there_is_a_good_one(steps, wanted):
    assert scan._stride(steps) == wanted


@pytest.mark.parametrize("known", [True, False])
def test_layers_stand_on_one_another(known):
    gradients = []
    x = tf.constant(np.random.default_rng(0).normal(size=(4, 9, 3)), tf.float32)
    weights = None
    for kind in (CELLS.load("gru"), keras.layers.GRU):
        inputs = keras.Input((9 if known else None, 3))
        both = keras.layers.Bidirectional(kind(6, return_sequences=True))
        model = keras.Model(inputs, kind(5)(both(inputs)))
        model.set_weights(weights or model.get_weights())
        weights = model.get_weights()

        @tf.function(input_signature=[tf.TensorSpec([None, 9 if known else None, 3])])
        def run(x, model=model):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model(x, training=True) ** 2)
            return tape.gradient(loss, [v.value for v in model.trainable_variables])

        gradients.append([part.numpy() for part in run(x)])
    for ours, theirs in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS.names())
def test_in_bfloat16_the_walk_is_about_as_exact_as_keras(cell):
    rng = np.random.default_rng(0)
    given = _mask("right", 20, rng)
    x = rng.normal(size=(BATCH, 20, FEATURES))
    weights, found = None, []
    for kind, policy in (
        (CELLS.load(cell), "mixed_bfloat16"),
        (keras_class(CELLS.load(cell)), "mixed_bfloat16"),
        (keras_class(CELLS.load(cell)), "float32"),
    ):
        layer = kind(7, return_sequences=True, dtype=policy)
        layer.build(x.shape)
        weights = weights or [rng.normal(scale=0.4, size=w.shape) for w in layer.weights]
        layer.set_weights(weights)
        with tf.GradientTape() as tape:
            inputs = tf.cast(x, layer.compute_dtype)
            tape.watch(inputs)
            outputs = tf.function(layer)(inputs, mask=given, training=True)
            loss = tf.reduce_sum(tf.cast(outputs, tf.float32) ** 2)
        gradients = tape.gradient(loss, [inputs, *[v.value for v in layer.trainable_variables]])
        assert outputs.dtype == layer.compute_dtype
        found.append([np.asarray(tf.cast(a, tf.float32)) for a in (outputs, *gradients)])
    for ours, theirs, exact in zip(*found, strict=True):
        error, usual = (np.abs(a - exact).max() / np.abs(exact).max() for a in (ours, theirs))
        assert error < max(2 * usual, 0.03)


@pytest.mark.parametrize("cell", CELLS.names())
def test_predictions_walk_when_asked_and_then_have_gradients_too(cell):
    x = tf.constant(np.random.default_rng(0).normal(size=(4, 9, 3)), tf.float32)
    layer = CELLS.load(cell)(6, return_sequences=True)
    layer(x)

    def run():
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x)
        return outputs, tape.gradient(outputs, x)

    walks = []
    usual = tf.function(run)()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            scanned, "scan", lambda *a, **k: walks.append(k["keep"]) or scan.scan(*a, **k)
        )
        with walked_predictions():
            walked = tf.function(run)()
        assert walks == [False]
        tf.function(run)()
    assert walks == [False]
    for ours, theirs in zip(walked, usual, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_dropout_of_inputs_is_keras_s_own():
    outputs = []
    for kind in (CELLS.load("gru"), keras.layers.GRU):
        keras.utils.set_random_seed(3)
        layer = kind(8, dropout=0.5)
        outputs.append(layer(np.ones((2, 5, 4), np.float32), training=True).numpy())
    np.testing.assert_allclose(*outputs, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"recurrent_dropout": 0.1},
        {"use_bias": False},
        {"unroll": True},
        {"dtype": "float64"},
    ],
    ids=str,
)
def test_what_the_walk_does_not_know_is_left_to_keras(settings, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("walked")

    monkeypatch.setattr(scanned, "scan", refuse)
    layer = CELLS.load("lstm")(8, **settings)
    assert layer(np.ones((2, 5, 4)), training=True).shape == (2, 8)


def test_layers_go_into_bidirectional_and_come_out_of_their_settings():
    both = keras.layers.Bidirectional(CELLS.load("gru")(8))
    assert isinstance(both.forward_layer, Scanned)
    assert isinstance(both.backward_layer, Scanned)
    again = keras.layers.deserialize(keras.layers.serialize(CELLS.load("lstm")(8, name="read")))
    assert isinstance(again, Scanned)
    assert again.name == "read"


def test_saved_models_need_keras_alone(tmp_path):
    model = text_classifier(vocabulary_size=9, classes=2, units=8, bidirectional=True)
    plain = with_keras_layers(model)
    ids = np.array([[3, 4, 5, 0]], np.int32)
    np.testing.assert_allclose(plain(ids), model(ids), atol=1e-6)
    plain.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        layers = json.loads(archive.read("config.json"))["config"]["layers"]
    both = next(layer for layer in layers if layer["class_name"] == "Bidirectional")["config"]
    for direction in ("layer", "backward_layer"):
        assert both[direction]["module"] == "keras.layers"
    model.save_weights(tmp_path / "ours.weights.h5")
    plain.load_weights(tmp_path / "ours.weights.h5")  # the same names
