"""What one replica has of a batch, and what it adds to the whole.

A batch's loss is a mean, over rows or over weights, so a replica's mean counts with its share in
that; then the gradients' sum over the replicas is the gradient of the whole batch, however
unevenly its rows divide, and clipping, which comes after, is that of one process.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf


class Whole:
    """All of a batch, where one replica has it: nothing is weighed and nothing added up."""

    def weigh(self, loss: tf.Tensor) -> tf.Tensor:
        """What a replica's mean loss adds to the batch's."""
        return loss

    def total(self, gradients: Sequence[Any]) -> list[Any]:
        """The sum over all replicas."""
        return list(gradients)


class Part:
    """A replica's rows of a batch; called within the replica.

    The rows are parted evenly, what is left over going to the first ones. A replica for which
    there is none takes one that counts nothing.

    Args:
        batch: Inputs, target, and what else there is, rows first.
        replicas: How many there are.
        by_weights: Whether the loss is a mean over the weights, not over the rows.
        scale: What the loss is to be multiplied by besides.
        fixed: Whether every shape must be known beforehand, as it must be on a TPU; batches then
            have a known number of rows that divides.
    """

    def __init__(
        self, batch: tuple, replicas: int, *, by_weights: bool, scale: int, fixed: bool = False
    ):
        first_array = tf.nest.flatten(batch)[0]
        context = tf.distribute.get_replica_context()
        self.replicas, self.fixed = replicas, fixed
        self.replica = tf.cast(context.replica_id_in_sync_group, tf.int32)
        if fixed:
            self._take_fixed(batch, first_array.shape[0])
        else:
            self._take(batch, tf.shape(first_array)[0])
        if by_weights and len(batch) > 2:
            own, all = (tf.reduce_sum(tf.cast(b[2], tf.float32)) for b in (self.batch, batch))
            self.share = tf.where(self.share > 0, tf.math.divide_no_nan(own, all), 0.0)
        self.share *= scale

    def _take_fixed(self, batch: tuple, rows: int) -> None:
        each = rows // self.replicas

        def own(array: tf.Tensor) -> tf.Tensor:
            rest = array.shape.rank - 1
            return tf.slice(array, [each * self.replica, *[0] * rest], [each, *[-1] * rest])

        self.batch = tf.nest.map_structure(own, batch)
        self.share = tf.constant(1 / self.replicas)

    def _take(self, batch: tuple, rows: tf.Tensor) -> None:
        self.each = -(-rows // self.replicas)
        begin = self.each * self.replica
        end = tf.minimum(begin + self.each, rows)
        first = tf.minimum(begin, rows - 1)
        last = tf.maximum(end, first + 1)
        self.rows = last - first
        self.batch = tf.nest.map_structure(lambda x: x[first:last], batch)
        real = tf.cast(tf.maximum(end - begin, 0), tf.float32)
        self.share = real / tf.cast(rows, tf.float32)

    def weigh(self, loss: tf.Tensor) -> tf.Tensor:
        return loss * tf.cast(self.share, loss.dtype)

    def total(self, gradients: Sequence[Any]) -> list[Any]:
        add = functools.partial(tf.distribute.get_replica_context().all_reduce, "SUM")
        if self.fixed:
            return add([tf.convert_to_tensor(g) for g in gradients])
        own = [self._in_place(g) if isinstance(g, tf.IndexedSlices) else g for g in gradients]
        # all of a call must be of one type
        sparse = [g for g in own if isinstance(g, tf.IndexedSlices)]
        indices = iter(add([g.indices for g in sparse]) if sparse else [])
        values = add([g.values if isinstance(g, tf.IndexedSlices) else g for g in own])
        return [
            tf.IndexedSlices(value, next(indices), g.dense_shape)
            if isinstance(g, tf.IndexedSlices)
            else value
            for g, value in zip(own, values, strict=True)
        ]

    def _in_place(self, slices: tf.IndexedSlices) -> tf.IndexedSlices:
        """A gradient of rows looked up, in its place among those of all replicas, zero elsewhere.

        Added up they are all replicas' rows one after another, as one process has them, also
        where some replicas have fewer. A batch's rows are fewer than those of a large table.
        """
        # MirroredStrategy adds up int32 in another way than all else
        values, indices = slices.values, tf.cast(slices.indices, tf.int64)
        each = tf.shape(indices)[0] // self.rows * self.each  # no replica has more
        # what a replica has fewer than others, zeros of its first row fill up
        lacking = each - tf.shape(indices)[0]
        values = tf.pad(values, [[0, lacking], [0, 0]])
        indices = tf.concat([indices, tf.repeat(indices[:1], lacking)], 0)
        before = each * self.replica
        after = each * (self.replicas - 1) - before
        return tf.IndexedSlices(
            tf.pad(values, [[before, after], [0, 0]]),
            tf.pad(indices, [[before, after]]),
            slices.dense_shape,
        )
