"""Optimisers against steps worked out by hand; against Keras's: `test_against_keras.py`."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.errors import BadInput
from kerasrnn.reference.optimizers import (
    OPTIMIZERS,
    SGD,
    Adagrad,
    Adam,
    clip_by_global_norm,
    make_optimizer,
)


def follow(optimizer, *gradients):
    """The weight after each step from 1."""
    weights, seen = {"w": np.array([1.0])}, []
    for gradient in gradients:
        optimizer.update(weights, {"w": np.array([float(gradient)])})
        seen.append(weights["w"].item())
    return seen


def test_sgd_goes_against_the_gradient():
    assert follow(SGD(0.5), 1, -2) == [0.5, 1.5]


def test_adagrad_divides_by_the_root_of_all_squares_so_far():
    # squares: 0.1 + 3² = 9.1, then 9.1 + 4² = 25.1
    first = 1 - 0.5 * 3 / math.sqrt(9.1)
    wanted = [first, first - 0.5 * 4 / math.sqrt(25.1)]
    assert follow(Adagrad(0.5, epsilon=0.0), 3, 4) == pytest.approx(wanted, rel=1e-14)
    assert follow(Adagrad(1.0, 3.0, epsilon=4.0), 3) == pytest.approx([1 - 3 / 4])


def test_adam_divides_the_mean_by_the_root_of_the_mean_square():
    # m: 0.5 * 4 = 2, then 2 + 0.5 * (2 - 2) = 2; v: 0.25 * 16 = 4, then 4 + 0.25 * (4 - 4) = 4
    # unbiased: m / (1 - 0.5^t), v / (1 - 0.75^t)
    first = 1 - 0.1 * (2 / 0.5) / math.sqrt(4 / 0.25)
    second = first - 0.1 * (2 / 0.75) / math.sqrt(4 / 0.4375)
    wanted = [first, second]
    assert follow(Adam(0.1, 0.5, 0.75, epsilon=0.0), 4, 2) == pytest.approx(wanted, rel=1e-14)


def test_adam_adds_epsilon_to_the_root():
    # √v = 2, its correction 1 / √0.25 = 2, that of m 1 / 0.5 = 2; with ε = 2 the step halves
    assert follow(Adam(0.1, 0.5, 0.75, epsilon=2.0), 4) == pytest.approx([1 - 0.1 / 2])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_weight_has_its_own_memory(name):
    both = {"a": np.ones(1), "b": np.ones((1, 1))}
    optimizer = make_optimizer(name, 0.1)
    for gradient in (1.0, -2.0, 0.5):
        optimizer.update(both, {"a": np.full(1, gradient), "b": np.full((1, 1), gradient / 7)})
    alone = follow(make_optimizer(name, 0.1), 1.0, -2.0, 0.5)[-1]
    assert both["a"].item() == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weights_change_in_place_and_in_their_type(name):
    weight = np.ones(2, np.float32)
    gradient = np.array([1, -1], np.float32)
    make_optimizer(name, 0.1).update({"w": weight}, {"w": gradient})
    assert weight[0] < 1 < weight[1]
    assert weight.dtype == np.float32
    assert gradient.tolist() == [1, -1]


gradients = st.lists(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=3), min_size=1, max_size=3)


@given(values=gradients, limit=st.floats(1e-3, 1e4))
def test_clipping_shortens_all_gradients_by_one_factor(values, limit):
    given = {str(i): np.array(v) for i, v in enumerate(values)}
    clipped, norm = clip_by_global_norm(given, limit)
    flat = np.concatenate(list(given.values()))
    assert norm == pytest.approx(np.linalg.norm(flat))
    factor = 1 if norm <= limit else limit / norm
    np.testing.assert_allclose(np.concatenate(list(clipped.values())), factor * flat, rtol=1e-12)
    assert list(clipped) == list(given)


def test_an_unknown_optimizer_is_refused_with_the_choices():
    with pytest.raises(BadInput, match="unknown optimizer 'adm'; choose from adagrad, adam, sgd"):
        make_optimizer("adm", 0.1)
