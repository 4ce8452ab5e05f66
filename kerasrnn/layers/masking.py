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

    True where a step is real; the first always is, as in `PaddingMask`.
    """

    def call(self, rows, lengths):
        steps = ops.arange(ops.shape(rows)[1], dtype="int32")
        return ops.expand_dims(steps, 0) < ops.expand_dims(ops.maximum(lengths, 1), 1)

    def compute_output_spec(self, rows, lengths):
        return keras.KerasTensor(rows.shape[:2], dtype="bool")
