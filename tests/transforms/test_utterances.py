import numpy as np
import pytest

from kerasrnn.transforms.utterances import Utterances, pad_frames, pad_labels, store_frames

DRAW = np.random.default_rng(0)
LENGTHS = DRAW.integers(1, 30, 57)
FRAMES = [DRAW.normal(size=(n, 3)).astype(np.float32) for n in LENGTHS]
LABELS = [np.full(i % 5, i + 1, np.int32) for i in range(57)]


@pytest.fixture(scope="module")
def utterances():
    return Utterances(FRAMES, LABELS, lambda frames: frames / 2)


def rows(dataset):
    """Which recording each row of each batch is, told by its first number."""
    first = {float(frames[0, 0] / 2): i for i, frames in enumerate(FRAMES)}
    return [[first[float(x)] for x in inputs["frames"][:, 0, 0]] for inputs, _ in dataset]


def test_stored_frames_are_the_frames():
    for stored, frames in zip(store_frames(iter(FRAMES)), FRAMES, strict=True):
        np.testing.assert_array_equal(stored, frames)
    assert store_frames([]) == []


def test_an_epoch_has_every_recording_once_and_as_many_batches_as_announced(utterances):
    for epoch in (0, 3):
        batches = rows(utterances.shuffled(4, seed=1, epoch=epoch))
        assert sorted(i for batch in batches for i in batch) == list(range(57))
        assert len(batches) == utterances.steps(4)
        assert max(map(len, batches)) == 4


def test_the_order_is_a_function_of_seed_and_epoch(utterances):
    def order(seed, epoch):
        return rows(utterances.shuffled(4, seed=seed, epoch=epoch))

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(2, 2)


def test_neighbours_are_of_like_length(utterances):
    spans = [np.ptp(LENGTHS[batch]) for batch in rows(utterances.shuffled(4, seed=1, epoch=0))]
    assert max(spans) <= 8
    lengths = [n for batch in rows(utterances.by_length(8)) for n in LENGTHS[batch]]
    assert lengths == sorted(LENGTHS)


def test_a_batch_holds_frames_lengths_and_classes(utterances):
    for inputs, labels in utterances.shuffled(4, seed=1, epoch=0):
        for row, i in enumerate(rows([(inputs, labels)])[0]):
            n = int(inputs["lengths"][row])
            assert n == LENGTHS[i]
            np.testing.assert_array_equal(inputs["frames"][row, :n], FRAMES[i] / 2)
            np.testing.assert_array_equal(inputs["frames"][row, n:], 0)
            held = labels[row].numpy()
            np.testing.assert_array_equal(held[: len(LABELS[i])], LABELS[i])
            assert not held[len(LABELS[i]) :].any()


def test_padding():
    padded, lengths = pad_frames(FRAMES[:3])
    assert padded.shape == (3, max(LENGTHS[:3]), 3)
    assert lengths.tolist() == LENGTHS[:3].tolist()
    assert pad_labels(LABELS[:1]).tolist() == [[0]]
    assert pad_labels(LABELS[1:3]).tolist() == [[2, 0], [3, 3]]
