"""Frames on their way to a recurrent stack: fewer steps, each seeing several frames."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasrnn")
class PadFrames(keras.layers.Layer):
    """Zeros around `(batch, frames, width)`, so that a strided convolution sees every frame.

    TensorFlow's own padding depends on the number of frames: the same recording, padded with
    more zeros, would be cut elsewhere.

    Args:
        before: Zeros in front.
        after: Zeros behind.
        multiple: As many more behind as make the frames a multiple of this.
    """

    def __init__(self, before: int, after: int, multiple: int, **kwargs):
        super().__init__(**kwargs)
        self.before, self.after, self.multiple = before, after, multiple

    def call(self, x):
        batch, frames, _ = ops.shape(x)
        more = (-frames) % self.multiple
        # not ops.pad, after which TensorFlow no longer knows the width, as TFLite must
        front, behind = (
            ops.zeros((batch, count, x.shape[2]), x.dtype)
            for count in (self.before, self.after + more)
        )
        return ops.concatenate([front, x, behind], 1)

    def compute_output_shape(self, shape):
        known = shape[1]
        if known is not None:
            known += self.before + self.after + -known % self.multiple
        return (shape[0], known, shape[2])

    def get_config(self):
        sizes = {"before": self.before, "after": self.after, "multiple": self.multiple}
        return {**super().get_config(), **sizes}


@keras.saving.register_keras_serializable(package="kerasrnn")
class StackFrames(keras.layers.Layer):
    """`count` frames beside one another: `(batch, frames, width)` to a `count`-th of the frames.

    Source: Sak et al. 2015, "Fast and accurate recurrent neural network acoustic models".

    Args:
        count: Must divide the frames.
    """

    def __init__(self, count: int, **kwargs):
        super().__init__(**kwargs)
        self.count = count

    def call(self, x):
        return ops.reshape(x, (-1, ops.shape(x)[1] // self.count, self.count * x.shape[2]))

    def compute_output_shape(self, shape):
        steps = None if shape[1] is None else shape[1] // self.count
        return (shape[0], steps, self.count * shape[2])

    def get_config(self):
        return {**super().get_config(), "count": self.count}


@keras.saving.register_keras_serializable(package="kerasrnn")
class LastFrames(keras.layers.Layer):
    """The `count` frames before each row's end: what the next stretch of a stream begins with.

    `(batch, count + frames, width)`, the first `count` from the stretch before, and `(batch,)`
    lengths of this stretch to `(batch, count, width)`.

    Args:
        count: Frames.
    """

    def __init__(self, count: int, **kwargs):
        super().__init__(**kwargs)
        self.count = count

    def call(self, x, lengths):
        places = ops.expand_dims(lengths, -1) + ops.arange(self.count, dtype="int32")
        return ops.take_along_axis(x, ops.expand_dims(places, -1), axis=1)

    def compute_output_shape(self, x_shape, lengths_shape):
        return (x_shape[0], self.count, x_shape[2])

    def get_config(self):
        return {**super().get_config(), "count": self.count}
