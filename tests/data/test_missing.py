"""Missing rows are seen by the times alone, and treated as missing cells are."""

import numpy as np
import pytest

from kerasrnn.data.series import read_series
from kerasrnn.data.time_steps import rows_missing
from kerasrnn.errors import BadInput


def hours(*numbers):
    return np.datetime64("2024-01-01T00", "s") + np.rint(3600 * np.array(numbers)).astype(int)


def dates(*texts):
    return np.array(texts, "datetime64[s]")


@pytest.fixture
def read(tmp_path):
    """Reads rows x = 0, 1, 2 … at these times."""

    def read_times(times, **options):
        rows = [f"{str(time).replace('T', ' ')},{row}" for row, time in enumerate(times)]
        (tmp_path / "a.csv").write_text("date,x\n" + "\n".join(rows) + "\n")
        return read_series(tmp_path / "a.csv", **options)

    return read_times


@pytest.mark.parametrize(
    ("times", "missing"),
    [
        (hours(0, 1, 2, 3), [0, 0, 0]),
        (hours(0, 1, 4, 5), [0, 2, 0]),
        (hours(0, 8, 9), [7, 0]),
        (hours(0, 1.02, 1.98, 5.03, 6), [0, 0, 2, 0]),
        (hours(0, 24), [0]),
        (hours(0), []),
        (np.arange(3), [0, 0]),
        (dates("2024-01-01", "2024-02-01", "2024-03-01", "2024-05-01"), [0, 0, 1]),
        (dates("2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29"), [0, 0, 0]),
        (dates("2019-01-01", "2020-01-01", "2021-01-01", "2025-01-01"), [0, 0, 3]),
        (dates("2024-03-31", "2024-06-30", "2024-09-30", "2025-03-31"), [0, 0, 1]),
        # the last working day of each month
        (dates("2024-01-31", "2024-02-29", "2024-03-29", "2024-04-30", "2024-05-31"), [0] * 4),
    ],
    ids=str,
)
def test_steps_of_twice_the_usual_one_lack_rows(times, missing):
    assert rows_missing(times).tolist() == missing


def test_the_first_gap_is_named_with_its_line_and_what_helps(read):
    with pytest.raises(BadInput, match=r"line 4, column 'date': .*04:00.*: 2 rows are missing"):
        read(hours(0, 1, 4, 5, 9))
    with pytest.raises(BadInput, match=r"1 row is missing before it.*interpolate.*--ignore-gaps"):
        read(hours(0, 1, 2, 4))


@pytest.mark.parametrize(
    ("times", "filled"),
    [
        (hours(0, 1, 4, 5, 7), hours(*range(8))),
        (
            dates("2024-01-31", "2024-02-29", "2024-03-31", "2024-06-30"),
            dates(
                "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30"
            ),
        ),
        (
            dates("2019-07-01", "2020-07-01", "2022-07-01"),
            dates("2019-07-01", "2020-07-01", "2021-07-01", "2022-07-01"),
        ),
    ],
    ids=["hours", "months", "years"],
)
def test_rows_are_put_in_on_a_straight_line(read, times, filled):
    series = read(times, missing="interpolate")
    np.testing.assert_array_equal(series.times, filled)
    place = np.flatnonzero(np.isin(filled, times))
    expected = np.interp(np.arange(len(filled)), place, np.arange(len(times)))
    np.testing.assert_allclose(series.values[:, 0], expected)
    assert series.breaks == ()


def test_dropping_breaks_the_series_at_every_gap(read, tmp_path):
    assert read(hours(0, 1, 4, 5, 7), missing="drop").breaks == (2, 4)
    assert read(hours(0, 1, 2, 3), missing="drop").breaks == ()
    # without times a dropped row is a gap as well
    (tmp_path / "b.csv").write_text("x,y\n1,1\n,2\n3,3\n4,4\n,5\n")
    assert read_series(tmp_path / "b.csv", missing="drop").breaks == (1,)
    assert read_series(tmp_path / "b.csv", missing="drop", ignore_gaps=True).breaks == ()


def test_trading_days_follow_one_another_when_gaps_are_ignored(read):
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-02-01"))
    trading = days[np.is_busday(days)]
    with pytest.raises(BadInput, match=r"line 7, column 'date': '2024-01-08': 2 rows"):
        read(trading)
    series = read(trading, ignore_gaps=True)
    assert (len(series.values), series.breaks) == (len(trading), ())
    assert read(trading, time_column="none").times.tolist() == list(range(len(trading)))


def test_more_missing_than_there_is_cannot_be_filled_in(read):
    with pytest.raises(BadInput, match=r"line 5.*more rows are missing \(96\) than there are, 96"):
        read(hours(0, 1, 2, 99), missing="interpolate")


def test_columns_known_ahead_go_on_alone(tmp_path):
    (tmp_path / "a.csv").write_text("x,holiday\n1,0\n2,1\n,0\n,1\n")
    ahead = read_series(tmp_path / "a.csv", columns=("x", "holiday"), known_ahead=1)
    np.testing.assert_array_equal(ahead.values, [[1, 0], [2, 1], [np.nan, 0], [np.nan, 1]])
    with pytest.raises(BadInput, match="line 4, column 'x': '' is a missing value"):
        read_series(tmp_path / "a.csv", columns=("x", "holiday"))
    (tmp_path / "a.csv").write_text("x,holiday\n1,0\n2,1\n,0\n,\n")
    with pytest.raises(BadInput, match="line 5, column 'holiday': '' is a missing value"):
        read_series(tmp_path / "a.csv", columns=("x", "holiday"), known_ahead=1)
    filled = read_series(
        tmp_path / "a.csv", columns=("x", "holiday"), known_ahead=1, missing="interpolate"
    )
    np.testing.assert_array_equal(filled.values, [[1, 0], [2, 1], [np.nan, 0], [np.nan, 0]])
