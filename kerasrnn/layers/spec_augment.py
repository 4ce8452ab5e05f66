"""SpecAugment: bands and stretches of a recording hidden while training.

Source: Park et al. 2019, "SpecAugment", section 2, without time warping, which they found to
matter least. What is hidden becomes zero, the mean of normalised frames.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasrnn")
class SpecAugment(keras.layers.Layer):
    """`(batch, frames, bands)` and `(batch,)` lengths to the same frames, some hidden.

    Args:
        bands: Most neighbouring bands that one mask hides.
        frames: Most neighbouring frames that one mask hides.
        share: Most of a recording's own frames that one mask hides.
        masks: Masks of each kind.
        seed: Of the first masks; the layer keeps where it is.
    """

    def __init__(
        self,
        bands: int,
        frames: int,
        share: float = 0.2,
        masks: int = 2,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.bands, self.frames, self.share, self.masks = bands, frames, share, masks
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, x, lengths, training=False):
        if not training:
            return x
        shape = ops.shape(x)
        limit = ops.minimum(self.share * ops.cast(lengths, "float32"), self.frames)
        everywhere = ops.ones((shape[0],), "float32")
        for _ in range(self.masks):
            hidden = self._hidden(shape[1], ops.cast(lengths, "float32"), limit)
            x = ops.where(ops.expand_dims(hidden, -1), ops.zeros_like(x), x)
            hidden = self._hidden(shape[2], everywhere * x.shape[2], everywhere * self.bands)
            x = ops.where(ops.expand_dims(hidden, 1), ops.zeros_like(x), x)
        return x

    def _hidden(self, size, lengths, limit):
        """`(batch, size)` booleans: a stretch up to `limit` long, somewhere within `lengths`."""
        width = limit * keras.random.uniform(ops.shape(limit), seed=self.seed_generator)
        chance = keras.random.uniform(ops.shape(limit), seed=self.seed_generator)
        first = ops.floor(chance * (lengths - width))
        places = ops.cast(ops.arange(size), "float32")
        return (places >= first[:, None]) & (places < (first + ops.round(width))[:, None])

    def compute_output_shape(self, x_shape, lengths_shape):
        return x_shape

    def get_config(self):
        names = ("bands", "frames", "share", "masks", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
