"""Every cell's recurrence against its equations, written out in NumPy in double precision."""

import numpy as np
import pytest

from kerasrnn.registry import CELLS

UNITS, FEATURES, STEPS = 3, 2, 5
RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(2, STEPS, FEATURES))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def simple_rnn(x, w, u, b):
    h, outputs = np.zeros(UNITS), []
    for step in x:
        h = np.tanh(step @ w + h @ u + b)
        outputs.append(h)
    return outputs, [h]


def gru(x, w, u, b):
    (w_z, w_r, w_h), (u_z, u_r, u_h) = np.split(w, 3, 1), np.split(u, 3, 1)
    (b_z, b_r, b_h), (c_z, c_r, c_h) = np.split(b[0], 3), np.split(b[1], 3)
    h, outputs = np.zeros(UNITS), []
    for step in x:
        z = sigmoid(step @ w_z + h @ u_z + b_z + c_z)
        r = sigmoid(step @ w_r + h @ u_r + b_r + c_r)
        candidate = np.tanh(step @ w_h + b_h + r * (h @ u_h + c_h))
        h = z * h + (1 - z) * candidate
        outputs.append(h)
    return outputs, [h]


def lstm(x, w, u, b):
    (w_i, w_f, w_c, w_o), (u_i, u_f, u_c, u_o) = np.split(w, 4, 1), np.split(u, 4, 1)
    b_i, b_f, b_c, b_o = np.split(b, 4)
    h, c, outputs = np.zeros(UNITS), np.zeros(UNITS), []
    for step in x:
        i = sigmoid(step @ w_i + h @ u_i + b_i)
        f = sigmoid(step @ w_f + h @ u_f + b_f)
        o = sigmoid(step @ w_o + h @ u_o + b_o)
        c = f * c + i * np.tanh(step @ w_c + h @ u_c + b_c)
        h = o * np.tanh(c)
        outputs.append(h)
    return outputs, [h, c]


ORACLES = {"gru": gru, "lstm": lstm, "simple_rnn": simple_rnn}


@pytest.mark.parametrize("cell", CELLS.names())
def test_every_step_follows_the_equations(cell):
    layer = CELLS.load(cell)(UNITS, return_sequences=True, return_state=True)
    layer(X.astype(np.float32))
    weights = [RANDOM.normal(size=weight.shape) for weight in layer.get_weights()]
    layer.set_weights(weights)
    y, *states = layer(X.astype(np.float32))
    for row in range(len(X)):
        outputs, final = ORACLES[cell](X[row], *weights)
        np.testing.assert_allclose(y[row], outputs, rtol=1e-4, atol=1e-5)
        for state, expected in zip(states, final, strict=True):
            np.testing.assert_allclose(state[row], expected, rtol=1e-4, atol=1e-5)


def test_the_forget_gate_begins_open():
    layer = CELLS.load("lstm")(UNITS)
    layer(X.astype(np.float32))
    bias = layer.get_weights()[2]
    np.testing.assert_array_equal(
        np.split(bias, 4), np.array([[0], [1], [0], [0]]) * np.ones(UNITS)
    )
