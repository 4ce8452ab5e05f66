"""From gradients to smaller losses, with Keras's settings and results.

With g for the gradient of a weight w, and η for the learning rate:

    SGD       w -= η g
    Adagrad   s += g², from 0.1 on      w -= η g / √(s + ε)
    Adam      m += (1 - β₁) (g - m)     v += (1 - β₂) (g² - v)
              w -= η √(1 - β₂ᵗ) / (1 - β₁ᵗ) * m / (√v + ε)

Clipping by the global norm shortens all gradients by one factor, so that their direction stays:

    g *= limit / max(limit, ‖all gradients‖)

Source: Robbins & Monro 1951; Duchi, Hazan & Singer 2011; Kingma & Ba 2015, in the order of
computation that ends their section 2; clipping: Pascanu, Mikolov & Bengio 2013, algorithm 1.
"""

import math

import numpy as np

from kerasrnn.errors import BadInput

Arrays = dict[str, np.ndarray]  # weights or their gradients, by name


def clip_by_global_norm(gradients: Arrays, limit: float) -> tuple[Arrays, float]:
    """Gradients whose norm, over all of them together, is at most `limit`, and the norm before."""
    norm = math.sqrt(sum(float(np.sum(g**2)) for g in gradients.values()))
    return {name: g * (limit / max(limit, norm)) for name, g in gradients.items()}, norm


class SGD:
    """Stochastic gradient descent: a step against the gradient."""

    def __init__(self, learning_rate: float = 0.01):
        self.learning_rate = learning_rate

    def update(self, weights: Arrays, gradients: Arrays) -> None:
        """Changes the weights in place."""
        for name, g in gradients.items():
            weights[name] -= self.learning_rate * g


class Adagrad:
    """Shorter steps for weights that have had large gradients."""

    def __init__(
        self,
        learning_rate: float = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
    ):
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.start = initial_accumulator_value
        self.s: Arrays = {}

    def update(self, weights: Arrays, gradients: Arrays) -> None:
        """Changes the weights in place."""
        for name, g in gradients.items():
            s = self.s[name] = self.s.get(name, self.start) + g**2
            weights[name] -= self.learning_rate * g / np.sqrt(s + self.epsilon)


class Adam:
    """Steps by the mean of the gradients over the root of the mean of their squares."""

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
    ):
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.beta_1, self.beta_2 = beta_1, beta_2
        self.t = 0
        self.m: Arrays = {}
        self.v: Arrays = {}

    def update(self, weights: Arrays, gradients: Arrays) -> None:
        """Changes the weights in place."""
        self.t += 1
        # both means begin at zero and would be too small at first
        correction = math.sqrt(1 - self.beta_2**self.t) / (1 - self.beta_1**self.t)
        for name, g in gradients.items():
            m, v = self.m.get(name, 0.0), self.v.get(name, 0.0)
            m = self.m[name] = m + (1 - self.beta_1) * (g - m)
            v = self.v[name] = v + (1 - self.beta_2) * (g**2 - v)
            weights[name] -= self.learning_rate * correction * m / (np.sqrt(v) + self.epsilon)


Optimizer = SGD | Adagrad | Adam
OPTIMIZERS: dict[str, type[Optimizer]] = {"adagrad": Adagrad, "adam": Adam, "sgd": SGD}


def make_optimizer(name: str, learning_rate: float) -> Optimizer:
    """An optimiser by its name.

    Raises:
        BadInput: If there is no such optimiser.
    """
    if name not in OPTIMIZERS:
        raise BadInput(f"unknown optimizer '{name}'; choose from {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[name](learning_rate)
