"""Forms of times: told by the whole column, asked where two fit, given where none is known."""

import numpy as np
import pytest

from kerasrnn.data.times import check_time_format, parse_times
from kerasrnn.errors import BadInput


def written(times, form):
    return [time.item().strftime(form) for time in times.astype("datetime64[s]")]


def days(first, count):
    return np.datetime64(first, "D") + np.arange(count)


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y"])
@pytest.mark.parametrize("first", ["2020-01-25", "2019-12-30", "2020-03-08"])
def test_a_day_beyond_the_twelfth_tells_the_form(form, first):
    expected = days(first, 12)
    np.testing.assert_array_equal(parse_times(written(expected, form)), expected)


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y"])
@pytest.mark.parametrize(
    "times",
    [
        ["2020-02-01", "2020-02-12", "2020-03-01"],  # read the other way, time goes back
        ["2020-11-01", "2020-12-01", "2021-01-01"],  # …, the months are uneven
        ["2020-12-01T23", "2020-12-02T00", "2020-12-02T01"],
        ["2020-05-05T00", "2020-05-05T01"],  # the same either way
    ],
)
def test_of_two_forms_the_one_that_ascends_evenly_is_taken(form, times):
    expected = np.array(times, "datetime64[s]")
    read = parse_times(written(expected, form + " %H:%M"))
    np.testing.assert_array_equal(read, expected)


def test_what_stays_open_is_asked():
    cells = ["01-02-2020", "02-02-2020", "03-02-2020"]
    with pytest.raises(BadInput, match=r"2 January or 1 February.*'%m-%d-%Y' or '%d-%m-%Y'"):
        parse_times(cells)
    for form, unit in (("%m-%d-%Y", "M"), ("%d-%m-%Y", "D")):
        times = parse_times(cells, form=form)
        assert np.diff(times.astype(f"datetime64[{unit}]")).astype(int).tolist() == [1, 1]


@pytest.mark.parametrize("form", ["", "unix"])
@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
def test_unix_time_is_known_by_its_size(form, unit):
    seconds = 1_577_836_800 + 3600 * np.arange(3)
    times = parse_times([str(second * unit) for second in seconds], form=form)
    np.testing.assert_array_equal(times, np.datetime64("2020-01-01T00") + np.arange(3))
    assert times.dtype == "datetime64[s]"


def test_parts_of_seconds_are_kept():
    times = parse_times(["1577836800.5", "1577836801"])
    assert times.astype(str).tolist() == [
        "2020-01-01T00:00:00.500000",
        "2020-01-01T00:00:01.000000",
    ]


@pytest.mark.parametrize(
    ("cells", "form", "first"),
    [
        (["20200131", "20200201"], "", "2020-01-31"),
        (["1/31/20 5 PM", "2/1/20 5 PM"], "%m/%d/%y %I %p", "2020-01-31T17"),
        (["31.1.2020 17:00", "1.2.2020 17:00"], "%d.%m.%Y", "2020-01-31T17"),
        (["2020-01-31 17 +0200", "2020-02-01 17 +0200"], "%Y-%m-%d %H %z", "2020-01-31T15"),
        (["31-01-2020", "01-02-2020"], "%d/%m/%Y", "2020-01-31"),
    ],
)
def test_other_forms(cells, form, first):
    times = parse_times(cells, form=form)
    assert times.tolist() == [np.datetime64(first, "s").item(), (times[0] + 86400).item()]


@pytest.mark.parametrize(
    ("cells", "form", "message"),
    [
        (["13/01/2020", "12/13/2020"], "", r"row 1: '12/13/2020' is not a date.*--time-format"),
        (["2020-01-01", "1.5"], "", r"row 1: '1.5' is not a date; write YYYY-MM-DD"),
        (["01.02.2020", "2.2."], "%d.%m.%Y", r"row 1: '2.2.' is not a date as --time-f"),
        (["1577836800", "x"], "unix", r"row 1: 'x' is not a date"),
        (["05/02/2020", "06/02/2020", "04/02/2020"], "", r"row 2: .*earlier.*read as %m/%d/%Y"),
    ],
)
def test_doubtful_times_are_refused_with_their_place(cells, form, message):
    with pytest.raises(BadInput, match=message):
        parse_times(cells, form=form, where=lambda row: f"row {row}")


@pytest.mark.parametrize("form", ["unix", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S%z"])
def test_a_form_of_times_is_kept(form):
    assert check_time_format(form) == form


@pytest.mark.parametrize("form", ["DD.MM.YYYY", "Unix", "%Q", "%", "%Y-%m-%d %"])
def test_what_is_no_form_of_times_is_refused(form):
    with pytest.raises(BadInput, match=r"--time-format '.*write how times look"):
        check_time_format(form)
