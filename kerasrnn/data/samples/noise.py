"""Noise that remembers, for the weather and the loads of simulated samples."""

import numpy as np


def autoregressive(rng: np.random.Generator, rows: int, memory: float, spread: float) -> np.ndarray:
    """`(rows,)` noise with x[t] = memory * x[t-1] + noise and standard deviation `spread`."""
    level = rng.normal(scale=spread)
    shocks = rng.normal(scale=spread * np.sqrt(1 - memory**2), size=rows)
    values = np.empty(rows)
    for row, shock in enumerate(shocks):
        level = memory * level + shock
        values[row] = level
    return values
