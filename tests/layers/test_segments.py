"""Positions and variables moving into the batch and back, against loops."""

import keras
import numpy as np
import pytest

from kerasrnn.layers.segments import Positions, Rows


@pytest.mark.parametrize("units", [4, 5, 1])
def test_each_row_is_its_positions_vector_beside_its_variables(units):
    layer = Positions(3, units)
    y = np.asarray(layer(np.zeros((2, 4, 7), np.float32)))
    position, variable = layer.get_weights()
    expected = [
        np.concatenate([position[p], variable[v]])
        for _ in range(2)
        for v in range(4)
        for p in range(3)
    ]
    np.testing.assert_array_equal(y, np.array(expected)[:, None, :])


def test_rows_join_the_batch_and_leave_it_in_order():
    x = np.arange(24, dtype=np.float32).reshape(2, 6, 2)
    y = np.asarray(Rows((3, 2))(x))
    np.testing.assert_array_equal(y, [x[0, :3], x[0, 3:], x[1, :3], x[1, 3:]])
    np.testing.assert_array_equal(Rows((6, 2))(y), x)


@pytest.mark.parametrize("layer", [Positions(3, 5), Rows((3, 2))])
def test_a_layer_made_from_its_settings_is_the_same(layer):
    twin = type(layer).from_config(layer.get_config())
    x = keras.Input((6, 2))
    assert twin(x).shape == layer(x).shape
    assert {**twin.get_config(), "name": ""} == {**layer.get_config(), "name": ""}
