"""Moving variables and positions into the batch and back, for reading a series by segments.

Source: SegRNN (Lin et al. 2023), sections 3.2 and 3.3.
"""

import functools
from collections.abc import Sequence

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasrnn")
class Positions(keras.layers.Layer):
    """Learned vectors for the stretches of the horizon, one row of states to one per stretch.

    `(batch, variables, width)`, used for its sizes alone, to
    `(batch * variables * positions, 1, units)`: the position's vector beside the variable's, each
    half as wide.
    """

    def __init__(self, positions: int, units: int, **kwargs):
        super().__init__(**kwargs)
        self.positions = positions
        self.units = units

    def build(self, shape):
        half = self.units // 2
        # unit deviation: the vectors are all that tells one stretch from another
        initializer = functools.partial(keras.initializers.RandomNormal, stddev=1.0)
        sizes = {"position": (self.positions, half), "variable": (shape[1], self.units - half)}
        self.position, self.variable = (
            self.add_weight(shape=size, initializer=initializer(), name=name)
            for name, size in sizes.items()
        )

    def call(self, like):
        batch, variables = ops.shape(like)[0], like.shape[1]
        position = ops.tile(ops.expand_dims(self.position, 0), (variables, 1, 1))
        variable = ops.repeat(ops.expand_dims(self.variable, 1), self.positions, axis=1)
        both = ops.concatenate([position, variable], -1)  # (variables, positions, units)
        both = ops.reshape(both, (variables * self.positions, 1, self.units))
        return ops.tile(both, (batch, 1, 1))

    def compute_output_shape(self, shape):
        return (None, 1, self.units)

    def get_config(self):
        return {**super().get_config(), "positions": self.positions, "units": self.units}


@keras.saving.register_keras_serializable(package="kerasrnn")
class Rows(keras.layers.Layer):
    """Reshapes what follows the batch, joining `keep` leading sizes into the batch.

    Keras's own Reshape cannot change the batch, and here variables and positions move into it.
    """

    def __init__(self, shape: Sequence[int], **kwargs):
        super().__init__(**kwargs)
        self.shape = tuple(shape)

    def call(self, x):
        return ops.reshape(x, (-1, *self.shape))

    def compute_output_shape(self, shape):
        return (None, *self.shape)

    def get_config(self):
        return {**super().get_config(), "shape": self.shape}
