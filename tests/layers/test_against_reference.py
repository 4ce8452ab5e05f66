"""Every recurrent layer of ours against the cells in NumPy, row by row and without padding."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.layers.recurrence import for_inference
from kerasrnn.layers.stack import Stack
from kerasrnn.reference.cells import CELLS as REFERENCE
from kerasrnn.reference.through_time import forward
from kerasrnn.registry import CELLS

ROWS, STEPS, FEATURES, UNITS = 4, 6, 3, 5
LENGTHS = np.array([6, 1, 4, 5])
MASK = np.arange(STEPS) < LENGTHS[:, None]
WHOLE = np.ones_like(MASK)
X = np.random.default_rng(1).normal(size=(ROWS, STEPS, FEATURES)).astype(np.float32)
FORMS = [(form, cell) for form in ("keras", "graph", "loop", "unrolled") for cell in CELLS.names()]
FORMS.append(("fused", "lstm"))


def oracle(cell, weights, row, *, reverse=False):
    """Outputs `(steps, units)` of one row without padding, and its last state."""
    weights = tuple(np.asarray(weight, np.float64) for weight in weights)
    x = row[None, ::-1] if reverse else row[None]
    outputs, state, _ = forward(REFERENCE[cell], x.astype(np.float64), weights)
    return outputs[0, ::-1] if reverse else outputs[0], [part[0] for part in state]


def build(stack, *, states):
    """A model from steps and mask, of known sizes, to outputs and, if wanted, states."""
    x = keras.Input(batch_shape=(ROWS, STEPS, FEATURES))
    mask = keras.Input(batch_shape=(ROWS, STEPS), dtype="bool")
    y, final = stack(x, mask=mask)
    model = keras.Model([x, mask], [y, *final] if states else [y])
    random = np.random.default_rng(2)
    model.set_weights([random.normal(size=w.shape, scale=0.7) for w in model.get_weights()])
    return model


def outputs_of(model, form, mask):
    twin = model if form == "keras" else for_inference(model, form)
    # the loop's operator for writing its outputs runs in XLA and in TFLite alone
    run = tf.function(lambda *inputs: twin(inputs, training=False), jit_compile=form == "loop")
    outputs = tf.nest.flatten(run(tf.constant(X), tf.constant(mask)))
    return [np.asarray(part) for part in outputs]


def check(given, wanted, form):
    # XLA computes tanh by another polynomial
    tolerance = 1e-5 if form == "loop" else 1e-6
    assert given.shape == wanted.shape
    assert np.abs(given - wanted).max() <= tolerance * max(1, np.abs(wanted).max())


@pytest.mark.parametrize("mask", [WHOLE, MASK], ids=["whole", "masked"])
@pytest.mark.parametrize(("form", "cell"), FORMS)
def test_one_layer(form, cell, mask):
    model = build(Stack(cell, UNITS), states=form != "fused")  # which gives no states
    y, *states = outputs_of(model, form, mask)
    for row, length in enumerate(mask.sum(1)):
        outputs, last = oracle(cell, model.get_weights(), X[row, :length])
        check(y[row, :length], outputs, form)
        for state, wanted in zip(states, last if states else [], strict=True):
            check(state[row], wanted, form)


@pytest.mark.parametrize("mask", [WHOLE, MASK], ids=["whole", "masked"])
@pytest.mark.parametrize(("form", "cell"), FORMS)
def test_both_directions_each_from_its_own_end(form, cell, mask):
    model = build(Stack(cell, UNITS, bidirectional=True), states=form != "fused")
    y, *states = outputs_of(model, form, mask)
    weights = model.get_weights()
    for row, length in enumerate(mask.sum(1)):
        ahead, first = oracle(cell, weights[:3], X[row, :length])
        back, second = oracle(cell, weights[3:], X[row, :length], reverse=True)
        check(y[row, :length], np.concatenate([ahead, back], -1), form)
        for state, wanted in zip(states, [*first, *second] if states else [], strict=True):
            check(state[row], wanted, form)


@pytest.mark.parametrize(("form", "cell"), FORMS)
def test_layers_on_top_of_one_another(form, cell):
    model = build(Stack(cell, (UNITS, 4), layers=2), states=form != "fused")
    y, *_ = outputs_of(model, form, MASK)
    weights = model.get_weights()
    for row, length in enumerate(LENGTHS):
        below, _ = oracle(cell, weights[:3], X[row, :length])
        above, _ = oracle(cell, weights[3:], below)
        check(y[row, :length], above, form)
