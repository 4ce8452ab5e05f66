"""Sequences of different length from one table: a row per step, an id that tells whose it is.

The form without a header and with blanks between the numbers is that of NASA's C-MAPSS engines:
unit, cycle, 3 settings, 21 sensors (Saxena et al. 2008, "Damage propagation modeling for aircraft
engine run-to-failure simulation").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kerasrnn.data.corpus import STANDARD_INPUT, file_or_standard_input, read_whole
from kerasrnn.data.rows import find_column
from kerasrnn.data.tables import (
    Table,
    is_mostly_numbers,
    is_number,
    parse_numbers,
    read_columns,
)
from kerasrnn.data.times import parse_times
from kerasrnn.errors import BadInput, listed

ID_NAMES = (
    *("id", "unit", "unit_id", "unit_number", "engine", "engine_id", "machine", "machine_id"),
    *("sequence", "sequence_id", "series", "run", "run_id", "utterance", "utterance_id"),
    *("sentence", "sentence_id", "patient", "patient_id", "episode", "trial", "subject"),
)
TIME_NAMES = (
    *("time", "cycle", "cycles", "time_in_cycles", "time_cycles", "timestamp", "datetime", "date"),
    *("step", "t"),
)
TARGET_NAMES = ("target", "rul", "remaining_useful_life", "y")
ELEMENT_NAMES = ("element", "phone", "phoneme", "token", "word", "character", "symbol", "syllable")
CMAPSS_NAMES = (
    "unit",
    "cycle",
    *(f"setting_{i}" for i in range(1, 4)),
    *(f"sensor_{i}" for i in range(1, 22)),
)
NO_COLUMN = "none"


@dataclass(frozen=True)
class Sequences:
    """Sequences end to end.

    Attributes:
        ids: One of each sequence, in the order of their first rows.
        ends: `(sequences,)` where each ends in `inputs`.
        inputs: `(rows, features)` float64, or `(rows,)` elements as strings.
        targets: `(rows, targets)` float64, NaN where there is none.
        times: Of each row, as written; counted from 1 where there is no such column.
        lines: `(rows,)` where each row begins in its file.
        source: What they were read from, for messages.
    """

    ids: tuple[str, ...]
    ends: np.ndarray
    inputs: np.ndarray
    targets: np.ndarray
    times: tuple[str, ...]
    lines: np.ndarray
    source: str

    @property
    def lengths(self) -> np.ndarray:
        """`(sequences,)` rows of each, at least 1."""
        return np.diff(self.ends, prepend=0)

    @property
    def starts(self) -> np.ndarray:
        """`(sequences,)` first row of each."""
        return self.ends - self.lengths

    def split(self, values: Sequence) -> list:
        """What is given for every row, sequence by sequence."""
        return [values[a:b] for a, b in zip(self.starts, self.ends, strict=True)]

    def take(self, chosen: np.ndarray, lengths: np.ndarray | None = None) -> Sequences:
        """Some of the sequences in the order given, or only the first rows of each of them."""
        lengths = self.lengths[chosen] if lengths is None else lengths
        starts = self.starts[chosen]
        rows = np.concatenate(
            [np.arange(a, a + length) for a, length in zip(starts, lengths, strict=True)]
        )
        return replace(
            self,
            ids=tuple(self.ids[i] for i in chosen),
            ends=np.cumsum(lengths),
            inputs=self.inputs[rows],
            targets=self.targets[rows],
            times=tuple(self.times[row] for row in rows),
            lines=self.lines[rows],
        )

    def with_last_targets(self, values: np.ndarray) -> Sequences:
        """The same with `(sequences,)` targets of the last rows alone."""
        targets = np.full((len(self.inputs), 1), np.nan)
        targets[self.ends - 1, 0] = values
        return replace(self, targets=targets)

    def with_remaining(self) -> Sequences:
        """The same, each row's target being how many rows follow: the life that remains."""
        left = np.repeat(self.ends, self.lengths) - 1 - np.arange(len(self.inputs))
        return replace(self, targets=left[:, None].astype(float))


