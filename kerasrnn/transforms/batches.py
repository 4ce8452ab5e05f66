"""tf.data pipelines: batches of like length, contiguous streams, windows over a series."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from kerasrnn.file_arrays import FileArray
from kerasrnn.transforms.orders import LISTED, LikeLengths, Permutation, in_order, padding_share
from kerasrnn.transforms.padding import pad
from kerasrnn.transforms.scaler import ScaledRows
from kerasrnn.transforms.windows import WindowStarts


@dataclass(frozen=True)
class Buckets:
    """Sequences of different length in batches of like length, padded right with zeros.

    Args:
        ids: One integer array per sequence; none may be empty. Of a list, which is in memory, the
            graph makes the batches; anything else with a length that gives an array for a number
            is read from Python, and may have `lengths` of its own.
        labels: `(sequences,)` integers.
        batch_size: Sequences a batch.
    """

    ids: Sequence[np.ndarray]
    labels: np.ndarray | FileArray | Sequence[np.ndarray]
    batch_size: int

    @functools.cached_property
    def lengths(self) -> np.ndarray | FileArray:
        """Of every sequence."""
        if hasattr(self.ids, "lengths"):
            return self.ids.lengths
        return np.array([len(row) for row in self.ids], np.int64)

    @property
    def longest(self) -> int:
        """Steps of the longest sequence."""
        blocks = range(0, len(self.ids), LISTED)
        return max(int(self.lengths[first : first + LISTED].max()) for first in blocks)

    def steps(self) -> int:
        """Batches in one pass."""
        return -(-len(self.ids) // self.batch_size)

    def dataset(self, order: np.ndarray | Permutation, step: int = 0) -> tf.data.Dataset:
        """Batches of what `arrays` gives, of like length, visiting rows in `order`.

        Args:
            order: A permutation of the rows.
            step: Batches to leave out at the beginning, without reading their rows.
        """
        return self._dataset(LikeLengths(order, self.lengths, self.batch_size), step)

    def padding(self, order: np.ndarray | Permutation) -> float:
        """The share of an epoch's steps that is padding."""
        return padding_share(LikeLengths(order, self.lengths, self.batch_size))

    def by_length(self, batch_size: int) -> tf.data.Dataset:
        """Batches for evaluation, exactly in `length_order` but where there are millions."""
        if len(self.ids) > LISTED:
            order = Permutation(len(self.ids), seed=0, epoch=0)
            return self._dataset(LikeLengths(order, self.lengths, batch_size))
        order = np.argsort(self.lengths[:], kind="stable")
        return self._dataset(in_order(order, batch_size))

    def arrays(self, rows: np.ndarray) -> tuple:
        """Of some rows the `(batch, steps)` ids and the `(batch,)` labels, int32."""
        return pad([self.ids[i] for i in rows]), np.asarray(self.labels[rows], np.int32)

    def _dataset(
        self, batches: Sequence[np.ndarray] | LikeLengths, step: int = 0
    ) -> tf.data.Dataset:
        """Batches of rows as tensors, from `step` on."""
        if isinstance(self.ids, list):
            columns = self._columns
            rows = batches_of_rows([batches[i] for i in range(step, len(batches))])
            made = rows.map(lambda chosen: _take(columns, chosen), num_parallel_calls=2)
        else:
            numbers = tf.data.Dataset.range(step, len(batches))
            made = numbers.map(self._reader(batches), num_parallel_calls=2)
        return made.prefetch(tf.data.AUTOTUNE)

    @functools.cached_property
    def _columns(self) -> tuple:
        """What `arrays` takes rows of, as tensors: of sequences in memory."""
        return _end_to_end(self.ids), tf.constant(self.labels, tf.int32)

    def _reader(self, batches: Sequence[np.ndarray] | LikeLengths) -> Callable[[tf.Tensor], tuple]:
        """What reads the batch of a number: of sequences that are not in memory."""
        example = self.arrays(batches[0])
        flat = [np.asarray(array) for array in tf.nest.flatten(example)]
        kinds = [tf.string if a.dtype == object else tf.as_dtype(a.dtype) for a in flat]

        def batch(number: tf.Tensor) -> tuple:
            arrays = tf.numpy_function(
                lambda n: tf.nest.flatten(self.arrays(batches[int(n)])), [number], kinds
            )
            # the batch is of any size; of the rest only the steps are
            shaped = [
                tf.ensure_shape(x, (None, None, *a.shape[2:]) if a.ndim > 1 else (None,))
                for x, a in zip(arrays, flat, strict=True)
            ]
            return tf.nest.pack_sequence_as(example, shaped)

        return batch


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

    def arrays(self, rows: np.ndarray) -> tuple:
        """Inputs by name, labels, weights of one, names if there are any: `(batch, steps, ...)`."""
        columns = {"ids": self.ids, **self.features}
        inputs = {name: pad([values[i] for i in rows]) for name, values in columns.items()}
        weights = np.arange(inputs["ids"].shape[1]) < self.lengths[rows][:, None]
        labels = pad([self.labels[i] for i in rows])
        if not self.names:
            return inputs, labels, weights.astype(np.float32)
        written = np.full(labels.shape, b"", object)
        for target, i in zip(written, rows, strict=True):
            target[: len(self.names[i])] = [name.encode() for name in self.names[i]]
        return inputs, labels, weights.astype(np.float32), written

    @functools.cached_property
    def _columns(self) -> tuple:
        inputs = {
            name: _end_to_end(rows) for name, rows in {"ids": self.ids, **self.features}.items()
        }
        weights = inputs["ids"].with_flat_values(tf.ones([self.lengths.sum()]))
        columns = inputs, _end_to_end(self.labels), weights
        if not self.names:
            return columns
        written = [name for names in self.names for name in names]
        return *columns, weights.with_flat_values(tf.constant(written, tf.string))


