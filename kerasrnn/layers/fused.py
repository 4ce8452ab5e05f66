"""An LSTM layer that TFLite's converter turns into its one operator for the whole sequence.

The operator, UNIDIRECTIONAL_SEQUENCE_LSTM, keeps its state from one invocation to the next. So
the sequence begins with a step of its own that shuts the input and forget gates, after which
the state is zero whatever it was.
"""

import itertools

import tensorflow as tf

SHUT = 100.0  # against a gate: its sigmoid is then below 1e-43, nothing in single precision

_numbers = itertools.count()


def fused_lstm(
    x: tf.Tensor, weights: list[tf.Tensor], mask: tf.Tensor | None, *, reverse: bool
) -> tf.Tensor:
    """Outputs of every step, `(batch, steps, units)`, from a state of zeros.

    Args:
        x: `(batch, steps, features)`, every size known.
        weights: Kernel, recurrent kernel and bias as Keras has them.
        mask: `(batch, steps)`, true first, then false; outputs after it mean nothing.
        reverse: Whether the last real step is read first.
    """
    kernel, recurrent, bias = weights
    x = _reversed(x, mask) if reverse else x
    batch, steps, _ = x.shape
    units = recurrent.shape[0]
    # one more feature, which is there in the first step alone and shuts the first two gates; its
    # weights are no larger than the others, whose quantisation would suffer
    largest = tf.reduce_max(tf.abs(kernel))
    column = largest * tf.constant([[-1.0] * (2 * units) + [0.0] * (2 * units)])
    first = tf.fill([batch, 1, 1], SHUT / largest)
    first = tf.pad(first, [[0, 0], [0, 0], [x.shape[2], 0]])
    x = tf.concat([first, tf.pad(x, [[0, 0], [0, 0], [0, 1]])], 1)
    zeros = tf.zeros([batch, units])
    layer = _composite(next(_numbers))
    outputs = layer(x, zeros, zeros, tf.concat([kernel, column], 0), recurrent, bias)[1]
    outputs = tf.ensure_shape(outputs, [batch, steps + 1, units])[:, 1:]
    return _reversed(outputs, mask) if reverse else outputs


def _reversed(x: tf.Tensor, mask: tf.Tensor | None) -> tf.Tensor:
    if mask is None:
        return tf.reverse(x, [1])
    lengths = tf.reduce_sum(tf.cast(mask, tf.int32), 1)
    return tf.reverse_sequence(x, lengths, seq_axis=1, batch_axis=0)


def _composite(number: int) -> tf.types.experimental.PolymorphicFunction:
    """A function that the converter knows by its attributes, arguments and results."""

    def lstm(x, h, c, kernel, recurrent, bias):
        outputs = []
        for t in range(x.shape[1]):
            gates = tf.matmul(x[:, t], kernel) + tf.matmul(h, recurrent) + bias
            i, f, memory, o = tf.split(gates, 4, -1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(memory)
            h = tf.sigmoid(o) * tf.tanh(c)
            outputs.append(h)
        return h, tf.stack(outputs, 1), h, c, tf.constant(0.0)

    return tf.function(
        lstm,
        autograph=False,
        experimental_attributes={
            "api_implements": f"lstm_kerasrnn_{number}",
            "api_preferred_device": "CPU",
            "time_major": False,
            "go_backwards": False,
        },
    )
