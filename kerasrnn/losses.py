"""Losses that Keras has not in this form."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops


def error_loss(name: str, **options: str) -> keras.losses.Loss:
    """The loss of a name in `config.ERROR_LOSSES`; options as Keras's own losses take them."""
    losses = {
        "mse": keras.losses.MeanSquaredError,
        "mae": keras.losses.MeanAbsoluteError,
        "huber": keras.losses.Huber,
    }
    return losses[name](**options)


@keras.saving.register_keras_serializable(package="kerasrnn")
class CrossEntropy(keras.losses.Loss):
    """Cross-entropy of integer targets, in nats; the target may be partly spread over all.

    Source: Szegedy et al. 2016, "Rethinking the Inception architecture", section 7. Keras smooths
    one-hot targets only.

    Args:
        smoothing: Share of the target that is spread evenly.
    """

    def __init__(self, smoothing: float = 0.0, name: str = "cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.smoothing = smoothing

    def call(self, y_true, y_pred):
        logits, index = ops.cast(y_pred, "float32"), ops.cast(y_true, "int32")
        # one operator, which keeps nothing of the size of the logits but their gradient
        hit = ops.sparse_categorical_crossentropy(index, logits, from_logits=True)
        if not self.smoothing:
            return hit
        # with z the logits: the mean of -log p is hit + z of the target - mean of z
        index = ops.expand_dims(index, -1)
        target = ops.squeeze(ops.take_along_axis(logits, index, axis=-1), -1)
        return hit + self.smoothing * (target - ops.mean(logits, -1))

    def get_config(self):
        return {**super().get_config(), "smoothing": self.smoothing}


class TokensMean:
    """Nats of each token on average, however many a sentence has.

    Args:
        nats: Takes targets, outputs and weights; returns nats of any shape, zero where there is
            no token.
    """

    reduction = "mean_with_sample_weight"

    def __init__(self, nats: Callable[..., Any]):
        self.nats = nats

    def __call__(self, target: Any, outputs: Any, weights: Any) -> Any:
        """One number; weights are `(batch, steps)`, zero where there is no token, else one."""
        nats = self.nats(target, outputs, weights)
        return ops.sum(nats) / ops.maximum(ops.sum(weights), 1.0)


def rows_mean(values, weights=None):
    """Mean over the rows that count of what each has on average.

    Args:
        values: `(batch, …)`.
        weights: `(batch,)`, one or zero; all count if left out.
    """
    each = ops.mean(ops.reshape(values, (ops.shape(values)[0], -1)), -1)
    return ops.mean(each) if weights is None else ops.sum(each * weights) / ops.sum(weights)


class CTC:
    """Nats of the transcripts, averaged over the recordings of a batch; true lengths count.

    Source: Graves et al. 2006, "Connectionist temporal classification". Keras's own CTC counts
    padded steps. A recording with fewer steps than its transcript needs has no path at all and
    counts nothing, rather than infinitely much; nor does one without a transcript.

    Args:
        compiled: Whether XLA compiles it, which takes the slower form of TensorFlow's loss.
    """

    reduction = "mean_with_sample_weight"

    def __init__(self, *, compiled: bool = False):
        self.compiled = compiled

    def __call__(self, classes: Any, outputs: Mapping[str, Any], weights: Any = None) -> Any:
        """One number.

        Args:
            classes: `(batch, longest)` int32, from 1 on; 0, the blank, pads.
            outputs: `logits` `(batch, steps, classes)` and `lengths` `(batch,)`, steps of each.
            weights: `(batch,)`, 0 for rows that are no recordings; all are if left out.
        """
        return rows_mean(self.of_each(classes, outputs), weights)

    def of_each(self, classes: Any, outputs: Mapping[str, Any]) -> Any:
        """`(batch,)` nats."""
        import tensorflow as tf

        logits = tf.transpose(tf.cast(outputs["logits"], tf.float32), [1, 0, 2])
        lengths = tf.cast(outputs["lengths"], tf.int32)
        again = (classes[:, 1:] == classes[:, :-1]) & (classes[:, 1:] != 0)
        counts, repeated = (tf.math.count_nonzero(x, 1, dtype=tf.int32) for x in (classes, again))
        possible = (counts > 0) & (counts + repeated <= lengths)
        # in the place of what has no path, whose gradient is no number, one character
        one = tf.one_hot(tf.zeros_like(counts), tf.shape(classes)[1], dtype=classes.dtype)
        classes = tf.where(possible[:, None], classes, one)
        if self.compiled:
            counts = tf.where(possible, counts, 1)
            nats = tf.nn.ctc_loss(classes, logits, counts, lengths, blank_index=0)
        else:
            places = tf.where(classes != 0)
            nats, _ = tf.raw_ops.CTCLoss(
                # this operator has its blank last
                inputs=tf.concat([logits[..., 1:], logits[..., :1]], -1),
                labels_indices=places,
                labels_values=tf.gather_nd(classes, places) - 1,
                sequence_length=lengths,
            )
        return tf.where(possible, nats, 0.0)
