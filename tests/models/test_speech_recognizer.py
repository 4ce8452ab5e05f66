import keras
import numpy as np
import pytest

from kerasrnn.models import speech_recognizer
from kerasrnn.registry import CELLS

FRAMES = np.random.default_rng(0).normal(size=(3, 11, 6)).astype(np.float32)
LENGTHS = np.array([11, 6, 1], np.int32)
SMALL = {"mels": 6, "classes": 4, "units": 5, "filters": 7}
FRONTS = {
    "convolution": {"kernel": 5, "stride": 2},
    "as_wide_as_its_stride": {"kernel": 3, "stride": 3},
    "every_frame": {"kernel": 4, "stride": 1},
    "stacked": {"filters": 0, "stride": 3},
    "nothing": {"filters": 0, "stride": 1},
}


def answers(model, frames=FRAMES, lengths=LENGTHS):
    return np.asarray(model({"frames": frames, "lengths": lengths}))


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("bidirectional", [True, False])
def test_what_follows_the_end_is_never_heard(front, bidirectional):
    model = speech_recognizer(**{**SMALL, **FRONTS[front]}, bidirectional=bidirectional)
    stride = FRONTS[front]["stride"]
    whole = answers(model)
    assert whole.shape == (3, -(-11 // stride), 4)
    noisy = np.pad(FRAMES, [(0, 0), (0, 8), (0, 0)], constant_values=9)
    for row, n in enumerate(LENGTHS):
        noisy[row, n:] = 9
        steps = -(-int(n) // stride)
        alone = answers(model, FRAMES[row : row + 1, :n], LENGTHS[row : row + 1])
        np.testing.assert_allclose(whole[row, :steps], alone[0], atol=1e-6)
    padded = answers(model, noisy)
    for row, n in enumerate(LENGTHS):
        steps = -(-int(n) // stride)
        np.testing.assert_allclose(padded[row, :steps], whole[row, :steps], atol=1e-6)


@pytest.mark.parametrize("front", FRONTS)
def test_one_way_no_step_hears_a_later_frame(front):
    model = speech_recognizer(**{**SMALL, **FRONTS[front]}, bidirectional=False)
    stride = FRONTS[front]["stride"]
    changed = FRAMES[:1].copy()
    changed[:, 6:] += 1
    before, after = answers(model, FRAMES[:1], LENGTHS[:1]), answers(model, changed, LENGTHS[:1])
    np.testing.assert_allclose(before[:, : 6 // stride], after[:, : 6 // stride], atol=1e-6)
    assert np.abs(before - after).max() > 1e-3


@pytest.mark.parametrize(
    ("front", "cell"),
    [*((front, "gru") for front in FRONTS), *(("convolution", cell) for cell in CELLS.names())],
)
def test_a_stream_in_stretches_is_the_whole(front, cell):
    settings = {**SMALL, **FRONTS[front], "cell": cell, "layers": 2, "bidirectional": False}
    whole, stream = speech_recognizer(**settings), speech_recognizer(**settings, state=True)
    stream.set_weights(whole.get_weights())
    stride = settings["stride"]
    state = [np.zeros((3, *tensor.shape[1:]), np.float32) for tensor in stream.input["state"]]
    logits, first = [], 0
    for size in (stride, 0, 2 * stride, 11):
        part = FRAMES[:, first : first + size]
        left = np.clip(LENGTHS - first, 0, part.shape[1]).astype(np.int32)
        if not size:  # a moment in which nobody has anything new
            part, left = np.full((3, stride, 6), 9, np.float32), np.zeros(3, np.int32)
        outputs = stream({"frames": part, "lengths": left, "state": state})
        state = [np.asarray(tensor) for tensor in outputs["state"]]
        logits += [np.asarray(outputs["logits"])] if size else []
        first += size
    joined, expected = np.concatenate(logits, 1), answers(whole)
    for row, n in enumerate(LENGTHS):
        steps = -(-int(n) // stride)
        np.testing.assert_allclose(joined[row, :steps], expected[row, :steps], atol=1e-6)


def test_masks_act_while_training_only():
    keras.utils.set_random_seed(1)
    model = speech_recognizer(**SMALL, mask_bands=3, mask_frames=4)
    inputs = {"frames": FRAMES, "lengths": LENGTHS}
    assert np.abs(model(inputs, training=True) - model(inputs)).max() > 1e-3
    np.testing.assert_array_equal(model(inputs), model(inputs))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mels": 0}, "needs a mel band"),
        ({"classes": 1}, "two classes"),
        ({"kernel": 2, "stride": 3}, r"kernel \(2\) no shorter than the stride \(3\)"),
        ({"state": True}, "a stream cannot be read both ways"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        speech_recognizer(**{**SMALL, **settings})
