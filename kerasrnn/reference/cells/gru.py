"""Gated recurrent unit: one update gate instead of LSTM's input and forget, no separate memory.

    z, r = σ(x_t W + b + h_{t-1} U + b')                each with its own weights
    g = tanh(x_t W_g + b_g + r * (h_{t-1} U_g + b'_g))  the candidate
    h_t = z * h_{t-1} + (1 - z) * g

Back, where σ' = σ (1 - σ) and tanh' = 1 - tanh². The input's share of a gate, x_t W + b, and the
state's, s = h_{t-1} U + b', have gradients of their own, da and ds, because r stands between them:

    dz = dh_t * (h_{t-1} - g)      dg = dh_t * (1 - z)
    da_g = dg * (1 - g²)           dr = da_g * s_g
    da = [dz * z (1 - z),  dr * r (1 - r),  da_g]
    ds = [dz * z (1 - z),  dr * r (1 - r),  da_g * r]
    dx_t = da Wᵀ                   dW += x_tᵀ da            db += da
    dh_{t-1} = dh_t * z + ds Uᵀ    dU += h_{t-1}ᵀ ds        db' += ds

Columns of the kernels in Keras's order: z, r, g; the bias is `(2, 3 * units)`, b above b'.

Source: Cho et al. 2014; the reset gate r after the product, as cuDNN computes it
(`reset_after=True`).
"""

from typing import Any

import numpy as np

from kerasrnn.reference.activations import sigmoid

STATES, GATES = 1, 3


def initial_bias(units: int) -> np.ndarray:
    """Zeros."""
    return np.zeros((2, GATES * units))


def step(x: np.ndarray, state: tuple, weights: tuple) -> tuple[tuple, Any]:
    """One step; see the package."""
    kernel, recurrent, bias = weights
    (h_before,) = state
    a_z, a_r, a_g = np.split(x @ kernel + bias[0], GATES, axis=-1)
    s_z, s_r, s_g = np.split(h_before @ recurrent + bias[1], GATES, axis=-1)
    z, r = sigmoid(a_z + s_z), sigmoid(a_r + s_r)
    g = np.tanh(a_g + r * s_g)
    return (z * h_before + (1 - z) * g,), (x, h_before, z, r, g, s_g)


def step_back(d_state: tuple, kept: Any, weights: tuple) -> tuple[np.ndarray, tuple, tuple]:
    """The same step back; see the package."""
    kernel, recurrent, _ = weights
    x, h_before, z, r, g, s_g = kept
    (d_h,) = d_state
    d_z, d_g = d_h * (h_before - g), d_h * (1 - z)
    d_a_g = d_g * (1 - g**2)
    d_a_z, d_a_r = d_z * z * (1 - z), d_a_g * s_g * r * (1 - r)
    d_a = np.concatenate([d_a_z, d_a_r, d_a_g], axis=-1)  # (batch, 3 * units)
    d_s = np.concatenate([d_a_z, d_a_r, d_a_g * r], axis=-1)
    d_weights = x.T @ d_a, h_before.T @ d_s, np.stack([d_a.sum(0), d_s.sum(0)])
    return d_a @ kernel.T, (d_h * z + d_s @ recurrent.T,), d_weights
