"""Gated recurrent unit: one update gate instead of LSTM's input and forget, no separate memory.

    z, r = sigmoid(W x_t + U h_{t-1} + b), each with its own weights
    h_t = z * h_{t-1} + (1 - z) * tanh(W_h x_t + b_h + r * (U_h h_{t-1} + b'_h))

Source: Cho et al. 2014; the reset gate r after the product, as cuDNN computes it
(`reset_after=True`).
"""

import keras
import tensorflow as tf

from kerasrnn.layers.scanned import Scanned
from kerasrnn.layers.walk import Equations

GATES = 3
KEEP, TAKE = 0, None  # one gate does both: z keeps the old state, 1 - z takes the new in


def project(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """What the inputs of all steps add to the gates; columns z, r, candidate."""
    return tf.matmul(x, kernel) + bias[0]


def step(
    gates: tf.Tensor, state: tuple[tf.Tensor], recurrent: tf.Tensor, bias: tf.Tensor
) -> tuple[tf.Tensor]:
    """One step from `project`'s `(batch, 3 * units)` and the old state `(h,)` to the new one."""
    (h,) = state
    units = h.shape[-1]
    inner = tf.matmul(h, recurrent) + bias[1]
    zr = tf.sigmoid(gates[:, : 2 * units] + inner[:, : 2 * units])
    z, r = zr[:, :units], zr[:, units:]
    candidate = tf.tanh(gates[:, 2 * units :] + r * inner[:, 2 * units :])
    return (candidate + z * (h - candidate),)


def forward(outer: tf.Tensor, inner: tf.Tensor, state: tuple) -> tuple:
    """The same on columns, keeping the gates, what the state adds to the candidate, the state."""
    (h,) = state
    (z_x, r_x, candidate_x), (z_h, r_h, candidate_h) = tf.split(outer, 3), tf.split(inner, 3)
    z, r = tf.sigmoid(z_x + z_h), tf.sigmoid(r_x + r_h)
    candidate = tf.tanh(candidate_x + r * candidate_h)
    return (candidate + z * (h - candidate),), (z, r, candidate, candidate_h, h)


def backward(d_state: tuple, kept: tuple) -> tuple:
    """Gradients of the candidate, z, r, what the state adds to the candidate; of the old state."""
    (d_h,) = d_state
    z, r, candidate, candidate_h, h = kept
    d_candidate = d_h * (1 - z) * (1 - candidate * candidate)
    d_z = d_h * (h - candidate) * z * (1 - z)
    d_r = d_candidate * candidate_h * r * (1 - r)
    return (d_candidate, d_z, d_r, d_candidate * r), (d_h * z,)


@keras.saving.register_keras_serializable(package="kerasrnn")
class GRU(Scanned, keras.layers.GRU):
    """Keras's GRU, faster on a CPU: the same arguments, weights and results."""

    # the candidate's part of the inputs comes first, that of the state last
    equations = Equations(forward, backward, gates=3, kept=5, rows=4, turn=1)


CELL = GRU
