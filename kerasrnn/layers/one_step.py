"""One step of a language model, with as little to do as writing text needs.

A model made for sequences transposes, masks and loops over its one step, and multiplies the vector
of the same few ids by the same matrix again and again. Here the state goes through plain tensors,
and of a small vocabulary what each id adds to the first layer's gates is looked up in a table.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kerasrnn.layers.recurrence import Recurrence, cell_name
from kerasrnn.registry import CELLS

TABLE_ROWS = 256  # ids at most: a table of 20,000 words would be larger than what it saves

# `(batch,)` ids and the state to `(batch, vocabulary_size)` scores and the state
Step = Callable[[tf.Tensor, list[tf.Tensor]], tuple[tf.Tensor, list[tf.Tensor]]]


class _Layer(NamedTuple):
    """One recurrent layer and what follows it."""

    cell: ModuleType
    weights: list[tf.Tensor]  # kernel, recurrent kernel, bias
    residual: bool
    normalization: Any  # the layer, or none


def one_step(model: keras.Model) -> Step:
    """The step of a model for one id of each row; to be called inside a graph or outside.

    The weights are those of the moment of this call.

    Args:
        model: Made by `text_generator(..., state=True)`, or its twin for inference.
    """
    names = {layer.name: layer for layer in model.layers}
    layers = []
    while (recurrent := names.get(f"rnn_{len(layers)}")) is not None:
        own = isinstance(recurrent, Recurrence)
        index, dtype = len(layers), recurrent.compute_dtype
        layers.append(
            _Layer(
                CELLS.module(recurrent.cell if own else cell_name(recurrent)),
                [tf.cast(tf.convert_to_tensor(w), dtype) for w in recurrent.weights],
                f"residual_{index}" in names,
                names.get(f"normalization_{index}"),
            )
        )
    vectors = tf.cast(names["embedding"].embeddings, layers[0].weights[0].dtype)
    kernel, bias = (tf.convert_to_tensor(w) for w in names["logits"].weights)
    first = layers[0]
    tabled = vectors.shape[0] <= TABLE_ROWS
    table = _project(first, vectors) if tabled else None

    def step(ids: tf.Tensor, state: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
        x = None if tabled and not first.residual else tf.gather(vectors, ids)
        after: list[tf.Tensor] = []
        count = len(state) // len(layers)
        for index, layer in enumerate(layers):
            lookup = tabled and not index
            gates = tf.gather(table, ids) if lookup else _project(layer, x)
            before = tuple(state[index * count : (index + 1) * count])
            new = layer.cell.step(gates, before, *layer.weights[1:])
            after += new
            x = x + new[0] if layer.residual else new[0]
            x = layer.normalization(x) if layer.normalization else x
        return tf.matmul(tf.cast(x, tf.float32), kernel) + bias, after

    return step


def _project(layer: _Layer, x: tf.Tensor) -> tf.Tensor:
    kernel, _, bias = layer.weights
    return layer.cell.project(x, kernel, bias)
