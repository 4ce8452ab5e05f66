"""Sequences of different length made rectangles, in NumPy."""

from collections.abc import Iterator, Sequence

import numpy as np

from kerasrnn.ids import PAD_ID


def pad(ids: Sequence[np.ndarray]) -> np.ndarray:
    """`(sequences, longest, ...)` int32, each row's ids first, then padding."""
    padded = np.full((len(ids), max(map(len, ids)), *ids[0].shape[1:]), PAD_ID, np.int32)
    for target, row in zip(padded, ids, strict=True):
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
        ids: One integer array per sequence.
        batch_size: Most sequences of a batch.

    Yields:
        `(batch,)` places in `ids`, and `(batch, steps)` int32 of what is there, as wide as the
        longest.
    """
    order = length_order(ids)
    for first in range(0, len(order), batch_size):
        places = order[first : first + batch_size]
        yield places, pad([ids[place] for place in places])
