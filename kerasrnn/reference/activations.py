"""Activations beside NumPy's own tanh."""

import numpy as np


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), by an identity in which nothing overflows."""
    return 0.5 * (1 + np.tanh(0.5 * x))
