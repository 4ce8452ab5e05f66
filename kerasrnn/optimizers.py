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


class _Summed:
    """Gradients of looked-up rows are added up where they belong, once and before clipping.

    Keras counts a row that a batch holds twice as two short gradients, not as their sum: the norm
    it clips by is too small.
    """

    lazy_rows = False

    def apply(self, grads, trainable_variables=None):
        summed = _rows if self.lazy_rows else _dense
        super().apply([summed(gradient) for gradient in grads], trainable_variables)

    def _clip_gradients(self, grads):
        # Keras would make tables of rows
        values = [_values(gradient) for gradient in grads]
        clipped = super()._clip_gradients(values)
        return [
            tf.IndexedSlices(new, gradient.indices, gradient.dense_shape)
            if isinstance(gradient, tf.IndexedSlices)
            else new
            for gradient, new in zip(grads, clipped, strict=True)
        ]


def _values(gradient: Any) -> Any:
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def _dense(gradient: Any) -> Any:
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    indices = gradient.indices
    # half the time of `tf.convert_to_tensor`
    return tf.scatter_nd(
        indices[:, None], gradient.values, tf.cast(gradient.dense_shape, indices.dtype)
    )


def _rows(gradient: Any) -> Any:
    """Each looked-up row once, with the sum of its gradients."""
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    indices, places = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, places, tf.shape(indices)[0])
    return tf.IndexedSlices(values, indices, gradient.dense_shape)


class _OnePass(_Summed):
    """Adam's update in one pass over its arrays, where Keras takes one for each operation.

    Source: Kingma & Ba 2015, algorithm 1.

    Args:
        lazy_rows: Updates only those rows of an embedding that a batch looked up, and their
            averages: all others stay as they are, instead of being moved by what is left of
            gradients of earlier batches. What a step takes then depends on the batch alone, not on
            how large the vocabulary is. Not under XLA, where the number of rows must be known.
    """

    def __init__(self, *args, lazy_rows: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.lazy_rows = lazy_rows

    def get_config(self):
        return {**super().get_config(), "lazy_rows": self.lazy_rows}

    def update_step(self, gradient, variable, learning_rate):
        kind = variable.dtype
        if isinstance(gradient, tf.IndexedSlices) and not self.amsgrad:
            self._update_rows(gradient, variable, learning_rate)
            return
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

    def _update_rows(self, gradient, variable, learning_rate):
        index, kind = self._get_variable_index(variable), variable.dtype
        rows, values = gradient.indices, tf.cast(gradient.values, kind)
        step = tf.cast(self.iterations + 1, kind)
        averages, corrections = [], []
        for average, new, beta in (
            (self._momentums[index], values, self.beta_1),
            (self._velocities[index], tf.square(values), self.beta_2),
        ):
            old = tf.gather(average.value, rows)
            kept = old + (new - old) * (1 - beta)
            tf.raw_ops.ResourceScatterUpdate(
                resource=average.value.handle, indices=rows, updates=kept
            )
            averages.append(kept)
            corrections.append(1 - tf.pow(tf.constant(beta, kind), step))
        rate = tf.cast(learning_rate, kind) * tf.sqrt(corrections[1]) / corrections[0]
        change = rate * averages[0] / (tf.sqrt(averages[1]) + self.epsilon)
        tf.raw_ops.ResourceScatterSub(resource=variable.handle, indices=rows, updates=change)


@keras.saving.register_keras_serializable(package="kerasrnn")
class Adam(_OnePass, keras.optimizers.Adam):
    """Keras's Adam, faster: the same arguments, variables and results."""


@keras.saving.register_keras_serializable(package="kerasrnn")
class AdamW(_OnePass, keras.optimizers.AdamW):
    """Keras's AdamW, faster: the same arguments, variables and results."""


@keras.saving.register_keras_serializable(package="kerasrnn")
class SGD(_Summed, keras.optimizers.SGD):
    """Keras's SGD, which clips by the true norm."""


@keras.saving.register_keras_serializable(package="kerasrnn")
class RMSprop(_Summed, keras.optimizers.RMSprop):
    """Keras's RMSprop, which clips by the true norm."""


@keras.saving.register_keras_serializable(package="kerasrnn")
class Adagrad(_Summed, keras.optimizers.Adagrad):
    """Keras's Adagrad, which clips by the true norm."""


@keras.saving.register_keras_serializable(package="kerasrnn")
class Adadelta(_Summed, keras.optimizers.Adadelta):
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
    if config.lazy_rows:
        settings["lazy_rows"] = True
    if config.optimizer == "sgd":
        settings["momentum"] = config.momentum
    optimizer = KINDS[config.optimizer](**settings)
    if config.precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer
