"""Long short-term memory: a memory c that gates open and close, hardly changed otherwise.

    i, f, o = σ(x_t W + h_{t-1} U + b)          each with its own weights
    g = tanh(x_t W_g + h_{t-1} U_g + b_g)       the candidate
    c_t = f * c_{t-1} + i * g
    h_t = o * tanh(c_t)

Back, where σ' = σ (1 - σ) and tanh' = 1 - tanh², and a for what is inside each of them:

    do = dh_t * tanh(c_t)       dc_t += dh_t * o * (1 - tanh(c_t)²)
    di = dc_t * g               dg = dc_t * i
    df = dc_t * c_{t-1}         dc_{t-1} = dc_t * f
    da = [di * i (1 - i),  df * f (1 - f),  dg * (1 - g²),  do * o (1 - o)]
    dx_t = da Wᵀ                dW += x_tᵀ da            db += da
    dh_{t-1} = da Uᵀ            dU += h_{t-1}ᵀ da

Columns of the kernels in Keras's order: i, f, g, o. The gradient of c passes through f alone, so
it lasts as long as the gate is open.

Source: Hochreiter & Schmidhuber 1997; the forget gate f: Gers, Schmidhuber & Cummins 2000; the
whole gradient: Graves & Schmidhuber 2005, without the connections from c to the gates.
"""

from typing import Any

import numpy as np

from kerasrnn.reference.activations import sigmoid

STATES, GATES = 2, 4


def initial_bias(units: int) -> np.ndarray:
    """Zeros, and ones for f, so that the memory lasts at first (Jozefowicz et al. 2015)."""
    return np.repeat([0.0, 1.0, 0.0, 0.0], units)


def step(x: np.ndarray, state: tuple, weights: tuple) -> tuple[tuple, Any]:
    """One step; see the package."""
    kernel, recurrent, bias = weights
    h_before, c_before = state
    a_i, a_f, a_g, a_o = np.split(x @ kernel + h_before @ recurrent + bias, GATES, axis=-1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c_before + i * g
    return (o * np.tanh(c), c), (x, h_before, c_before, i, f, g, o, c)


def step_back(d_state: tuple, kept: Any, weights: tuple) -> tuple[np.ndarray, tuple, tuple]:
    """The same step back; see the package."""
    kernel, recurrent, _ = weights
    x, h_before, c_before, i, f, g, o, c = kept
    d_h, d_c = d_state
    d_o = d_h * np.tanh(c)
    d_c = d_c + d_h * o * (1 - np.tanh(c) ** 2)
    d_i, d_f, d_g = d_c * g, d_c * c_before, d_c * i
    d_a = [d_i * i * (1 - i), d_f * f * (1 - f), d_g * (1 - g**2), d_o * o * (1 - o)]
    d_a = np.concatenate(d_a, axis=-1)  # (batch, 4 * units)
    d_weights = x.T @ d_a, h_before.T @ d_a, d_a.sum(0)
    return d_a @ kernel.T, (d_a @ recurrent.T, d_c * f), d_weights
