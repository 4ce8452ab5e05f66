"""What beam search does with arrays, in NumPy; `graph_arrays` is the twin in TensorFlow."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

where, concatenate, reshape = np.where, np.concatenate, np.reshape
maximum, minimum, log = np.maximum, np.minimum, np.log


def log_softmax(x: np.ndarray) -> np.ndarray:
    """Over the last axis, in float32."""
    x = x.astype(np.float32)
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def top_k(x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest of each row in order, and their places; of equal ones the first."""
    places = np.argsort(-x, axis=-1, kind="stable")[:, :k].astype(np.int32)
    return np.take_along_axis(x, places, -1), places


def pick(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Of `(rows, choices, …)` those at `(rows, k)` places."""
    return x[np.arange(len(x))[:, None], places]


def take(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rows by number."""
    return x[rows]


def number(x: np.ndarray, kind: str) -> np.ndarray:
    """The same as another type."""
    return np.asarray(x).astype(kind)


def arange(count: Any) -> np.ndarray:
    """Whole numbers from 0."""
    return np.arange(count, dtype=np.int32)


def full(shape: Sequence[Any], value: Any, kind: str) -> np.ndarray:
    """An array of one value."""
    return np.full(tuple(shape), value, kind)


def sizes(x: np.ndarray) -> Sequence[int]:
    """Of each axis."""
    return x.shape


def largest(x: np.ndarray) -> np.ndarray:
    """Of each row."""
    return x.max(-1)


def total(x: np.ndarray) -> np.ndarray:
    """Of each row."""
    return x.sum(-1)


def count_true(x: np.ndarray) -> np.ndarray:
    """In each row."""
    return x.sum(-1)


def everything(x: np.ndarray) -> np.ndarray:
    """Whether all are true."""
    return x.all()


def repeat(going: Callable, body: Callable, start: Any) -> Any:
    """The body again and again while there is something to do."""
    while going(start):
        start = body(start)
    return start
