"""Batches of pairs of sequences, both padded, those of like length together."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from kerasrnn.ids import END_ID, PAD_ID, START_ID
from kerasrnn.transforms.orders import LikeLengths, in_order, padding_share
from kerasrnn.transforms.padding import pad


def with_end(ids: np.ndarray, most: int) -> np.ndarray:
    """A target as it is to be written: its ids and the end, cut to `most`."""
    return np.append(ids, END_ID)[:most].astype(np.int32)


@dataclass(frozen=True)
class PairBatches:
    """Sources to be read and targets to be written.

    A batch is `({"source": (batch, source_steps), "target": (batch, steps)}, next ids, weights)`,
    the target beginning with the start, the next ids being those one place on and the weights 0
    where they are padding.

    Args:
        sources: One int32 array for each pair; none may be empty.
        targets: As many, as `with_end` gives them.
        texts: The targets as they should be written.
    """

    sources: Sequence[np.ndarray]
    targets: Sequence[np.ndarray]
    texts: Sequence[str]

    @property
    def cut(self) -> int:
        """How many targets were too long to have their end."""
        return sum(int(row[-1]) != END_ID for row in self.targets)

    @property
    def longest(self) -> tuple[int, int]:
        """Ids of the longest source and of the longest target."""
        return max(map(len, self.sources)), max(map(len, self.targets))

    def steps(self, batch_size: int) -> int:
        """Batches in one pass."""
        return -(-len(self.sources) // batch_size)

    def dataset(self, order: np.ndarray, batch_size: int) -> tf.data.Dataset:
        """Batches of pairs of like length, which ones being drawn by `order`.

        Args:
            order: A permutation of the pairs' places.
            batch_size: Pairs a batch; one batch may be smaller.
        """
        return self._batches(LikeLengths(order, self._lengths, batch_size), texts=False)

    def padding(self, order: np.ndarray, batch_size: int) -> float:
        """The share of an epoch's steps, both read and written, that is padding."""
        batches = LikeLengths(order, self._lengths, batch_size)
        return padding_share(batches, most=len(batches))

    @functools.cached_property
    def _lengths(self) -> np.ndarray:
        """`(pairs, 2)`: of what is written, then of what is read."""
        pairs = zip(self.sources, self.targets, strict=True)
        return np.array([(len(target), len(source)) for source, target in pairs], np.int64)

    def by_length(self, batch_size: int) -> tf.data.Dataset:
        """Batches for evaluation, by the sources' length, what should be written beside them."""
        order = np.argsort([len(row) for row in self.sources], kind="stable")
        return self._batches(in_order(order, batch_size), texts=True)

    def arrays(self, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of pairs by their places the source, what the decoder is given, and what it should say.

        `(batch, source_steps)` and twice `(batch, steps)` int32.
        """
        source = pad([self.sources[i] for i in places])
        after = pad([self.targets[i] for i in places])
        before = np.concatenate([np.full_like(after[:, :1], START_ID), after[:, :-1]], 1)
        # the end is given to none, even where others of the batch go on
        before[before == END_ID] = PAD_ID
        return source, before, after

    def _batches(
        self, places: Sequence[np.ndarray] | LikeLengths, *, texts: bool
    ) -> tf.data.Dataset:
        kinds = [tf.int32, tf.int32, tf.int32] + [tf.string] * texts

        def rows(number: np.ndarray) -> tuple[np.ndarray, ...]:
            chosen = places[int(number)]
            arrays = self.arrays(chosen)
            wanted = np.array([self.texts[i].encode() for i in chosen], object)
            return (*arrays, wanted) if texts else arrays

        def batch(number: tf.Tensor) -> tuple:
            source, before, after, *wanted = tf.numpy_function(rows, [number], kinds)
            ids = (tf.ensure_shape(x, (None, None)) for x in (source, before, after))
            source, before, after = ids
            weights = tf.cast(after != PAD_ID, tf.float32)
            wanted = [tf.ensure_shape(x, (None,)) for x in wanted]
            return ({"source": source, "target": before}, after, weights, *wanted)

        numbers = tf.data.Dataset.range(len(places))
        return numbers.map(batch, num_parallel_calls=2).prefetch(tf.data.AUTOTUNE)
