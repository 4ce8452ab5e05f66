"""Speech recogniser: frames of a recording to the scores of every character at every step.

Source: Graves, Mohamed & Hinton 2013, "Speech recognition with deep recurrent neural networks",
section 3.1; a convolution in front as in Amodei et al. 2016, "Deep Speech 2", section 3.5.
"""

from collections.abc import Sequence

import keras
from keras import ops

from kerasrnn.layers.frames import LastFrames, PadFrames, StackFrames
from kerasrnn.layers.masking import LengthMask
from kerasrnn.layers.spec_augment import SpecAugment
from kerasrnn.layers.stack import Stack


def speech_recognizer(
    *,
    mels: int,
    classes: int,
    cell: str = "gru",
    units: int | Sequence[int] = 64,
    layers: int = 2,
    bidirectional: bool = True,
    filters: int = 64,
    kernel: int = 5,
    stride: int = 2,
    mask_bands: int = 0,
    mask_frames: int = 0,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    residual: bool = False,
    layer_normalization: bool = False,
    expected_span: int = 0,
    state: bool = False,
) -> keras.Model:
    """Frames to logits for CTC.

    Args:
        mels: Bands of a frame.
        classes: Characters and the blank.
        cell: A name from `kerasrnn list`.
        units: Width of each recurrent layer and direction.
        layers: Recurrent layers on top of one another.
        bidirectional: Read both ways; else no step sees a later frame than its own last one.
        filters: Of the convolution in front; 0 for none, the frames of a step side by side.
        kernel: Frames that the convolution sees at once, at least `stride`.
        stride: Frames of each step of the recurrent layers.
        mask_bands: Most neighbouring bands hidden at once while training; 0 for no masks.
        mask_frames: Most neighbouring frames hidden at once while training; 0 for no masks.
        dropout: Between recurrent layers.
        output_dropout: Before the last linear layer.
        residual: Add each recurrent layer's input to its output where widths agree.
        layer_normalization: Normalise each recurrent layer's output.
        expected_span: Steps a memory may have to last, by which gated cells start; 0: as usual.
        state: Whether the state goes in and comes out, for a stream that continues from call to
            call. The weights, and their order, are the same either way.

    Returns:
        Model from `{"frames": (batch, frames, mels), "lengths": (batch,)}`, frames of each row,
        to `(batch, steps, classes)` logits, `steps = ceil(frames / stride)`. With `state`, `state`
        goes in and comes out beside them as a list: first the `(batch, kernel - stride, mels)`
        frames before (none of it without a convolution or where they are equal), then
        `(batch, units)` arrays, all zeros at the beginning; then `frames` and `lengths` must be
        multiples of `stride` but at the end of a stream.

    Raises:
        ValueError: If the numbers do not fit one another, or a stream is to be read both ways.
    """
    overlap = kernel - stride if filters else 0
    if min(mels, stride) < 1 or classes < 2 or overlap < 0:
        raise ValueError(
            f"needs a mel band, two classes and a kernel ({kernel}) no shorter than the stride "
            f"({stride})"
        )
    if state and bidirectional:
        raise ValueError("a stream cannot be read both ways: leave out bidirectional")
    stack = Stack(
        cell, units, layers, bidirectional, dropout, residual, layer_normalization, expected_span
    )
    frames = keras.Input((None, mels), name="frames")
    lengths = keras.Input((), dtype="int32", name="lengths")
    shapes = [*([(overlap, mels)] if overlap else []), *stack.state_shapes()] if state else []
    before = [keras.Input(shape, name=f"state_{i}") for i, shape in enumerate(shapes)]
    # what stands after the end of a row must not reach a convolution: there are zeros
    least = 0 if state else 1  # a stream may have nothing new to say
    real = ops.expand_dims(LengthMask(least=least, name="real_frames")(frames, lengths), -1)
    x = ops.where(real, frames, ops.zeros_like(frames))
    if mask_bands or mask_frames:
        x = SpecAugment(mask_bands, mask_frames, name="spec_augment")(x, lengths)
    # of a stream, the frames in front are the last ones of the stretch before
    front = overlap // 2 if bidirectional else 0 if state else overlap
    behind = overlap - overlap // 2 if bidirectional else 0
    x = PadFrames(front, behind, stride, name="padding")(x)
    context = []
    if state and overlap:
        x = keras.layers.Concatenate(axis=1, name="continued")([before[0], x])
        context = [LastFrames(overlap, name="context")(x, lengths)]
    if filters:
        layer = keras.layers.Conv1D(filters, kernel, stride, activation="relu", name="convolution")
        x = layer(x)
    elif stride > 1:
        x = StackFrames(stride, name="stacking")(x)
    mask = LengthMask(stride, least, name="real_steps")(x, lengths)
    x, after = stack(x, mask=mask, states=before[len(context) :] or None)
    if output_dropout:
        x = keras.layers.Dropout(output_dropout, name="output_dropout")(x)
    logits = keras.layers.Dense(classes, dtype="float32", name="logits")(x)
    inputs = {"frames": frames, "lengths": lengths}
    if not state:
        return keras.Model(inputs, logits, name="speech_recognizer")
    outputs = {"logits": logits, "state": [*context, *after]}
    return keras.Model({**inputs, "state": before}, outputs, name="speech_recognizer")