def open_table(path: str | Path) -> Table:
    """Reads a `.csv` or `.tsv` file (also `.gz`, or `-`), or one in the form of C-MAPSS.

    Raises:
        BadInput: If it cannot be read, or a line of C-MAPSS has not its 26 numbers.
    """
    path = file_or_standard_input(path)
    if path == STANDARD_INPUT:
        return read_columns(path)
    text = read_whole(path)
    first = text.partition("\n")[0]
    parted = set(",;\t") & set(first)
    if parted or len(first.split()) < 2 or not all(map(is_number, first.split())):
        if not parted and ".txt" in path.suffixes:
            raise BadInput(
                f"{path}: line 1: {first[:40]!r} is neither a table's first line nor the 26 "
                "numbers of C-MAPSS; give a .csv or .tsv with a header"
            )
        return read_columns(path)
    numbered = [(n, line.split()) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    for number, cells in numbered:
        if len(cells) != len(CMAPSS_NAMES):
            raise BadInput(
                f"{path}: line {number}: {len(cells)} numbers where the form of C-MAPSS has "
                f"{len(CMAPSS_NAMES)} (unit, cycle, 3 settings, 21 sensors); complete it, or give "
                "a .csv with a header"
            )
    columns = list(zip(*(cells for _, cells in numbered), strict=True))
    return Table(path, list(CMAPSS_NAMES), columns, [number for number, _ in numbered])


def is_cmapss(table: Table) -> bool:
    """Whether a table's columns are those of C-MAPSS."""
    return tuple(table.names) == CMAPSS_NAMES


def choose_column(table: Table, name: str, usual: Sequence[str], role: str) -> str:
    """A column by its name, or the first one with a usual name; empty if there is none.

    Args:
        table: Where to look.
        name: Empty for a guess, `none` for no column; capitals may differ.
        usual: Names in lower case, the most telling first.
        role: What the column is, for messages.

    Raises:
        BadInput: If a name is given that no column has.
    """
    if name == NO_COLUMN and name not in table.names:
        return ""
    place = find_column(table.path, table.names, name, usual, f"{role} column")
    return "" if place is None else table.names[place]


def number_columns(table: Table, *, but: Sequence[str]) -> tuple[str, ...]:
    """Named columns that hold mostly numbers, without some.

    Raises:
        BadInput: If there is none.
    """
    names = tuple(
        name
        for name, cells in zip(table.names, table.columns, strict=True)
        if name and name not in but and is_mostly_numbers(cells)
    )
    if not names:
        raise BadInput(
            f"{table.path}: no column of numbers beside {listed(filter(None, but))}; it has "
            f"{listed(table.names)}"
        )
    return names


def sequences_of(
    table: Table,
    *,
    id_column: str,
    time_column: str = "",
    time_format: str = "",
    features: Sequence[str] = (),
    elements: str = "",
    targets: Sequence[str] = (),
) -> Sequences:
    """Groups the rows of a table by their id, wherever they stand in it.

    Args:
        table: From `open_table`.
        id_column: Rows with the same cell are one sequence.
        time_column: Must ascend within each sequence; empty for the order of the rows.
        time_format: How times are written, if they are no numbers; told by them when empty.
        features: Columns of numbers to read, none of them missing.
        elements: The column of elements to read instead.
        targets: Columns of numbers, whose cells may be empty.

    Raises:
        BadInput: With line and column of the first cell that cannot be used.
    """
    at = table.find(id_column)
    cells = [cell.strip() for cell in table.columns[at]]
    if "" in cells:
        row = cells.index("")
        raise BadInput(f"{table.where(row, at)} is empty; say whose row it is, or remove it")
    number: dict[str, int] = {}
    group = np.array([number.setdefault(cell, len(number)) for cell in cells])
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group))
    times = _times(table, time_column, time_format, order, ends)
    if elements:
        inputs = _elements(table, table.find(elements))[order]
    else:
        inputs = np.stack([_numbers(table, table.find(name)) for name in features], 1)[order]
    values = [parse_numbers(table, table.find(name))[order] for name in targets]
    numbers = np.stack(values, 1) if values else np.full((len(order), 1), np.nan)
    lines = np.array(table.lines)[order]
    return Sequences(tuple(number), ends, inputs, numbers, times, lines, str(table.path))


