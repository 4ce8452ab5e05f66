"""Dates as people write them in English, and the same in ISO 8601: 2024-03-05.

Source: generated.  Every form says one date only: figures with dots are day.month.year, as in
most of Europe; figures with slashes are month/day/year, as in the United States; where a year of
four figures comes first, the month follows it.  Years of two figures are of 1950 to 2049.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

from kerasrnn.data.pairs import Pairs
from kerasrnn.data.samples.parts import parts
from kerasrnn.errors import BadInput

FIRST, LAST = date(1950, 1, 1), date(2049, 12, 31)  # a hundred years: two figures tell which
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SPREAD = 0.2  # share of the blanks that are wider than one
ORIGIN = "the embedded sample of dates"


def _ordinal(day: int) -> str:
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _month(day: date) -> str:
    return MONTHS[day.month - 1]


def _weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()]


FORMS: tuple[Callable[[date], str], ...] = (
    lambda d: d.isoformat(),
    lambda d: f"{d.year}/{d.month:02}/{d.day:02}",
    lambda d: f"{d.year}{d.month:02}{d.day:02}",
    lambda d: f"{d.day}.{d.month}.{d.year}",
    lambda d: f"{d.day:02}.{d.month:02}.{d.year % 100:02}",
    lambda d: f"{d.month}/{d.day}/{d.year}",
    lambda d: f"{d.month:02}/{d.day:02}/{d.year % 100:02}",
    lambda d: f"{_month(d)} {d.day}, {d.year}",
    lambda d: f"{_month(d)} {_ordinal(d.day)}, {d.year}",
    lambda d: f"{d.day} {_month(d)} {d.year}",
    lambda d: f"{_ordinal(d.day)} of {_month(d)} {d.year}",
    lambda d: f"the {_ordinal(d.day)} of {_month(d)}, {d.year}",
    lambda d: f"{_month(d)[:3]} {d.day}, {d.year}",
    lambda d: f"{_month(d)[:3]} {d.day} '{d.year % 100:02}",
    lambda d: f"{d.day}-{_month(d)[:3]}-{d.year % 100:02}",
    lambda d: f"{d.year} {_month(d)} {d.day}",
    lambda d: f"{_weekday(d)}, {_month(d)} {d.day}, {d.year}",
    lambda d: f"{_weekday(d)} the {_ordinal(d.day)} of {_month(d)} {d.year}",
    lambda d: f"{_weekday(d)[:3]}, {d.day} {_month(d)[:3]} {d.year}",
    lambda d: f"{_weekday(d)[:3]} {d.month}/{d.day}/{d.year}",
)
CASES: tuple[Callable[[str], str], ...] = (str, str, str, str.lower, str.upper)


def write_date(day: date, draw: random.Random) -> str:
    """One date in one of the forms, in one of the cases, some blanks wider."""
    words = draw.choice(CASES)(draw.choice(FORMS)(day)).split(" ")
    gaps = [" " * draw.randint(2, 3) if draw.random() < SPREAD else " " for _ in words[1:]]
    ends = [" " if draw.random() < SPREAD / 4 else "" for _ in range(2)]
    inner = "".join(word + gap for word, gap in zip(words, [*gaps, ""], strict=True))
    return ends[0] + inner + ends[1]


def sample(count: int = 20_000, *, seed: int = 0) -> dict[str, Pairs]:
    """Parts `train`, `valid` and `test`; no date stands in two of them.

    Args:
        count: Pairs in all, each of another date, at most the 36,525 days of a hundred years.
        seed: The same seed gives the same sample.

    Raises:
        BadInput: If there are not as many dates, or too few for three parts.
    """
    days = (LAST - FIRST).days + 1
    if count > days:
        raise BadInput(f"{count:,} dates of {FIRST} to {LAST}: there are {days:,}")
    draw = random.Random(seed)
    chosen = [FIRST + timedelta(place) for place in draw.sample(range(days), count)]
    sources = [write_date(day, draw) for day in chosen]
    return parts(Pairs(sources, [day.isoformat() for day in chosen], origin=ORIGIN), seed=seed)
