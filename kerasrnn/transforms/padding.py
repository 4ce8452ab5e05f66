"""Sequences of different length made rectangles, in NumPy."""

from collections.abc import Iterator, Sequence

import numpy as np

from kerasrnn.ids import PAD_ID


def pad(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Each sequence first, then padding: `(sequences, longest, …)`, int32 for ids.

    Rows of features, `(steps, features)` floats, become float32.
    """
    kind = np.int32 if np.issubdtype(rows[0].dtype, np.integer) else np.float32
    padded = np.full((len(rows), max(map(len, rows)), *rows[0].shape[1:]), PAD_ID, kind)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded


def length_order(ids: Sequence[np.ndarray]) -> np.ndarray:
    """The order in which neighbours are of like length."""
    return np.argsort([len(row) for row in ids], kind="stable")


def padded_batches(
    ids: Sequence[np.ndarray], batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of like length, padded right.

    Args:
        ids: One integer array per sequence, or one of `(steps, features)` floats.
        batch_size: Most sequences of a batch.

    Yields:
        `(batch,)` places in `ids`, and what `pad` makes of what is there.
    """
    order = length_order(ids)
    for first in range(0, len(order), batch_size):
        places = order[first : first + batch_size]
        yield places, pad([ids[place] for place in places])
