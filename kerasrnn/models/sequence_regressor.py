"""Sequence regressors: numbers for a sequence of any length, or for each of its steps.

Two beginnings, rows of features or ids of elements (phones, characters), and one body: recurrent
stack, pooling unless every step is answered, one linear layer.
"""

from collections.abc import Sequence
from typing import Any

import keras

from kerasrnn.layers.embedding import make_embedding
from kerasrnn.layers.masking import LengthMask, PaddingMask
from kerasrnn.layers.pooling import Pooling
from kerasrnn.layers.stack import Stack


def sequence_regressor(
    *,
    features: int,
    values: int = 1,
    per_step: bool = False,
    cell: str = "gru",
    units: int | Sequence[int] = 64,
    layers: int = 1,
    bidirectional: bool = False,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    pooling: str = "last",
    residual: bool = False,
    layer_normalization: bool = False,
    expected_span: int = 0,
) -> keras.Model:
    """Rows of features to numbers.

    Args:
        features: Numbers in a row.
        values: Numbers answered.
        per_step: Answer at every step, rather than once.
        cell: A name from `kerasrnn list`.
        units: Width of each recurrent layer and direction.
        layers: Recurrent layers on top of one another.
        bidirectional: Read both ways; a step's answer then knows the steps after it.
        dropout: Between recurrent layers.
        output_dropout: Before the last linear layer.
        pooling: From steps to one vector, as in `Pooling`; unused with `per_step`.
        residual: Add each recurrent layer's input to its output where widths agree.
        layer_normalization: Normalise each recurrent layer's output.
        expected_span: Steps a memory may have to last, by which gated cells start; 0: as usual.

    Returns:
        Model from `{"features": (batch, steps, features), "lengths": (batch,) int32}`, padded
        right, to `(batch, values)`, or per step to `(batch, steps, values)`, of which the padded
        steps mean nothing.

    Raises:
        ValueError: If a number is below 1 or a name unknown.
    """
    if features < 1 or values < 1:
        raise ValueError(f"needs at least one feature and value, got {features} and {values}")
    stack = Stack(
        cell, units, layers, bidirectional, dropout, residual, layer_normalization, expected_span
    )
    rows = keras.Input((None, features), name="features")
    lengths = keras.Input((), dtype="int32", name="lengths")
    mask = LengthMask(name="mask")(rows, lengths)
    y = _body(rows, mask, stack, "" if per_step else pooling, output_dropout, values)
    inputs = {"features": rows, "lengths": lengths}
    return keras.Model(inputs, y, name="sequence_regressor")


def element_regressor(
    *,
    vocabulary_size: int,
    values: int = 1,
    embedding: int = 32,
    cell: str = "gru",
    units: int | Sequence[int] = 64,
    layers: int = 1,
    bidirectional: bool = True,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    residual: bool = False,
    layer_normalization: bool = False,
    expected_span: int = 0,
) -> keras.Model:
    """Ids of elements to numbers for each of them; arguments as in `sequence_regressor`.

    Args:
        vocabulary_size: Ids run from 0 (padding) to `vocabulary_size - 1`.
        values: Numbers for each element.
        embedding: Width of an element's vector.
        cell: A name from `kerasrnn list`.
        units: Width of each recurrent layer and direction.
        layers: Recurrent layers on top of one another.
        bidirectional: Read both ways.
        dropout: Between recurrent layers.
        output_dropout: Before the last linear layer.
        residual: Add each recurrent layer's input to its output where widths agree.
        layer_normalization: Normalise each recurrent layer's output.
        expected_span: Steps a memory may have to last, by which gated cells start; 0: as usual.

    Returns:
        Model from `(batch, steps)` int32 ids, padded right, to `(batch, steps, values)`, of which
        the padded steps mean nothing.

    Raises:
        ValueError: If a number is out of range or a name unknown.
    """
    if vocabulary_size < 2 or values < 1:
        raise ValueError(
            f"needs vocabulary_size of at least 2 and a value, got {vocabulary_size} and {values}"
        )
    stack = Stack(
        cell, units, layers, bidirectional, dropout, residual, layer_normalization, expected_span
    )
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = PaddingMask(name="mask")(ids)
    x = make_embedding(vocabulary_size, embedding, name="embedding")(ids)
    y = _body(x, mask, stack, "", output_dropout, values)
    return keras.Model(ids, y, name="element_regressor")


def _body(x: Any, mask: Any, stack: Stack, pooling: str, output_dropout: float, values: int) -> Any:
    """`(batch, values)`, or without pooling `(batch, steps, values)`."""
    x, _ = stack(x, mask=mask)  # (batch, steps, width)
    if pooling:
        x = Pooling(pooling, name="pooling")(x, mask)  # (batch, width)
    if output_dropout:
        x = keras.layers.Dropout(output_dropout, name="output_dropout")(x)
    return keras.layers.Dense(values, dtype="float32", name="values")(x)
