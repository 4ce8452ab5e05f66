"""One step of each cell against scalars worked out with `math`, and back against differences."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasrnn.reference.cells
from kerasrnn.errors import BadInput
from kerasrnn.reference.cells import CELLS, find_cell
from kerasrnn.reference.differences import numeric_gradient
from kerasrnn.registry import CELLS as KERAS_CELLS

X, H, C = 0.5, -0.4, 0.7  # one row, one feature, one unit
W, U, B, B2 = (0.3, -0.2, 0.6, 0.9), (0.8, 0.4, -0.5, 0.1), (0.1, 0.2, -0.3, 0.4), (0.5, 0.6, 0.7)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def make_weights(cell, features, units, random):
    columns = cell.GATES * units
    shapes = (features, columns), (units, columns), cell.initial_bias(units).shape
    return tuple(random.normal(size=shape) for shape in shapes)


def test_the_cells_are_the_files_and_those_of_keras():
    folder = Path(kerasrnn.reference.cells.__file__).parent
    assert sorted(CELLS) == sorted(p.stem for p in folder.glob("*.py") if p.stem != "__init__")
    assert sorted(CELLS) == KERAS_CELLS.names()


def test_an_unknown_cell_is_refused_with_the_choices():
    with pytest.raises(BadInput, match="unknown cell 'lsmt'; choose from gru, lstm, simple_rnn"):
        find_cell("lsmt")


def one_unit(name, state, bias):
    gates = CELLS[name].GATES
    weights = np.array([W[:gates]]), np.array([U[:gates]]), np.array(bias)
    new, _ = CELLS[name].step(
        np.array([[X]]), tuple(np.array([[value]]) for value in state), weights
    )
    return [part.item() for part in new]


def test_a_step_of_the_simple_cell():
    assert one_unit("simple_rnn", [H], B[:1]) == pytest.approx([math.tanh(0.15 - 0.32 + 0.1)])


def test_a_step_of_lstm_with_gates_in_the_order_of_keras():
    i, f, o = sigmoid(0.15 - 0.32 + 0.1), sigmoid(-0.1 - 0.16 + 0.2), sigmoid(0.45 - 0.04 + 0.4)
    c = f * C + i * math.tanh(0.3 + 0.2 - 0.3)
    assert one_unit("lstm", [H, C], B) == pytest.approx([o * math.tanh(c), c])


def test_a_step_of_gru_with_the_reset_after_the_product():
    z = sigmoid(0.15 + 0.1 - 0.32 + 0.5)
    r = sigmoid(-0.1 + 0.2 - 0.16 + 0.6)
    candidate = math.tanh(0.3 - 0.3 + r * (0.2 + 0.7))
    assert one_unit("gru", [H], [B[:3], B2]) == pytest.approx([z * H + (1 - z) * candidate])


@pytest.mark.parametrize("name", CELLS)
@settings(max_examples=20)
@given(
    batch=st.integers(1, 3),
    features=st.integers(1, 3),
    units=st.integers(1, 3),
    seed=st.integers(0, 10**6),
)
def test_a_step_back_gives_the_gradient_of_everything_a_step_reads(
    name, batch, features, units, seed
):
    cell, random = CELLS[name], np.random.default_rng(seed)
    x, weights = random.normal(size=(batch, features)), make_weights(cell, features, units, random)
    state = tuple(random.normal(size=(batch, units)) for _ in range(cell.STATES))
    d_state = tuple(random.normal(size=(batch, units)) for _ in range(cell.STATES))

    def loss():
        new, _ = cell.step(x, state, weights)
        return float(sum(np.sum(d * n) for d, n in zip(d_state, new, strict=True)))

    _, kept = cell.step(x, state, weights)
    d_x, d_before, d_weights = cell.step_back(d_state, kept, weights)
    read, given = [x, *state, *weights], [d_x, *d_before, *d_weights]
    for array, gradient in zip(read, given, strict=True):
        np.testing.assert_allclose(gradient, numeric_gradient(loss, array), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", CELLS)
def test_float32_stays_float32(name):
    cell = CELLS[name]
    weights = tuple(
        w.astype(np.float32) for w in make_weights(cell, 2, 3, np.random.default_rng(1))
    )
    state = (np.zeros((1, 3), np.float32),) * cell.STATES
    new, kept = cell.step(np.ones((1, 2), np.float32), state, weights)
    d_x, d_before, d_weights = cell.step_back(new, kept, weights)
    assert {part.dtype.name for part in (*new, d_x, *d_before, *d_weights)} == {"float32"}


def test_the_forget_gate_begins_open():
    assert CELLS["lstm"].initial_bias(2).tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    assert not CELLS["simple_rnn"].initial_bias(2).any()
    assert CELLS["gru"].initial_bias(2).tolist() == [[0] * 6] * 2
