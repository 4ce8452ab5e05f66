"""Twins of recurrent layers give what Keras's own layers give, in every form that runs here."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.layers.recurrence import BothWays, Recurrence, for_inference
from kerasrnn.layers.stack import Stack
from kerasrnn.models import forecaster, text_classifier, text_generator
from kerasrnn.registry import CELLS

CELL_NAMES = CELLS.names()
# `loop` writes into its buffer by an operator that has no kernel outside XLA and TFLite
FORMS = ("graph", pytest.param("loop", marks=pytest.mark.slow), "unrolled")
LENGTHS = [6, 1, 4, 5]
ROWS, STEPS, FEATURES, UNITS = 4, 6, 3, 5
X = np.random.default_rng(0).normal(size=(ROWS, STEPS, FEATURES)).astype(np.float32)
MASK = np.arange(STEPS) < np.array(LENGTHS)[:, None]
IDS = np.where(MASK, np.random.default_rng(1).integers(1, 9, (ROWS, STEPS)), 0).astype(np.int32)


def randomize(model):
    """Weights with no zeros among them, biases least of all."""
    draw = np.random.default_rng(2)
    model.set_weights([draw.normal(size=w.shape, scale=0.5) for w in model.get_weights()])
    return model


def run(model, inputs, form=""):
    """Outputs in a flat list; inside a graph where that makes a difference."""

    def call(x):
        return model(x, training=False)

    if form in ("graph", "loop"):
        call = tf.function(call, jit_compile=form == "loop")
    tensors = tf.nest.map_structure(tf.constant, inputs)
    return [np.asarray(t) for t in tf.nest.flatten(call(tensors))]


def check_twin(model, inputs, form="graph", tolerance=1e-6):
    randomize(model)
    twin = for_inference(model, form)
    expected = run(model, inputs)
    given = run(twin, inputs, form)
    assert len(given) == len(expected) > 0
    # XLA fuses multiplications with additions, which rounds once less
    tolerance *= 10 if form == "loop" else 1
    for ours, theirs in zip(given, expected, strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(theirs).max() > 0
        assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()
    recurrent = keras.layers.RNN, keras.layers.Bidirectional
    assert not [layer for layer in twin.layers if isinstance(layer, recurrent)]
    assert [layer for layer in twin.layers if isinstance(layer, Recurrence | BothWays)]
    assert [v.shape for v in twin.weights] == [v.shape for v in model.weights]
    return twin


NETWORKS = {
    "one layer": {"bidirectional": False},
    "two layers": {
        "bidirectional": False,
        "layers": 2,
        "residual": True,
        "layer_normalization": True,
    },
    "both ways": {"bidirectional": True, "layers": 2},
    "attention": {"pooling": "attention"},
    "last": {"pooling": "last", "bidirectional": False},
    "bigrams": {"bigrams": 11},
}


def classifier(cell, **settings):
    return text_classifier(
        **{"vocabulary_size": 9, "classes": 3, "cell": cell, "units": 5, "embedding": 5, **settings}
    )


@pytest.mark.parametrize("cell", CELL_NAMES)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_classifier_of_texts_of_different_length(cell, network):
    check_twin(classifier(cell, **NETWORKS[network]), IDS)


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELL_NAMES)
@pytest.mark.parametrize("network", ["two layers", "both ways"])
def test_a_classifier_in_the_form_for_tflite(cell, network):
    check_twin(classifier(cell, **NETWORKS[network]), IDS, "loop")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cell", CELL_NAMES)
def test_a_generator_takes_and_gives_its_state(cell, form):
    model = text_generator(
        vocabulary_size=9, cell=cell, units=5, layers=2, embedding=5, state=True, masked=True
    )
    draw = np.random.default_rng(3)
    state = [draw.normal(size=(ROWS, s.shape[1])).astype(np.float32) for s in model.input["state"]]
    inputs = {"ids": IDS, "state": state}
    if form == "unrolled":  # which has to know how many steps there are
        ids = keras.Input((STEPS,), dtype="int32", name="ids")
        states = [keras.Input(s.shape[1:], name=s.name) for s in model.input["state"]]
        randomize(model)
        expected = run(model, inputs)
        twin = for_inference(model, form)
        fixed = keras.Model({"ids": ids, "state": states}, twin({"ids": ids, "state": states}))
        for ours, theirs in zip(run(fixed, inputs, form), expected, strict=True):
            assert np.abs(ours - theirs).max() <= 1e-6 * np.abs(theirs).max()
    else:
        check_twin(model, inputs, form)


def layer_model(cell, *, masked=False, state=True, both=False, **settings):
    """One recurrent layer between its arguments and all of its results."""
    layer = CELLS.load(cell)(UNITS, return_state=True, name="rnn", **settings)
    layer = keras.layers.Bidirectional(layer, name="both") if both else layer
    inputs = {"x": keras.Input((STEPS, FEATURES), name="x")}
    if masked:
        inputs["mask"] = keras.Input((STEPS,), dtype="bool", name="mask")
    if state:
        shapes = Stack(cell, UNITS, bidirectional=both).state_shapes()
        inputs["state"] = [keras.Input(shape) for shape in shapes]
    first, *after = layer(inputs["x"], mask=inputs.get("mask"), initial_state=inputs.get("state"))
    if both and masked and first.shape[1] == STEPS:
        # what Keras gives for padding is zero both ways, and the last output one way
        first = first * keras.ops.cast(inputs["mask"], "float32")[..., None]
    return keras.Model(inputs, [first, *after])


def layer_inputs(model):
    given = {"x": X, "mask": MASK}
    if "state" in model.input:
        draw = np.random.default_rng(4)
        shapes = [(ROWS, s.shape[1]) for s in model.input["state"]]
        given["state"] = [draw.normal(size=shape).astype(np.float32) for shape in shapes]
    return {name: given[name] for name in model.input}


LAYERS = {
    "all steps": {"return_sequences": True},
    "all steps, padded": {"return_sequences": True, "masked": True},
    "last step, padded": {"masked": True, "state": False},
    "backwards": {"go_backwards": True},
    "backwards, padded": {"go_backwards": True, "masked": True},
    "both ways": {"both": True, "return_sequences": True},
    "both ways, padded": {"both": True, "return_sequences": True, "masked": True, "state": False},
    "both ways, last step": {"both": True, "masked": True},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cell", CELL_NAMES)
@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_and_its_state(cell, form, layer):
    model = layer_model(cell, **LAYERS[layer])
    check_twin(model, layer_inputs(model), form)


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("form", ["graph", "loop"])
@pytest.mark.parametrize("known", [True, False])
def test_any_number_of_steps_known_or_not(form, steps, known):
    x, mask = (keras.Input((steps if known else None, *s)) for s in ((FEATURES,), ()))
    layer = keras.layers.SimpleRNN(UNITS, return_sequences=True, return_state=True)
    both = [*layer(x), *layer(x, mask=mask > 0)]
    inputs = [X[:, :steps], MASK[:, :steps].astype(np.float32)]
    check_twin(keras.Model([x, mask], both), inputs, form)


def test_padding_changes_nothing_whatever_is_in_it():
    model = randomize(layer_model("gru", masked=True, state=False, return_sequences=True))
    twin, inputs = for_inference(model, "graph"), layer_inputs(model)
    outputs, state = run(twin, inputs, "graph")
    other = {**inputs, "x": np.where(MASK[..., None], X, 1e3).astype(np.float32)}
    for ours, theirs in zip(run(twin, other, "graph"), (outputs, state), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for row, length in enumerate(LENGTHS):
        np.testing.assert_array_equal(state[row], outputs[row, length - 1])


@pytest.mark.parametrize("settings", [{"segment": 2}, {"per_variable": True}, {"relative": True}])
@pytest.mark.parametrize("form", FORMS)
def test_a_forecaster_of_every_kind(settings, form):
    model = forecaster(past=STEPS, horizon=2, features=FEATURES, cell="lstm", units=5, **settings)
    check_twin(model, X, form)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_fused_lstm_begins_from_zeros(layers, both):
    """As plain TensorFlow runs it; what TFLite makes of it: tests/export/test_tflite.py."""
    x, mask = (
        keras.Input(batch_shape=s, dtype=d) for s, d in ((X.shape, None), (MASK.shape, "bool"))
    )
    y, _ = Stack("lstm", UNITS, layers, bidirectional=both)(x, mask=mask)
    real = y * keras.ops.cast(mask, "float32")[..., None]  # outputs of padding mean nothing
    check_twin(keras.Model([x, mask], real), [X, MASK], "fused")
    last, _ = Stack("lstm", UNITS, layers, bidirectional=both)(x, mask=mask, sequences=False)
    check_twin(keras.Model([x, mask], last), [X, MASK], "fused")
    last, _ = Stack("lstm", UNITS, layers, bidirectional=both)(x, sequences=False)
    check_twin(keras.Model(x, last), X, "fused")


# What is refused


def one(layer):
    x = keras.Input((STEPS, FEATURES))
    return keras.Model(x, layer(x))


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (keras.layers.LSTM(4, activation="relu", name="l"), "l has the activation relu, not tanh"),
        (keras.layers.GRU(4, recurrent_activation="tanh"), "recurrent_activation tanh, not sigm"),
        (keras.layers.GRU(4, reset_after=False), "reset_after is off"),
        (keras.layers.SimpleRNN(4, use_bias=False), "has no bias"),
        (keras.layers.RNN(keras.layers.LSTMCell(4)), "RNN, which `kerasrnn list` has not"),
        (
            keras.layers.Bidirectional(keras.layers.GRU(4), merge_mode="sum", name="b"),
            "b: outputs are merged by sum, not concat",
        ),
        (keras.layers.Bidirectional(keras.layers.GRU(4, activation="relu")), "activation relu"),
        (
            keras.layers.GRU(4, go_backwards=True, return_sequences=True, name="back"),
            "back gives its steps backwards",
        ),
    ],
)
def test_layers_without_a_twin_are_refused(layer, says):
    for form in ("graph", "loop"):
        with pytest.raises(ValueError, match=says):
            for_inference(one(layer), form)


@pytest.mark.parametrize("cell", [name for name in CELL_NAMES if name != "lstm"])
def test_only_an_lstm_is_fused(cell):
    with pytest.raises(ValueError, match=f"fused operator for lstm alone, not for {cell}"):
        for_inference(classifier(cell), "fused")


def test_a_state_that_is_used_is_not_fused():
    for model in (
        layer_model("lstm", state=False),
        layer_model("lstm", state=False, both=True),
        forecaster(past=4, horizon=2, features=1, cell="lstm", segment=2),
    ):
        with pytest.raises(ValueError, match="which a fused LSTM does not give"):
            for_inference(model, "fused")
    model = layer_model("lstm")
    first = keras.Model(model.input, model.outputs[0])
    with pytest.raises(ValueError, match="rnn is given a state, which a fused LSTM does not take"):
        for_inference(first, "fused")
