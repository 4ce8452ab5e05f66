"""Which steps of right-padded sequences are real, said explicitly, not by mask propagation."""

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
class RealSteps(keras.layers.Layer):
    """`(batch, steps, features)`, used for its sizes, and `(batch,)` lengths to booleans.

    `(batch, steps)`: true for as many steps as the row's length, then false.
    """

    def call(self, sequence, lengths):
        return ops.arange(ops.shape(sequence)[1]) < ops.expand_dims(lengths, 1)

    def compute_output_spec(self, sequence, lengths):
        return keras.KerasTensor(sequence.shape[:2], dtype="bool")
