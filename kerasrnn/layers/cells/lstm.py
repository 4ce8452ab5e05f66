"""Long short-term memory: a memory c that gates open and close, hardly changed otherwise.

    i, f, o = sigmoid(W x_t + U h_{t-1} + b), each with its own weights
    c_t = f * c_{t-1} + i * tanh(W_c x_t + U_c h_{t-1} + b_c)
    h_t = o * tanh(c_t)

Source: Hochreiter & Schmidhuber 1997; the forget gate f: Gers, Schmidhuber & Cummins 2000. Its
bias starts at 1 so that the memory lasts at first (Jozefowicz, Zaremba & Sutskever 2015).
"""

import keras
import tensorflow as tf

CELL = keras.layers.LSTM
GATES = 4
KEEP, TAKE = 1, 0  # the gate that keeps the old memory, and the one that takes the new in


def project(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """What the inputs of all steps add to the gates; columns i, f, memory, o."""
    return tf.matmul(x, kernel) + bias


def step(
    gates: tf.Tensor, state: tuple[tf.Tensor, tf.Tensor], recurrent: tf.Tensor, bias: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """One step from `project`'s `(batch, 4 * units)` and the old state `(h, c)` to the new one."""
    h, c = state
    i, f, memory, o = tf.split(gates + tf.matmul(h, recurrent), 4, axis=-1)
    c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(memory)
    return tf.sigmoid(o) * tf.tanh(c), c
