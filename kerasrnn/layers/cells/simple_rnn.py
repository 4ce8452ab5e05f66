"""Simple recurrent network: the new state is one tanh of input and old state.

    h_t = tanh(W x_t + U h_{t-1} + b)

Source: Elman 1990, "Finding structure in time". Its gradient shrinks or grows with every step
back (Bengio, Simard & Frasconi 1994), so it suits short memories.
"""

import keras
import tensorflow as tf

CELL = keras.layers.SimpleRNN


def project(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """What the inputs of all steps add to the state."""
    return tf.matmul(x, kernel) + bias


def step(
    gates: tf.Tensor, state: tuple[tf.Tensor], recurrent: tf.Tensor, bias: tf.Tensor
) -> tuple[tf.Tensor]:
    """One step from `project`'s `(batch, units)` and the old state `(h,)` to the new one."""
    return (tf.tanh(gates + tf.matmul(state[0], recurrent)),)
