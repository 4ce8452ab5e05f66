"""The rows that a forecast goes on from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasrnn.data.series import Series
from kerasrnn.data.time_steps import future_times
from kerasrnn.errors import BadInput
from kerasrnn.tasks._columns import Columns
from kerasrnn.tasks._series_parts import Part


@dataclass(frozen=True)
class Latest:
    """The end of a series and what is known of the rows to come.

    Args:
        history: `(past, columns)`.
        future: `(horizon, known_future)`.
        times: Of the rows to come, spelled.
        truth: `(horizon, targets)` if these rows have come already.
    """

    history: np.ndarray
    future: np.ndarray
    times: list[str]
    truth: np.ndarray | None = None


def latest_of_run(part: Part, roles: Columns, *, past: int, horizon: int) -> Latest:
    """Goes on after a part, or repeats its last stretch where columns must be known ahead.

    Raises:
        BadInput: If the rows needed are broken by a gap.
    """
    known, series, last = len(roles.known_future), part.series, part.last
    if not known:
        return _at(series, last, future_times(series.times[:last], horizon), roles, past)
    last -= horizon
    ahead = slice(last, last + horizon)
    truth = series.values[ahead, : len(roles.targets)]
    return _at(series, last, series.times[ahead], roles, past, truth)


def latest_of_file(series: Series, roles: Columns, *, past: int, horizon: int) -> Latest:
    """Goes on after the last row that has every column.

    Args:
        series: With the columns of `roles`, those known ahead perhaps going on alone.

    Raises:
        BadInput: If there are too few rows, before or ahead.
    """
    known, rows = len(roles.known_future), len(series.values)
    own = series.values[:, : len(roles.names) - known]
    last = int(np.isfinite(own).all(axis=1).sum())
    if last < past:
        raise BadInput(f"{series.source}: {last} rows are fewer than the {past} of history needed")
    if not known:
        return _at(series, last, future_times(series.times, horizon), roles, past)
    if rows - last < horizon:
        raise BadInput(
            f"{series.source}: {rows - last} rows follow the last one with every target; "
            f"{horizon} are needed with {', '.join(roles.known_future)}, the targets left empty"
        )
    return _at(series, last, series.times[last : last + horizon], roles, past)


def _at(
    series: Series,
    last: int,
    times: np.ndarray,
    roles: Columns,
    past: int,
    truth: np.ndarray | None = None,
) -> Latest:
    known, end = len(roles.known_future), last
    if known:
        end += len(times)
    if any(last - past < row < end for row in series.breaks):
        raise BadInput(
            f"{series.source}: a gap lies in the last {end - last + past} rows that the forecast "
            "needs; fill it in, or train with --missing interpolate"
        )
    future = series.values[last : last + len(times), len(roles.names) - known :]
    return Latest(series.values[last - past : last], future, _spell(times), truth)


def _spell(times: np.ndarray) -> list[str]:
    """Times as a person writes them: without seconds or hours that are all zero."""
    if not np.issubdtype(times.dtype, np.datetime64):
        return [str(t) for t in times.tolist()]
    units = ("D", "s", "ms", "us")
    unit = next(u for u in units if (times == times.astype(f"datetime64[{u}]")).all())
    return [str(t).replace("T", " ") for t in np.datetime_as_string(times, unit=unit)]
