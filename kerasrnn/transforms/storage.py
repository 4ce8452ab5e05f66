"""Ids of a long text in a file rather than in memory."""

import tempfile
from collections.abc import Iterable

import numpy as np

from kerasrnn.errors import BadInput


def store(pieces: Iterable[np.ndarray], *, vocabulary_size: int) -> np.ndarray:
    """Writes arrays of ids one after the other and maps the file into memory.

    The file has no name and goes when the program ends, however it ends.

    Args:
        pieces: Arrays of ids below `vocabulary_size`.
        vocabulary_size: Decides whether one, two or four bytes hold an id.

    Returns:
        `(time,)` unsigned integers, a memory map.

    Raises:
        BadInput: If there are no ids at all.
    """
    dtype = np.min_scalar_type(vocabulary_size)
    with tempfile.TemporaryFile() as file:
        for piece in pieces:
            piece.astype(dtype).tofile(file)
        file.flush()
        if not file.tell():
            raise BadInput("the text is empty")
        return np.memmap(file, dtype=dtype, mode="r")
