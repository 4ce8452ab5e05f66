"""Where a series may be cut into windows."""

from collections.abc import Sequence

import numpy as np


def window_starts(
    count: int, span: int, *, first: int = 0, breaks: Sequence[int] = ()
) -> np.ndarray:
    """Rows at which windows may begin.

    Args:
        count: Rows of the series.
        span: Rows of a window.
        first: First row that a window may begin at.
        breaks: Rows that do not follow on from the row before, ascending: no window holds both.

    Returns:
        Ascending int64 row numbers, possibly none.
    """
    starts = np.arange(first, max(count - span + 1, first))
    ends = np.array([*breaks, count])
    return starts[starts + span <= ends[np.searchsorted(breaks, starts, side="right")]]
