"""Pooling against loops over the real steps."""

import keras
import numpy as np
import pytest

from kerasrnn.layers.pooling import Pooling
from kerasrnn.registry import POOLINGS

LENGTHS = (1, 3, 5)
RANDOM = np.random.default_rng(1)
SEQUENCE = RANDOM.normal(size=(3, 5, 4)).astype(np.float32)
MASK = np.arange(5) < np.array(LENGTHS)[:, None]


def attention_weights(layer, steps):
    projection, bias, context = map(np.asarray, layer.get_weights())
    scores = [float((np.tanh(step @ projection + bias) @ context)[0]) for step in steps]
    total = sum(np.exp(scores))
    return [np.exp(score) / total for score in scores]


def pooled(layer, steps):
    """The oracle: one vector for one sequence without padding."""
    mean, largest = np.mean(steps, 0), np.max(steps, 0)
    if layer.kind == "attention":
        weights = attention_weights(layer, steps)
        return sum(weight * step for weight, step in zip(weights, steps, strict=True))
    return {
        "last": steps[-1],
        "max": largest,
        "mean": mean,
        "sqrtn": np.sum(steps, 0) / len(steps) ** 0.5,
        "mean_max": np.concatenate([mean, largest]),
    }[layer.kind]


@pytest.fixture(params=POOLINGS)
def layer(request):
    keras.utils.set_random_seed(1)
    layer = Pooling(request.param)
    layer(SEQUENCE, MASK)
    layer.set_weights([RANDOM.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def test_every_pooling_sees_the_real_steps_alone(layer):
    outputs = np.asarray(layer(SEQUENCE, MASK))
    for row, length in enumerate(LENGTHS):
        expected = pooled(layer, SEQUENCE[row, :length])
        np.testing.assert_allclose(outputs[row], expected, rtol=1e-5, atol=1e-6)
    assert outputs.shape == layer.compute_output_shape(SEQUENCE.shape)


def test_padding_is_ignored_by_every_pooling(layer):
    garbage = 1e3 * np.ones((3, 7, 4), np.float32)
    longer = np.concatenate([np.where(MASK[..., None], SEQUENCE, 1e3), garbage], 1)
    mask = np.concatenate([MASK, np.zeros((3, 7), bool)], 1)
    np.testing.assert_allclose(layer(longer, mask), layer(SEQUENCE, MASK), rtol=1e-5, atol=1e-6)


def test_a_row_of_negative_numbers_keeps_its_maximum():
    outputs = Pooling("max")(-5 * np.ones((1, 3, 2), np.float32), np.array([[True, True, False]]))
    np.testing.assert_array_equal(outputs, [[-5, -5]])


def test_attention_weights_sum_to_one_over_the_real_steps():
    layer = Pooling("attention")
    layer(SEQUENCE, MASK)
    weights = np.asarray(layer.weights_of_steps(SEQUENCE, MASK))[..., 0]
    np.testing.assert_allclose((weights * MASK).sum(1), 1, rtol=1e-6)
    np.testing.assert_array_equal(weights[~MASK], 0)
    assert weights[0, 0] == 1


def test_a_saved_pooling_gives_the_same(layer, tmp_path):
    sequence, mask = keras.Input((None, 4)), keras.Input((None,), dtype="bool")
    model = keras.Model([sequence, mask], layer(sequence, mask))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded([SEQUENCE, MASK]), model([SEQUENCE, MASK]))


def test_unknown_poolings_are_refused():
    with pytest.raises(ValueError, match="unknown pooling 'sum'; choose from last, max, mean"):
        Pooling("sum")