def read_targets(path: str | Path, ids: Sequence[str]) -> np.ndarray:
    """One number for each sequence: a line each in the order of the sequences, or by their ids.

    Args:
        path: One number a line, or a table with a header, ids in its first column and the
            numbers in its last.
        ids: Of the sequences.

    Returns:
        `(sequences,)` float64.

    Raises:
        BadInput: With the line that is no number, or if there are more or fewer than sequences.
    """
    text = read_whole(path)
    lines = [(n, line.strip()) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if lines and not set(",;\t") & set(lines[0][1]):
        for number, line in lines:
            if not is_number(line):
                raise BadInput(f"{path}: line {number}: {line[:40]!r} is not a finite number")
        if len(lines) != len(ids):
            raise BadInput(
                f"{path}: {len(lines)} numbers for {len(ids)} sequences; give one for each, in "
                "their order"
            )
        return np.array([float(line) for _, line in lines])
    table = read_columns(Path(path))
    values, last = parse_numbers(table, len(table.names) - 1), len(table.names) - 1
    by_id: dict[str, float] = {}
    for row, (cell, value) in enumerate(zip(table.columns[0], values, strict=True)):
        if np.isnan(value) or cell.strip() in by_id:
            what = "is a missing value" if np.isnan(value) else f"is the second of {cell!r}"
            raise BadInput(f"{table.where(row, last)} {what}; give one number for each sequence")
        by_id[cell.strip()] = value
    if lacking := [name for name in ids if name not in by_id]:
        raise BadInput(f"{path}: no number for the sequence {lacking[0]!r}")
    return np.array([by_id[name] for name in ids])


def _times(
    table: Table, column: str, form: str, order: np.ndarray, ends: np.ndarray
) -> tuple[str, ...]:
    """Times as written, having seen that they ascend within each sequence."""
    if not column:
        starts = np.concatenate([[0], ends[:-1]])
        counted = np.arange(len(order)) - np.repeat(starts, np.diff(ends, prepend=0))
        return tuple(str(n + 1) for n in counted)
    at = table.find(column)
    cells = [table.columns[at][row].strip() for row in order]
    if is_mostly_numbers(table.columns[at]) and not form:
        values = _numbers(table, at)[order]
        late = np.diff(values) <= 0
        late[ends[:-1] - 1] = False  # the next sequence begins anew
        if late.any():
            row = int(late.argmax()) + 1
            raise BadInput(
                f"{table.where(order[row], at)}: {cells[row]!r} does not follow {cells[row - 1]!r} "
                "of the row before of the same sequence; put its rows in order, or leave their "
                "order as it is by --time-column none"
            )
        return tuple(cells)
    for rows in np.split(np.arange(len(order)), ends[:-1]):
        here = [cells[row] for row in rows]

        def where(row: int, rows: np.ndarray = rows) -> str:
            return table.where(order[rows[row]], at)

        parse_times(here, form=form, where=where)
    return tuple(cells)


def _numbers(table: Table, position: int) -> np.ndarray:
    """One column of numbers, none missing."""
    values = parse_numbers(table, position)
    if np.isnan(values).any():
        row = int(np.isnan(values).argmax())
        raise BadInput(
            f"{table.where(row, position)}: {table.columns[position][row]!r} is a missing value; "
            "fill it in, remove the row, or leave the column out"
        )
    return values


def _elements(table: Table, position: int) -> np.ndarray:
    """One column of elements as strings; a blank is one where elements are characters."""
    cells = table.columns[position]
    if "" in cells:
        raise BadInput(f"{table.where(cells.index(''), position)} is empty; give an element")
    return np.array(cells, object)
