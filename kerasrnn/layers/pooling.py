"""From one vector per step to one vector per sequence, padded steps left out.

`attention` scores every step with a small network and averages by the softmax of the scores
(Yang et al. 2016, "Hierarchical attention networks", equations 5-7).
"""

import keras
from keras import ops

from kerasrnn.registry import POOLINGS


@keras.saving.register_keras_serializable(package="kerasrnn")
class Pooling(keras.layers.Layer):
    """`(batch, steps, features)` and a `(batch, steps)` mask to `(batch, features)`.

    `mean_max` gives `(batch, 2 * features)`.

    Args:
        kind: One of `last`, `max`, `mean`, `mean_max`, `sqrtn`, `attention`. `last` is the last
            real step; `sqrtn` the sum over the root of the number of steps, whose spread does not
            shrink with length as the mean's does.

    Raises:
        ValueError: If `kind` is none of these.
    """

    def __init__(self, kind: str = "mean_max", **kwargs):
        super().__init__(**kwargs)
        if kind not in POOLINGS:
            raise ValueError(f"unknown pooling {kind!r}; choose from {', '.join(POOLINGS)}")
        self.kind = kind
        self.supports_masking = True  # it has the mask given, and passes none on

    def compute_mask(self, *args, **kwargs):
        return None

    def build(self, sequence_shape, mask_shape=None):
        if self.kind == "attention":
            features = sequence_shape[-1]
            self.projection = self.add_weight(
                shape=(features, features), initializer="glorot_uniform", name="projection"
            )
            self.bias = self.add_weight(shape=(features,), initializer="zeros", name="bias")
            self.context = self.add_weight(
                shape=(features, 1), initializer="glorot_uniform", name="context"
            )

    def call(self, sequence, mask):
        # padded steps must not even carry a huge number into a product: cast, then select
        real = ops.expand_dims(mask, -1)  # (batch, steps, 1)
        if self.kind == "last":
            return self._last(sequence, mask)
        if self.kind == "max":
            return self._max(sequence, real)
        if self.kind == "mean":
            return self._mean(sequence, real)
        if self.kind == "sqrtn":
            return self._sum(sequence, real) / ops.sqrt(self._count(sequence, real))
        if self.kind == "mean_max":
            return ops.concatenate([self._mean(sequence, real), self._max(sequence, real)], -1)
        return ops.sum(sequence * self.weights_of_steps(sequence, mask), 1)

    def weights_of_steps(self, sequence, mask):
        """Attention weights `(batch, steps, 1)`, summing to one over the real steps."""
        hidden = ops.tanh(ops.matmul(sequence, self.projection) + self.bias)
        scores = ops.matmul(hidden, self.context)
        return ops.softmax(ops.where(ops.expand_dims(mask, -1), scores, _lowest(scores)), axis=1)

    @staticmethod
    def _last(sequence, mask):
        lengths = ops.sum(ops.cast(mask, "int32"), 1)
        index = ops.reshape(ops.maximum(lengths - 1, 0), (-1, 1, 1))
        return ops.squeeze(ops.take_along_axis(sequence, index, axis=1), 1)

    @staticmethod
    def _max(sequence, real):
        return ops.max(ops.where(real, sequence, _lowest(sequence)), 1)

    def _mean(self, sequence, real):
        return self._sum(sequence, real) / self._count(sequence, real)

    @staticmethod
    def _sum(sequence, real):
        return ops.sum(ops.where(real, sequence, ops.zeros_like(sequence)), 1)

    @staticmethod
    def _count(sequence, real):
        return ops.maximum(ops.sum(ops.cast(real, sequence.dtype), 1), 1)

    def compute_output_shape(self, sequence_shape, mask_shape=None):
        features = sequence_shape[-1] * (2 if self.kind == "mean_max" else 1)
        return (sequence_shape[0], features)

    def get_config(self):
        return {**super().get_config(), "kind": self.kind}


def _lowest(like):
    return ops.full_like(like, -1e4)  # finite in float16 too; recurrent outputs are within 1
