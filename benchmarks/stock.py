"""`kerasrnn train` with Keras's own layers and optimiser, and every batch padded to one length.

Settings, data, seed, network, loss and training loop are those of the command. In the place of
ours are Keras's recurrent layers, and its optimiser; and texts are batched as they are drawn, long
beside short, each padded to the most steps that one may have, in validation and testing too. That
this is so is seen to before anything is trained.
"""

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasrnn import cli, commands, optimizers, training
from kerasrnn.config import Config
from kerasrnn.errors import RunFailed
from kerasrnn.layers.scanned import keras_class
from kerasrnn.registry import CELLS
from kerasrnn.tasks import Prepared
from kerasrnn.transforms import batches


@dataclass(frozen=True)
class Padded(batches.Buckets):
    """Batches of texts, as drawn.

    Args:
        width: Steps of every batch.
    """

    width: int

    @functools.cached_property
    def rectangle(self) -> np.ndarray:
        """`(texts, width)` ids, in memory even where ours are in files."""
        rows = [self.ids[row] for row in range(len(self.ids))]
        return keras.utils.pad_sequences(rows, maxlen=self.width, padding="post")

    def padding(self, order: Any) -> float:
        return 1 - float(np.mean(self.lengths[:])) / self.width

    def dataset(self, order: Any, step: int = 0) -> tf.data.Dataset:
        return self._cut(order[step * self.batch_size :], self.batch_size)

    def by_length(self, batch_size: int) -> tf.data.Dataset:
        """In the order of the file: nothing goes by length here."""
        return self._cut(np.arange(len(self.ids)), batch_size)

    def _cut(self, rows: np.ndarray, size: int) -> tf.data.Dataset:
        pairs = self.rectangle[rows], np.asarray(self.labels[:], np.int32)[rows]
        return tf.data.Dataset.from_tensor_slices(pairs).batch(size).prefetch(tf.data.AUTOTUNE)


class Checked(training.Trainer):
    """Trains only where layers and optimiser are Keras's own, and batches full."""

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        check_layers(self.model)
        check_optimizer(self.optimizer)
        if self.prepared.padding is not None:
            check_batches(self.prepared, self.config.steps)


def check_layers(model: keras.Model) -> None:
    """Sees that the recurrent layers are Keras's own, no faster forms of them.

    Raises:
        RunFailed: If one is not, or there is none.
    """
    layers = model._flatten_layers(include_self=False, recursive=True)
    kinds = {type(layer) for layer in layers if isinstance(layer, keras.layers.RNN)}
    foreign = [kind for kind in kinds if kind is not getattr(keras.layers, kind.__name__, None)]
    if foreign or not kinds:
        raise RunFailed(f"not a stock network: its recurrent layers are {sorted(map(str, kinds))}")


def check_optimizer(optimizer: keras.optimizers.Optimizer) -> None:
    """Sees that an optimiser is Keras's own.

    Raises:
        RunFailed: If it is not.
    """
    kind = type(getattr(optimizer, "inner_optimizer", optimizer))
    if kind is not getattr(keras.optimizers, kind.__name__, None):
        raise RunFailed(f"not a stock optimiser: {kind}")


def check_batches(prepared: Prepared, steps: int) -> None:
    """Sees that no batch can be shorter than the most steps of a text.

    Raises:
        RunFailed: If those of one part can.
    """
    parts = {"train": prepared.batches(0), "valid": prepared.valid, "test": prepared.test}
    for name, part in parts.items():
        shape = None if part is None else part.element_spec[0].shape
        if shape is not None and shape[1] != steps:
            raise RunFailed(f"not padded to {steps} steps: batches {shape} of {name}")


def replace(config: Config) -> None:
    """Puts what is Keras's in the place of what is ours, for the rest of this process."""
    cell = CELLS.module(config.cell)
    cell.CELL = keras_class(cell.CELL)
    optimizers.KINDS.update({name: keras_class(k) for name, k in optimizers.KINDS.items()})
    batches.Buckets = functools.partial(Padded, width=config.steps)
    training.Trainer = Checked


def main(arguments: Sequence[str]) -> int:
    """Runs a `train` command so; returns its exit status."""
    train = commands.train

    def replaced(name: str, config: Config, **how: Any) -> None:
        config = dataclasses.replace(config, lazy_rows=False)  # Keras's optimisers have none
        replace(config)
        train(name, config, **how)

    commands.train = replaced
    return cli.main(arguments)
