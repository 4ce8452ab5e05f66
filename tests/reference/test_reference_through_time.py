"""Many steps and back, against finite differences and against what must not change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.errors import BadInput
from kerasrnn.reference.cells import CELLS
from kerasrnn.reference.differences import numeric_gradient
from kerasrnn.reference.through_time import backward, forward, real_steps

BATCH, STEPS, FEATURES, UNITS = 3, 5, 2, 3
LENGTHS = np.array([5, 2, 0])


class Case:
    """A cell with weights, a batch, and a loss that reads every output and the last state."""

    def __init__(self, name, *, batch=BATCH, steps=STEPS, lengths=LENGTHS, seed=1):
        self.cell, random = CELLS[name], np.random.default_rng(seed)
        columns = self.cell.GATES * UNITS
        shapes = (FEATURES, columns), (UNITS, columns), self.cell.initial_bias(UNITS).shape
        self.weights = tuple(random.normal(size=shape) for shape in shapes)
        self.x = random.normal(size=(batch, steps, FEATURES))
        self.lengths = lengths
        self.state, self.d_state = (
            tuple(random.normal(size=(batch, UNITS)) for _ in range(self.cell.STATES))
            for _ in range(2)
        )
        self.d_outputs = random.normal(size=(batch, steps, UNITS))

    def forward(self):
        return forward(self.cell, self.x, self.weights, lengths=self.lengths, state=self.state)

    def loss(self):
        outputs, state, _ = self.forward()
        last = sum(np.sum(d * s) for d, s in zip(self.d_state, state, strict=True))
        return float(np.sum(self.d_outputs * outputs) + last)

    def gradients(self):
        """Of x, the first state and the weights, flat."""
        *_, trace = self.forward()
        d_x, d_state, d_weights = backward(
            self.cell, self.d_outputs, trace, self.weights, d_state=self.d_state
        )
        return [d_x, *d_state, *d_weights]


def lists_of_lengths(batch, steps):
    return st.none() | st.lists(st.integers(0, steps), min_size=batch, max_size=batch)


@pytest.mark.parametrize("name", CELLS)
@settings(max_examples=10)
@given(data=st.data())
def test_the_gradient_is_that_of_finite_differences(name, data):
    batch, steps = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 4))
    lengths = data.draw(lists_of_lengths(batch, steps))
    seed = data.draw(st.integers(0, 10**6))
    case = Case(name, batch=batch, steps=steps, lengths=lengths, seed=seed)
    read = [case.x, *case.state, *case.weights]
    for array, gradient in zip(read, case.gradients(), strict=True):
        wanted = numeric_gradient(case.loss, array)
        np.testing.assert_allclose(gradient, wanted, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", CELLS)
def test_padded_steps_keep_the_state_and_read_nothing(name):
    case = Case(name)
    outputs, state, _ = case.forward()
    for row, length in enumerate(LENGTHS):
        before = outputs[row, length - 1] if length else case.state[0][row]
        assert (outputs[row, length:] == before).all()
    for part, first in zip(state, case.state, strict=True):
        np.testing.assert_array_equal(part[2], first[2])
    d_x = case.gradients()[0]
    assert not d_x[~real_steps(BATCH, STEPS, LENGTHS)].any()
    assert d_x[real_steps(BATCH, STEPS, LENGTHS)].all()


@pytest.mark.parametrize("name", CELLS)
def test_what_stands_at_padded_steps_changes_nothing(name):
    case, other = Case(name), Case(name)
    other.x = np.where(real_steps(BATCH, STEPS, LENGTHS)[..., None], other.x, 1e3)
    assert case.loss() == other.loss()
    for gradient, wanted in zip(other.gradients(), case.gradients(), strict=True):
        np.testing.assert_array_equal(gradient, wanted)


@pytest.mark.parametrize("name", CELLS)
def test_a_row_in_a_batch_gives_what_it_gives_alone(name):
    case = Case(name)
    outputs, state, _ = case.forward()
    for row, length in enumerate(LENGTHS[:2]):
        first = tuple(part[row : row + 1] for part in case.state)
        alone, last, _ = forward(
            case.cell, case.x[row : row + 1, :length], case.weights, state=first
        )
        np.testing.assert_allclose(outputs[row, :length], alone[0], rtol=1e-12)
        for part, wanted in zip(state, last, strict=True):
            np.testing.assert_allclose(part[row], wanted[0], rtol=1e-12)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("border", [1, 3])
def test_two_pieces_with_the_state_between_them_are_the_whole(name, border):
    case = Case(name, lengths=None)
    outputs, state, _ = case.forward()
    cell, weights = case.cell, case.weights
    before, middle, trace_1 = forward(cell, case.x[:, :border], weights, state=case.state)
    after, last, trace_2 = forward(cell, case.x[:, border:], weights, state=middle)
    np.testing.assert_allclose(np.concatenate([before, after], 1), outputs, rtol=1e-12)
    np.testing.assert_allclose(last, state, rtol=1e-12)
    d_x_2, d_middle, d_weights_2 = backward(
        cell, case.d_outputs[:, border:], trace_2, weights, d_state=case.d_state
    )
    d_x_1, d_first, d_weights_1 = backward(
        cell, case.d_outputs[:, :border], trace_1, weights, d_state=d_middle
    )
    d_weights = [a + b for a, b in zip(d_weights_1, d_weights_2, strict=True)]
    given = [np.concatenate([d_x_1, d_x_2], 1), *d_first, *d_weights]
    for gradient, wanted in zip(given, case.gradients(), strict=True):
        np.testing.assert_allclose(gradient, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_states_and_their_gradients_left_out_are_zeros(name):
    case = Case(name)
    zeros = tuple(np.zeros((BATCH, UNITS)) for _ in case.state)
    left_out, state, trace = forward(case.cell, case.x, case.weights, lengths=LENGTHS)
    case.state = case.d_state = zeros
    outputs, same, _ = case.forward()
    np.testing.assert_array_equal(left_out, outputs)
    np.testing.assert_array_equal(state, same)
    d_x, d_state, d_weights = backward(case.cell, case.d_outputs, trace, case.weights)
    for gradient, wanted in zip([d_x, *d_state, *d_weights], case.gradients(), strict=True):
        np.testing.assert_array_equal(gradient, wanted)


def test_lengths_are_steps_from_the_left():
    assert real_steps(2, 3, np.array([1, 3])).tolist() == [[True, False, False], [True] * 3]
    assert real_steps(1, 2, None).tolist() == [[True, True]]


@pytest.mark.parametrize("lengths", [[4, 1], [-1, 1], [1], [1, 1, 1], 2])
def test_lengths_that_do_not_fit_are_refused(lengths):
    with pytest.raises(BadInput, match=r"lengths .* do not fit 2 rows of 3 steps"):
        real_steps(2, 3, lengths)
