"""Machines that wear until they fail, seen through noisy sensors.

Source: simulated.  Wear grows slowly and then ever faster, as damage does that feeds on itself:
the exponential model of A. Saxena et al., "Damage propagation modeling for aircraft engine
run-to-failure simulation", PHM 2008.
"""

import numpy as np

from kerasrnn.data.samples.noise import autoregressive
from kerasrnn.data.sequences import Sequences
from kerasrnn.errors import BadInput

NAMES = ("load", "temperature", "vibration", "pressure", "speed", "ambient")
FAILURE = 1.0  # wear at which a machine stops


def run_to_failure(machines: int = 60, *, seed: int = 0) -> Sequences:
    """Simulates machines from new to broken, an hour a row.

    Load and ambient temperature vary and drive the sensors too, so that no sensor tells the wear
    by itself; the rate of wear differs from machine to machine.

    Args:
        machines: How many, 40 to 200 hours each.
        seed: Varies everything.

    Returns:
        Sequences of `NAMES`, each row's target being the hours that are left.

    Raises:
        BadInput: If there is no machine.
    """
    if machines < 1:
        raise BadInput(f"machines must be at least 1, got {machines}")
    runs = [_run(rng) for rng in np.random.default_rng(seed).spawn(machines)]
    lengths = np.array([len(run) for run in runs])
    rows = int(lengths.sum())
    return Sequences(
        ids=tuple(str(number) for number in range(1, machines + 1)),
        ends=np.cumsum(lengths),
        inputs=np.concatenate(runs),
        targets=np.full((rows, 1), np.nan),
        times=tuple(str(hour + 1) for length in lengths for hour in range(length)),
        lines=np.arange(1, rows + 1),
        source="the embedded sample",
    ).with_remaining()


def _run(rng: np.random.Generator) -> np.ndarray:
    """`(hours, sensors)` of one machine."""
    hours = int(rng.integers(40, 201))
    hour = np.arange(hours)
    steepness = rng.uniform(0.5, 1.5)
    start = rng.uniform(0.0, 0.1)  # wear of a new machine
    # wear reaches FAILURE in the hour after the last
    wear = start + (FAILURE - start) * np.expm1(steepness * hour / hours) / np.expm1(steepness)
    load = np.clip(autoregressive(rng, hours, 0.9, 0.15) + 0.7, 0.2, 1.2)
    ambient = 15 + autoregressive(rng, hours, 0.98, 6.0)
    noise = rng.normal(size=(4, hours))
    temperature = ambient + 40 * load + 12 * wear + 1.5 * noise[0]  # degrees Celsius
    vibration = 2 + load + 2.5 * wear + 0.2 * noise[1]  # mm/s
    pressure = 8 * load - 1.2 * wear + 0.15 * noise[2]  # bar
    speed = 1500 + 60 * load - 25 * wear + 6 * noise[3]  # turns a minute
    return np.stack([load, temperature, vibration, pressure, speed, ambient], 1)
