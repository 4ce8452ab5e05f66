"""Attention against loops over queries and real source steps."""

import keras
import numpy as np
import pytest

from kerasrnn.layers.attention import Attention
from kerasrnn.registry import ATTENTIONS

BATCH, STEPS, SOURCE, WIDTH, FEATURES = 3, 2, 5, 4, 6
LENGTHS = (5, 1, 3)
RANDOM = np.random.default_rng(1)
QUERIES, KEYS, VALUES = (
    RANDOM.normal(size=shape).astype(np.float32)
    for shape in ((BATCH, STEPS, WIDTH), (BATCH, SOURCE, WIDTH), (BATCH, SOURCE, FEATURES))
)
MASK = np.arange(SOURCE) < np.array(LENGTHS)[:, None]


def score(layer, query, key):
    """The oracle: one score, as the papers have it."""
    if layer.kind == "dot":
        return query @ key
    if layer.kind == "scaled_dot":
        return query @ key / np.sqrt(WIDTH)
    kernel, vector = map(np.asarray, layer.get_weights())
    return vector @ np.tanh(kernel.T @ query + key)


@pytest.fixture(params=ATTENTIONS)
def layer(request):
    keras.utils.set_random_seed(1)
    layer = Attention(request.param)
    layer(QUERIES, KEYS, VALUES, MASK)
    layer.set_weights([RANDOM.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def test_weights_and_contexts_are_those_of_the_papers(layer):
    contexts, weights = map(np.asarray, layer(QUERIES, KEYS, VALUES, MASK))
    assert contexts.shape == (BATCH, STEPS, FEATURES)
    assert weights.shape == (BATCH, STEPS, SOURCE)
    for row, step in np.ndindex(BATCH, STEPS):
        length = LENGTHS[row]
        scores = [score(layer, QUERIES[row, step], KEYS[row, j]) for j in range(length)]
        expected = np.exp(scores) / np.exp(scores).sum()
        np.testing.assert_allclose(weights[row, step, :length], expected, rtol=1e-4, atol=1e-6)
        assert not weights[row, step, length:].any()
        context = sum(expected[j] * VALUES[row, j] for j in range(length))
        np.testing.assert_allclose(contexts[row, step], context, rtol=1e-4, atol=1e-5)


def test_what_is_padded_does_not_count_however_large(layer):
    garbage = [np.where(MASK[..., None], x, 1e4).astype(np.float32) for x in (KEYS, VALUES)]
    ours, theirs = layer(QUERIES, *garbage, MASK), layer(QUERIES, KEYS, VALUES, MASK)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_layer_read_back_is_the_same(layer):
    copy = Attention.from_config(layer.get_config())
    copy(QUERIES, KEYS, VALUES, MASK)
    copy.set_weights(layer.get_weights())
    np.testing.assert_array_equal(
        copy(QUERIES, KEYS, VALUES, MASK)[0], layer(QUERIES, KEYS, VALUES, MASK)[0]
    )


def test_wrong_kinds_and_widths_are_refused():
    with pytest.raises(ValueError, match="unknown attention 'cosine'; choose from dot"):
        Attention("cosine")
    with pytest.raises(ValueError, match="queries are 4 wide and keys 3"):
        Attention("dot")(QUERIES, KEYS[..., :3], VALUES, MASK)
