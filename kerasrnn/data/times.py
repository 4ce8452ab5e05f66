"""Times as people write them.

03/04/2020 is a day in March to some and in April to others, so the form of a column is told by
all of its rows together, never by one; what stays open is asked, not guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from kerasrnn.data.time_steps import is_regular
from kerasrnn.errors import BadInput

UNIX = "unix"
KNOWN_FORMS = (
    "YYYY-MM-DD [HH:MM[:SS]], YYYY/MM/DD, MM/DD/YYYY, DD/MM/YYYY, DD.MM.YYYY, YYYYMMDD, YYYY-MM, "
    "YYYY or Unix seconds"
)
# Unix time by its size: seconds (from 1973 on), milliseconds, microseconds, nanoseconds.
LEAST_UNIX = 1e8
UNIX_UNITS = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e19, 1e-3))  # below, microseconds in one

_CLOCK = r"""(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d+))?)?
    \ ?(?P<zone>Z|[+-]\d\d:?\d\d)?)?"""
_PARTS = ("year", "month", "day", "hour", "minute", "second", "part", "zone")
_FORMS = {
    form: re.compile(date + _CLOCK, re.VERBOSE | re.ASCII)
    for form, date in {
        "%Y-%m-%d": r"""(?P<year>\d{4})
            (?:(?P<mark>[-/])(?P<month>\d{1,2})(?:(?P=mark)(?P<day>\d{1,2}))?)?""",
        "%m/%d/%Y": r"(?P<month>\d{1,2})(?P<mark>[-/])(?P<day>\d{1,2})(?P=mark)(?P<year>\d{4})",
        "%d/%m/%Y": r"(?P<day>\d{1,2})(?P<mark>[-/])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})",
        "%d.%m.%Y": r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
        "%Y%m%d": r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)",
    }.items()
}


def check_time_format(form: str) -> str:
    """Returns the form if times can be written in it.

    Raises:
        BadInput: If it is neither `unix` nor a form that `strptime` takes.
    """
    try:
        if form in ("", UNIX) or ("%" in form and _given(form)("") is None):
            return form
    except ValueError:
        pass
    raise BadInput(
        f"--time-format {form!r}; write how times look, such as '%d.%m.%Y %H:%M', or {UNIX}"
    )


def is_time(cell: str, form: str = "") -> bool:
    """Whether a cell alone reads as a time: in the form given, or in any that is known."""
    return any(_reader(f)(cell.strip()) is not None for f in ([form] if form else _FORMS))


def is_unix(cell: str) -> bool:
    """Whether a cell is a number that may count seconds (or parts of them) since 1970."""
    try:
        return LEAST_UNIX <= float(cell) < UNIX_UNITS[-1][0]
    except ValueError:
        return False


def parse_times(
    cells: Sequence[str], *, form: str = "", where: Callable[[int], str] = str
) -> np.ndarray:
    """Reads a column of times.

    Without a form, it is the known one that reads every row and ascends. Where two do (days
    and months all below 13), it is the one whose steps are all the same.

    Args:
        cells: As written.
        form: As `strptime` takes it, or `unix`.
        where: Names the place of a row in messages.

    Returns:
        `(time,)` strictly increasing `datetime64[s]`, UTC where zones are given; finer where
        seconds have parts.

    Raises:
        BadInput: With the first row that is no time, or not later than the one before; or if
            two forms fit.
    """
    cells = [cell.strip() for cell in cells]
    forms = [form] if form else [*_FORMS, *([UNIX] if all(map(is_unix, cells)) else [])]
    read = {f: _leading_times(cells, _reader(f, cells)) for f in forms}
    whole = {f: _array(times) for f, times in read.items() if len(times) == len(cells)}
    if not whole:
        row = max(map(len, read.values()))
        raise BadInput(_no_time(cells[row], form, where(row)))
    ascending = {f: times for f, times in whole.items() if (np.diff(times).astype(int) > 0).all()}
    if not ascending:
        raise BadInput(_disorder(cells, whole, where))
    return _decide(cells, ascending, where)


class TimeReader:
    """Reads a column of times piece by piece, where there are too many for `parse_times`.

    Args:
        pieces: The column from its beginning, as far as is needed to tell how times are written.
        form: As in `parse_times`.

    Raises:
        BadInput: If two forms fit to the end.
    """

    def __init__(self, pieces: Iterable[Sequence[str]], form: str = ""):
        self._last: np.ndarray = np.zeros(0, "datetime64[us]")
        self._given, self.form, self._cells = form, form, ()
        alive: dict[str, np.ndarray] = {}
        for number, piece in enumerate(pieces):
            cells = [cell.strip() for cell in piece]
            if not number:
                self._cells = [cell for cell in cells if is_unix(cell)][-1:]
                forms = [form] if form else [*_FORMS, *([UNIX] if all(map(is_unix, cells)) else [])]
                alive = {f: np.zeros(0, "datetime64[us]") for f in forms}
            read = {f: self._moments(cells, f) for f in alive}
            # the one that goes furthest, if none goes on: it says what is wrong
            self.form = max(read, key=lambda f: len(read[f]))
            joined = {f: np.concatenate([alive[f][-1:], t]) for f, t in read.items()}
            alive = {
                f: read[f]
                for f, times in joined.items()
                if len(read[f]) == len(cells) and (np.diff(times).astype(int) > 0).all()
            }
            if len(alive) < 2:
                self.form = next(iter(alive), self.form)
                return
        first, *others = alive.values()
        self.form = next(iter(alive))
        if any((other != first).any() for other in others):
            raise BadInput(
                f"{cells[-1]!r} and all times before it may be read as "
                f"{' and as '.join(map(repr, alive))}; say which by --time-format"
            )

    def read(self, cells: Sequence[str], where: Callable[[int], str]) -> np.ndarray:
        """The next times, `datetime64[us]`.

        Raises:
            BadInput: As `parse_times`, with the place that `where` names.
        """
        cells = [cell.strip() for cell in cells]
        times = self._moments(cells, self.form)
        if len(times) < len(cells):
            raise BadInput(_no_time(cells[len(times)], self._given, where(len(times))))
        joined = np.concatenate([self._last, times])
        if not (np.diff(joined).astype(int) > 0).all():
            before = len(self._last)
            place = lambda row: where(row - before)  # noqa: E731
            raise BadInput(_disorder([*[""] * before, *cells], {self.form: joined}, place))
        self._last = times[-1:]
        return times

    def _moments(self, cells: Sequence[str], form: str) -> np.ndarray:
        """The times up to the first cell that is none."""
        if form == "%Y-%m-%d" and len(plain := _plain_moments(cells)):
            return plain
        return np.array(_leading_times(cells, _reader(form, self._cells)), "datetime64[us]")


def _plain_moments(cells: Sequence[str]) -> np.ndarray:
    """Times that are all written as NumPy writes them, many times as fast; none if one is not."""
    texts = np.array(cells)
    length = texts.dtype.itemsize // 4
    unit = {10: "D", 16: "m", 19: "s"}.get(length)
    if unit is None:
        return np.zeros(0, "datetime64[us]")
    try:
        times = texts.astype(f"datetime64[{unit}]")
    except ValueError:
        return np.zeros(0, "datetime64[us]")
    again = np.datetime_as_string(times, unit=unit)
    same = (again == texts) | (again == np.strings.replace(texts, " ", "T", 1))
    return times.astype("datetime64[us]") if same.all() else np.zeros(0, "datetime64[us]")


# Reading


def _reader(form: str, cells: Sequence[str] = ()) -> Callable[[str], datetime | None]:
    """What turns a cell into a time in UTC, or None; the unit of Unix time is that of `cells`."""
    if form == UNIX:
        return _unix(cells)
    # A known form takes the time of day beside the date, whichever of - and / is written.
    pattern = _FORMS.get(form) or _FORMS.get(form.replace("-", "/"))
    return _given(form) if pattern is None else lambda cell: _matched(pattern, cell)


def _given(form: str) -> Callable[[str], datetime | None]:
    datetime.strptime(datetime(2001, 2, 3, tzinfo=UTC).strftime(form), form)  # is it a form?

    def read(cell: str) -> datetime | None:
        try:
            time = datetime.strptime(cell, form)
            return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
        except (ValueError, OverflowError):
            return None

    return read


def _unix(cells: Sequence[str]) -> Callable[[str], datetime | None]:
    def number(cell: str) -> float:
        try:
            return float(cell)
        except ValueError:
            return math.nan

    largest = max((abs(number(cell)) for cell in cells if is_unix(cell)), default=0.0)
    unit = next(unit for below, unit in UNIX_UNITS if largest < below)

    def read(cell: str) -> datetime | None:
        try:
            return datetime(1970, 1, 1) + timedelta(microseconds=round(number(cell) * unit))
        except (ValueError, OverflowError):  # no number, or far from any year
            return None

    return read


def _matched(pattern: re.Pattern, cell: str) -> datetime | None:
    match = pattern.fullmatch(cell)
    if match is None:
        return None
    year, month, day, hour, minute, second, part, zone = match.group(*_PARTS)
    try:
        time = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int(part[:6].ljust(6, "0")) if part else 0,
        )
        if zone and zone != "Z":
            offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            time = time - offset if zone[0] == "+" else time + offset
    except (ValueError, OverflowError):  # 30 February, hour 25, before the year 1
        return None
    return time


def _leading_times(cells: Sequence[str], read: Callable[[str], datetime | None]) -> list[datetime]:
    """The times up to the first cell that is none."""
    times = []
    for cell in cells:
        time = read(cell)
        if time is None:
            break
        times.append(time)
    return times


def _array(times: Sequence[datetime]) -> np.ndarray:
    exact = np.array(times, dtype="datetime64[us]")
    seconds = exact.astype("datetime64[s]")
    return seconds if (seconds == exact).all() else exact


# Deciding


def _decide(
    cells: Sequence[str], ascending: dict[str, np.ndarray], where: Callable[[int], str]
) -> np.ndarray:
    regular = {form: times for form, times in ascending.items() if is_regular(times)}
    left = regular or ascending
    first, *others = left.values()
    for other in others:
        if (first != other).any():
            row = int((first != other).argmax())
            days = [f"{t.day} {t:%B}" for t in (first[row].item(), other[row].item())]
            forms = [repr(_marked(form, cells[row])) for form in left]
            raise BadInput(
                f"{where(row)}: {cells[row]!r} may be {' or '.join(days)}, and all rows read both "
                f"ways; say which by --time-format {' or '.join(forms)}"
            )
    return first


def _no_time(cell: str, form: str, where: str) -> str:
    advice = (
        f" as --time-format {form!r} writes it; correct the one or the other"
        if form
        else f"; write {KNOWN_FORMS}, or say how, such as --time-format '%d.%m.%y %H:%M'"
    )
    return f"{where}: {cell!r} is not a date{advice}"


def _marked(form: str, cell: str) -> str:
    return form.replace("/", "-") if "-" in cell.split()[0] else form


def _disorder(
    cells: Sequence[str], whole: dict[str, np.ndarray], where: Callable[[int], str]
) -> str:
    """What is wrong with times that do not ascend, read in the form that goes furthest."""
    rows = {f: int((np.diff(times).astype(int) <= 0).argmax()) + 1 for f, times in whole.items()}
    form = max(rows, key=rows.get)
    row = rows[form]
    same = whole[form][row] == whole[form][row - 1]
    problem = "repeats the time of" if same else "is earlier than"
    read = f", read as {_marked(form, cells[row])}" if len(whole) > 1 else ""
    return (
        f"{where(row)}: {cells[row]!r} {problem} the row before{read}; give each time once, "
        "oldest first, local times with their zone; or number the rows: --time-column none"
    )
