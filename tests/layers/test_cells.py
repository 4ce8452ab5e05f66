"""Every cell's recurrence against its equations, written out in NumPy in double precision."""

import numpy as np
import pytest

from kerasrnn.reference.cells import CELLS as REFERENCE
from kerasrnn.reference.through_time import forward, real_steps
from kerasrnn.registry import CELLS

UNITS, FEATURES, STEPS = 3, 2, 5
RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(2, STEPS, FEATURES))
LENGTHS = np.array([5, 2])


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "masked"])
@pytest.mark.parametrize("cell", CELLS.names())
def test_every_step_follows_the_equations(cell, lengths):
    layer = CELLS.load(cell)(UNITS, return_sequences=True, return_state=True)
    layer(X.astype(np.float32))
    weights = [RANDOM.normal(size=weight.shape) for weight in layer.get_weights()]
    layer.set_weights(weights)
    real = real_steps(*X.shape[:2], lengths)
    y, *states = layer(X.astype(np.float32), mask=None if lengths is None else real)
    outputs, final, _ = forward(REFERENCE[cell], X, tuple(weights), lengths=lengths)
    np.testing.assert_allclose(np.asarray(y)[real], outputs[real], rtol=1e-4, atol=1e-5)
    for state, expected in zip(states, final, strict=True):
        np.testing.assert_allclose(state, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS.names())
def test_project_and_step_follow_the_equations(cell):
    module, reference = CELLS.module(cell), REFERENCE[cell]
    columns = reference.GATES * UNITS
    shapes = (FEATURES, columns), (UNITS, columns), reference.initial_bias(UNITS).shape
    weights = tuple(RANDOM.normal(size=shape).astype(np.float32) for shape in shapes)
    state = tuple(
        RANDOM.normal(size=(2, UNITS)).astype(np.float32) for _ in range(reference.STATES)
    )
    x = X[:, 0].astype(np.float32)
    kernel, recurrent, bias = weights
    new = module.step(module.project(x, kernel, bias), state, recurrent, bias)
    expected, _ = reference.step(x, state, weights)
    for ours, theirs in zip(new, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_the_forget_gate_begins_open():
    layer = CELLS.load("lstm")(UNITS)
    layer(X.astype(np.float32))
    bias = layer.get_weights()[2]
    np.testing.assert_array_equal(
        np.split(bias, 4), np.array([[0], [1], [0], [0]]) * np.ones(UNITS)
    )
