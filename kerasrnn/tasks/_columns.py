"""What the columns of a series are to a forecast, and which rows are whose."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kerasrnn.data.series import Series
from kerasrnn.data.splits import split_in_order
from kerasrnn.file_arrays import FileArray, blocks


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


@dataclass(frozen=True)
class Part:
    """Rows `first` to `last` of a series; rows before them serve as history."""

    series: Series
    first: int
    last: int

    @property
    def breaks(self) -> tuple[int, ...]:
        """Rows that do not follow on from the row before."""
        return tuple(row for row in self.series.breaks if row < self.last)


def entire(series: Series) -> Part:
    return Part(series, 0, len(series.values))


def cut(series: Series, split: str) -> dict[str, Part]:
    slices = split_in_order(len(series.values), split)
    parts = zip(("train", "valid", "test"), slices, strict=True)
    return {name: Part(series, s.start, s.stop) for name, s in parts if s.stop > s.start}


def sample(name: str, seed: int) -> Series:
    """An embedded series."""
    if name == "mackey_glass":
        from kerasrnn.data.samples.mackey_glass import mackey_glass

        values = mackey_glass(seed=seed)[:, None]
        return Series(("x",), values, np.arange(len(values)), "the embedded sample")
    from kerasrnn.data.samples.load import hourly_load

    names, times, values = hourly_load(seed=seed)
    return Series(tuple(names), values, times, "the embedded sample")


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
