"""Mackey-Glass series: a delayed feedback loop, chaotic for a delay of 17 and more.

Source: M. C. Mackey and L. Glass, "Oscillation and chaos in physiological control systems",
Science 197 (1977), with the constants now usual for forecasting: 0.2, 0.1 and exponent 10.
"""

import numpy as np

from kerasrnn.errors import BadInput

STEPS = 10  # integration steps per sample: one step is 0.1, one sample 1.0
WARM_UP = 500  # samples dropped, so that the initial history is forgotten


def _slope(value: float, delayed: float) -> float:
    return 0.2 * delayed / (1 + delayed**10) - 0.1 * value


def mackey_glass(rows: int = 3000, *, tau: int = 17, seed: int = 0) -> np.ndarray:
    """Integrates dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t).

    Fourth-order Runge-Kutta with step 0.1; the delayed value at half a step is the mean of
    its neighbours.

    Args:
        rows: Samples to return, one each unit of time.
        tau: Delay in units of time; 17 is mildly chaotic, 30 strongly.
        seed: Varies the history before the start.

    Returns:
        `(rows,)` floats, about 0.2 to 1.4.

    Raises:
        BadInput: If `rows` or `tau` is below 1.
    """
    if rows < 1 or tau < 1:
        raise BadInput(f"rows and tau must be at least 1, got rows={rows}, tau={tau}")
    delay = tau * STEPS
    step = 1 / STEPS
    history = np.random.default_rng(seed).uniform(0.5, 1.3, size=tau + 1)
    # One random value a unit of time, joined by lines: x on [-tau, 0].
    values = np.interp(np.arange(delay + 1) * step, np.arange(tau + 1), history).tolist()
    for now in range(delay, delay + (WARM_UP + rows) * STEPS):
        x, old, new = values[now], values[now - delay], values[now - delay + 1]
        middle = (old + new) / 2
        k1 = _slope(x, old)
        k2 = _slope(x + step / 2 * k1, middle)
        k3 = _slope(x + step / 2 * k2, middle)
        k4 = _slope(x + step * k3, new)
        values.append(x + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.array(values[delay + WARM_UP * STEPS :: STEPS][:rows])
