"""Which steps of right-padded ids are real, said explicitly rather than by mask propagation."""

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
