"""Numbers in files, read where they are wanted, so that data may be larger than memory.

A memory map would do the same with less code; but the pages it has touched count as memory of
the program until the system wants them back, and random reading touches all of them.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np

BLOCK = 1 << 20  # numbers at once, where all are looked at


class FileArray:
    """Rows of numbers in a file, which is kept open: it may be deleted meanwhile.

    Args:
        path: The file.
        dtype: Of its numbers.
        columns: Numbers in a row; none for `(rows,)`.

    Raises:
        ValueError: If the file does not hold whole rows.
    """

    def __init__(self, path: str | Path, dtype: np.dtype | type, columns: int | None = None):
        self.dtype = np.dtype(dtype)
        self._row = () if columns is None else (columns,)
        self._bytes = self.dtype.itemsize * (1 if columns is None else columns)
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 (open as long as this lives)
        self._lock = threading.Lock()
        size = os.fstat(self._file.fileno()).st_size
        if size % self._bytes:
            raise ValueError(f"{path}: {size} bytes are no rows of {self._bytes}")
        self._rows = size // self._bytes

    def __len__(self) -> int:
        return self._rows

    @property
    def shape(self) -> tuple[int, ...]:
        return (self._rows, *self._row)

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        """A stretch of rows, or rows by their numbers, as an array in memory."""
        if isinstance(rows, slice):
            first, last, step = rows.indices(self._rows)
            if step != 1:
                raise IndexError(f"rows {rows}: only neighbouring rows are read at once")
            return self._read(first, max(last, first))
        rows = np.asarray(rows)
        found = np.empty((rows.size, *self._row), self.dtype)
        for place, row in enumerate(rows.ravel().tolist()):
            found[place] = self._read(row, row + 1)[0]
        return found.reshape(*rows.shape, *self._row)

    def _read(self, first: int, last: int) -> np.ndarray:
        array = np.empty((last - first, *self._row), self.dtype)
        view = memoryview(array.view(np.uint8)).cast("B") if array.size else memoryview(b"")
        begin, done = first * self._bytes, 0
        while done < len(view):
            count = self._read_into(view[done:], begin + done)
            if not count:
                raise OSError(f"{self._file.name} was cut short while it was read")
            done += count
        return array

    def _read_into(self, view: memoryview, begin: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), [view], begin)
        with self._lock:  # elsewhere a file has one place, which threads would move
            self._file.seek(begin)
            return self._file.readinto(view)


class ArrayWriter:
    """Writes rows of numbers to a file, for `FileArray` to read."""

    def __init__(self, path: str | Path, dtype: np.dtype | type):
        self.dtype = np.dtype(dtype)
        self.rows = 0
        self._file = open(path, "wb", buffering=1 << 20)  # noqa: SIM115 (closed by __exit__)

    def append(self, rows: np.ndarray) -> None:
        """Rows below those there are."""
        self._file.write(np.ascontiguousarray(rows, self.dtype).data)
        self.rows += len(rows)

    def __enter__(self) -> ArrayWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def rows_at_once(rows: FileArray) -> int:
    """How many rows a block has."""
    return max(BLOCK // math.prod(rows.shape[1:]), 1)


def blocks(
    rows: np.ndarray | FileArray, first: int = 0, last: int | None = None, size: int = 0
) -> Iterator[np.ndarray]:
    """The rows from `first` up to `last`, a block at a time; what is in memory already at once."""
    last = len(rows) if last is None else last
    size = size or (max(last - first, 1) if isinstance(rows, np.ndarray) else rows_at_once(rows))
    for begin in range(first, last, size):
        yield rows[begin : min(begin + size, last)]
