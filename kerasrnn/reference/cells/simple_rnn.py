"""Simple recurrent network: the new state is one tanh of input and old state.

    h_t = tanh(x_t W + h_{t-1} U + b)

Back, with a_t for what is inside the tanh, whose derivative is 1 - h_t²:

    da_t = dh_t * (1 - h_t²)
    dx_t = da_t Wᵀ          dW += x_tᵀ da_t          db += da_t
    dh_{t-1} = da_t Uᵀ      dU += h_{t-1}ᵀ da_t

Source: Elman 1990, "Finding structure in time"; the way back: Werbos 1990, "Backpropagation
through time: what it does and how to do it". dh passes through Uᵀ and 1 - h² once a step, and so
shrinks or grows with every step back (Bengio, Simard & Frasconi 1994).
"""

from typing import Any

import numpy as np

STATES, GATES = 1, 1


def initial_bias(units: int) -> np.ndarray:
    """Zeros."""
    return np.zeros(units)


def step(x: np.ndarray, state: tuple, weights: tuple) -> tuple[tuple, Any]:
    """One step; see the package."""
    kernel, recurrent, bias = weights
    (h_before,) = state
    h = np.tanh(x @ kernel + h_before @ recurrent + bias)
    return (h,), (x, h_before, h)


def step_back(d_state: tuple, kept: Any, weights: tuple) -> tuple[np.ndarray, tuple, tuple]:
    """The same step back; see the package."""
    kernel, recurrent, _ = weights
    x, h_before, h = kept
    (d_h,) = d_state
    d_a = d_h * (1 - h**2)
    d_weights = x.T @ d_a, h_before.T @ d_a, d_a.sum(0)
    return d_a @ kernel.T, (d_a @ recurrent.T,), d_weights
