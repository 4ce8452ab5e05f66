"""Mackey-Glass series: bounded, seeded, and a solution of its equation."""

import numpy as np
import pytest

from kerasrnn.data.samples.mackey_glass import mackey_glass
from kerasrnn.errors import BadInput


def test_series_is_seeded_bounded_and_alive():
    values = mackey_glass()
    assert values.shape == (3000,)
    assert 0.2 < values.min() < 0.6
    assert 1.2 < values.max() < 1.4
    np.testing.assert_array_equal(values, mackey_glass(seed=0))
    assert not np.allclose(values, mackey_glass(seed=1))


def test_slope_obeys_the_equation():
    values = mackey_glass(400, tau=20)
    # Five-point derivative at t, for t from 20 to 397.
    now = np.arange(20, 398)
    slope = 8 * (values[now + 1] - values[now - 1]) - (values[now + 2] - values[now - 2])
    delayed = values[now - 20]
    expected = 0.2 * delayed / (1 + delayed**10) - 0.1 * values[now]
    np.testing.assert_allclose(slope / 12, expected, atol=2e-3)


def test_a_longer_series_begins_with_the_shorter_one():
    np.testing.assert_array_equal(mackey_glass(50), mackey_glass(80)[:50])


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"tau": 0}])
def test_no_rows_or_no_delay_are_refused(wrong):
    with pytest.raises(BadInput, match="at least 1"):
        mackey_glass(**wrong)
