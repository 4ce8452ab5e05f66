"""Recordings as frames and their transcripts, in batches of like length.

The order of an epoch is a function of seed and epoch alone, as in `batches.py`.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kerasrnn.transforms.alphabet import BLANK

if TYPE_CHECKING:
    import tensorflow as tf

    from kerasrnn.transforms.perturbation import Perturbation

BUCKETS = 10  # lengths at equal shares of the recordings


def store_frames(recordings: Iterable[np.ndarray]) -> list[np.ndarray]:
    """Keeps `(frames, mels)` float32 arrays in a file, mapped into memory, instead of in memory.

    The file has no name and goes when the program ends, however it ends.
    """
    counts, mels = [], 0
    with tempfile.TemporaryFile() as file:
        for frames in recordings:
            counts.append(len(frames))
            mels = frames.shape[1]
            frames.astype(np.float32).tofile(file)
        file.flush()
        if not counts:
            return []
        whole = np.memmap(file, np.float32, mode="r").reshape(-1, mels)
    return np.split(whole, np.cumsum(counts)[:-1])


@dataclass(frozen=True)
class Utterances:
    """Recordings with their transcripts as classes.

    Args:
        frames: One `(frames, mels)` float32 array per recording; none may be empty.
        labels: One int32 array of classes per recording.
        normalise: What is done to the frames on their way into a batch.
        perturbation: What is done to them before, in batches of `shuffled`; nothing if left out.
        stride: Frames of which a step is made; a perturbed recording keeps a step for each label.
    """

    frames: Sequence[np.ndarray]
    labels: Sequence[np.ndarray]
    normalise: Callable[[np.ndarray], np.ndarray]
    perturbation: Perturbation | None = None
    stride: int = 1

    def __len__(self) -> int:
        return len(self.frames)

    @functools.cached_property
    def lengths(self) -> np.ndarray:
        return np.array([len(frames) for frames in self.frames], np.int64)

    @property
    def longest(self) -> tuple[int, int]:
        """Most frames, as they are unperturbed, and most labels."""
        return int(self.lengths.max()), max(map(len, self.labels))

    def steps(self, batch_size: int) -> int:
        """Batches in one pass of `shuffled`."""
        return sum(-(-len(rows) // batch_size) for rows in self._buckets(np.arange(len(self))))

    def shuffled(self, batch_size: int, *, seed: int, epoch: int) -> tf.data.Dataset:
        """One epoch's batches: neighbours of like length, everything else by chance."""
        random = np.random.default_rng([seed, epoch])
        buckets = self._buckets(random.permutation(len(self)))
        batches = [
            rows[i : i + batch_size] for rows in buckets for i in range(0, len(rows), batch_size)
        ]
        order = random.permutation(len(batches))
        return self._dataset(
            [batches[i] for i in order], lambda row: self._changed(row, epoch, seed)
        )

    def by_length(self, batch_size: int) -> tf.data.Dataset:
        """Batches for evaluation, shortest first."""
        order = np.argsort(self.lengths, kind="stable")
        return self._dataset([order[i : i + batch_size] for i in range(0, len(order), batch_size)])

    def _buckets(self, order: np.ndarray) -> list[np.ndarray]:
        inner = np.quantile(self.lengths, np.linspace(0, 1, BUCKETS + 1)[1:-1])
        bucket = np.searchsorted(np.unique(inner), self.lengths[order], side="left")
        return [rows for b in np.unique(bucket) if len(rows := order[bucket == b])]

    def _changed(self, row: int, epoch: int, seed: int) -> np.ndarray:
        """One recording's frames as an epoch hears them."""
        if not self.perturbation:
            return self.frames[row]
        labels = self.labels[row]
        steps = len(labels) + int((labels[1:] == labels[:-1]).sum())
        random = np.random.default_rng([seed, epoch, row])
        return self.perturbation(self.frames[row], random, least=steps * self.stride)

    def _dataset(
        self, batches: Sequence[np.ndarray], heard: Callable[[int], np.ndarray] | None = None
    ) -> tf.data.Dataset:
        """`{"frames", "lengths"}` and `(batch, longest)` classes, padded right with blanks."""
        import tensorflow as tf

        mels = self.frames[0].shape[1]
        heard = heard or self.frames.__getitem__

        def batch(number: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            rows = batches[number]
            frames, lengths = pad_frames([self.normalise(heard(i)) for i in rows])
            return frames, lengths, pad_labels([self.labels[i] for i in rows])

        def load(number: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            kinds = [tf.float32, tf.int32, tf.int32]
            frames, lengths, labels = tf.numpy_function(batch, [number], kinds)
            inputs = {
                "frames": tf.ensure_shape(frames, (None, None, mels)),
                "lengths": tf.ensure_shape(lengths, (None,)),
            }
            return inputs, tf.ensure_shape(labels, (None, None))

        numbers = tf.data.Dataset.range(len(batches))
        return numbers.map(load, num_parallel_calls=2).prefetch(tf.data.AUTOTUNE)


def pad_frames(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """`(batch, longest, mels)` float32, zero after the end of each, and `(batch,)` int32 frames."""
    lengths = np.array([len(row) for row in rows], np.int32)
    padded = np.zeros((len(rows), lengths.max(), rows[0].shape[1]), np.float32)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded, lengths


def pad_labels(rows: Sequence[np.ndarray]) -> np.ndarray:
    """`(batch, longest)` int32, at least one wide, blank after the end of each."""
    padded = np.full((len(rows), max(1, *map(len, rows))), BLANK, np.int32)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded
