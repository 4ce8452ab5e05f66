"""Where a series may be cut into windows."""

from collections.abc import Sequence

import numpy as np


class WindowStarts:
    """Rows at which windows may begin, ascending, computed where they are looked at.

    Args:
        count: Rows of the series.
        span: Rows of a window.
        first: First row that a window may begin at.
        breaks: Rows that do not follow on from the row before, ascending: no window holds both.
    """

    def __init__(self, count: int, span: int, *, first: int = 0, breaks: Sequence[int] = ()):
        begins = np.maximum(np.array([0, *breaks], np.int64), first)
        ends = np.array([*breaks, count], np.int64)
        each = np.maximum(ends - span + 1 - begins, 0)
        # of the stretches between breaks those that hold a window
        self._begins = begins[each > 0]
        self._before = np.cumsum(each[each > 0]) - each[each > 0]
        self._count = int(each.sum())

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, windows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Int64 row numbers of some windows, of the shape of their numbers."""
        windows = np.asarray(windows, np.int64)
        stretch = np.searchsorted(self._before, windows, side="right") - 1
        return self._begins[stretch] + windows - self._before[stretch]

    def stretches(self) -> list[tuple[int, int]]:
        """The first row and the row after the last of neighbouring rows that windows begin at."""
        ends = self._begins + np.diff(self._before, append=self._count)
        return list(zip(self._begins.tolist(), ends.tolist(), strict=True))


def window_starts(
    count: int, span: int, *, first: int = 0, breaks: Sequence[int] = ()
) -> np.ndarray:
    """All of `WindowStarts` as an array, possibly empty."""
    starts = WindowStarts(count, span, first=first, breaks=breaks)
    return starts[np.arange(len(starts))]
