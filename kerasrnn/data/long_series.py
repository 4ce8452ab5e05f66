"""Series larger than memory: the same rows as `read_series` gives, in files, piece by piece.

What a column is (a time, numbers, words) is told by all of its rows, as there: every column that
may be wanted is kept as numbers until the last row has been read.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kerasrnn.data.missing import every_row_misses, missing_rows, missing_value
from kerasrnn.data.series import Series, time_position, value_positions
from kerasrnn.data.tables import (
    MISSING_WORDS,
    Table,
    is_number,
    parse_numbers,
    read_column_blocks,
)
from kerasrnn.data.time_steps import count_missing, usual_step
from kerasrnn.data.times import TimeReader
from kerasrnn.errors import BadInput
from kerasrnn.file_arrays import ArrayWriter, FileArray, blocks, rows_at_once

CELLS = 400_000  # read at once
TIMES, VALUES, READ_TIMES, READ = "times.i8", "values.f8", "read_times.i8", "read.f8"


@dataclass
class _Column:
    """What has been seen of a column so far."""

    floats: bool = True  # whether Python reads every cell as a number
    some: bool = False  # whether one is not nan
    present: int = 0  # cells that are no word for "missing"
    numbers: int = 0  # of these
    problem: BadInput | None = None  # with the first cell that is neither
    missing: str = ""  # where the first missing value is

    def is_mostly_numbers(self) -> bool:
        if self.floats:
            return self.some
        return self.present > 0 and 2 * self.numbers >= self.present

    def see(self, table: Table, position: int) -> np.ndarray:
        """The cells of the next rows as numbers, NaN where they are none."""
        cells = table.columns[position]
        try:
            numbers = parse_numbers(table, position)
        except BadInput as problem:
            self.problem = self.problem or problem
            numbers = np.array([float(c) if is_number(c) else np.nan for c in cells])
        self._count(cells, numbers)
        if not self.missing and np.isnan(numbers).any():
            row = int(np.isnan(numbers).argmax())
            self.missing = f"{table.where(row, position)}: {cells[row]!r}"
        return numbers

    def _count(self, cells: Sequence[str], numbers: np.ndarray) -> None:
        finite = np.isfinite(numbers)
        self.some |= bool(finite.any())
        self.numbers += int(finite.sum())
        self.present += int(finite.sum())
        for place in np.flatnonzero(~finite):
            cell = cells[place]
            self.present += cell.strip().lower() not in MISSING_WORDS
            with contextlib.suppress(ValueError):
                self.some |= not np.isnan(float(cell))
                continue
            self.floats = False


@dataclass
class _Reading:
    """A file as far as it has been read."""

    time_at: int | None
    candidates: list[int]  # positions of the columns kept
    columns: dict[int, _Column] = field(default_factory=dict)


def write_series(
    folder: Path,
    path: Path,
    *,
    columns: Sequence[str] = (),
    last: Sequence[str] = (),
    time_column: str = "",
    time_format: str = "",
    missing: str = "error",
    ignore_gaps: bool = False,
) -> dict[str, Any]:
    """Reads a series as `read_series` does and writes it into a folder.

    Args:
        folder: Gets the files that `open_series` opens.
        path: The file.
        columns: As in `read_series`, likewise the others.
        last: See there.
        time_column: See there.
        time_format: See there.
        missing: `error` or `drop`; to interpolate, rows are needed that are far away.
        ignore_gaps: See there.

    Returns:
        What `open_series` needs to know.

    Raises:
        BadInput: As `read_series`.
    """
    opened = functools.partial(read_column_blocks, path, time_format, CELLS)
    first = next(opened())
    reading = _begin(first, columns, last, time_column, time_format)
    time_at = reading.time_at
    if columns:
        value_positions(first, columns, last, time_at, lambda p: True)  # are they there at all?
    if time_at is not None:
        given = TimeReader((table.columns[time_at] for table in opened()), time_format)
    with (
        ArrayWriter(folder / READ, np.float64) as values,
        ArrayWriter(folder / READ_TIMES, np.int64) as times,
    ):
        for table in opened():
            if time_at is None:
                times.append(np.arange(times.rows, times.rows + len(table.lines)))
            else:
                where = functools.partial(table.where, position=time_at)
                times.append(given.read(table.columns[time_at], where).astype(np.int64))
            seen = [reading.columns[p].see(table, p) for p in reading.candidates]
            values.append(np.stack(seen, 1))
    numeric = lambda p: reading.columns[p].is_mostly_numbers()  # noqa: E731
    positions = value_positions(first, columns, last, time_at, numeric)
    for position in positions:
        if problem := reading.columns[position].problem:
            raise problem
        if missing == "error" and (place := reading.columns[position].missing):
            raise BadInput(missing_value(place))
    read = FileArray(folder / READ, np.float64, len(reading.candidates))
    moments = FileArray(folder / READ_TIMES, np.int64)
    usual = 0 if ignore_gaps else usual_step(moments)
    if missing == "error":
        _refuse_gaps(moments, usual, opened(), time_at)
    chosen = [reading.candidates.index(position) for position in positions]
    breaks = _copy(folder, read, moments, chosen, usual)
    if not (folder / VALUES).stat().st_size:
        raise BadInput(every_row_misses(str(path)))
    for name in (READ, READ_TIMES):
        (folder / name).unlink()
    return {
        "names": [first.names[position] for position in positions],
        "times": "int64" if time_at is None else "datetime64[us]",
        "source": str(path),
        "breaks": [] if ignore_gaps else breaks,
    }


def open_series(folder: Path, told: Mapping[str, Any]) -> Series:
    """What `write_series` wrote."""
    return Series(
        tuple(told["names"]),
        FileArray(folder / VALUES, np.float64, len(told["names"])),
        FileArray(folder / TIMES, told["times"]),
        told["source"],
        tuple(told["breaks"]),
    )


def _begin(
    table: Table, columns: Sequence[str], last: Sequence[str], time_column: str, time_format: str
) -> _Reading:
    """Decides by the first rows which columns are kept."""
    time_at = time_position(table, time_column, time_format)
    named = [table.find(name) for name in (*columns, *last)]
    every = [p for p in range(len(table.names)) if p != time_at]
    # with columns named, no others are read; those that come last are no guess
    candidates = sorted(set(named) - {time_at}) if columns else every
    return _Reading(time_at, candidates, {p: _Column() for p in candidates})


def _gaps(times: FileArray, usual: int, size: int = 0) -> Iterator[tuple[int, np.ndarray]]:
    """Block by block the number of its first row, and how many rows are missing before each."""
    begin, before = 0, times[:1]
    for block in blocks(times, size=size):
        yield begin, count_missing(np.diff(np.concatenate([before, block])), usual)
        begin, before = begin + len(block), block[-1:]


def _refuse_gaps(
    times: FileArray, usual: int, tables: Iterator[Table], time_at: int | None
) -> None:
    for begin, gaps in _gaps(times, usual):
        if not gaps.any():
            continue
        place = int(np.flatnonzero(gaps)[0])
        row = begin + place
        for table in tables:
            if row < len(table.lines):
                cell = table.columns[time_at][row]
                where = f"{table.where(row, time_at)}: {cell!r}"
                raise BadInput(missing_rows(where, int(gaps[place])))
            row -= len(table.lines)


def _copy(
    folder: Path, read: FileArray, times: FileArray, chosen: Sequence[int], usual: int
) -> list[int]:
    """Writes rows that miss nothing; returns those that do not follow on from the one before."""
    breaks: list[int] = []
    gone = 0  # rows missing so far
    before = None  # number of the last row written, rows that are missing counted
    with (
        ArrayWriter(folder / VALUES, np.float64) as to_values,
        ArrayWriter(folder / TIMES, np.int64) as to_times,
    ):
        for begin, gaps in _gaps(times, usual, rows_at_once(read)):
            values = read[begin : begin + len(gaps)][:, chosen]
            numbers = begin + np.arange(len(gaps)) + gone + gaps.cumsum()
            gone += int(gaps.sum())
            kept = np.flatnonzero(~np.isnan(values).any(axis=1))
            if not len(kept):
                continue
            numbers = numbers[kept]
            start = numbers[0] - 1 if before is None else before
            follows = np.diff(numbers, prepend=start) <= 1
            breaks += [to_values.rows + int(place) for place in np.flatnonzero(~follows)]
            before = numbers[-1]
            to_values.append(values[kept])
            to_times.append(times[begin : begin + len(gaps)][kept])
    return breaks
