"""Series: values and times as written, and every doubtful cell named."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kerasrnn.data.series import read_series
from kerasrnn.data.time_steps import future_times
from kerasrnn.errors import BadInput

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("series")


@pytest.fixture
def read(tmp_path):
    def read_content(content, name="a.csv", **options):
        data = content.encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return read_series(path, **options)

    return read_content


def dates(*texts):
    return np.array(texts, dtype="datetime64[ms]")


@settings(deadline=None)
@given(arrays.arrays(np.float64, st.tuples(st.integers(1, 9), st.just(2)), elements=FINITE))
def test_numbers_come_back_exactly(folder, values):
    rows = [f"2020-01-{day:02},{a!r}, {b!r} " for day, (a, b) in enumerate(values.tolist(), 1)]
    path = folder / "a.csv"
    path.write_text("date,a,b\n" + "\n".join(rows))
    series = read_series(path)
    assert series.names == ("a", "b")
    np.testing.assert_array_equal(series.values, values)
    np.testing.assert_array_equal(
        series.times, np.datetime64("2020-01-01T00:00:00") + np.arange(len(values)) * 86400
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2016-07-01 00:00:00", "2016-07-01 01:00:00", ("2016-07-01T00", "2016-07-01T01")),
        (
            "2016-07-01T00:30",
            "2016-07-01T01:00:00.25",
            ("2016-07-01T00:30", "2016-07-01T01:00:00.25"),
        ),
        ("2016-07-01T00:00:00Z", "2016-07-01T05:00+02:00", ("2016-07-01T00", "2016-07-01T03")),
        ("2016-07-01", "2016-07-02", ("2016-07-01", "2016-07-02")),
        ("2016-07", "2016-8", ("2016-07-01", "2016-08-01")),
        ("2016/7/1", "2016/07/02", ("2016-07-01", "2016-07-02")),
        ("01/31/2016", "2/1/2016 12:00", ("2016-01-31", "2016-02-01T12")),
        ("2016", "2017", ("2016-01-01", "2017-01-01")),
    ],
)
def test_time_formats(read, first, second, expected):
    series = read(f"Year,x\n{first},1\n{second},2\n")
    np.testing.assert_array_equal(series.times, dates(*expected))
    assert series.names == ("x",)


def test_columns_are_chosen_by_content_or_by_name(read):
    content = ',when,"room temp",word,x\n0,2020-01-01, 1 ,a,5\n1,2020-01-02,2,b,6\n'
    series = read(content, name="a.csv.gz")
    assert series.names == ("room temp", "x")
    assert series.times[1] == np.datetime64("2020-01-02")
    assert read(content, columns=("x",)).values.tolist() == [[5], [6]]
    assert read("date\tx\n2020\t1\n2021\t2\n", name="a.tsv").times.dtype == "datetime64[s]"


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("timestamp,x\n1577836800,5\n1577840400,6\n", {}),
        ("x,Time\n5,1577836800000\n6,1577840400000\n", {}),
        ("clock,x\n1577836800,5\n1577840400,6\n", {"time_column": "clock"}),
        ("date,x\n01.01.20 0h,5\n01.01.20 1h,6\n", {"time_format": "%d.%m.%y %Hh"}),
        ("x,when\n5,01.01.20 0h\n6,01.01.20 1h\n", {"time_format": "%d.%m.%y %Hh"}),
        ("1/1/2020 0:00,5\n1/1/2020 1:00,6\n", {"time_format": "%d/%m/%Y"}),
    ],
)
def test_times_are_no_numbers_to_forecast(read, content, options):
    series = read(content, **options)
    assert series.values.tolist() == [[5], [6]]
    np.testing.assert_array_equal(series.times, dates("2020-01-01T00", "2020-01-01T01"))


def test_a_form_that_no_column_has_is_refused(read):
    with pytest.raises(
        BadInput, match=r"no column begins with a time.*--time-column from 'x', 'y'"
    ):
        read("x,y\n2020.5,1\n2020.6,2\n", time_format="%d.%m.%Y")


@pytest.mark.parametrize(
    ("content", "names", "shape"),
    [
        ("x,y\n1,2\n3,4\n5,6\n", ("x", "y"), (3, 2)),
        ("1,2\n3,4\n", ("column 1", "column 2"), (2, 2)),
        ("0,1,2\n3,4,5\n", ("0", "1", "2"), (1, 3)),
        ("year,month,x\n2010,1,5\n2010,2,6\n", ("year", "month", "x"), (2, 3)),
        ("time,x\n0.5,5\n1.0,6\n", ("time", "x"), (2, 2)),
        ("price,x\n1577836800,5\n1577840400,6\n", ("price", "x"), (2, 2)),
    ],
)
def test_without_times_rows_are_numbered(read, content, names, shape):
    series = read(content)
    assert (series.names, series.values.shape) == (names, shape)
    assert series.times.tolist() == list(range(shape[0]))


def test_many_columns_and_rows(read):
    names = [str(number) for number in range(2000)]
    line = ",".join(names)
    series = read(f"date,{line},OT\n2020-01-01,{line},7\n2020-01-02,{line},8\n")
    assert series.values.shape == (2, 2001)
    assert series.names[-1] == "OT"


def test_missing_cells(read):
    content = "date,x,y\n2020-01-01,,1\n2020-01-02,2,NaN\n2020-01-03,?,3\n2020-01-04,4,4\n"
    with pytest.raises(BadInput, match="line 2, column 'x': '' is a missing value"):
        read(content)
    filled = read(content, missing="interpolate")
    assert filled.values.tolist() == [[2, 1], [2, 2], [3, 3], [4, 4]]
    dropped = read(content, missing="drop")
    assert dropped.values.tolist() == [[4, 4]]
    assert dropped.times.tolist() == dates("2020-01-04").tolist()
    with pytest.raises(BadInput, match="choose from error, interpolate, drop"):
        read(content, missing="zero")
    with pytest.raises(BadInput, match="line 3, column 'x': '' is a missing"):
        read("x\n1\n\n2\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "file is empty"),
        ("date,x\n", "no rows below the header"),
        ("date,x\n2020-01-01,1\n2020-01-02,1.5e\n", "line 3, column 'x': '1.5e' is not a finite"),
        ("date,x\n2020-01-01,1\n2020-01-02,inf\n", "line 3, column 'x': 'inf'"),
        ("date,x\n2020-01-01,1\n2020-01-02,1_000\n", "line 3, column 'x': '1_000'"),
        ("date,x\n2020-01-02,1\n\n2020-01-01,1\n", "line 4, column 'date'.* is earlier than"),
        ("date,x\n2020-01-02,1\n2020-01-02,1\n", "line 3, column 'date'.* repeats the time"),
        ("date,x\n2020-02-30,1\n", "line 2, column 'date': '2020-02-30' is not a date"),
        ("date,x\n2020-01-01,1\n01.02.2020,1\n", "line 3, column 'date': '01.02.2020'"),
        ("date,x\n2020-01-01,1\nSource: someone\n", "line 3: 1 cells where the first row has 2"),
        ("date,x\n2020-01-01,a\n2020-01-02,b\n", "no column of numbers among 'date', 'x'"),
        ("x,x\n1,2\n", "columns named twice: 'x'"),
    ],
)
def test_doubtful_files_are_refused_with_the_place(read, content, message):
    with pytest.raises(BadInput, match=message) as caught:
        read(content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ("z",)}, "no column 'z'; choose from 'date', 'x', 'y'"),
        ({"time_column": "day"}, "no column 'day'"),
        ({"time_column": "x"}, "line 2, column 'x': '1' is not a date"),
        ({"columns": ("date",)}, "'date' is the time column"),
        ({"columns": ("y",)}, "line 2, column 'y': 'a' is not a finite number"),
        ({"columns": ("x", "e"), "missing": "interpolate"}, "no column 'e'"),
    ],
)
def test_wrong_choices(read, options, message):
    with pytest.raises(BadInput, match=message):
        read("date,x,y\n2020-01-01,1,a\n", **options)


@pytest.mark.parametrize(
    ("times", "step", "future"),
    [
        (dates("1949-01", "1949-02", "1949-03"), 28, dates("1949-04", "1949-05")),
        (dates("2020-01", "2020-04", "2020-07"), 91, dates("2020-10", "2021-01")),
        (dates("2019", "2020", "2021"), 365, dates("2022", "2023")),
        (dates("2020-01-31", "2020-02-29"), 29, dates("2020-03-31", "2020-04-30")),
        (dates("2020-01-15", "2020-02-15"), 31, dates("2020-03-15", "2020-04-15")),
        (dates("2020-02-27", "2020-02-28"), 1, dates("2020-02-29", "2020-03-01")),
        (dates("2020-01-01", "2020-01-09", "2020-01-10"), 1, dates("2020-01-11", "2020-01-12")),
    ],
)
def test_future_times_follow_the_calendar(read, times, step, future):
    series = read("date,x\n" + "".join(f"{time},1\n" for time in times), ignore_gaps=True)
    assert series.step == np.timedelta64(step, "D")
    np.testing.assert_array_equal(future_times(series.times, 2), future)
    assert future_times(series.times, 2).dtype == series.times.dtype


def test_row_numbers_continue(read):
    series = read("x\n1\n2\n3\n")
    assert series.step == 1
    assert future_times(series.times, 2).tolist() == [3, 4]
    with pytest.raises(BadInput, match="at least two"):
        _ = read("x\n1\n").step
