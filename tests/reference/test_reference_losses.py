"""Cross-entropy against a loop over the steps."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.errors import BadInput
from kerasrnn.reference.differences import numeric_gradient
from kerasrnn.reference.losses import cross_entropy, log_softmax
from kerasrnn.reference.through_time import real_steps


def slow_loss(logits, targets, real):
    losses = []
    for row, step in np.argwhere(real):
        scores = [math.exp(score) for score in logits[row, step]]
        losses.append(-math.log(scores[targets[row, step]] / sum(scores)))
    return sum(losses) / len(losses)


@settings(max_examples=30)
@given(
    lengths=st.lists(st.integers(0, 3), min_size=2, max_size=2).filter(any),
    classes=st.integers(1, 4),
    seed=st.integers(0, 10**6),
)
def test_it_is_the_mean_surprise_of_the_real_steps_and_its_gradient(lengths, classes, seed):
    random = np.random.default_rng(seed)
    logits = random.normal(size=(2, 3, classes))
    targets = random.integers(0, classes, (2, 3))
    real = real_steps(2, 3, lengths)
    loss, gradient = cross_entropy(logits, targets, real)
    assert loss == pytest.approx(slow_loss(logits, targets, real), rel=1e-12, abs=1e-15)
    numeric = numeric_gradient(lambda: cross_entropy(logits, targets, real)[0], logits)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-11)
    assert not gradient[~real].any()


def test_equal_scores_cost_the_logarithm_of_their_number():
    loss, _ = cross_entropy(np.zeros((1, 2, 8)), np.array([[3, 5]]), np.ones((1, 2), bool))
    assert loss == pytest.approx(math.log(8))


@pytest.mark.filterwarnings("error")
def test_large_scores_overflow_nowhere():
    logits = np.array([[[1e4, 0.0], [1e4, 0.0]]])
    loss, gradient = cross_entropy(logits, np.array([[0, 1]]), np.ones((1, 2), bool))
    assert loss == 5e3
    np.testing.assert_array_equal(gradient, [[[0, 0], [0.5, -0.5]]])


def test_probabilities_sum_to_one_in_the_type_of_the_scores():
    log_p = log_softmax(np.array([[1, 2, 3], [-5, 0, 5]], np.float32))
    np.testing.assert_allclose(np.exp(log_p).sum(-1), 1, rtol=1e-6)
    assert log_p.dtype == np.float32


def test_without_a_real_step_there_is_no_loss():
    with pytest.raises(BadInput, match="no row has a real step"):
        cross_entropy(np.zeros((1, 2, 3)), np.zeros((1, 2), int), np.zeros((1, 2), bool))
