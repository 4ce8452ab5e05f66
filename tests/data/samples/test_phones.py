"""Phones and the values that rules give them."""

import numpy as np
import pytest

from kerasrnn.data.samples.phones import PAUSE, VALUES, VOICED, VOICELESS, VOWELS, phones
from kerasrnn.data.samples.phones import values_by_rule as rule
from kerasrnn.errors import BadInput


def test_utterances_are_phones_with_two_values_each():
    whole = phones(20, seed=2)
    known = {
        *VOICELESS,
        *VOICED,
        PAUSE,
        *(f"{vowel}{stress}" for vowel in VOWELS for stress in "01"),
    }
    assert set(whole.inputs) <= known
    assert whole.targets.shape == (len(whole.inputs), len(VALUES))
    assert (whole.targets > 0).all()
    np.testing.assert_array_equal(phones(20, seed=2).targets, whole.targets)
    assert not np.array_equal(phones(20, seed=3).inputs[:10], whole.inputs[:10])
    assert PAUSE in whole.inputs


def test_durations_follow_the_rules():
    durations = dict(zip("DTS", rule(["D", "AA0", "T", "AA0", "S"])[[0, 2, 4], 0], strict=True))
    assert durations == {"D": 60, "T": 75, "S": 110 * 1.5}
    vowels = rule(["AA0", "T", "AA1", "D", "AA0"])[[0, 2, 4], 0]
    np.testing.assert_allclose(vowels, [120 * 0.75, 120 * 1.3, 120 * 1.5])
    assert rule(["S", "T", "AA0"])[0, 0] == pytest.approx(110 * 0.7)


def test_pitch_falls_and_rises_at_stress():
    pitch = rule(["AA0", "AA1", "AA0", "AA0"])[:, 1]
    np.testing.assert_allclose(pitch, [130, 120 + 25, 110, 100])


def test_no_utterances_are_refused():
    with pytest.raises(BadInput, match="at least 1, got 0"):
        phones(0)
