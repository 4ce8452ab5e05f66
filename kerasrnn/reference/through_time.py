"""A cell over many steps, and back-propagation through all of them.

The loss depends on a state twice: by the step's own output, and by all that comes after. So on
the way back, from the last step to the first, dh_t is the sum of what arrives from the output of
step t and of what step t + 1 hands back; and as every step uses the same weights, their gradients
are summed over the steps.

A row that is shorter than the batch is padded on the right. A padded step leaves the state as it
was, h_t = h_{t-1}, and therefore hands its gradient back as it is and gives the weights none.

Source: Rumelhart, Hinton & Williams 1986; Werbos 1990.
"""

from types import ModuleType

import numpy as np

from kerasrnn.errors import BadInput


def forward(
    cell: ModuleType,
    x: np.ndarray,
    weights: tuple,
    *,
    lengths: np.ndarray | None = None,
    state: tuple | None = None,
) -> tuple[np.ndarray, tuple, list]:
    """Reads a batch from its first step to its last.

    Args:
        cell: A module of `cells`.
        x: `(batch, steps, features)`; any finite numbers at padded steps.
        weights: Kernel, recurrent kernel and bias.
        lengths: `(batch,)` real steps of each row; all of them if left out.
        state: What the row begins with, `cell.STATES` of `(batch, units)`; zeros if left out.

    Returns:
        `(batch, steps, units)` outputs, the last state, and what `backward` needs of every step.
    """
    batch, steps, _ = x.shape
    real = real_steps(batch, steps, lengths)
    if state is None:
        units = weights[1].shape[0]
        state = tuple(np.zeros((batch, units), x.dtype) for _ in range(cell.STATES))
    outputs, trace = [], []
    for t in range(steps):
        new, kept = cell.step(x[:, t], state, weights)
        here = real[:, t, None]
        state = tuple(np.where(here, n, old) for n, old in zip(new, state, strict=True))
        outputs.append(state[0])
        trace.append((here, kept))
    return np.stack(outputs, axis=1), state, trace


def backward(
    cell: ModuleType,
    d_outputs: np.ndarray,
    trace: list,
    weights: tuple,
    *,
    d_state: tuple | None = None,
) -> tuple[np.ndarray, tuple, tuple]:
    """Goes back from the last step to the first.

    Args:
        cell: As in `forward`.
        d_outputs: Gradient of the outputs, `(batch, steps, units)`.
        trace: From `forward`.
        weights: As in `forward`.
        d_state: Gradient of the last state beyond its being the last output; zeros if left out.

    Returns:
        Gradients of `x`, of the first state, and of the weights, each shaped as those are.
    """
    d_weights = tuple(np.zeros_like(weight) for weight in weights)
    if d_state is None:
        d_state = (np.zeros_like(d_outputs[:, 0]),) * cell.STATES
    d_x: list = []
    for t in reversed(range(len(trace))):
        here, kept = trace[t]
        d_state = (d_state[0] + d_outputs[:, t], *d_state[1:])
        # of a padded row nothing goes through the cell, and all of it goes past
        through = tuple(np.where(here, d, 0) for d in d_state)
        past = tuple(np.where(here, 0, d) for d in d_state)
        d_x_t, d_before, d_weights_t = cell.step_back(through, kept, weights)
        d_state = tuple(b + p for b, p in zip(d_before, past, strict=True))
        d_weights = tuple(total + d for total, d in zip(d_weights, d_weights_t, strict=True))
        d_x.append(d_x_t)
    return np.stack(d_x[::-1], axis=1), d_state, d_weights


def real_steps(batch: int, steps: int, lengths: np.ndarray | None) -> np.ndarray:
    """`(batch, steps)` booleans, true first, then false.

    Raises:
        BadInput: If the lengths are not one of 0 to `steps` for each row.
    """
    if lengths is None:
        return np.ones((batch, steps), bool)
    lengths = np.asarray(lengths)
    if lengths.shape != (batch,) or lengths.min() < 0 or lengths.max() > steps:
        raise BadInput(f"lengths {lengths.tolist()} do not fit {batch} rows of {steps} steps")
    return np.arange(steps) < lengths[:, None]
