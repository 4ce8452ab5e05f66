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
        log_p = ops.log_softmax(ops.cast(y_pred, "float32"))
        index = ops.expand_dims(ops.cast(y_true, "int32"), -1)
        hit = -ops.squeeze(ops.take_along_axis(log_p, index, axis=-1), -1)
        if not self.smoothing:
            return hit
        return (1 - self.smoothing) * hit - self.smoothing * ops.mean(log_p, -1)

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


class CTC:
    """Nats of the transcripts, averaged over the recordings of a batch; true lengths count.

    Source: Graves et al. 2006, "Connectionist temporal classification". Keras's own CTC counts
    padded steps. A recording with fewer steps than its transcript needs has no path at all and
    counts nothing, rather than infinitely much; nor does one without a transcript.

    Args:
        compiled: Whether XLA compiles it, which takes the slower form of TensorFlow's loss.
    """

    reduction = "sum_over_batch_size"

    def __init__(self, *, compiled: bool = False):
        self.compiled = compiled

    def __call__(self, classes: Any, outputs: Mapping[str, Any]) -> Any:
        """One number.

        Args:
            classes: `(batch, longest)` int32, from 1 on; 0, the blank, pads.
            outputs: `logits` `(batch, steps, classes)` and `lengths` `(batch,)`, steps of each.
        """
        return keras.ops.mean(self.of_each(classes, outputs))

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
