"""What a series lacks: empty cells, and rows that its times say should be there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kerasrnn.data.time_steps import between, rows_missing
from kerasrnn.errors import BadInput

MISSING_POLICIES = ("error", "interpolate", "drop")


@dataclass(frozen=True)
class Measured:
    """Rows as they were read.

    Attributes:
        names: Column names.
        values: `(time, columns)` float64, NaN where cells are missing.
        times: `(time,)` increasing.
        known_ahead: How many of the last columns may go on after the end of the others.
        source: What they were read from, for messages.
        where: The place of a row's cell in a column, or of its time (no column), for messages.
    """

    names: tuple[str, ...]
    values: np.ndarray
    times: np.ndarray
    known_ahead: int
    source: str
    where: Callable[[int, str | None], str]

    @property
    def lacking(self) -> np.ndarray:
        """`(time, columns)`: missing cells, but for those of the rows still to come."""
        lacking = np.isnan(self.values)
        own = len(self.names) - self.known_ahead
        if self.known_ahead and own:
            whole = np.flatnonzero(~lacking[:, :own].any(axis=1))
            lacking[whole[-1] + 1 if len(whole) else 0 :, :own] = False
        return lacking


Settled = tuple[np.ndarray, np.ndarray, tuple[int, ...]]  # values, times, breaks


def settle_missing(rows: Measured, policy: str, *, ignore_gaps: bool) -> Settled:
    """Treats missing cells and missing rows alike, as the policy says.

    A row is missing where a step is about twice the usual one, or more.

    Args:
        rows: As read.
        policy: `error`; `interpolate` linearly over the rows, with the nearest value at both
            ends, rows being put in; or `drop` rows that miss a cell, which breaks the series.
        ignore_gaps: Take rows for neighbours whatever their times.

    Returns:
        Values, times, and the rows that do not follow on from the row before.

    Raises:
        BadInput: With the first missing cell or row, or if there is nothing to fill in from.
    """
    lacking = rows.lacking
    gaps = rows_missing(rows.times) * (not ignore_gaps)
    if policy == "error":
        _refuse(rows, lacking, gaps)
        return rows.values, rows.times, ()
    if policy == "drop":
        return _drop(rows, lacking, gaps, ignore_gaps=ignore_gaps)
    return *_interpolate(rows, lacking, gaps), ()


def _refuse(rows: Measured, lacking: np.ndarray, gaps: np.ndarray) -> None:
    if lacking.any():
        row, column = np.argwhere(lacking)[0]
        raise BadInput(missing_value(rows.where(row, rows.names[column])))
    if gaps.any():
        row = int(np.flatnonzero(gaps)[0])
        raise BadInput(missing_rows(rows.where(row + 1, None), int(gaps[row])))


def missing_value(where: str) -> str:
    """What to say of a cell without a value."""
    return (
        f"{where} is a missing value; fill it in, or choose --missing interpolate or --missing drop"
    )


def every_row_misses(source: str) -> str:
    """What to say of a file of which no row is whole."""
    return f"{source}: every row misses a value; choose fewer columns or --missing interpolate"


def missing_rows(where: str, count: int) -> str:
    """What to say of a row before which rows are missing."""
    return (
        f"{where}: {f'{count} rows are' if count > 1 else '1 row is'} missing before it, by the "
        "usual step; add what is missing, or choose --missing interpolate (puts rows in), "
        "--missing drop (no window crosses a gap) or --ignore-gaps (as for trading days)"
    )


def _drop(rows: Measured, lacking: np.ndarray, gaps: np.ndarray, *, ignore_gaps: bool) -> Settled:
    kept = np.flatnonzero(~lacking.any(axis=1))
    if not len(kept):
        raise BadInput(every_row_misses(rows.source))
    gone = np.concatenate([[0], np.cumsum(gaps)]) + np.arange(len(rows.times))
    breaks = () if ignore_gaps else np.flatnonzero(np.diff(gone[kept]) > 1) + 1
    return rows.values[kept], rows.times[kept], tuple(int(row) for row in breaks)


def _interpolate(
    rows: Measured, lacking: np.ndarray, gaps: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if gaps.sum() > len(rows.times):
        row = int(gaps.argmax()) + 1
        raise BadInput(
            f"{rows.where(row, None)}: more rows are missing ({gaps.sum():,}) than there are, "
            f"{gaps.max():,} of them here; correct the times, or choose --missing drop"
        )
    place = np.arange(len(rows.times)) + np.concatenate([[0], np.cumsum(gaps)]).astype(int)
    every = np.arange(place[-1] + 1)
    times = np.empty(len(every), rows.times.dtype)
    times[place] = rows.times
    for row in np.flatnonzero(gaps):
        times[place[row] + 1 : place[row + 1]] = between(rows.times, row, gaps[row])
    values = np.empty((len(every), len(rows.names)))
    for column, name in enumerate(rows.names):
        there = ~np.isnan(rows.values[:, column])
        if not there.any():
            raise BadInput(f"{rows.source}: column {name!r} has no value at all; leave it out")
        values[:, column] = np.interp(every, place[there], rows.values[there, column])
        still_to_come = np.flatnonzero(~there & ~lacking[:, column])
        if len(still_to_come):
            values[place[still_to_come[0] - 1] + 1 :, column] = np.nan
    return values, times
