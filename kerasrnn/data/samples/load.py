"""Hourly electricity load of an invented region, with the weather and holidays that drive it.

Source: simulated.  The shape (daily, weekly and yearly cycles; heating below 15 degC, cooling
above 22 degC) follows T. Hong and S. Fan, "Probabilistic electric load forecasting: a tutorial
review", International Journal of Forecasting 32 (2016).
"""

import numpy as np

from kerasrnn.data.samples.noise import autoregressive
from kerasrnn.errors import BadInput

START = np.datetime64("2022-01-01T00:00:00", "s")  # a Saturday
NAMES = ("load", "temperature", "holiday")
HEATING_BELOW, COOLING_ABOVE = 15.0, 22.0  # degC
FIXED_HOLIDAYS = ("01-01", "05-01", "06-19", "08-15", "10-03", "11-01", "12-25", "12-26")
LOOSE_HOLIDAYS = 6  # weekdays a year that move about, drawn from the seed

# MW above or below the mean for hours 0 to 23: morning and evening peaks, a deep night.
WORKDAY = np.array(
    [
        (-190, -225, -245, -250, -235, -180, -70, 70, 160, 170, 150, 140),
        (130, 120, 105, 95, 100, 135, 185, 200, 165, 90, -10, -110),
    ],
    dtype=float,
).ravel()
REST_DAY = np.array(
    [
        (-200, -235, -260, -275, -280, -275, -250, -210, -150, -90, -50, -30),
        (-20, -45, -75, -90, -80, -40, 10, 35, 15, -35, -95, -155),
    ],
    dtype=float,
).ravel()


def _holidays(rng: np.random.Generator, dates: np.ndarray) -> np.ndarray:
    """`(days,)` booleans for `(days,)` dates: fixed feasts and a few weekdays each year."""
    fixed = np.isin([str(date)[5:] for date in dates], FIXED_HOLIDAYS)
    weekday = _weekday(dates)
    years = dates.astype("datetime64[Y]")
    for year in np.unique(years):
        # Drawn for the whole year, so that a longer series keeps the holidays of a shorter one.
        first = year.astype("datetime64[D]")
        chosen = first + rng.choice(365, size=LOOSE_HOLIDAYS, replace=False)
        fixed |= np.isin(dates, chosen) & (weekday < 5)
    return fixed


def _weekday(dates: np.ndarray) -> np.ndarray:
    """Day of the week, Monday 0; the epoch, 1970-01-01, was a Thursday."""
    return (dates.astype("datetime64[D]").astype(int) + 3) % 7


def _temperature(rng: np.random.Generator, hour: np.ndarray, day: np.ndarray) -> np.ndarray:
    """`(time,)` degC: coldest in late January and at five in the morning, weather on top."""
    yearly = -11 * np.cos(2 * np.pi * (day - 25) / 365.25)
    daily = -3.5 * np.cos(2 * np.pi * (hour - 5) / 24)
    # Weather lasts for about three days (memory 0.986 an hour) and swings by 3.5 degC.
    return 13 + yearly + daily + autoregressive(rng, len(hour), 0.986, 3.5)


def hourly_load(
    days: int = 730, *, seed: int = 0
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Simulates the load hour by hour from the first of January 2022.

    Args:
        days: Days to simulate, 24 rows each.
        seed: Varies weather, moving holidays and noise.

    Returns:
        The column names (load in MW, temperature in degC, holiday 0 or 1), `(time,)` times as
        datetime64[s] and `(time, 3)` floats.

    Raises:
        BadInput: If `days` is below 1.
    """
    if days < 1:
        raise BadInput(f"days must be at least 1, got {days}")
    calendar, weather, noise = np.random.default_rng(seed).spawn(3)
    times = START + np.arange(24 * days) * np.timedelta64(3600, "s")
    dates = START.astype("datetime64[D]") + np.arange(days)
    hour = np.arange(24 * days) % 24
    holiday = np.repeat(_holidays(calendar, dates), 24)
    temperature = _temperature(weather, hour, np.arange(24 * days) / 24)

    resting = holiday | np.repeat(_weekday(dates) >= 5, 24)
    load = 1000 + np.where(resting, REST_DAY[hour], WORKDAY[hour])
    load += 18.0 * np.maximum(HEATING_BELOW - temperature, 0)  # MW per degC
    load += 24.0 * np.maximum(temperature - COOLING_ABOVE, 0)
    load += autoregressive(noise, len(hour), 0.8, 12.0)
    return NAMES, times, np.stack([load, temperature, holiday.astype(float)], axis=1)