def batches_of_rows(batches: Sequence[np.ndarray]) -> tf.data.Dataset:
    """Row numbers, `(batch,)` int64, batch by batch."""
    rows = np.concatenate([np.zeros(0, np.int64), *batches])
    lengths = np.array([len(batch) for batch in batches], np.int64)
    return tf.data.Dataset.from_tensor_slices(tf.RaggedTensor.from_row_lengths(rows, lengths))


def _end_to_end(rows: Sequence[np.ndarray]) -> tf.RaggedTensor:
    """`(sequences, None, …)` int32."""
    lengths = np.array([len(row) for row in rows], np.int64)
    flat = tf.constant(np.concatenate(rows), tf.int32)
    return tf.RaggedTensor.from_row_lengths(flat, lengths)


def _take(columns: tuple, rows: tf.Tensor) -> tuple:
    """Some rows of each column, padded right."""

    def padded(column: tf.Tensor | tf.RaggedTensor) -> tf.Tensor:
        found = tf.gather(column, rows)
        return found.to_tensor() if isinstance(found, tf.RaggedTensor) else found

    return tf.nest.map_structure(padded, columns)


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
        values: `(time, features)` float32, oldest row first, the targets' columns first; or
            `ScaledRows` of a file.
        past: Rows the model sees.
        horizon: Rows it predicts.
        targets: Columns it predicts.
        future: Indices of the columns known over the horizon.
        first: First row that may be predicted; what is before serves as history only.
        breaks: Rows that do not follow on from the row before; no window holds both.

    Raises:
        ValueError: If there are too few rows for one window.
    """

    values: np.ndarray | ScaledRows
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
    def starts(self) -> WindowStarts:
        """Row at which each window's history begins."""
        span = self.past + self.horizon
        return WindowStarts(len(self.values), span, first=self.start, breaks=self.breaks)

    def __len__(self) -> int:
        return len(self.starts)

    def dataset(
        self, order: np.ndarray | Permutation | range, batch_size: int, step: int = 0
    ) -> tf.data.Dataset:
        """Batches of histories (and known futures) with their targets, in `order`.

        Args:
            order: Of the windows.
            batch_size: Windows a batch; the last may be smaller.
            step: Batches to leave out at the beginning, without reading their rows.

        Returns:
            Batches `(batch, past, features)` (or `{"past", "future"}`) and `(batch, horizon,
            targets)`.
        """
        read, begin = self._reader(), self._beginnings(order, batch_size)

        def windows(number: tf.Tensor) -> tuple:
            rows = read(begin(number * batch_size))
            history, after = rows[:, : self.past], rows[:, self.past :]
            if not self.future:
                return history, after[:, :, : self.targets]
            known = tf.gather(after, self.future, axis=2)
            return {"past": history, "future": known}, after[:, :, : self.targets]

        numbers = tf.data.Dataset.range(step, -(-len(order) // batch_size))
        return numbers.map(windows, num_parallel_calls=2).prefetch(tf.data.AUTOTUNE)

    def _beginnings(
        self, order: np.ndarray | Permutation | range, batch_size: int
    ) -> Callable[[tf.Tensor], tf.Tensor]:
        """What takes a place in the order and gives the first rows of a batch of windows."""
        if isinstance(self.values, np.ndarray) and len(order) <= LISTED:
            starts = tf.constant(self.starts[order[:]])
            return lambda first: starts[first : first + batch_size]

        def some(first: np.ndarray) -> np.ndarray:
            return self.starts[order[first : first + batch_size]]

        return lambda first: tf.ensure_shape(tf.numpy_function(some, [first], tf.int64), (None,))

    def _reader(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """What takes the first rows of windows and gives all their rows."""
        span = self.past + self.horizon
        shape = (None, span, self.values.shape[1])
        if isinstance(self.values, np.ndarray):
            values, within = tf.constant(self.values, tf.float32), tf.range(span, dtype=tf.int64)
            return lambda starts: tf.ensure_shape(
                tf.gather(values, starts[:, None] + within), shape
            )

        def rows(starts: np.ndarray) -> np.ndarray:
            return self.values.windows(starts, span)

        return lambda starts: tf.ensure_shape(tf.numpy_function(rows, [starts], tf.float32), shape)
