"""What the columns of a series are to a forecast."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kerasrnn.config import comma_separated
from kerasrnn.data.series import Series
from kerasrnn.errors import BadInput
from kerasrnn.file_arrays import FileArray, blocks, rows_at_once
from kerasrnn.tasks._forecasting_settings import ForecastingConfig
from kerasrnn.tasks._series_parts import Part
from kerasrnn.transforms.windows import WindowStarts


@dataclass(frozen=True)
class Columns:
    """Which column is what, and how wrong the naive forecast was in training.

    Args:
        targets: Forecast; the first columns of the model's input.
        covariates: Seen in the past only.
        known_future: Seen over the horizon too.
        time_column: Where the time stands; empty for a guess.
        season: Rows of a season; 0 for none.
        naive_error: Mean absolute error of each target's seasonal naive forecast (of the last
            value where there is no season) on the training part, by which MASE divides.
    """

    targets: tuple[str, ...]
    covariates: tuple[str, ...]
    known_future: tuple[str, ...]
    time_column: str
    season: int
    naive_error: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.targets, *self.covariates, *self.known_future)

    def save(self, folder: Path) -> None:
        """Writes `columns.json`."""
        from kerasrnn.files import write_json

        write_json(folder / "columns.json", asdict(self))

    @classmethod
    def load(cls, folder: Path) -> Columns:
        """Reads `columns.json`.

        Raises:
            BadInput: If it is missing or broken.
        """
        from kerasrnn.files import read_fields

        return read_fields(folder / "columns.json", cls)


def usual_season(series: Series) -> int:
    """Rows of the season that usually goes with a time step: a day of hours, a year of months."""
    step = series.step
    if not isinstance(step, np.timedelta64):
        return 0
    hours = step / np.timedelta64(1, "h")
    if hours <= 12:
        return round(24 / hours)
    days = hours / 24
    if days == 1 and len(series.times) > 7 and _are_trading_days(series.times):
        return 5
    return 7 if days < 2 else 12 if 27 < days < 32 else 0


def _are_trading_days(times: np.ndarray | FileArray) -> bool:
    return all(np.is_busday(block.astype("M8[D]")).all() for block in blocks(times))


def columns_of(train: Part, config: ForecastingConfig) -> Columns:
    """What the columns of a training part are, by the settings.

    Raises:
        BadInput: If the network cannot take columns known in advance, and there are some.
    """
    c, series = config, train.series
    known, covariates = comma_separated(c.known_future), comma_separated(c.covariates)
    if not c.data and c.sample != "mackey_glass":
        known = series.names[1:]
    targets = tuple(n for n in series.names if n not in (*known, *covariates))
    if c.per_variable and known:
        raise BadInput("--per-variable takes no columns known in advance, as this sample has")
    season = c.season or usual_season(series)
    lag = season or 1
    starts = WindowStarts(train.last, lag + 1, first=train.first, breaks=series.breaks)
    error = _mean_change(series, starts, lag)[: len(targets)]
    naive = tuple(float(e) for e in np.where(error > 0, error, 1.0))
    return Columns(targets, covariates, known, c.time_column, season, naive)


def _mean_change(series: Series, starts: WindowStarts, lag: int) -> np.ndarray:
    """`(columns,)` mean absolute change over `lag` rows; 1 where there is none."""
    values = series.values
    if isinstance(values, np.ndarray):
        rows = starts[np.arange(len(starts))]
        change = np.abs(values[rows + lag] - values[rows])
        return change.mean(0) if len(change) else np.ones(values.shape[1])
    total, size = np.zeros(values.shape[1]), rows_at_once(values)
    for first, last in starts.stretches():
        for begin in range(first, last, size):
            rows = values[begin : min(begin + size, last) + lag]
            total += np.abs(rows[lag:] - rows[:-lag]).sum(0)
    return total / len(starts) if len(starts) else np.ones(values.shape[1])
