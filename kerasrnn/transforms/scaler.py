"""Columns to zero mean and unit variance, fitted on the training part only."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.file_arrays import FileArray, blocks
from kerasrnn.files import read_json, write_json


@dataclass(frozen=True)
class Scaler:
    """Mean and standard deviation of each column.

    Args:
        names: Column names, in order.
        mean: `(columns,)`, in the series' own units.
        deviation: `(columns,)`; 1 for a column that never changes.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def fit(
        cls,
        names: tuple[str, ...],
        values: np.ndarray | FileArray,
        first: int = 0,
        last: int | None = None,
    ) -> "Scaler":
        """Population mean and deviation of `(time, columns)` values.

        Args:
            names: Of the columns.
            values: Their numbers, perhaps in a file.
            first: First row that counts.
            last: Row after the last.
        """
        if isinstance(values, FileArray):
            return cls._fit_blocks(names, values, first, last)
        values = values[first:last]
        deviation = values.std(0)
        # a constant's computed deviation need not be zero: its mean is rounded
        changes = (values != values[0]).any(0) & (deviation > 0)
        return cls(tuple(names), values.mean(0), np.where(changes, deviation, 1.0))

    @classmethod
    def _fit_blocks(
        cls, names: tuple[str, ...], values: FileArray, first: int, last: int | None
    ) -> "Scaler":
        """The same of a file, read twice: sums of squares alone would lose digits."""
        count = len(range(len(values))[first:last])
        mean = sum(block.sum(0) for block in blocks(values, first, last)) / count
        squares = sum(((block - mean) ** 2).sum(0) for block in blocks(values, first, last))
        [beginning] = values[first : first + 1]
        changes = [(block != beginning).any(0) for block in blocks(values, first, last)]
        deviation = np.sqrt(squares / count)
        changes = np.any(changes, 0) & (deviation > 0)
        return cls(tuple(names), mean, np.where(changes, deviation, 1.0))

    def scale(self, values: np.ndarray) -> np.ndarray:
        """Own units to standardised, over the last axis."""
        return (values - self.mean) / self.deviation

    def restore(self, values: np.ndarray, columns: int | None = None) -> np.ndarray:
        """Standardised to own units; of the first `columns` columns only, if given."""
        return values * self.deviation[:columns] + self.mean[:columns]

    def part(self, columns: slice) -> "Scaler":
        """The scale of some of the columns."""
        return Scaler(self.names[columns], self.mean[columns], self.deviation[columns])

    def save(self, folder: Path) -> None:
        """Writes `scaler.json`, a mean and a deviation per column."""
        rows = zip(self.names, self.mean.tolist(), self.deviation.tolist(), strict=True)
        columns = [{"name": n, "mean": m, "deviation": d} for n, m, d in rows]
        write_json(folder / "scaler.json", columns)

    @classmethod
    def load(cls, folder: Path) -> "Scaler":
        """Reads `scaler.json`.

        Raises:
            BadInput: If it is missing or broken.
        """
        path = folder / "scaler.json"
        try:
            columns = read_json(path)
            return cls(
                tuple(c["name"] for c in columns),
                np.array([c["mean"] for c in columns]),
                np.array([c["deviation"] for c in columns]),
            )
        except (TypeError, KeyError) as error:
            raise BadInput(f"{path} is broken: {error}") from error


@dataclass(frozen=True)
class ScaledRows:
    """Rows of a file, standardised where they are read.

    Args:
        rows: `(time, columns)`, in their own units.
        scaler: Their scale.
        last: Row after the last that counts.
    """

    rows: FileArray
    scaler: Scaler
    last: int

    def __len__(self) -> int:
        return self.last

    @property
    def shape(self) -> tuple[int, int]:
        return self.last, self.rows.shape[1]

    def windows(self, starts: np.ndarray, span: int) -> np.ndarray:
        """`(windows, span, columns)` float32: so many rows from each of some rows on."""
        rows = np.stack([self.rows[start : start + span] for start in starts.tolist()])
        return self.scaler.scale(rows).astype(np.float32)
