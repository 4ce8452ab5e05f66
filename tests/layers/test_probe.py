"""The gradient at a state is what a change of the state does to the loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.layers.masking import LengthMask
from kerasrnn.layers.probe import probed
from kerasrnn.layers.stack import Stack
from kerasrnn.registry import CELLS

STEPS, FEATURES, UNITS, ROWS = 5, 3, 4, 2


def model_of(cell, **settings):
    keras.utils.set_random_seed(3)
    values = keras.Input((None, FEATURES), name="values")
    lengths = keras.Input((), dtype="int32", name="lengths")
    masked = settings.pop("masked", False)
    mask = LengthMask()(values, lengths) if masked else None
    x, _ = Stack(cell, UNITS, **settings)(values, mask=mask)
    return keras.Model([values, lengths], keras.layers.Dense(1)(x))


def data(length=STEPS):
    values = np.random.default_rng(0).normal(size=(ROWS, STEPS, FEATURES)).astype("float32")
    return [tf.constant(values), tf.constant([STEPS, length])]


def norms_of(twin, probes, inputs, loss):
    @tf.function
    def measure():
        with tf.GradientTape() as tape:
            probes.begin(tape)
            value = loss(twin(inputs))
        return probes.norms(tape, value)

    return [norm.numpy() for norm in measure()]


def last(outputs):
    return tf.reduce_sum(outputs[:, -1])


def by_differences(cell, model, inputs, loss, *, size=1e-2):
    """Norms of the gradient at every state, every number of it changed a little by hand."""
    layer, head = model.get_layer("rnn_0"), model.layers[-1]
    steps = tf.unstack(inputs[0], axis=1)
    count = 2 if cell == "lstm" else 1

    def run(row, at, number, change):
        states = [tf.zeros((ROWS, UNITS))] * count
        outputs = []
        for t, x in enumerate(steps):
            _, states = layer.cell(x, states)
            if t == at:
                flat = tf.concat(states, -1).numpy()
                flat[row, number] += change
                states = tf.split(tf.constant(flat), count, axis=-1)
            outputs.append(states[0])
        return float(loss(head(tf.stack(outputs, 1))))

    gradients = np.zeros((ROWS, STEPS, count * UNITS))
    for place in np.ndindex(gradients.shape):
        difference = run(*place, size) - run(*place, -size)
        gradients[place] = difference / (2 * size)
    return np.linalg.norm(gradients, axis=-1)


@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("loss", [last, tf.reduce_sum], ids=["last step", "all steps"])
def test_gradients_are_those_of_finite_differences(cell, loss):
    model = model_of(cell)
    [found] = norms_of(*probed(model), data(), loss)
    assert found.shape == (ROWS, STEPS)
    np.testing.assert_allclose(found, by_differences(cell, model, data(), loss), rtol=2e-2)


@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize(
    "settings",
    [{}, {"layers": 2, "residual": True}, {"bidirectional": True}, {"masked": True}],
    ids=str,
)
def test_a_probed_model_answers_as_the_model_does(cell, settings):
    model = model_of(cell, **settings)
    twin, probes = probed(model)
    np.testing.assert_allclose(twin(data(3)), model(data(3)), rtol=1e-5, atol=1e-6)
    ways = 2 if "bidirectional" in settings else 1
    assert len(probes.names) == ways * settings.get("layers", 1)


def test_nothing_reaches_the_steps_behind_a_rows_end():
    model = model_of("lstm", masked=True)
    [norms] = norms_of(*probed(model), data(3), last)
    assert (norms[0] > 0).all()
    # the last outputs of a masked row are those of its end
    assert (norms[1, :3] > 0).all()
    assert (norms[1, 3:] == 0).all()


def test_the_way_back_is_told_in_the_order_in_which_it_is_read():
    model = model_of("gru", bidirectional=True)
    twin, probes = probed(model)
    assert probes.names == ["bidirectional_0 forwards", "bidirectional_0 backwards"]
    # the output at step 0 sees all of the way back, and one step of the way forwards
    ahead, back = norms_of(twin, probes, data(), lambda y: tf.reduce_sum(y[:, 0]))
    assert (ahead[:, 0] > 0).all()
    assert (ahead[:, 1:] == 0).all()
    assert (back > 0).all()
    # the output at the last step sees the first step of the way back alone
    _, back = norms_of(twin, probes, data(), last)
    assert (back[:, 0] > 0).all()
    assert (back[:, 1:] == 0).all()
