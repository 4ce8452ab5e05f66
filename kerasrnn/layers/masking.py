"""Which steps of right-padded rows are real, said explicitly rather than by mask propagation."""

import keras
from keras import ops

from kerasrnn.ids import PAD_ID


@keras.saving.register_keras_serializable(package="kerasrnn")
class PaddingMask(keras.layers.Layer):
    """`(batch, steps)` ids to booleans: true where a step is real.

    The first step always counts as real, for cuDNN raises on a row without any.
    """

    def call(self, ids):
        first = ops.cast(ops.arange(ops.shape(ids)[1]) < 1, "bool")
        return ops.logical_or(ops.not_equal(ids, PAD_ID), first)

    def compute_output_spec(self, ids):
        return keras.KerasTensor(ids.shape, dtype="bool")


@keras.saving.register_keras_serializable(package="kerasrnn")
class LengthMask(keras.layers.Layer):
    """`(batch, steps, …)`, used for its steps alone, and `(batch,)` lengths to `(batch, steps)`.

    True where a step is real.

    Args:
        stride: Of which one step is made: lengths count what comes in, steps what comes out.
        least: Steps that count as real whatever the length; 1 for what cuDNN may see.
    """

    def __init__(self, stride: int = 1, least: int = 1, **kwargs):
        super().__init__(**kwargs)
        self.stride, self.least = stride, least

    def call(self, rows, lengths):
        steps = ops.arange(ops.shape(rows)[1], dtype="int32")
        return steps * self.stride < ops.maximum(ops.expand_dims(lengths, -1), self.least)

    def compute_output_spec(self, rows, lengths):
        return keras.KerasTensor(rows.shape[:2], dtype="bool")

    def get_config(self):
        return {**super().get_config(), "stride": self.stride, "least": self.least}


@keras.saving.register_keras_serializable(package="kerasrnn")
class Unmasked(keras.layers.Layer):
    """The same numbers without the mask that Keras's recurrent layers attach to their outputs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, *args, **kwargs):
        return None

    def call(self, x):
        return ops.copy(x)  # the mask is an attribute of the very tensor

    def compute_output_shape(self, shape):
        return shape
