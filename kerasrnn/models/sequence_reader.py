"""Sequence reader: one way over numbers or symbols, an answer after every step or at the end.

It reads forwards only, so what follows a row's end changes nothing before it: rows of different
length need no mask, only to be told where to look.
"""

from collections.abc import Sequence

import keras

from kerasrnn.layers.embedding import make_embedding
from kerasrnn.layers.masking import LengthMask
from kerasrnn.layers.pooling import Pooling
from kerasrnn.layers.stack import Stack


def sequence_reader(
    *,
    features: int = 0,
    vocabulary_size: int = 0,
    outputs: int,
    each_step: bool = True,
    embedding: int = 16,
    cell: str = "gru",
    units: int | Sequence[int] = 64,
    layers: int = 1,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    residual: bool = False,
    layer_normalization: bool = False,
    expected_span: int = 0,
) -> keras.Model:
    """Rows of numbers, or of ids, to numbers or scores.

    Args:
        features: Numbers of each step; 0 if the steps are ids.
        vocabulary_size: Number of ids; 0 if the steps are numbers.
        outputs: Numbers of each answer.
        each_step: Answer after every step, or once, after each row's last.
        embedding: Width of an id's vector.
        cell: A name from `kerasrnn list`.
        units: Width of each recurrent layer.
        layers: Recurrent layers on top of one another.
        dropout: Between recurrent layers.
        output_dropout: Before the last linear layer.
        residual: Add each recurrent layer's input to its output where widths agree.
        layer_normalization: Normalise each recurrent layer's output.
        expected_span: Steps a memory may have to last, by which gated cells start; 0: as usual.

    Returns:
        Model from `(batch, steps, features)` floats or `(batch, steps)` int32 ids to
        `(batch, steps, outputs)`; with an answer at the end, from `{"values", "lengths"}`,
        `lengths` being `(batch,)` int32, to `(batch, outputs)`.

    Raises:
        ValueError: Unless the steps are numbers or ids, or if a number is out of range.
    """
    if bool(features) == bool(vocabulary_size):
        raise ValueError("give features, for steps of numbers, or vocabulary_size, for ids")
    if outputs < 1:
        raise ValueError(f"outputs must be at least 1, not {outputs}")
    stack = Stack(cell, units, layers, False, dropout, residual, layer_normalization, expected_span)
    if features:
        x = steps = keras.Input((None, features), name="values")
    else:
        steps = keras.Input((None,), dtype="int32", name="ids")
        x = make_embedding(vocabulary_size, embedding, name="embedding")(steps)
    x, _ = stack(x)
    inputs = steps
    if not each_step:
        lengths = keras.Input((), dtype="int32", name="lengths")
        inputs = {steps.name: steps, "lengths": lengths}
        x = Pooling("last", name="end")(x, LengthMask(name="real")(x, lengths))
    if output_dropout:
        x = keras.layers.Dropout(output_dropout, name="output_dropout")(x)
    answers = keras.layers.Dense(outputs, dtype="float32", name="answers")(x)
    return keras.Model(inputs, answers, name="sequence_reader")
