"""Outputs, gradients and optimisers against Keras's own, in double precision."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.layers.recurrence import for_inference
from kerasrnn.models import text_generator
from kerasrnn.reference.cells import CELLS
from kerasrnn.reference.network import Network
from kerasrnn.reference.optimizers import OPTIMIZERS, Adam, clip_by_global_norm
from kerasrnn.reference.through_time import backward, forward, real_steps
from kerasrnn.registry import CELLS as KERAS_CELLS

BATCH, STEPS, FEATURES, UNITS, SIZE = 4, 6, 3, 5, 7
LENGTHS = np.array([6, 1, 4, 5])  # one row at least is whole, for Keras wants it on a GPU
MASK = real_steps(BATCH, STEPS, LENGTHS)
RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(BATCH, STEPS, FEATURES))
IDS = np.where(MASK, RANDOM.integers(1, SIZE, (BATCH, STEPS)), 0)
TARGETS = np.where(MASK, RANDOM.integers(1, SIZE, (BATCH, STEPS)), 0)
masked = pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "masked"])


def draw(shapes):
    random = np.random.default_rng(2)
    return [random.normal(size=shape, scale=0.7) for shape in shapes]


def check(given, wanted, tolerance=1e-10):
    """Largest difference against the largest number."""
    given, wanted = np.asarray(given), np.asarray(wanted)
    assert given.shape == wanted.shape
    assert np.abs(wanted).max() > 0
    assert np.abs(given - wanted).max() <= tolerance * np.abs(wanted).max()


@masked
@pytest.mark.parametrize("name", CELLS)
def test_a_layer_and_its_gradients_are_those_of_keras(name, lengths):
    cell = CELLS[name]
    layer = KERAS_CELLS.load(name)(UNITS, return_sequences=True, return_state=True, dtype="float64")
    layer.build(X.shape)
    layer.set_weights(draw(weight.shape for weight in layer.weights))
    state = draw([(BATCH, UNITS)] * cell.STATES)
    d_outputs, *d_state = draw([(BATCH, STEPS, UNITS)] + [(BATCH, UNITS)] * cell.STATES)
    read = [tf.constant(X), *map(tf.constant, state)]
    with tf.GradientTape() as tape:
        tape.watch(read)
        mask = None if lengths is None else tf.constant(MASK)
        outputs, *last = layer(read[0], mask=mask, initial_state=read[1:])
        # Keras gives as it likes at padded steps: their outputs are nobody's
        weighted = [d_outputs * MASK[..., None] * outputs, *map(tf.multiply, d_state, last)]
        loss = tf.add_n([tf.reduce_sum(part) for part in weighted])
    wanted = tape.gradient(loss, [*read, *(w.value for w in layer.trainable_weights)])

    weights = tuple(layer.get_weights())
    ours, ends, trace = forward(cell, X, weights, lengths=lengths, state=tuple(state))
    d_x, d_before, d_weights = backward(
        cell, d_outputs * MASK[..., None], trace, weights, d_state=tuple(d_state)
    )
    check(ours[MASK], np.asarray(outputs)[MASK])
    for given, expected in zip([*ends, d_x, *d_before, *d_weights], [*last, *wanted], strict=True):
        check(given, expected)


def keras_model(name, embedding):
    """Ids and mask to logits, with weights in the order of `Network`."""
    ids, mask = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="bool")
    if embedding:
        x = keras.layers.Embedding(SIZE, embedding, dtype="float64")(ids)
    else:
        x = keras.layers.CategoryEncoding(SIZE, "one_hot", dtype="float64")(ids[..., None])
    layer = KERAS_CELLS.load(name)(UNITS, return_sequences=True, dtype="float64")
    logits = keras.layers.Dense(SIZE, dtype="float64")(layer(x, mask=mask))
    return keras.Model([ids, mask], logits)


def keras_gradients(model, mask):
    """Mean loss of the real steps and the gradient of each weight."""
    with tf.GradientTape() as tape:
        logits = model([IDS, mask], training=True)
        losses = keras.losses.sparse_categorical_crossentropy(TARGETS, logits, from_logits=True)
        loss = tf.reduce_sum(losses * mask) / mask.sum()
    gradients = tape.gradient(loss, [w.value for w in model.trainable_weights])
    return float(loss), [tf.convert_to_tensor(gradient) for gradient in gradients]


@masked
@pytest.mark.parametrize("embedding", [0, 3])
@pytest.mark.parametrize("name", CELLS)
def test_the_loss_and_every_gradient_are_those_of_keras(name, embedding, lengths):
    network = Network(name, vocabulary_size=SIZE, units=UNITS, embedding=embedding)
    values = draw(weight.shape for weight in network.weights.values())
    network.weights = dict(zip(network.weights, values, strict=True))
    model = keras_model(name, embedding)
    model.set_weights(values)
    loss, wanted = keras_gradients(model, np.ones_like(MASK) if lengths is None else MASK)
    ours, gradients, _ = network.gradients(IDS, TARGETS, lengths=lengths)
    assert ours == pytest.approx(loss, rel=1e-10)
    for weight, gradient in zip(network.weights, wanted, strict=True):
        check(gradients[weight], gradient)


@pytest.mark.parametrize("name", CELLS)
def test_a_new_network_begins_as_one_of_keras_does(name):
    """Not the same numbers, but the same spread."""
    network = Network(name, vocabulary_size=200, units=64, embedding=32)
    model = text_generator(vocabulary_size=200, cell=name, units=64, embedding=32)
    for ours, theirs in zip(network.weights.values(), model.get_weights(), strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours.std(), theirs.std(), rtol=0.05)
        np.testing.assert_allclose(ours.mean(), theirs.mean(), atol=0.01)


@pytest.mark.parametrize("name", CELLS)
def test_the_language_model_for_servers_gives_the_same_logits(name):
    model = text_generator(vocabulary_size=SIZE, cell=name, units=UNITS, embedding=3, masked=True)
    network = Network(name, vocabulary_size=SIZE, units=UNITS, embedding=3)
    values = draw(weight.shape for weight in network.weights.values())
    model.set_weights(values)
    network.weights = dict(zip(network.weights, model.get_weights(), strict=True))
    network.weights = {k: w.astype(np.float64) for k, w in network.weights.items()}
    logits, _ = network.logits(IDS, lengths=LENGTHS)
    for served in (model, for_inference(model, "graph")):
        check(np.asarray(served(IDS))[MASK], logits[MASK], 1e-6)


# Keras takes its settings through float32, in which these have no rounding
EXACT = {
    "adagrad": {
        "learning_rate": 0.125,
        "initial_accumulator_value": 0.25,
        "epsilon": 2.0**-10,
    },
    "adam": {"learning_rate": 0.125, "beta_1": 0.875, "beta_2": 0.96875, "epsilon": 2.0**-10},
    "sgd": {"learning_rate": 0.125},
}


@pytest.mark.parametrize("limit", [None, 0.5, 128.0])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_steps_as_that_of_keras(name, limit):
    check_optimizer(name, EXACT[name], limit, 1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_usual_settings_are_those_of_keras(name):
    check_optimizer(name, {}, None, 2e-5)


def check_optimizer(name, settings, limit, tolerance):
    clip = {"global_clipnorm": limit} if limit else {}
    theirs = keras.optimizers.get({"class_name": name, "config": {**settings, **clip}})
    ours = OPTIMIZERS[name](**settings)
    shapes = {"a": (3, 2), "b": (4,)}
    weights = dict(zip(shapes, draw(shapes.values()), strict=True))
    start = [weight.copy() for weight in weights.values()]  # ours change in place
    variables = [keras.Variable(weight, dtype="float64") for weight in start]
    random = np.random.default_rng(3)
    for _ in range(20):
        gradients = {key: random.normal(size=shape) for key, shape in shapes.items()}
        theirs.apply([tf.constant(g) for g in gradients.values()], variables)
        ours.update(weights, clip_by_global_norm(gradients, limit)[0] if limit else gradients)
    for weight, variable, first in zip(weights.values(), variables, start, strict=True):
        check(weight - first, np.asarray(variable) - first, tolerance)


@pytest.mark.parametrize("name", CELLS)
def test_training_goes_the_way_of_keras(name):
    network = Network(name, vocabulary_size=SIZE, units=UNITS, embedding=3, seed=1)
    model = keras_model(name, 3)
    model.set_weights(list(network.weights.values()))
    ours = Adam(**EXACT["adam"])
    theirs = keras.optimizers.Adam(**EXACT["adam"], global_clipnorm=0.5)
    losses = []
    for _ in range(10):
        wanted, keras_way = keras_gradients(model, MASK)
        theirs.apply(keras_way, model.trainable_weights)
        loss, gradients, _ = network.gradients(IDS, TARGETS, lengths=LENGTHS)
        ours.update(network.weights, clip_by_global_norm(gradients, 0.5)[0])
        losses.append((loss, wanted))
    np.testing.assert_allclose(*zip(*losses, strict=True), rtol=1e-10)
    assert losses[-1][0] < 0.8 * losses[0][0]
