"""Losses that Keras has not in this form."""

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


def tokens_mean(nats, weights):
    """Nats of each token on average, however many a sentence has.

    Args:
        nats: Of any shape, zero where there is no token.
        weights: `(batch, steps)`, zero where there is no token, else one.
    """
    return ops.sum(nats) / ops.maximum(ops.sum(weights), 1.0)
