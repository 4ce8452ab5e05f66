"""Optimiser and learning rate from the settings."""

import math
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kerasrnn.config import TrainingSettings

FLOOR = 0.01  # of the peak rate: where the cosine ends, so that the last steps still count


@keras.saving.register_keras_serializable(package="kerasrnn")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """Rises in a straight line, then stays or falls as half a cosine.

    Source: Loshchilov & Hutter 2017, "SGDR", equation 5, without restarts.

    Args:
        peak: Highest rate.
        warmup_steps: Steps of the rise.
        decay_steps: Steps from the peak to `FLOOR * peak`; 0 to stay.
    """

    def __init__(self, peak: float, warmup_steps: int, decay_steps: int):
        self.peak, self.warmup_steps, self.decay_steps = peak, warmup_steps, decay_steps

    def __call__(self, step):
        step = ops.cast(step, "float32")
        rate = ops.convert_to_tensor(self.peak, "float32")
        if self.decay_steps:
            done = ops.clip((step - self.warmup_steps) / self.decay_steps, 0.0, 1.0)
            rate = rate * (FLOOR + (1 - FLOOR) * 0.5 * (1 + ops.cos(math.pi * done)))
        if self.warmup_steps:
            rate = rate * ops.minimum((step + 1) / self.warmup_steps, 1.0)
        return rate

    def get_config(self) -> dict[str, Any]:
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "decay_steps": self.decay_steps,
        }


class _Dense:
    """Gradients of looked-up rows are added up where they belong, once and before clipping.

    Keras counts a row that a batch holds twice as two short gradients, not as their sum: the norm
    it clips by is too small.
    """

    def apply(self, grads, trainable_variables=None):
        super().apply([_dense(gradient) for gradient in grads], trainable_variables)


def _dense(gradient: Any) -> Any:
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    indices = gradient.indices
    # half the time of `tf.convert_to_tensor`
    return tf.scatter_nd(
        indices[:, None], gradient.values, tf.cast(gradient.dense_shape, indices.dtype)
    )


class _OnePass(_Dense):
    """Adam's update in one pass over its arrays, where Keras takes one for each operation.

    Source: Kingma & Ba 2015, algorithm 1.
    """

    def update_step(self, gradient, variable, learning_rate):
        kind = variable.dtype
        if self.amsgrad or kind != tf.float32:
            super().update_step(gradient, variable, learning_rate)
            return
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, kind)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(tf.constant(self.beta_1, kind), step),
            beta2_power=tf.pow(tf.constant(self.beta_2, kind), step),
            lr=tf.cast(learning_rate, kind),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=tf.cast(gradient, kind),
        )


@keras.saving.register_keras_serializable(package="kerasrnn")
class Adam(_OnePass, keras.optimizers.Adam):
    """Keras's Adam, faster: the same arguments, variables and results."""


@keras.saving.register_keras_serializable(package="kerasrnn")
class AdamW(_OnePass, keras.optimizers.AdamW):
    """Keras's AdamW, faster: the same arguments, variables and results."""


@keras.saving.register_keras_serializable(package="kerasrnn")
class SGD(_Dense, keras.optimizers.SGD):
    """Keras's SGD, which clips by the true norm."""


@keras.saving.register_keras_serializable(package="kerasrnn")
class RMSprop(_Dense, keras.optimizers.RMSprop):
    """Keras's RMSprop, which clips by the true norm."""


@keras.saving.register_keras_serializable(package="kerasrnn")
class Adagrad(_Dense, keras.optimizers.Adagrad):
    """Keras's Adagrad, which clips by the true norm."""


@keras.saving.register_keras_serializable(package="kerasrnn")
class Adadelta(_Dense, keras.optimizers.Adadelta):
    """Keras's Adadelta, which clips by the true norm."""


KINDS = {kind.__name__.lower(): kind for kind in (Adam, AdamW, SGD, RMSprop, Adagrad, Adadelta)}


def make_optimizer(config: TrainingSettings, *, steps: int) -> keras.optimizers.Optimizer:
    """The optimiser named in the settings.

    Args:
        config: Names the optimiser, its peak rate, schedule, decay and clipping.
        steps: Training steps in all, which the schedule is stretched over.
    """
    warmup = round(config.warmup * steps)
    rate: Any = config.learning_rate
    if config.schedule == "cosine":
        rate = WarmUp(rate, warmup, max(steps - warmup, 1))
    elif warmup:
        rate = WarmUp(rate, warmup, 0)
    settings: dict[str, Any] = {"learning_rate": rate}
    if config.clip_norm:
        settings["global_clipnorm"] = config.clip_norm
    if config.weight_decay:
        settings["weight_decay"] = config.weight_decay
    elif config.optimizer == "adamw":
        settings["weight_decay"] = 0.0  # Keras's default of 0.004 would be a hidden setting
    if config.optimizer == "sgd":
        settings["momentum"] = config.momentum
    optimizer = KINDS[config.optimizer](**settings)
    if config.precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer
