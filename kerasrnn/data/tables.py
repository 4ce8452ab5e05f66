"""Tables of numbers as columns of cells: what the readers of series and of sequences share.

Exports are rarely clean, and a wrong number trains a wrong model in silence, so whatever is not
plainly a number or a known word for "missing" is an error with its line and column.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasrnn.data.rows import Row, read_table
from kerasrnn.data.times import is_time
from kerasrnn.errors import BadInput, listed

MISSING_WORDS = frozenset(("", "na", "nan", "n/a", "null", "none", "?"))


@dataclass(frozen=True)
class Table:
    """A file as columns of cells, with what messages about it need.

    Attributes:
        path: The file.
        names: Of the columns.
        columns: Cells as written, column by column.
        lines: Where each row begins in the file, counted from 1.
    """

    path: Path
    names: list[str]
    columns: list[tuple[str, ...]]
    lines: list[int]

    def where(self, row: int, position: int) -> str:
        """The place of a cell, for messages."""
        return f"{self.path}: line {self.lines[row]}, column {self.names[position]!r}"

    def find(self, name: str) -> int:
        """The position of a column, or `BadInput` with those there are."""
        if name in self.names:
            return self.names.index(name)
        raise BadInput(f"{self.path}: no column {name!r}; choose from {listed(self.names)}")


def read_columns(path: Path, time_format: str = "") -> Table:
    """Reads a `.csv` or `.tsv` file.

    Args:
        path: The file. First row column names (or values at once: then columns are called
            `column 1`, …).
        time_format: How times are written, as `is_time` takes it: a row of times and numbers
            is no header.

    Raises:
        BadInput: If there are no rows, or two columns of one name.
    """
    return next(read_column_blocks(path, time_format))


def read_column_blocks(path: Path, time_format: str = "", size: int = 0) -> Iterator[Table]:
    """The same piece by piece.

    Args:
        path: As in `read_columns`.
        time_format: See there.
        size: Most cells of a piece, if a row has no more; 0 for all in one.

    Raises:
        BadInput: See there; while the file is read.
    """
    numbered = _every_row(read_table(path))
    begin = list(itertools.islice(numbered, 1))
    if not begin:
        raise BadInput(f"{path}: no rows; give a header and one row per time")
    at_once = max(size // len(begin[0][1]), 4) if size else None
    rows = begin + list(itertools.islice(numbered, at_once))
    first = [cell.strip() for cell in rows[0][1]]
    if _is_header(first, time_format):
        names = first
        rows = rows[1:]
        repeated = [name for name, group in itertools.groupby(sorted(names)) if len([*group]) > 1]
        if any(repeated):
            raise BadInput(f"{path}: line 1: columns named twice: {listed(filter(None, repeated))}")
    else:
        names = [f"column {number}" for number in range(1, len(first) + 1)]
    if not rows:
        raise BadInput(f"{path}: no rows below the header; give one row per time")
    while rows:
        lines = [line for line, _ in rows]
        columns = list(zip(*(cells for _, cells in rows), strict=True))
        yield Table(path, names, columns, lines)
        rows = list(itertools.islice(numbered, at_once))


def _every_row(rows: Iterator[Row]) -> Iterator[Row]:
    """In a single column a blank line is a missing value, not decoration."""
    expected = 0
    for line, cells in rows:
        if len(cells) == 1 and expected:
            yield from ((blank, [""]) for blank in range(expected, line))
        yield line, cells
        expected = line + 1


def _is_header(cells: list[str], time_format: str) -> bool:
    """Whether the first row names columns; saved arrays do so with 0, 1, 2 …"""
    numbered = [cell for cell in cells if cell.isdecimal()]
    if numbered == [str(number) for number in range(len(numbered))] and len(numbered) > 1:
        return True
    value = all(is_number(cell) or is_time(cell, time_format) for cell in cells if cell)
    return not value or not any(cells)


def is_mostly_numbers(cells: Sequence[str]) -> bool:
    """Tells a column of numbers with a mistake in it from a column of words."""
    try:
        return not all(map(math.isnan, map(float, cells)))
    except ValueError:
        present = [cell for cell in cells if cell.strip().lower() not in MISSING_WORDS]
        return bool(present) and 2 * sum(map(is_number, present)) >= len(present)


def parse_numbers(table: Table, position: int) -> np.ndarray:
    """One column as float64, NaN where cells are missing.

    Raises:
        BadInput: With line and column of the first cell that is neither a number nor missing.
    """
    cells = table.columns[position]
    try:
        numbers = np.fromiter(map(float, cells), np.float64, len(cells))
        plain = np.isfinite(numbers).all() and not any("_" in cell for cell in cells)
    except ValueError:
        plain = False
    if plain:
        return numbers
    # Only now is every cell looked at: the line above reads 800,000 cells in 0.1 s.
    numbers = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        if is_number(cell):
            numbers[row] = float(cell)
        elif cell.strip().lower() not in MISSING_WORDS:
            raise BadInput(
                f"{table.where(row, position)}: {cell[:40]!r} is not a finite number; correct it, "
                "remove the line, or leave the column out"
            )
    return numbers


def is_number(cell: str) -> bool:
    """Whether a cell is a finite number as files write them; Python alone reads `1_000`."""
    try:
        return math.isfinite(float(cell)) and "_" not in cell
    except ValueError:
        return False
