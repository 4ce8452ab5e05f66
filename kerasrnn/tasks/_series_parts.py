"""Which rows of a series are whose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kerasrnn.data.series import Series
from kerasrnn.data.splits import split_in_order
from kerasrnn.errors import BadInput
from kerasrnn.transforms.windows import WindowStarts


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


def check_windows(parts: Mapping[str, Part], *, past: int, horizon: int) -> None:
    """Sees that each part holds a window.

    Raises:
        BadInput: If one does not.
    """
    for name, part in parts.items():
        begin = max(part.first - past, 0)
        rows, span = part.last - begin, past + horizon
        if rows < span:
            raise BadInput(
                f"{part.series.source}: the {name} part has {rows} rows with its history, "
                f"fewer than one window of --past {past} and --horizon {horizon}"
            )
        if not len(WindowStarts(part.last, span, first=begin, breaks=part.breaks)):
            raise BadInput(
                f"{part.series.source}: no stretch of the {name} part without a gap holds a "
                f"window of --past {past} and --horizon {horizon}; make them smaller, or "
                "--missing interpolate"
            )
