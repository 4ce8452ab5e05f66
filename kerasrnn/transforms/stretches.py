"""Stretches of long sequences as examples, in tf.data batches of like length.

A sequence gives many examples that overlap: each row with the rows before it. So the rows are
kept once, end to end, and an example is a place in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from kerasrnn.transforms.batches import batches_of_rows
from kerasrnn.transforms.orders import LikeLengths, in_order, padding_share


@dataclass(frozen=True)
class Stretches:
    """Examples with a target for their last row, or for each of their rows.

    Args:
        rows: `(rows, features)` float32, or `(rows,)` int32 ids.
        starts: `(examples,)` first row of each.
        ends: `(examples,)` row after its last.
        targets: `(rows, values)` float32, as the model is to give them.
        truth: `(rows, values)` float32, in their own units.
        per_step: Whether the targets of all rows count, or the last one's alone.
        batch_size: Examples a batch in training.
    """

    rows: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    targets: np.ndarray
    truth: np.ndarray
    per_step: bool
    batch_size: int

    @property
    def lengths(self) -> np.ndarray:
        return self.ends - self.starts

    @property
    def longest(self) -> int:
        """Rows of the longest example."""
        return int(self.lengths.max())

    @property
    def answered(self) -> np.ndarray:
        """Rows whose targets count, example by example."""
        if not self.per_step:
            return self.ends - 1
        pairs = zip(self.starts, self.ends, strict=True)
        return np.concatenate([np.arange(start, end) for start, end in pairs])

    def steps(self) -> int:
        """Batches in one pass of `dataset`."""
        return -(-len(self.starts) // self.batch_size)

    def padding(self, order: np.ndarray) -> float:
        """The share of an epoch's steps that is padding."""
        return padding_share(LikeLengths(order, self.lengths, self.batch_size))

    def dataset(self, order: np.ndarray) -> tf.data.Dataset:
        """Batches to train on, of like lengths, examples visited in `order`.

        A batch is inputs and targets: `{"features": (batch, steps, features), "lengths":
        (batch,)}` or `(batch, steps)` ids, padded right with zeros; `(batch, values)`, or per
        step `(batch, steps, values)` and weights `(batch, steps)`, 0 for padded steps.
        """
        batches = LikeLengths(order[:], self.lengths, self.batch_size)
        return self._batches(list(batches), truth=False)

    def by_length(self, batch_size: int) -> tf.data.Dataset:
        """Batches to measure on, in the order of the lengths, with the truth at their ends."""
        order = np.argsort(self.lengths, kind="stable")
        return self._batches(in_order(order, batch_size), truth=True)

    def _batches(self, batches: Sequence[np.ndarray], *, truth: bool) -> tf.data.Dataset:
        starts, lengths = tf.constant(self.starts), tf.constant(self.lengths)
        rows, targets, true = (tf.constant(a) for a in (self.rows, self.targets, self.truth))

        def batch(chosen: tf.Tensor) -> tuple:
            begin, length = tf.gather(starts, chosen), tf.gather(lengths, chosen)
            place = tf.range(tf.reduce_max(length))[None]
            real = place < length[:, None]
            at = tf.where(real, begin[:, None] + place, 0)
            x = _gather(rows, at, real)
            inputs = {"features": x, "lengths": tf.cast(length, tf.int32)}
            inputs = inputs if x.shape.rank == 3 else x
            known = (targets, true) if truth else (targets,)
            if not self.per_step:
                last = begin + length - 1
                return (inputs, *(tf.gather(values, last) for values in known))
            first, *rest = (_gather(values, at, real) for values in known)
            return (inputs, first, tf.cast(real, tf.float32), *rest)

        return batches_of_rows(batches).map(batch).prefetch(tf.data.AUTOTUNE)


def _gather(values: tf.Tensor, at: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
    """`(batch, steps, …)`, zero where it is not real."""
    found = tf.gather(values, at)
    real = real if found.shape.rank == 2 else real[..., None]
    return tf.where(real, found, tf.zeros_like(found))
