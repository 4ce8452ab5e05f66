"""Sequences of different length with their answers, as batches padded right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasrnn.transforms.padding import pad

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class SequenceBatches:
    """What a `sequence_reader` reads and is to answer.

    Args:
        inputs: One `(steps, features)` float or `(steps,)` integer array per sequence.
        targets: As many: with an answer for each step, arrays of as many steps; else arrays of
            one size.
        each_step: Which of the two.
    """

    inputs: Sequence[np.ndarray]
    targets: Sequence[np.ndarray]
    each_step: bool

    def __len__(self) -> int:
        return len(self.inputs)

    def shuffled(self, batch_size: int, *, seed: int, epoch: int) -> np.ndarray:
        """An order whose batches hold sequences of like length: little padding, much chance.

        The same for the same seed and epoch; which rows make up the last, smaller batch is drawn.
        """
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(self))
        order = order[np.argsort([len(self.inputs[i]) for i in order], kind="stable")]
        full, left = divmod(len(self), batch_size)
        begin = batch_size * int(rng.integers(full + 1))
        last = order[begin : begin + left]
        batches = np.delete(order, np.s_[begin : begin + left]).reshape(full, batch_size)
        return np.concatenate([rng.permutation(batches).ravel(), last])

    def batch(self, rows: Sequence[int]) -> tuple:
        """Inputs and targets of some rows; with an answer for each step, weights 1 and then 0.

        With one answer a row, the inputs are `{"values", "lengths"}`.
        """
        chosen = [self.inputs[i] for i in rows]
        values: Any = pad(chosen)
        lengths = np.array([len(row) for row in chosen], np.int32)
        targets = [self.targets[i] for i in rows]
        if not self.each_step:
            return {"values": values, "lengths": lengths}, np.array(targets, _kind(targets[0]))
        weights = np.arange(values.shape[1]) < lengths[:, None]
        return values, pad(targets), weights.astype(np.float32)

    def dataset(self, order: np.ndarray, batch_size: int) -> tf.data.Dataset:
        """Batches as `batch` gives them, visiting rows in `order`."""
        import tensorflow as tf

        def batches():
            for first in range(0, len(order), batch_size):
                yield self.batch(order[first : first + batch_size])

        def spec(array: np.ndarray) -> tf.TensorSpec:
            free = 2 if self.each_step or array.ndim == 3 else 1  # the batch, and the steps
            return tf.TensorSpec([None] * free + list(array.shape[free:]), array.dtype)

        signature = tf.nest.map_structure(spec, self.batch(order[:1]))
        batched = tf.data.Dataset.from_generator(batches, output_signature=signature)
        return batched.prefetch(tf.data.AUTOTUNE)


def _kind(array: np.ndarray) -> type:
    return np.float32 if array.dtype.kind == "f" else np.int32
