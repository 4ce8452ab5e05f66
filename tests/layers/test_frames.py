import keras
import numpy as np
import pytest

from kerasrnn.layers.frames import LastFrames, PadFrames, StackFrames
from kerasrnn.layers.masking import LengthMask

FRAMES = np.arange(2 * 5 * 3, dtype=np.float32).reshape(2, 5, 3)


@pytest.mark.parametrize(("multiple", "more"), [(1, 0), (2, 1), (3, 1), (5, 0)])
def test_padding_makes_the_frames_themselves_a_multiple(multiple, more):
    padded = np.asarray(PadFrames(2, 1, multiple)(FRAMES))
    np.testing.assert_array_equal(padded, np.pad(FRAMES, [(0, 0), (2, 1 + more), (0, 0)]))
    symbolic = PadFrames(2, 1, multiple)(keras.KerasTensor((None, 5, 3)))
    assert symbolic.shape == (None, *padded.shape[1:])


def test_stacked_frames_stand_side_by_side():
    stacked = np.asarray(StackFrames(2)(FRAMES[:, :4]))
    assert stacked.shape == (2, 2, 6)
    np.testing.assert_array_equal(stacked[1, 0], [*FRAMES[1, 0], *FRAMES[1, 1]])


def test_the_last_frames_are_those_before_each_rows_own_end():
    # two frames from before, three of this stretch
    last = np.asarray(LastFrames(2)(FRAMES, np.array([3, 1], np.int32)))
    np.testing.assert_array_equal(last[0], FRAMES[0, 3:])
    np.testing.assert_array_equal(last[1], FRAMES[1, 1:3])
    idle = np.asarray(LastFrames(2)(FRAMES, np.array([0, 0], np.int32)))
    np.testing.assert_array_equal(idle, FRAMES[:, :2])


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_step_is_real_if_its_first_frame_is(stride):
    lengths = np.array([0, 1, 3, 7], np.int32)
    steps = -(-7 // stride)
    mask = np.asarray(LengthMask(stride)(np.zeros((4, steps, 2), np.float32), lengths))
    assert mask.sum(1).tolist() == [1, *(-(-n // stride) for n in (1, 3, 7))]
    none = LengthMask(stride, least=0)(np.zeros((4, steps, 2), np.float32), lengths)
    assert np.asarray(none).sum(1).tolist() == [-(-n // stride) for n in (0, 1, 3, 7)]


@pytest.mark.parametrize(
    "layer", [PadFrames(1, 2, 3), StackFrames(2), LastFrames(4), LengthMask(2, 0)]
)
def test_settings_survive_saving(layer):
    twin = type(layer).from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
