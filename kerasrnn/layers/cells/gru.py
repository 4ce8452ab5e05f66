"""Gated recurrent unit: one update gate instead of LSTM's input and forget, no separate memory.

    z, r = sigmoid(W x_t + U h_{t-1} + b), each with its own weights
    h_t = z * h_{t-1} + (1 - z) * tanh(W_h x_t + b_h + r * (U_h h_{t-1} + b'_h))

Source: Cho et al. 2014; the reset gate r after the product, as cuDNN computes it
(`reset_after=True`).
"""

import keras
import tensorflow as tf

CELL = keras.layers.GRU
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
