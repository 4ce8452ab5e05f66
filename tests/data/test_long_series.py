"""Series in files are the series in memory, block by block, and their faults are the same."""

import numpy as np
import pytest

from kerasrnn.data import long_series
from kerasrnn.data.long_series import open_series, write_series
from kerasrnn.data.series import read_series
from kerasrnn.errors import BadInput


@pytest.fixture
def both(tmp_path, monkeypatch):
    """Reads a file both ways, a few rows at a time."""
    monkeypatch.setattr(long_series, "CELLS", 12)

    def read(content, **options):
        path = tmp_path / "a.csv"
        path.write_text(content)
        try:
            whole = read_series(path, **options)
        except BadInput as error:
            whole = str(error)
        try:
            stored = open_series(tmp_path, write_series(tmp_path, path, **options))
        except BadInput as error:
            stored = str(error)
        return whole, stored

    return read


def assert_same(whole, stored):
    assert stored.names == whole.names
    np.testing.assert_array_equal(stored.values[:], whole.values)
    np.testing.assert_array_equal(stored.times[:], whole.times)
    assert (stored.breaks, stored.step) == (whole.breaks, whole.step)


def hours(count, form=lambda t: str(t).replace("T", " "), skip=(), value=str):
    start = np.datetime64("2024-01-30T00:00:00")
    rows = [
        f"{form(start + np.timedelta64(i, 'h'))},{value(i)},word,{i * 0.5}"
        for i in range(count)
        if i not in skip
    ]
    return "date,a,name,b\n" + "\n".join(rows) + "\n"


def american(time):
    return f"{time.item():%m/%d/%Y %H:%M}"


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (hours(50), {}),
        (hours(50), {"columns": ["b"], "last": ["a"]}),
        (hours(50, form=american), {}),
        (hours(50, form=american), {"time_format": "%m/%d/%Y %H:%M"}),
        (hours(50, form=lambda t: t.astype(int)), {}),
        (hours(50, form=lambda t: f"{t}Z"), {}),
        (hours(50), {"time_column": "none"}),
        (hours(40, skip=(11, 12, 30)), {"missing": "drop"}),
        (hours(40, skip=(11, 12, 30)), {"ignore_gaps": True}),
        (hours(40, value=lambda i: "" if i in (7, 8, 9, 10, 11, 30) else i), {"missing": "drop"}),
        (
            hours(40, skip=(20,), value=lambda i: "nan" if i in (0, 19) else i),
            {"missing": "drop", "ignore_gaps": True},
        ),
        ("x\n" + "".join(f"{i}\n" for i in range(30)), {}),
        ("".join(f"{i},{-i}\n" for i in range(30)), {}),
    ],
)
def test_the_rows_are_those_of_the_series_in_memory(both, content, options):
    assert_same(*both(content, **options))


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (hours(40, value=lambda i: "1_0" if i == 33 else i), {}),
        (hours(40, value=lambda i: "" if i == 33 else i), {}),
        (hours(40, skip=(33,)), {}),
        (hours(40).replace("2024-01-31 05", "2024-01-30 02"), {}),
        (hours(40).replace("2024-01-31 05:00:00", "soon"), {}),
        (hours(40), {"columns": ["c"]}),
        (hours(40), {"columns": ["date"]}),
        (hours(40, value=lambda i: ""), {"missing": "drop", "columns": ["a"]}),
        (hours(40) + '2025-01-01 00:00:00,"1\n', {}),
        (hours(40) + "2025-01-01 00:00:00,1\n", {}),
        ("a,b\nx,y\nz,w\n", {}),
        ("x\n1\n\n3\n", {}),
    ],
)
def test_faults_are_told_in_the_same_words(both, content, options):
    whole, stored = both(content, **options)
    assert isinstance(whole, str)
    assert stored == whole


def test_days_that_may_be_months_are_asked(both):
    days = "".join(f"{d:02}/{m:02}/2020,1\n" for m in range(1, 6) for d in (1, 2, 5, 12))
    whole, stored = both("date,a\n" + days)
    ambiguous = "".join(f"0{d}/0{d + 1}/2020,1\n" for d in range(1, 8))
    _, asked = both("date,a\n" + ambiguous, ignore_gaps=True)
    assert isinstance(whole, str) == isinstance(stored, str)
    assert "--time-format" in asked
