"""Finite differences against derivatives that are known."""

import numpy as np
import pytest

from kerasrnn.reference.differences import check_gradients, numeric_gradient, relative_error
from kerasrnn.reference.network import Network

IDS, TARGETS = np.array([[0, 1, 2], [2, 2, 0]]), np.array([[1, 2, 0], [0, 1, 1]])


def test_polynomials_of_the_fourth_degree_are_exact():
    x = np.array([[0.5, -2.0], [3.0, 0.0]])
    gradient = numeric_gradient(lambda: float(np.sum(x**4 - 3 * x**2 + x)), x)
    np.testing.assert_allclose(gradient, 4 * x**3 - 6 * x + 1, rtol=1e-10, atol=1e-10)


def test_smooth_functions_are_right_to_eleven_digits():
    x = np.linspace(-2, 2, 9)
    gradient = numeric_gradient(lambda: float(np.sum(np.sin(3 * x))), x)
    np.testing.assert_allclose(gradient, 3 * np.cos(3 * x), rtol=1e-10)


def test_the_array_is_left_as_it_was():
    x = np.array([0.1, 0.2, 0.3])
    numeric_gradient(lambda: float(x.sum()), x)
    assert x.tolist() == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("a", "b", "error"), [([3, 4], [3, 4], 0), ([0], [0], 0), ([1], [-1], 1), ([3], [1], 0.5)]
)
def test_the_error_is_relative(a, b, error):
    assert relative_error(np.array(a), np.array(b)) == error


def test_every_weight_is_checked():
    network = Network("lstm", vocabulary_size=3, units=2, embedding=2)
    errors = check_gradients(network, IDS, TARGETS, lengths=np.array([3, 2]))
    assert list(errors) == list(network.weights)
    assert max(errors.values()) < 1e-6


@pytest.mark.parametrize("name", ["embedding", "recurrent", "output_bias"])
def test_a_wrong_gradient_is_seen(name, monkeypatch):
    network = Network("gru", vocabulary_size=3, units=2, embedding=2)
    right = network.gradients

    def wrong(*args, **settings):
        loss, gradients, state = right(*args, **settings)
        return loss, {**gradients, name: 1.001 * gradients[name]}, state

    monkeypatch.setattr(network, "gradients", wrong)
    errors = check_gradients(network, IDS, TARGETS)
    assert {n for n, error in errors.items() if error > 1e-6} == {name}
