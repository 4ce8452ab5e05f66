"""Machines that wear out, as generated."""

import numpy as np
import pytest

from kerasrnn.data.samples.run_to_failure import NAMES, run_to_failure
from kerasrnn.errors import BadInput


def test_machines_run_to_their_end_and_the_seed_decides_which():
    whole = run_to_failure(7, seed=3)
    assert whole.ids == tuple("1234567")
    assert whole.inputs.shape == (whole.ends[-1], len(NAMES))
    assert np.isfinite(whole.inputs).all()
    assert ((whole.lengths >= 40) & (whole.lengths <= 200)).all()
    for left, hours in zip(whole.split(whole.targets), whole.split(whole.times), strict=True):
        assert left[:, 0].tolist() == list(range(len(left)))[::-1]
        assert hours == tuple(str(hour + 1) for hour in range(len(left)))
    np.testing.assert_array_equal(run_to_failure(7, seed=3).inputs, whole.inputs)
    assert not np.array_equal(run_to_failure(7, seed=4).inputs[:40], whole.inputs[:40])
    # fewer machines are the first ones
    np.testing.assert_array_equal(run_to_failure(2, seed=3).inputs, whole.inputs[: whole.ends[1]])


def test_vibration_tells_of_wear_but_not_by_itself():
    whole = run_to_failure(40)
    vibration, load = whole.inputs[:, NAMES.index("vibration")], whole.inputs[:, 0]
    share = whole.targets[:, 0] / np.repeat(whole.lengths, whole.lengths)
    assert -0.95 < np.corrcoef(vibration, share)[0, 1] < -0.6
    assert np.corrcoef(vibration, load)[0, 1] > 0.1


def test_no_machines_are_refused():
    with pytest.raises(BadInput, match="at least 1, got 0"):
        run_to_failure(0)
