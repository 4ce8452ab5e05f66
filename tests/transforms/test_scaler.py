"""Zero mean, unit variance, and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kerasrnn.errors import BadInput
from kerasrnn.files import write_json
from kerasrnn.transforms.scaler import Scaler

VALUES = np.array([[1.0, -5.0, 7.0], [2.0, 5.0, 7.0], [6.0, 0.0, 7.0]])


def test_mean_and_deviation_are_the_populations():
    scaler = Scaler.fit(("a", "b", "c"), VALUES)
    for column in range(2):
        values = VALUES[:, column].tolist()
        mean = sum(values) / 3
        assert scaler.mean[column] == pytest.approx(mean)
        variance = sum((v - mean) ** 2 for v in values) / 3
        assert scaler.deviation[column] == pytest.approx(variance**0.5)
    scaled = scaler.scale(VALUES)
    np.testing.assert_allclose(scaled[:, :2].std(0), 1)
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-12)


def test_a_part_scales_its_columns_as_the_whole_does():
    scaler = Scaler.fit(("a", "b", "c"), VALUES)
    last = scaler.part(slice(-2, None))
    assert last.names == ("b", "c")
    np.testing.assert_array_equal(last.scale(VALUES[:, 1:]), scaler.scale(VALUES)[:, 1:])
    np.testing.assert_allclose(last.restore(last.scale(VALUES[:, 1:])), VALUES[:, 1:])


@pytest.mark.parametrize("value", [0.0, 7.0, 0.1, 1e6 + 0.1, -1e12 / 3, 1e-13])
def test_a_constant_column_becomes_zeros_and_keeps_its_unit(value):
    scaler = Scaler.fit(("a", "b"), np.full((1000, 2), value))
    assert scaler.deviation.tolist() == [1, 1]
    np.testing.assert_allclose(scaler.scale(np.full((1, 2), value + 2)), 2, atol=1e-3)


def test_a_column_in_tiny_units_is_scaled_like_any_other():
    np.testing.assert_allclose(
        Scaler.fit(("a",), VALUES[:, :1] * 1e-15).scale(VALUES * 1e-15).std(0)[0], 1
    )


@settings(max_examples=50)
@given(
    values=hnp.arrays(
        np.float64, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(-1e6, 1e6)
    )
)
def test_restoring_undoes_scaling(values):
    scaler = Scaler.fit(tuple(map(str, range(values.shape[1]))), values)
    np.testing.assert_allclose(scaler.restore(scaler.scale(values)), values, atol=1e-6)


def test_the_first_columns_can_be_restored_alone():
    scaler = Scaler.fit(("a", "b", "c"), VALUES)
    windows = scaler.scale(VALUES)[None, :, :2]
    np.testing.assert_allclose(scaler.restore(windows, 2), VALUES[None, :, :2], atol=1e-12)


def test_a_saved_scaler_is_the_same_to_the_last_bit(tmp_path):
    scaler = Scaler.fit(("temperature °C", 'a "b"', "c"), VALUES / 3)
    scaler.save(tmp_path)
    loaded = Scaler.load(tmp_path)
    assert loaded.names == scaler.names
    np.testing.assert_array_equal(loaded.mean, scaler.mean)
    np.testing.assert_array_equal(loaded.deviation, scaler.deviation)


@pytest.mark.parametrize("content", [[{"name": "a"}], [1], 5])
def test_a_broken_file_is_named(tmp_path, content):
    write_json(tmp_path / "scaler.json", content)
    with pytest.raises(BadInput, match=r"scaler\.json is broken"):
        Scaler.load(tmp_path)
