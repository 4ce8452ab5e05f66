"""Depth, direction, residuals and states of the recurrent stack."""

import keras
import numpy as np
import pytest

from kerasrnn.errors import BadInput
from kerasrnn.layers.stack import Stack
from kerasrnn.registry import CELLS

CELL_NAMES = CELLS.names()
X = np.random.default_rng(1).normal(size=(2, 6, 3)).astype(np.float32)


def stateful(stack):
    """A model from steps and states to steps and states."""
    x = keras.Input((None, 3))
    states = [keras.Input(shape) for shape in stack.state_shapes()]
    y, after = stack(x, states=states)
    return keras.Model([x, states], [y, after])


def zeros(stack):
    return [np.zeros((2, *shape), np.float32) for shape in stack.state_shapes()]


@pytest.mark.parametrize("cell", CELL_NAMES)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_states_are_those_announced(cell, bidirectional):
    stack = Stack(cell, (4, 5), layers=2, bidirectional=bidirectional)
    y, after = stack(keras.Input((None, 3)))
    assert y.shape == (None, None, 10 if bidirectional else 5)
    assert [state.shape[1:] for state in after] == stack.state_shapes()


@pytest.mark.parametrize(("cell", "count"), [("gru", 1), ("lstm", 2), ("simple_rnn", 1)])
@pytest.mark.parametrize(("layers", "bidirectional"), [(1, False), (3, False), (2, True)])
def test_each_layer_and_direction_has_its_states(cell, count, layers, bidirectional):
    shapes = Stack(cell, 4, layers, bidirectional).state_shapes()
    assert shapes == [(4,)] * (count * layers * (2 if bidirectional else 1))


@pytest.mark.parametrize("spelling", ["LSTM", "lstm"])
def test_a_cell_spelled_otherwise_has_the_same_states(spelling):
    assert len(Stack(spelling, 4).state_shapes()) == 2


@pytest.mark.parametrize("cell", CELL_NAMES)
def test_states_fed_back_equal_one_long_pass(cell):
    stack = Stack(cell, (4, 3), layers=2, residual=True, layer_normalization=True)
    model = stateful(stack)
    whole, end = model([X, zeros(stack)])
    first, middle = model([X[:, :2], zeros(stack)])
    second, end_of_pieces = model([X[:, 2:], list(map(np.asarray, middle))])
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, rtol=1e-4, atol=1e-5)
    for state, expected in zip(end_of_pieces, end, strict=True):
        np.testing.assert_allclose(state, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cell", CELL_NAMES)
def test_states_left_out_are_zeros(cell):
    stack = Stack(cell, 4, layers=2)
    model = stateful(stack)
    x = keras.Input((None, 3))
    plain = keras.Model(x, stack(x)[0])
    plain.set_weights(model.get_weights())
    np.testing.assert_allclose(plain(X), model([X, zeros(stack)])[0], rtol=1e-5, atol=1e-6)


def test_the_last_vector_is_the_last_of_the_sequence():
    x = keras.Input((None, 3))
    sequences = keras.Model(x, Stack("gru", 4, layers=2)(x)[0])
    last = keras.Model(x, Stack("gru", 4, layers=2)(x, sequences=False)[0])
    last.set_weights(sequences.get_weights())
    np.testing.assert_allclose(last(X), sequences(X)[:, -1], rtol=1e-5, atol=1e-6)


def test_the_backward_direction_begins_at_the_last_real_step():
    x, mask = keras.Input((None, 3)), keras.Input((None,), dtype="bool")
    model = keras.Model([x, mask], Stack("gru", 4, bidirectional=True)(x, mask=mask)[0])
    padded = np.concatenate([X, 9 * np.ones((2, 3, 3), np.float32)], 1)
    real = np.arange(9) < 6
    long = model([padded, np.stack([real, real])])[:, :6]
    np.testing.assert_allclose(long, model([X, np.ones((2, 6), bool)]), rtol=1e-5, atol=1e-6)


def test_a_residual_adds_the_input_where_widths_agree():
    x = keras.Input((None, 3))
    plain = keras.Model(x, Stack("gru", 3)(x)[0])
    residual = keras.Model(x, Stack("gru", 3, residual=True)(x)[0])
    residual.set_weights(plain.get_weights())
    np.testing.assert_allclose(residual(X), plain(X) + X, rtol=1e-5, atol=1e-6)


def test_a_residual_is_left_out_where_widths_differ():
    x = keras.Input((None, 3))
    names = [
        layer.name for layer in keras.Model(x, Stack("gru", (4, 4), 2, residual=True)(x)[0]).layers
    ]
    assert "residual_0" not in names
    assert "residual_1" in names


def test_layer_normalization_gives_zero_mean_and_unit_variance():
    x = keras.Input((None, 3))
    plain = keras.Model(x, Stack("gru", 4)(x)[0])
    normalized = keras.Model(x, Stack("gru", 4, layer_normalization=True)(x)[0])
    normalized.set_weights([*plain.get_weights(), np.ones(4), np.zeros(4)])
    y = np.asarray(plain(X))
    centred = y - y.mean(-1, keepdims=True)
    expected = centred / np.sqrt(y.var(-1, keepdims=True) + 1e-3)  # 1e-3: Keras's epsilon
    np.testing.assert_allclose(normalized(X), expected, rtol=1e-4, atol=1e-5)


def test_dropout_is_between_layers_only():
    x = keras.Input((None, 3))
    one, three = (keras.Model(x, Stack("gru", 4, n, dropout=0.5)(x)[0]) for n in (1, 3))
    dropouts = [
        [x.name for x in m.layers if isinstance(x, keras.layers.Dropout)] for m in (one, three)
    ]
    assert dropouts == [[], ["dropout_0", "dropout_1"]]


def test_widths_that_do_not_fit_the_layers_are_refused():
    with pytest.raises(ValueError, match="2 widths given for 3 layers"):
        Stack("gru", (4, 5), layers=3)(keras.Input((None, 3)))
    assert Stack(units=(4, 5), layers=2).widths() == [4, 5]
    assert Stack(units=4, layers=2).widths() == [4, 4]


@pytest.mark.parametrize("layers", [0, -1])
def test_a_stack_of_no_layers_is_refused(layers):
    with pytest.raises(ValueError, match="layers must be at least 1"):
        Stack("gru", 4, layers)(keras.Input((None, 3)))


def test_an_unknown_cell_is_refused_with_the_choices():
    with pytest.raises(BadInput, match=r"unknown cell 'lsmt'; choose from gru, .*mean lstm"):
        Stack("lsmt")(keras.Input((None, 3)))
