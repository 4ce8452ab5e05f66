"""Pairs of neighbouring tokens as ids of their own, by hashing, so that none must be listed.

Source: Joulin et al. 2017, "Bag of tricks for efficient text classification", section 2.3.
"""

import keras
from keras import ops

from kerasrnn.ids import PAD_ID

# two large primes: neighbouring ids land far apart
FIRST, SECOND = 1_000_003, 15_485_863


@keras.saving.register_keras_serializable(package="kerasrnn")
class HashedPairs(keras.layers.Layer):
    """`(batch, steps)` ids to ids of each token with its successor, of the same shape.

    A pair that reaches into the padding is padding; others are 1 to `buckets - 1`.

    Args:
        buckets: Different ids; pairs that fall together share one.
    """

    def __init__(self, buckets: int, **kwargs):
        super().__init__(**kwargs)
        self.buckets = buckets

    def call(self, ids):
        # 64 bits: the products of large vocabularies would wrap round in 32
        here = ops.cast(ids, "int64")
        after = ops.pad(here[:, 1:], [[0, 0], [0, 1]], constant_values=PAD_ID)
        pairs = 1 + ops.mod(here * FIRST + after * SECOND, self.buckets - 1)
        real = ops.logical_and(ops.not_equal(here, PAD_ID), ops.not_equal(after, PAD_ID))
        return ops.cast(ops.where(real, pairs, PAD_ID), "int32")

    def compute_output_spec(self, ids):
        return keras.KerasTensor(ids.shape, dtype="int32")

    def get_config(self):
        return {**super().get_config(), "buckets": self.buckets}
