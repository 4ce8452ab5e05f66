"""Dates, read back by the standard library and a table of patterns."""

import random
import re
from datetime import date, datetime

import pytest

from kerasrnn.data.samples.dates import FIRST, FORMS, LAST, sample, write_date
from kerasrnn.errors import BadInput

PATTERNS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%m/%d/%y"),
    *("%B %d %Y", "%d %B %Y", "%b %d %Y", "%b %d %y", "%d-%b-%y", "%Y %B %d", "%d %b %Y"),
)


def read_back(text):
    """Every date that a text may say, which must be one."""
    text = " ".join(text.lower().replace(",", " ").split())
    weekday = re.match(r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*", text)
    text = re.sub(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]* ", "", text)
    text = re.sub(r"\b(the|of) |'", "", text)
    text = re.sub(r"\b(\d+)(st|nd|rd|th)\b", r"\1", text)
    found = set()
    for pattern in PATTERNS:
        try:
            day = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if "%y" in pattern:  # by the rule of the sample, not by that of the library
            year = day.year % 100
            day = day.replace(year=2000 + year if year < 50 else 1900 + year)
        found.add(day)
    if weekday:
        assert {f"{day:%A}".lower()[:3] for day in found} == {weekday[1]}
    return found


def test_every_date_is_read_back_as_the_one_it_says():
    for part in sample(3000, seed=1).values():
        for source, target in zip(part.sources, part.targets, strict=True):
            assert read_back(source) == {date.fromisoformat(target)}, source


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_every_form_says_one_date(form):
    draw = random.Random(form)
    for _ in range(300):
        day = date.fromordinal(draw.randint(FIRST.toordinal(), LAST.toordinal()))
        assert read_back(FORMS[form](day)) == {day}


def test_days_of_a_month_are_numbered_as_in_english():
    ordinals = [FORMS[8](date(2024, 1, day)).split()[1] for day in range(1, 32)]
    assert ordinals[:4] == ["1st,", "2nd,", "3rd,", "4th,"]
    assert ordinals[10:13] == ["11th,", "12th,", "13th,"]
    assert ordinals[20:24] == ["21st,", "22nd,", "23rd,", "24th,"]
    assert ordinals[30] == "31st,"


def test_no_date_stands_in_two_parts():
    parts = sample(2000, seed=0)
    assert [len(part) for part in parts.values()] == [1600, 200, 200]
    targets = [target for part in parts.values() for target in part.targets]
    sources = [source for part in parts.values() for source in part.sources]
    assert len(set(targets)) == len(set(sources)) == 2000


def test_the_sample_is_seeded():
    assert sample(50, seed=3) == sample(50, seed=3)
    assert sample(50, seed=3) != sample(50, seed=4)


def test_cases_and_blanks_vary():
    texts = [write_date(date(2024, 3, 5), random.Random(i)) for i in range(400)]
    assert any("MARCH" in text for text in texts)
    assert any("march" in text for text in texts)
    assert any("  " in text for text in texts)
    assert any(text != text.strip() for text in texts)


def test_there_are_no_more_dates_than_days():
    assert sum(map(len, sample(36_525).values())) == 36_525
    with pytest.raises(BadInput, match="there are 36,525"):
        sample(36_526)
