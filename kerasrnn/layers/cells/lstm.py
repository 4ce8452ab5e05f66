"""Long short-term memory: a memory c that gates open and close, hardly changed otherwise.

    i, f, o = sigmoid(W x_t + U h_{t-1} + b), each with its own weights
    c_t = f * c_{t-1} + i * tanh(W_c x_t + U_c h_{t-1} + b_c)
    h_t = o * tanh(c_t)

Source: Hochreiter & Schmidhuber 1997; the forget gate f: Gers, Schmidhuber & Cummins 2000. Its
bias starts at 1 so that the memory lasts at first (Jozefowicz, Zaremba & Sutskever 2015).
"""

import keras
import tensorflow as tf

from kerasrnn.layers.scanned import Scanned
from kerasrnn.layers.walk import Equations

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


def forward(outer: tf.Tensor, inner: tf.Tensor, state: tuple) -> tuple:
    """The same on columns, keeping the gates and both memories."""
    i, f, memory, o = tf.split(outer + inner, 4)
    i, f, memory, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(memory), tf.sigmoid(o)
    c = f * state[1] + i * memory
    return (o * tf.tanh(c), c), (i, f, memory, o, state[1])


def backward(d_state: tuple, kept: tuple) -> tuple:
    """Gradients of the gates and the old memory; the old output acts through the gates alone."""
    d_h, d_c = d_state
    i, f, memory, o, before = kept
    squashed = tf.tanh(f * before + i * memory)
    d_c = d_c + d_h * o * (1 - squashed * squashed)
    d_gates = (
        d_c * memory * i * (1 - i),
        d_c * before * f * (1 - f),
        d_c * i * (1 - memory * memory),
        d_h * squashed * o * (1 - o),
    )
    return d_gates, (tf.zeros_like(d_h), d_c * f)


@keras.saving.register_keras_serializable(package="kerasrnn")
class LSTM(Scanned, keras.layers.LSTM):
    """Keras's LSTM, faster on a CPU: the same arguments, weights and results."""

    equations = Equations(forward, backward, gates=4, kept=5, rows=4)


CELL = LSTM
