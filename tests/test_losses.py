"""Cross-entropy against its definition and against Keras."""

import keras
import numpy as np
import pytest

from kerasrnn.losses import CrossEntropy

RANDOM = np.random.default_rng(1)
LOGITS = (5 * RANDOM.normal(size=(4, 3, 6))).astype(np.float32)
TARGETS = RANDOM.integers(0, 6, (4, 3)).astype(np.int32)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_it_is_the_cross_entropy_of_the_spread_target(smoothing):
    losses = []
    for place in np.ndindex(TARGETS.shape):
        scores = LOGITS[place].astype(np.float64)
        log_p = scores - np.log(np.exp(scores).sum())
        target = np.full(6, smoothing / 6)
        target[TARGETS[place]] += 1 - smoothing
        losses.append(-(target * log_p).sum())
    value = float(CrossEntropy(smoothing)(TARGETS, LOGITS))
    assert value == pytest.approx(np.mean(losses), rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, RANDOM.integers(0, 2, (4, 3)).astype(np.float32)])
def test_it_is_keras_loss_of_one_hot_targets(smoothing, weights):
    keras_loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    one_hot = np.eye(6, dtype=np.float32)[TARGETS]
    ours = CrossEntropy(smoothing)(TARGETS, LOGITS, weights)
    np.testing.assert_allclose(ours, keras_loss(one_hot, LOGITS, weights), rtol=1e-5)


def test_half_precision_scores_are_summed_in_single():
    value = CrossEntropy(0.1)(TARGETS, LOGITS.astype(np.float16))
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    np.testing.assert_allclose(value, CrossEntropy(0.1)(TARGETS, LOGITS), rtol=1e-3)


def test_it_comes_back_from_its_settings():
    twin = keras.losses.deserialize(keras.losses.serialize(CrossEntropy(0.3)))
    assert isinstance(twin, CrossEntropy)
    assert twin.smoothing == 0.3
