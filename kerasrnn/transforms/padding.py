"""Rows of different length in one array, padded right with zeros; without TensorFlow."""

from collections.abc import Sequence

import numpy as np


def pad(rows: Sequence[np.ndarray]) -> np.ndarray:
    """`(rows, longest)` int32, each row's ids first, then `PAD_ID`."""
    padded = np.zeros((len(rows), max(map(len, rows))), np.int32)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded
