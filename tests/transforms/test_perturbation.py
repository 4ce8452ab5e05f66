"""Tempo and pitch of recordings changed while training."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.transforms.log_mel import band_centres, band_places, raw_frames
from kerasrnn.transforms.perturbation import Perturbation
from kerasrnn.transforms.utterances import Utterances

RATE, MELS = 8000, 40


class Drawn:
    """In place of chance: the largest change to one side."""

    def __init__(self, tempo, pitch):
        self.sides = np.array([tempo, pitch])

    def uniform(self, low, high):
        return np.where(self.sides > 0, high, np.where(self.sides < 0, low, 0.0))


def tone(hertz, seconds=0.5):
    waves = np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)
    return raw_frames(waves.astype(np.float32), rate=RATE, mels=MELS)


@pytest.mark.parametrize("side", [1, -1])
def test_a_tone_made_higher_lies_where_the_higher_tone_lies(side):
    factor = 1.2**side
    changed = Perturbation(0.0, 0.2, RATE)(tone(1000), Drawn(0, side))
    assert changed[5].argmax() == tone(1000 * factor)[5].argmax()
    assert changed[5].argmax() != tone(1000)[5].argmax()
    assert changed.shape == tone(1000).shape


def test_faster_is_shorter_and_begins_and_ends_alike():
    frames = np.random.default_rng(0).normal(size=(60, MELS)).astype(np.float32)
    faster = Perturbation(0.2, 0.0, RATE)(frames, Drawn(1, 0))
    slower = Perturbation(0.2, 0.0, RATE)(frames, Drawn(-1, 0))
    assert (len(faster), len(slower)) == (50, 72)
    for changed in (faster, slower):
        assert changed.dtype == np.float32
        np.testing.assert_array_equal(changed[[0, -1]], frames[[0, -1]])


def test_twice_as_slow_has_the_means_of_neighbours_between():
    frames = np.arange(5, dtype=np.float32)[:, None] ** 2
    slow = Perturbation(0.8, 0.0, RATE)(frames, Drawn(-1, 0))
    np.testing.assert_allclose(slow[:, 0], [0, 0.5, 1, 2.5, 4, 6.5, 9, 12.5, 16])


@given(
    count=st.integers(1, 50),
    mels=st.integers(2, 12),
    tempo=st.floats(0, 1),
    pitch=st.floats(0, 1),
    least=st.integers(1, 60),
    seed=st.integers(0, 2**32 - 1),
)
def test_what_comes_out_lies_within_what_came_in(count, mels, tempo, pitch, least, seed):
    frames = np.random.default_rng(seed).normal(size=(count, mels)).astype(np.float32)
    changed = Perturbation(tempo, pitch, RATE)(frames, np.random.default_rng(seed), least=least)
    assert len(changed) >= min(least, count)
    assert max(1, round(count / (1 + tempo))) <= len(changed)
    assert len(changed) <= max(round(count * (1 + tempo)), min(least, count))
    assert changed.min() >= frames.min() - 1e-6
    assert changed.max() <= frames.max() + 1e-6
    if tempo == pitch == 0:
        np.testing.assert_array_equal(changed, frames)


def test_bands_lie_at_their_own_places():
    np.testing.assert_allclose(band_places(band_centres(RATE, MELS), RATE, MELS), np.arange(MELS))


def test_each_epoch_hears_another_change_and_evaluation_none():
    random = np.random.default_rng(1)
    frames = [random.normal(size=(n, 4)).astype(np.float32) for n in (20, 30, 40)]
    labels = [np.array([1, 1, 2], np.int32)] * 3
    change = Perturbation(0.3, 0.1, RATE)
    heard = Utterances(frames, labels, lambda row: row, perturbation=change, stride=2)

    def lengths(batches):
        return sorted(n for inputs, _ in batches for n in inputs["lengths"].numpy().tolist())

    epochs = [lengths(heard.shuffled(2, seed=3, epoch=e)) for e in range(4)]
    assert epochs[0] == lengths(heard.shuffled(2, seed=3, epoch=0))
    assert len({tuple(epoch) for epoch in epochs}) > 1
    assert lengths(heard.by_length(2)) == [20, 30, 40]


def test_a_changed_recording_keeps_a_step_for_each_label_and_between_equal_ones():
    frames = [np.zeros((9, 4), np.float32)]
    heard = Utterances(
        frames,
        [np.array([1, 1, 2], np.int32)],
        lambda row: row,
        perturbation=Perturbation(1.0, 0.0, RATE),
        stride=2,
    )
    batches = (heard.shuffled(1, seed=1, epoch=epoch) for epoch in range(20))
    lengths = [int(inputs["lengths"][0]) for inputs, _ in itertools.chain.from_iterable(batches)]
    assert min(lengths) == 8  # four steps of two frames
    assert max(lengths) > 9
