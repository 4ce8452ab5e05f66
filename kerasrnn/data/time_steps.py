"""The steps between times: which is usual, where rows are missing, how they go on.

Months and years are no fixed number of days, so rows that stand at the same place of each are
counted by the calendar.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.file_arrays import FileArray, blocks

DAY = np.timedelta64(1, "D")


def most_common_step(times: np.ndarray | FileArray) -> np.timedelta64 | int:
    """The most common difference between neighbouring `times`, the smaller one of equals.

    Raises:
        BadInput: If there are fewer than two times.
    """
    if len(times) < 2:
        raise BadInput(f"{len(times)} rows have no time step; give at least two")
    steps, counts = _step_counts(times)
    step = steps[counts.argmax()]
    return step if isinstance(step, np.timedelta64) else int(step)


def _step_counts(times: np.ndarray | FileArray) -> tuple[np.ndarray, np.ndarray]:
    """The differences between neighbours, ascending, and how often each occurs."""
    counts: Counter = Counter()
    before = times[:0]
    for block in blocks(times):
        steps, seen = np.unique(np.diff(np.concatenate([before, block])), return_counts=True)
        counts.update(dict(zip(steps.tolist(), seen.tolist(), strict=True)))
        before = block[-1:]
    kind = np.diff(times[:2]).dtype
    return np.array(sorted(counts), kind), np.array([counts[step] for step in sorted(counts)])


def usual_step(times: FileArray) -> int:
    """The median difference between neighbours, the lower of two; 0 if there are too few."""
    if len(times) < 3:
        return 0
    steps, counts = _step_counts(times)
    middle = np.searchsorted(counts.cumsum(), (len(times) - 2) // 2, side="right")
    return int(steps[middle].astype(np.int64))


def count_missing(steps: np.ndarray, usual: int) -> np.ndarray:
    """How many rows are missing where neighbours are so far apart; with no usual step, none."""
    if not usual:
        return np.zeros(len(steps), np.int64)
    return np.maximum(np.rint(steps / usual).astype(np.int64) - 1, 0)


def future_times(times: np.ndarray, count: int) -> np.ndarray:
    """Continues a time axis by its most common step.

    Rows that fall on the same day of their months, or always on the last one, continue by
    calendar months (so by quarters and years too): 31 days after 1 February is no month.

    Args:
        times: `(time,)` datetimes or row numbers, at least two, increasing.
        count: How many to add.

    Returns:
        `(count,)` of the type of `times`, the first one step after the last of `times`.
    """
    ahead = np.arange(1, count + 1)
    months, rest = _calendar(times)
    if months is None:
        return times[-1] + ahead * most_common_step(times)
    return (months[-1] + ahead * most_common_step(months) + rest).astype(times.dtype)


def rows_missing(times: np.ndarray) -> np.ndarray:
    """How many rows are missing between each two neighbours, by the usual (median) step.

    Months and years are counted by the calendar where rows stand at the same place of each.

    Args:
        times: `(time,)` datetimes or row numbers, increasing.

    Returns:
        `(time - 1,)` integers: 0 for steps below one and a half usual ones.
    """
    months, _ = _calendar(times)
    steps = np.diff(times if months is None else months).astype(int)
    if len(steps) < 2:
        return np.zeros(len(steps), int)
    return count_missing(steps, int(np.sort(steps)[(len(steps) - 1) // 2]))


def between(times: np.ndarray, row: int, count: int) -> np.ndarray:
    """`count` times evenly between a row and the next, by the calendar as `rows_missing`."""
    months, rest = _calendar(times)
    axis = times if months is None else months
    inner = axis[row] + np.arange(1, count + 1) * ((axis[row + 1] - axis[row]) // (count + 1))
    return inner if months is None else (inner + rest).astype(times.dtype)


def is_regular(times: np.ndarray) -> bool:
    """Whether all steps are the same, in time or in months."""
    months, _ = _calendar(times)
    return any(len(np.unique(np.diff(axis))) <= 1 for axis in (times, months) if axis is not None)


def _calendar(times: np.ndarray) -> tuple[np.ndarray | None, np.timedelta64 | None]:
    """The months of rows that stand at the same place of each, and what to add to a month."""
    if not np.issubdtype(times.dtype, np.datetime64):
        return None, None
    # Last days of months are first days when seen one day later.
    month_ends = (times + DAY).astype("datetime64[D]")
    shift = DAY if (month_ends == month_ends.astype("datetime64[M]")).all() else 0 * DAY
    months = (times + shift).astype("datetime64[M]")
    rest = (times + shift) - months  # day and hour within the month
    if (rest == rest[0]).all() and (np.diff(months).astype(int) > 0).all():
        return months, rest[0] - shift
    return None, None
