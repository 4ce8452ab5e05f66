"""Time series from tables: one row per time, one column per measured quantity.

Exports are rarely clean, and a wrong number trains a wrong model in silence, so whatever is not
plainly a number, a time or a known word for "missing" is an error with its line and column.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasrnn.data.corpus import file_or_standard_input
from kerasrnn.data.missing import MISSING_POLICIES, Measured, settle_missing
from kerasrnn.data.tables import Table, is_mostly_numbers, is_number, parse_numbers, read_columns
from kerasrnn.data.time_steps import most_common_step
from kerasrnn.data.times import UNIX, is_time, is_unix, parse_times
from kerasrnn.errors import BadInput, listed
from kerasrnn.file_arrays import FileArray

TIME_NAMES = ("date", "datetime", "timestamp", "ds", "date time", "date_time", "time")
NO_TIME = "none"
CALENDAR_NAMES = ("month", "week", "quarter", "day", "year", "period")


@dataclass(frozen=True)
class Series:
    """Numbers measured together over time.

    Attributes:
        names: Column names.
        values: `(time, columns)` float64, oldest row first, all finite (but see `read_series`);
            in a file, as the times, where the series is larger than memory.
        times: `(time,)` strictly increasing, as `parse_times` gives them; int64 row numbers if
            the file has no time column.
        source: What they were read from, for messages.
        breaks: Rows that do not follow on from the row before, ascending.
    """

    names: tuple[str, ...]
    values: np.ndarray | FileArray
    times: np.ndarray | FileArray
    source: str
    breaks: tuple[int, ...] = ()

    @property
    def step(self) -> np.timedelta64 | int:
        """The most common difference between neighbouring times: seconds, or rows.

        Raises:
            BadInput: If there is only one row.
        """
        return most_common_step(self.times)


def read_series(
    path: str | Path,
    *,
    columns: Sequence[str] = (),
    last: Sequence[str] = (),
    time_column: str = "",
    time_format: str = "",
    missing: str = "error",
    ignore_gaps: bool = False,
    known_ahead: int = 0,
) -> Series:
    """Reads a series from a `.csv` or `.tsv` file, also with `.gz`, or from standard input.

    Args:
        path: The file, or `-`. First row column names (or numbers at once: then columns are
            called `column 1`, …), then one row per time, oldest first.
        columns: Columns to read, in this order; empty for all but the time column that hold
            mostly numbers. Columns without a name (a saved row index) must be asked for.
        last: Columns to read after these.
        time_column: Guessed when empty: a usual name, else the first column that holds dates.
            Without one, or with `none`, rows are numbered.
        time_format: How times are written, as `parse_times` takes it; told by them when empty.
        missing: What to do about empty cells, words such as `nan`, and missing rows: a policy
            of `settle_missing`.
        ignore_gaps: Take no row for missing.
        known_ahead: How many of the last columns may go on after the end of the others, which
            are then NaN there.

    Raises:
        BadInput: With line and column of the first cell that is not a finite number, not a
            date, missing, or a time not later than the one before; or if columns are wrong.
    """
    path = file_or_standard_input(path)
    if missing not in MISSING_POLICIES:
        raise BadInput(f"--missing {missing!r}; choose from {', '.join(MISSING_POLICIES)}")
    table = read_columns(path, time_format)
    time_at = time_position(table, time_column, time_format)
    times = np.arange(len(table.lines))
    if time_at is not None:
        cells, where = table.columns[time_at], functools.partial(table.where, position=time_at)
        times = parse_times(cells, form=time_format, where=where)
    positions = value_positions(
        table, columns, last, time_at, lambda p: is_mostly_numbers(table.columns[p])
    )
    names = tuple(table.names[position] for position in positions)
    values = np.empty((len(table.lines), len(positions)))
    for target, position in enumerate(positions):
        values[:, target] = parse_numbers(table, position)

    def place(row: int, column: str | None) -> str:
        position = time_at if column is None else table.names.index(column)
        return f"{table.where(row, position)}: {table.columns[position][row]!r}"

    rows = Measured(names, values, times, known_ahead, str(path), place)
    values, times, breaks = settle_missing(rows, missing, ignore_gaps=ignore_gaps)
    return Series(names, values, times, str(path), breaks)


# Times


def time_position(table: Table, time_column: str, time_format: str) -> int | None:
    """Position of the column of times, told by names and the first rows, if there is one."""
    if time_column == NO_TIME and NO_TIME not in table.names:
        return None
    if time_column:
        return table.find(time_column)
    lowered = [name.lower() for name in table.names]
    for name in (*TIME_NAMES, *CALENDAR_NAMES):
        if name not in lowered:
            continue
        position = lowered.index(name)
        cells = [cell.strip() for cell in table.columns[position][:3]]
        # A bare number may be a year, or the hour or the seconds since the start. Years must
        # move on from row to row: beside columns for month and day they do not.
        if not is_number(cells[0]):
            if is_time(cells[0], time_format) or name in TIME_NAMES:
                return position
        elif _is_unix_time(table, position) or (
            cells[0] not in cells[1:] and all(is_time(cell, time_format) for cell in cells)
        ):
            return position
    for position, column in enumerate(table.columns):
        first = column[0].strip()
        if is_time(first, time_format) and (not is_number(first) or time_format not in ("", UNIX)):
            return position
    if time_format:
        raise BadInput(
            f"{table.path}: no column begins with a time as --time-format {time_format!r} writes "
            f"it; name the column by --time-column from {listed(table.names)}"
        )
    return None


def _is_unix_time(table: Table, position: int) -> bool:
    named = table.names[position].lower() in TIME_NAMES
    return named and all(map(is_unix, table.columns[position][:3]))


# Numbers


def value_positions(
    table: Table,
    columns: Sequence[str],
    last: Sequence[str],
    time_at: int | None,
    numeric: Callable[[int], bool],
) -> list[int]:
    """Positions of the columns to read.

    Args:
        table: With the first rows at least.
        columns: As in `read_series`.
        last: See there.
        time_at: Position of the column of times.
        numeric: Whether the column at a position holds mostly numbers.

    Raises:
        BadInput: If one is not there, or none.
    """
    named, at_end = ([table.find(name) for name in names] for names in (columns, last))
    if time_at in (*named, *at_end):
        raise BadInput(
            f"{table.path}: {table.names[time_at]!r} is the time column; leave it out of the "
            "columns to read"
        )
    positions = named or [
        position
        for position, name in enumerate(table.names)
        if position not in (time_at, *at_end)
        and name
        and numeric(position)
        and not _is_unix_time(table, position)  # the time once more
    ]
    if not positions:
        raise BadInput(f"{table.path}: no column of numbers among {listed(table.names)}")
    return positions + at_end
