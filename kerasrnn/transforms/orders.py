"""In which order an epoch visits the examples, and which of them share a batch.

Both are functions of seed and epoch alone, so that a run that starts again in the middle sees the
very batches it would have seen; and both can be asked for a stretch at a time, so that a hundred
million examples need no list of them.
"""

from __future__ import annotations

import functools

import numpy as np

from kerasrnn.file_arrays import FileArray
from kerasrnn.mixing import mixed

# Batches among which rows of like length are put together: of reviews 1 % to 2 % of the steps are
# then padding, of tagged sentences and of sentence pairs 4 %.
POOL = 200
LISTED = 1 << 22  # rows of which an order is kept as a list, 32 MB
ROUNDS = 6  # of the Feistel network
NOISE = 0.02  # share by which a length may be overrated where rows are sorted


def epoch_order(count: int, *, seed: int, epoch: int) -> np.ndarray | Permutation:
    """A permutation of `range(count)`, the same for the same seed and epoch."""
    if count > LISTED:
        return Permutation(count, seed=seed, epoch=epoch)
    return np.random.default_rng([seed, epoch]).permutation(count)


def epoch_start(count: int, *, seed: int, epoch: int) -> int:
    """A place in a text of `count` ids to begin the epoch at; the first begins at 0."""
    return int(np.random.default_rng([seed, epoch]).integers(count)) if epoch else 0


class Permutation:
    """A permutation of `range(count)` that is computed where it is looked at.

    A Feistel network (Luby & Rackoff 1988) permutes the numbers of an even number of bits; what
    falls beyond `count` goes round again until it does not (cycle walking, Black & Rogaway 2002).

    Args:
        count: Numbers that are permuted, at least one.
        seed: With the epoch, what the permutation is drawn by.
        epoch: See there.
    """

    def __init__(self, count: int, *, seed: int, epoch: int):
        self.count = count
        self._half = np.uint64(max((int(count - 1).bit_length() + 1) // 2, 1))  # bits
        draw = np.random.default_rng([seed, epoch])
        self._keys = draw.integers(0, 2**64, ROUNDS, np.uint64)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, places: slice) -> np.ndarray:
        """`(places,)` int64: what stands in a stretch of it."""
        numbers = self._once(np.arange(*places.indices(self.count), dtype=np.uint64))
        beyond = np.flatnonzero(numbers >= self.count)
        while len(beyond):
            numbers[beyond] = self._once(numbers[beyond])
            beyond = beyond[numbers[beyond] >= self.count]
        return numbers.astype(np.int64)

    def _once(self, numbers: np.ndarray) -> np.ndarray:
        mask = (np.uint64(1) << self._half) - np.uint64(1)
        left, right = numbers >> self._half, numbers & mask
        for key in self._keys:
            left, right = right, left ^ (mixed(right + key) & mask)
        return (left << self._half) | right


class LikeLengths:
    """The batches of an epoch, each with rows of like length: little padding, much chance.

    The order is cut into pools; in each the rows are sorted by length, cut into batches, and these
    visited as their middle rows were drawn. A single length is not taken quite exactly, lest the
    same rows meet in every epoch. Which rows of the last pool make up the one smaller batch is
    drawn as well.

    Args:
        order: Rows in the order in which they are drawn.
        lengths: Of every row, by which they are sorted: `(rows,)`, or `(rows, 2)` where a row is
            two sequences.
        batch_size: Rows a batch.
    """

    def __init__(
        self,
        order: np.ndarray | Permutation,
        lengths: np.ndarray | FileArray,
        batch_size: int,
    ):
        self.order, self.lengths, self.batch_size = order, lengths, batch_size
        self._pool = functools.lru_cache(maxsize=4)(self._sorted_pool)

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, number: int) -> np.ndarray:
        """`(batch,)` rows of a batch."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        pool, within = divmod(number, POOL)
        return self._pool(pool)[within]

    def _sorted_pool(self, number: int) -> list[np.ndarray]:
        size = POOL * self.batch_size
        rows = self.order[number * size : (number + 1) * size]
        # which rows come first is as good as drawn
        draw = np.random.default_rng(rows[:4].tolist())
        keys = self.lengths[rows]
        if keys.ndim == 2:
            by_length = _neighbours(keys)
        else:
            by_length = np.argsort(keys * draw.uniform(1, 1 + NOISE, len(keys)), kind="stable")
        full, left = divmod(len(rows), self.batch_size)
        begin = self.batch_size * int(draw.integers(full + 1))
        small = by_length[begin : begin + left]
        others = np.delete(by_length, np.s_[begin : begin + left])
        batches = [*others.reshape(full, self.batch_size), *([small] if left else [])]
        batches.sort(key=lambda batch: batch[len(batch) // 2])
        return [rows[batch] for batch in batches]


def _neighbours(lengths: np.ndarray) -> np.ndarray:
    """An order of pairs in which both lengths of neighbours are alike: up one strip, down the next.

    Args:
        lengths: `(rows, 2)`.
    """
    strip = lengths[:, 0] // 2
    return np.lexsort((lengths[:, 0], np.where(strip % 2, -1, 1) * lengths[:, 1], strip))


def padding_share(batches: LikeLengths, *, most: int = 10 * POOL) -> float:
    """The share of the steps of batches that is padding.

    Args:
        batches: Of an epoch; of pairs the steps of both sequences count.
        most: Batches that are looked at, from the first.
    """
    real = steps = 0
    for number in range(min(len(batches), most)):
        lengths = batches.lengths[batches[number]]
        real += int(lengths.sum())
        steps += int(lengths.max(0).sum()) * len(lengths)
    return 1 - real / steps


def in_order(order: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Rows cut into batches as they come; the last may be smaller."""
    return [order[first : first + batch_size] for first in range(0, len(order), batch_size)]
