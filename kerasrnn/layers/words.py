"""Between a sentence's words and the characters of each of them."""

import keras
from keras import ops

from kerasrnn.ids import UNKNOWN_ID


@keras.saving.register_keras_serializable(package="kerasrnn")
class WordDropout(keras.layers.Layer):
    """While training, puts the unknown word in the place of words at random.

    So that the network learns what to do with words it does not know, from their characters and
    neighbours (Iyyer et al. 2015, section 3.1, who drop words whole).

    Args:
        rate: Share of the words.
        seed: Of what is drawn.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.seed = rate, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, ids, training=False):
        if not training or not self.rate:
            return ids
        drawn = keras.random.uniform(ops.shape(ids), seed=self.seed_generator)
        # an id beyond padding and unknown becomes unknown; these two stay
        dropped = ops.logical_and(drawn < self.rate, ids > UNKNOWN_ID)
        return ops.where(dropped, UNKNOWN_ID, ids)

    def compute_output_spec(self, ids, training=False):
        return keras.KerasTensor(ids.shape, dtype=ids.dtype)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@keras.saving.register_keras_serializable(package="kerasrnn")
class WordRows(keras.layers.Layer):
    """`(batch, steps, characters)` to `(batch * steps, characters)`: every word a row."""

    def call(self, characters):
        return ops.reshape(characters, (-1, characters.shape[2]))

    def compute_output_spec(self, characters):
        return keras.KerasTensor((None, characters.shape[2]), dtype=characters.dtype)


@keras.saving.register_keras_serializable(package="kerasrnn")
class WordSteps(keras.layers.Layer):
    """The way back: `(batch * steps, features)` to `(batch, steps, features)` of the ids' shape."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True  # the mask of the characters ends here

    def compute_mask(self, *args, **kwargs):
        return None

    def call(self, rows, ids):
        return ops.reshape(rows, (-1, ops.shape(ids)[1], rows.shape[1]))

    def compute_output_spec(self, rows, ids):
        return keras.KerasTensor((*ids.shape, rows.shape[1]), dtype=rows.dtype)
