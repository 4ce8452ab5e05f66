"""Gates that begin with the memory that is expected of them."""

import keras
import numpy as np
import pytest

from kerasrnn.layers.chrono import Chrono, chrono_settings
from kerasrnn.layers.stack import Stack

SPAN, UNITS = 200, 500


def layer(cell, **settings):
    """A built layer of a stack, and its bias."""
    keras.utils.set_random_seed(settings.pop("seed", 1))
    inputs = keras.Input((None, 3))
    outputs, _ = Stack(cell, UNITS, expected_span=SPAN, **settings)(inputs)
    return keras.Model(inputs, outputs).layers[1]


def bias(layer):
    return np.array(layer.weights[2])


def check_times(keep):
    """sigmoid(b) = 1 - 1/T for times spread evenly from about 1 to the span."""
    times = 1 + np.exp(keep)  # 1 / (1 - sigmoid(b))
    assert 2 <= times.min() < 10
    assert SPAN - 10 < times.max() <= SPAN
    assert times.mean() == pytest.approx(1 + SPAN / 2, rel=0.1)


def test_the_forget_gate_of_an_lstm_keeps_for_the_span_and_the_input_gate_is_its_opposite():
    i, f, memory, o = np.split(bias(layer("lstm")), 4)
    check_times(f)
    np.testing.assert_array_equal(i, -f)
    assert not memory.any()
    assert not o.any()


def test_the_update_gate_of_a_gru_keeps_for_the_span():
    of_inputs, of_state = bias(layer("gru"))
    z, r, candidate = np.split(of_inputs, 3)
    check_times(z)
    assert not r.any()
    assert not candidate.any()
    assert not of_state.any()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_state_is_kept_for_as_long_as_the_bias_says(cell):
    """Without inputs and with no other weights the memory decays by 1 - 1/T a step."""
    one = layer(cell)
    kernel, recurrent, biases = one.get_weights()
    one.set_weights([0 * kernel, 0 * recurrent, biases])
    keep = np.split(biases if cell == "lstm" else biases[0], 4 if cell == "lstm" else 3)
    keep = keep[1 if cell == "lstm" else 0]
    states = [np.ones((1, UNITS), np.float32)] * (2 if cell == "lstm" else 1)
    *_, last = one(np.zeros((1, 50, 3), np.float32), initial_state=states)
    np.testing.assert_allclose(last[0], (1 - 1 / (1 + np.exp(keep))) ** 50, rtol=1e-3)


def test_the_seed_decides_the_biases():
    assert (bias(layer("lstm")) == bias(layer("lstm"))).all()
    assert (bias(layer("lstm")) != bias(layer("lstm", seed=2))).any()


def test_both_ways_of_a_layer_have_biases_of_their_own():
    both = layer("gru", bidirectional=True)
    ahead, back = bias(both.forward_layer), bias(both.backward_layer)
    check_times(ahead[0, :UNITS])
    check_times(back[0, :UNITS])
    assert (ahead != back).any()


def test_the_initializer_survives_being_written_down():
    ours = Chrono(30, 4, 1, 0, seed=3)
    written = keras.saving.serialize_keras_object(ours)
    theirs = keras.saving.deserialize_keras_object(written)
    np.testing.assert_array_equal(ours((40,)), theirs((40,)))


def test_what_has_no_gates_or_no_span_is_refused():
    with pytest.raises(ValueError, match="simple_rnn has no gate"):
        chrono_settings("simple_rnn", 30)
    with pytest.raises(ValueError, match="1 steps is no memory"):
        chrono_settings("lstm", 1)
