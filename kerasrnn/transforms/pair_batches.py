"""Batches of pairs of sequences, both padded, those of like length together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from kerasrnn.ids import END_ID, PAD_ID, START_ID
from kerasrnn.transforms.padding import pad

POOL = 50  # batches among which pairs of like length are put together


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
        lengths = np.array(
            [(len(t), len(s)) for s, t in zip(self.sources, self.targets, strict=True)], np.int64
        )
        batches = []
        for first in range(0, len(order), POOL * batch_size):
            pool = order[first : first + POOL * batch_size]
            pool = pool[np.lexsort(lengths[pool].T[::-1])]
            batches += [pool[i : i + batch_size] for i in range(0, len(pool), batch_size)]
        # short ones not always first: in the order in which their first pairs were drawn
        drawn = np.empty(len(order), np.int64)
        drawn[order] = np.arange(len(order))
        return self._batches(sorted(batches, key=lambda batch: drawn[batch[0]]), texts=False)

    def by_length(self, batch_size: int) -> tf.data.Dataset:
        """Batches for evaluation, by the sources' length, what should be written beside them."""
        order = np.argsort([len(row) for row in self.sources], kind="stable")
        return self._batches(
            [order[i : i + batch_size] for i in range(0, len(order), batch_size)], texts=True
        )

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

    def _batches(self, places: Sequence[np.ndarray], *, texts: bool) -> tf.data.Dataset:
        kinds = [tf.int32, tf.int32, tf.int32] + [tf.string] * texts

        def rows(number: np.ndarray) -> tuple[np.ndarray, ...]:
            chosen = places[number]
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
