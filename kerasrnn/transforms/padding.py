"""Sequences of different length made rectangles, in NumPy."""

from collections.abc import Iterator, Sequence

import numpy as np

from kerasrnn.ids import PAD_ID


def pad(ids: Sequence[np.ndarray], dtype: type = np.int32) -> np.ndarray:
    """`(sequences, longest)`, each row's ids first, then padding; or numbers of each step."""
    sizes = (len(ids), max(map(len, ids)), *np.shape(ids[0])[1:])
    padded = np.full(sizes, PAD_ID, dtype)
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
