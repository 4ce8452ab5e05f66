"""Cross-entropy over a large vocabulary, whose scores never lie in memory for a whole batch.

The scores of a batch and their gradient are `(rows, vocabulary)` numbers each: 450 MB for 64 rows
of 35 steps and 50,000 words. Here a network gives what is before its last layer, and the loss
scores it: `sliced` some rows at a time, with the very same result; `sampled` against some words
only, with a result that is right on average and takes a fraction of the time.
"""

from typing import Any, NamedTuple

import tensorflow as tf

SLICE = 2**24  # scores that lie in memory at once: 64 MiB
HIDDEN = -1e9  # added to a score that is not to count


class Unscored(NamedTuple):
    """What a last linear layer would make scores of.

    Args:
        hidden: `(batch, steps, width)`.
        kernel: `(width, vocabulary)`.
        bias: `(vocabulary,)`.
    """

    hidden: Any
    kernel: Any
    bias: Any

    def sliced(self, targets: Any, weights: Any) -> Any:
        """Weighted mean of the cross-entropy, in nats; targets and weights `(batch, steps)`."""
        return sliced_cross_entropy(*self._flat(targets, weights))

    def sampled(self, targets: Any, weights: Any, *, samples: int, seed: int) -> Any:
        """The like from `samples` words drawn for all rows of the batch."""
        return sampled_cross_entropy(*self._flat(targets, weights), samples=samples, seed=seed)

    def _flat(self, targets: Any, weights: Any) -> tuple:
        hidden = tf.cast(tf.reshape(self.hidden, [-1, self.hidden.shape[-1]]), tf.float32)
        kernel, bias = (tf.convert_to_tensor(x) for x in (self.kernel, self.bias))
        return hidden, kernel, bias, tf.reshape(targets, [-1]), tf.reshape(weights, [-1])


@tf.custom_gradient
def sliced_cross_entropy(hidden, kernel, bias, targets, weights):
    """Weighted mean of the cross-entropy of `hidden @ kernel + bias`.

    A slice's gradients are found at once with its loss, while its scores are there, and only the
    sums are kept: as many multiplications as ever. Source: Hsu et al. 2024, "Liger Kernel",
    section 3.2 (fused linear cross-entropy).

    Args:
        hidden: `(rows, width)` float32.
        kernel: `(width, vocabulary)` float32.
        bias: `(vocabulary,)` float32.
        targets: `(rows,)` int32.
        weights: `(rows,)` float32, zero where there is no target.
    """
    count, width = tf.shape(hidden)[0], hidden.shape[1]
    if hidden.shape[0] is not None:
        count = hidden.shape[0]
    size = max(1, SLICE // kernel.shape[1])
    slices = -(-count // size)
    more = slices * size - count  # rows of no weight that fill the last slice
    share = tf.math.divide_no_nan(weights, tf.reduce_sum(weights))
    rows = tf.reshape(tf.pad(hidden, [[0, more], [0, 0]]), [slices, size, width])
    wanted = tf.reshape(tf.pad(targets, [[0, more]]), [slices, size])
    share = tf.reshape(tf.pad(share, [[0, more]]), [slices, size])

    def body(i, loss, to_kernel, to_bias, to_rows):
        scores = tf.matmul(rows[i], kernel) + bias
        # one operator gives the loss and what it is by the scores
        nats, by_scores = tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits(
            features=scores, labels=wanted[i]
        )
        by_scores *= share[i][:, None]
        return (
            i + 1,
            loss + tf.reduce_sum(nats * share[i]),
            to_kernel + tf.matmul(rows[i], by_scores, transpose_a=True),
            to_bias + tf.reduce_sum(by_scores, 0),
            to_rows.write(i, tf.matmul(by_scores, kernel, transpose_b=True)),
        )

    to_rows = tf.TensorArray(tf.float32, slices, element_shape=[size, width])
    start = (0, 0.0, tf.zeros_like(kernel), tf.zeros_like(bias), to_rows)
    _, loss, to_kernel, to_bias, to_rows = tf.while_loop(
        lambda i, *_: i < slices, body, start, parallel_iterations=1
    )
    to_hidden = tf.reshape(to_rows.stack(), [-1, width])[:count]

    def gradient(upstream):
        return upstream * to_hidden, upstream * to_kernel, upstream * to_bias, None, None

    return loss, gradient


def sampled_cross_entropy(hidden, kernel, bias, targets, weights, *, samples: int, seed: int):
    """Weighted mean of the cross-entropy with a sum over all words estimated from some.

    Words are drawn as Zipf's law has them, p = log((id + 2) / (id + 1)) / log(vocabulary + 1), ids
    being in the order of frequency, with replacement; each drawn one stands for 1 / (samples p)
    words, and the target, drawn or not, for itself. The sum is right on average, so that the loss
    is in nats. The draw is a function of seed and batch, so a resumed run repeats it. Source:
    Bengio & Senécal 2003, "Quick training of probabilistic neural nets by importance sampling".

    Args:
        hidden: `(rows, width)` float32.
        kernel: `(width, vocabulary)` float32.
        bias: `(vocabulary,)` float32.
        targets: `(rows,)` int32.
        weights: `(rows,)` float32, zero where there is no target.
        samples: How many to draw.
        seed: Of the draw.
    """
    vocabulary, rows = kernel.shape[1], tf.range(tf.shape(targets)[0])
    of_batch = tf.reduce_sum(targets * (2 * rows + 1))
    drawn, log_p = draw_words(samples, vocabulary, tf.stack([seed, of_batch]))
    columns = tf.gather(kernel, tf.concat([targets, drawn], 0), axis=1)
    biases = tf.gather(bias, tf.concat([targets, drawn], 0))
    count = tf.shape(targets)[0]
    true = tf.reduce_sum(hidden * tf.transpose(columns[:, :count]), 1) + biases[:count]
    scores = tf.matmul(hidden, columns[:, count:]) + biases[count:]
    scores -= log_p + tf.math.log(float(samples))
    scores += HIDDEN * tf.cast(drawn == targets[:, None], tf.float32)
    nats = tf.reduce_logsumexp(tf.concat([true[:, None], scores], 1), 1) - true
    return tf.math.divide_no_nan(tf.reduce_sum(nats * weights), tf.reduce_sum(weights))


def draw_words(samples: int, vocabulary: int, seed: Any) -> tuple:
    """`(samples,)` int32 ids, drawn with replacement by Zipf's law, and log-probabilities."""
    log_size = tf.math.log(vocabulary + 1.0)
    chance = tf.random.stateless_uniform([samples], seed)
    ids = tf.cast(tf.exp(chance * log_size), tf.int32) - 1
    ids = tf.clip_by_value(ids, 0, vocabulary - 1)
    place = tf.cast(ids, tf.float32)
    return ids, tf.math.log(tf.math.log1p(1 / (place + 1)) / log_size)
