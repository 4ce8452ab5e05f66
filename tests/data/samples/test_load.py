"""Hourly load: seeded, plausible, and explained by calendar and weather."""

import numpy as np
import pytest

from kerasrnn.data.samples.load import hourly_load
from kerasrnn.errors import BadInput


def test_two_years_of_hours_with_three_columns():
    names, times, values = hourly_load()
    assert names == ("load", "temperature", "holiday")
    assert values.shape == (17520, 3)
    assert times.dtype == np.dtype("datetime64[s]")
    assert set(np.diff(times).astype(int)) == {3600}
    assert set(values[:, 2]) == {0.0, 1.0}
    assert values[:, 0].min() > 0


def test_series_is_seeded_and_a_longer_one_begins_with_the_shorter():
    _, _, values = hourly_load(30, seed=2)
    np.testing.assert_array_equal(values, hourly_load(60, seed=2)[2][:720])
    assert not np.allclose(values, hourly_load(30, seed=3)[2])


def test_weather_and_calendar_explain_what_yesterday_and_last_week_do_not():
    _, times, values = hourly_load()
    load, temperature, holiday = values.T
    hour = times.astype("datetime64[h]").astype(int) % 24
    resting = (holiday > 0) | np.isin((times.astype("datetime64[D]").astype(int) + 3) % 7, (5, 6))
    columns = np.eye(48)[hour + 24 * resting]
    degrees = np.stack([np.maximum(15 - temperature, 0), np.maximum(temperature - 22, 0)], axis=1)
    inputs = np.concatenate([columns, degrees], axis=1)
    weights = np.linalg.lstsq(inputs[:8760], load[:8760], rcond=None)[0]
    error = np.abs(inputs[8760:] @ weights - load[8760:]).mean()
    for lag in (24, 168):
        assert error < 0.5 * np.abs(load[8760:] - load[8760 - lag : -lag]).mean()


def test_no_days_are_refused():
    with pytest.raises(BadInput, match="at least 1"):
        hourly_load(0)
