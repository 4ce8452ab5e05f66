"""Decoding with input feeding against a loop of Keras's own cells."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.layers.feeding import FeedingDecoder
from kerasrnn.registry import ATTENTIONS, CELLS

BATCH, STEPS, SOURCE, FEATURES, UNITS, WIDTH, MEMORY = 2, 4, 3, 5, 6, 7, 8
RANDOM = np.random.default_rng(2)


def random(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


X, MEMORIES, KEYS = random(BATCH, STEPS, FEATURES), random(2, SOURCE, MEMORY), random(2, SOURCE, 6)
MASK = np.array([[True, True, True], [True, False, False]])


def made(cell, **settings):
    """A layer with weights drawn at random, and its states."""
    keras.utils.set_random_seed(1)
    layer = FeedingDecoder(cell, UNITS, settings.pop("layers", 2), WIDTH, **settings)
    states = [0.5 * random(BATCH, UNITS) for _ in range(len(layer.cells) * layer.per_layer)]
    states.append(random(BATCH, WIDTH))
    layer(X, MEMORIES, KEYS, MASK, states)
    layer.set_weights([w + 0.3 * random(*w.shape) for w in layer.get_weights()])
    return layer, states


def by_hand(layer, states):
    """The oracle: step by step with Keras's cells, no dropout."""
    *inner, fed = states
    per, vectors, attention = layer.per_layer, [], []
    for t in range(STEPS):
        x, after = np.concatenate([X[:, t], fed], -1), []
        for index, cell in enumerate(layer.cells):
            y, new = cell(x, [tf.constant(s) for s in inner[index * per : (index + 1) * per]])
            after += [np.asarray(s) for s in (new if isinstance(new, list | tuple) else [new])]
            x = np.asarray(y) + (x if layer.residual and index else 0)
            if layer.normalization:
                scale, shift = map(np.asarray, layer.normalization[index])
                x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3)
                x = x * scale + shift
        inner = after
        contexts, weights = np.zeros((BATCH, MEMORY)), np.zeros((BATCH, SOURCE))
        for row in range(BATCH):
            real = int(MASK[row].sum())
            keys = KEYS[row, :real]
            if layer.kind == "additive":
                kernel, vector = map(np.asarray, layer.projection)
                scores = np.tanh(x[row] @ kernel + keys) @ vector
            else:
                scores = keys @ x[row] / (UNITS**0.5 if layer.kind == "scaled_dot" else 1)
            weights[row, :real] = np.exp(scores) / np.exp(scores).sum()
            contexts[row] = weights[row] @ MEMORIES[row]
        fed = np.tanh(np.concatenate([contexts, x], -1) @ np.asarray(layer.combine))
        fed = fed.astype(np.float32)
        vectors.append(fed)
        attention.append(weights)
    return [np.stack(vectors, 1), np.stack(attention, 1), *inner, fed]


@pytest.mark.parametrize(
    ("cell", "attention", "settings"),
    [
        *((cell, "dot", {}) for cell in CELLS.names()),
        *(("gru", kind, {"layers": 1}) for kind in ATTENTIONS),
        ("lstm", "additive", {"residual": True, "layer_normalization": True, "layers": 3}),
    ],
)
def test_all_steps_are_those_of_a_loop_by_hand(cell, attention, settings):
    layer, states = made(cell, attention=attention, **settings)
    expected = by_hand(layer, states)
    for form in ("graph", "loop", "unrolled"):
        twin = layer.for_inference(form)
        twin(X, MEMORIES, KEYS, MASK, states)
        twin.set_weights(layer.get_weights())
        outputs = tf.function(twin)(X, MEMORIES, KEYS, MASK, states)
        assert len(outputs) == len(expected)
        for ours, theirs in zip(outputs, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_dropout_between_layers_acts_in_training_alone():
    layer, states = made("gru", dropout=0.5)
    still, moved = (
        layer(X, MEMORIES, KEYS, MASK, states, training=training)[0] for training in (False, True)
    )
    np.testing.assert_array_equal(still, layer(X, MEMORIES, KEYS, MASK, states)[0])
    assert np.abs(still - moved).max() > 1e-3


def test_gradients_reach_every_weight():
    layer, states = made("lstm", attention="additive", layer_normalization=True)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(X, MEMORIES, KEYS, MASK, states)[0] ** 2)
    for weight, gradient in zip(
        layer.trainable_variables, tape.gradient(loss, layer.trainable_variables), strict=True
    ):
        assert gradient is not None, weight.path
        assert np.abs(gradient).max() > 0, weight.path


def test_the_gates_of_each_layer_begin_with_spans_of_their_own():
    layer = FeedingDecoder("lstm", UNITS, 2, WIDTH, expected_span=50)
    layer(X, MEMORIES, KEYS, MASK, [*random(4, BATCH, UNITS), random(BATCH, WIDTH)])
    first, second = (np.array(cell.bias) for cell in layer.cells)
    assert first.any()
    assert (first != second).any()


def test_a_form_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no form fused"):
        FeedingDecoder("gru", 4, 1, 4).for_inference("fused")
