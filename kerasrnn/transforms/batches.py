"""tf.data pipelines: buckets of like length, contiguous streams, windows over a series.

The order of an epoch is a function of seed and epoch alone, so that a run that starts again in
the middle sees the very batches it would have seen.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from kerasrnn.file_arrays import FileArray
from kerasrnn.transforms.padding import length_order
from kerasrnn.transforms.windows import window_starts

BUCKETS = 10  # lengths at equal shares of the texts: padding stays small, compiled shapes few


def epoch_order(count: int, *, seed: int, epoch: int) -> np.ndarray:
    """A permutation of `range(count)`, the same for the same seed and epoch."""
    return np.random.default_rng([seed, epoch]).permutation(count)


def epoch_start(count: int, *, seed: int, epoch: int) -> int:
    """A place in a text of `count` ids to begin the epoch at; the first begins at 0."""
    return int(np.random.default_rng([seed, epoch]).integers(count)) if epoch else 0


def bucket_boundaries(lengths: np.ndarray) -> list[int]:
    """Lengths at which a new bucket begins, ascending."""
    inner = np.quantile(lengths, np.linspace(0, 1, BUCKETS + 1)[1:-1])
    return sorted({int(length) + 1 for length in inner})


def bucket_steps(lengths: np.ndarray, batch_size: int) -> int:
    """Batches in one pass over the buckets, the last of each bucket being smaller."""
    bucket = np.searchsorted(bucket_boundaries(lengths), lengths, side="right")
    return int(sum(-(-n // batch_size) for n in np.bincount(bucket)))


@dataclass(frozen=True)
class Buckets:
    """Sequences of different length in batches of like length, padded right with zeros.

    Args:
        ids: One int32 array per sequence; none may be empty.
        labels: `(sequences,)` int32.
        batch_size: Sequences a batch.
    """

    ids: Sequence[np.ndarray]
    labels: np.ndarray | Sequence[np.ndarray]
    batch_size: int

    @property
    def lengths(self) -> np.ndarray:
        return np.array([len(row) for row in self.ids], np.int64)

    def steps(self) -> int:
        """Batches in one pass."""
        return bucket_steps(self.lengths, self.batch_size)

    def dataset(self, order: np.ndarray) -> tf.data.Dataset:
        """Batches of what `rows` gives, padded, visiting rows in `order`."""
        boundaries = bucket_boundaries(self.lengths)
        return (
            self.rows(order)
            .bucket_by_sequence_length(
                lambda inputs, *_: tf.shape(tf.nest.flatten(inputs)[0])[0],
                bucket_boundaries=boundaries,
                bucket_batch_sizes=[self.batch_size] * (len(boundaries) + 1),
            )
            .prefetch(tf.data.AUTOTUNE)
        )

    def by_length(self, batch_size: int) -> tf.data.Dataset:
        """Batches for evaluation, exactly in `length_order`."""
        return self.rows(length_order(self.ids)).padded_batch(batch_size).prefetch(tf.data.AUTOTUNE)

    def rows(self, order: np.ndarray) -> tf.data.Dataset:
        """`(steps,)` ids and a label, row by row."""
        flat = tf.constant(np.concatenate(self.ids).astype(np.int32))
        splits = tf.constant(np.concatenate([[0], np.cumsum(self.lengths)]))
        labels = tf.constant(self.labels, tf.int32)
        rows = tf.data.Dataset.from_tensor_slices(order)
        return rows.map(lambda i: (flat[splits[i] : splits[i + 1]], labels[i]))


@dataclass(frozen=True)
class TaggedBuckets(Buckets):
    """Sequences with a label for each step.

    Args:
        ids: One int32 array per sequence; none may be empty.
        labels: Int32 arrays as long as the sequences.
        batch_size: Sequences a batch.
        features: Further inputs by name, int32 arrays `(steps, width)` for each sequence.
        names: The labels as they are written, if those that have no number must be told apart.
    """

    features: Mapping[str, Sequence[np.ndarray]] = field(default_factory=dict)
    names: Sequence[Sequence[str]] = ()

    def rows(self, order: np.ndarray) -> tf.data.Dataset:
        """Inputs by name, labels, weights of one, names if there are any: each `(steps, ...)`."""
        flat = {
            name: tf.constant(np.concatenate(arrays).astype(np.int32))
            for name, arrays in {"ids": self.ids, **self.features}.items()
        }
        labels = tf.constant(np.concatenate(self.labels).astype(np.int32))
        names = tf.constant([name for row in self.names for name in row], tf.string)
        splits = tf.constant(np.concatenate([[0], np.cumsum(self.lengths)]))

        def row(i):
            here = slice(splits[i], splits[i + 1])
            inputs = {name: array[here] for name, array in flat.items()}
            written = (names[here],) if self.names else ()
            return inputs, labels[here], tf.ones(splits[i + 1] - splits[i]), *written

        return tf.data.Dataset.from_tensor_slices(order).map(row)


@dataclass(frozen=True)
class Streams:
    """One long text read at several places at once, so that the state goes on between batches.

    The text is cut into `streams` pieces of equal length; batch t holds the t-th `steps` ids of
    each, and the last batch what is left (Mikolov et al. 2010; truncated back-propagation).

    Args:
        ids: `(time,)` integers, in memory or in a file.
        streams: Rows of a batch.
        steps: Ids of each row.

    Raises:
        ValueError: If there are fewer than two ids for each stream.
    """

    ids: np.ndarray | FileArray
    streams: int
    steps: int

    def __post_init__(self):
        if len(self.ids) < 2 * self.streams:
            raise ValueError(f"{len(self.ids)} ids are too few for {self.streams} streams")

    @property
    def length(self) -> int:
        """Targets of each stream; the pieces end with a few of weight zero."""
        return -(-(len(self.ids) - 1) // self.streams)

    def batches(self) -> int:
        """Batches in one pass."""
        return -(-self.length // self.steps)

    def _ring(self, first: int, count: int) -> np.ndarray:
        """`count` ids from a place on, the text's beginning following its end."""
        first %= len(self.ids)
        ids = self.ids[first : first + count]
        left = count - len(ids)
        return np.concatenate([ids, self.ids[:left]]) if left else ids

    def dataset(self, *, start: int = 0, step: int = 0) -> tf.data.Dataset:
        """Batches of ids, next ids and weights, each `(streams, up to steps)`.

        Args:
            start: Where in the text the first stream begins; the text is read round in a ring,
                so that windows fall elsewhere each epoch.
            step: Batches to leave out at the beginning, without reading them.
        """
        count = len(self.ids)

        def window(t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            first = t * self.steps
            inside = np.arange(first, min(first + self.steps, self.length))
            position = np.arange(self.streams)[:, None] * self.length + inside[None, :]
            # the text's last id has no next one
            weight = position < count - 1
            # where the ring closes there is no true next id either
            weight &= (position + start + 1) % count != 0
            rows = [self._ring(row[0] + start, len(row) + 1) for row in position]
            ids = np.stack(rows).astype(np.int32)
            return ids[:, :-1], ids[:, 1:], weight.astype(np.float32)

        def batch(t):
            outputs = tf.numpy_function(window, [t], [tf.int32, tf.int32, tf.float32])
            return tuple(tf.ensure_shape(x, (self.streams, None)) for x in outputs)

        steps = tf.data.Dataset.range(step, self.batches())
        return steps.map(batch, num_parallel_calls=2).prefetch(tf.data.AUTOTUNE)


@dataclass(frozen=True)
class Windows:
    """Each stretch of history with the rows that follow it.

    Args:
        values: `(time, features)` float32, oldest row first, the targets' columns first.
        past: Rows the model sees.
        horizon: Rows it predicts.
        targets: Columns it predicts.
        future: Indices of the columns known over the horizon.
        first: First row that may be predicted; what is before serves as history only.
        breaks: Rows that do not follow on from the row before; no window holds both.

    Raises:
        ValueError: If there are too few rows for one window.
    """

    values: np.ndarray
    past: int
    horizon: int
    targets: int
    future: tuple[int, ...] = ()
    first: int = 0
    breaks: tuple[int, ...] = ()

    def __post_init__(self):
        if len(self) < 1:
            raise ValueError(
                f"{len(self.values)} rows give no window of {self.past}+{self.horizon}"
            )

    @property
    def start(self) -> int:
        """Row at which the first window's history may begin."""
        return max(self.first - self.past, 0)

    @functools.cached_property
    def starts(self) -> np.ndarray:
        """Row at which each window's history begins."""
        span = self.past + self.horizon
        return window_starts(len(self.values), span, first=self.start, breaks=self.breaks)

    def __len__(self) -> int:
        return len(self.starts)

    def dataset(self, order: np.ndarray, batch_size: int) -> tf.data.Dataset:
        """Batches of histories (and known futures) with their targets, in `order`.

        `(batch, past, features)` (or `{"past", "future"}`) and `(batch, horizon, targets)`.
        """
        values, starts = tf.constant(self.values, tf.float32), tf.constant(self.starts, tf.int32)
        past, horizon = tf.range(self.past), tf.range(self.past, self.past + self.horizon)

        def windows(index):
            index = tf.gather(starts, index)[:, None]
            after = tf.gather(values, index + horizon)
            history = tf.ensure_shape(
                tf.gather(values, index + past), (None, self.past, self.values.shape[1])
            )
            targets = tf.ensure_shape(
                after[:, :, : self.targets], (None, self.horizon, self.targets)
            )
            if not self.future:
                return history, targets
            known = tf.gather(after, self.future, axis=2)
            return {"past": history, "future": known}, targets

        rows = tf.data.Dataset.from_tensor_slices(order).batch(batch_size)
        return rows.map(windows).prefetch(tf.data.AUTOTUNE)
