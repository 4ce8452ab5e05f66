import keras
import numpy as np

from kerasrnn.layers.spec_augment import SpecAugment

ONES = np.ones((300, 40, 12), np.float32)
LENGTHS = np.full(300, 25, np.int32)


def masks(layer):
    return np.asarray(layer(ONES, LENGTHS, training=True)) == 0


def test_nothing_is_hidden_but_while_training():
    np.testing.assert_array_equal(SpecAugment(4, 9)(ONES, LENGTHS), ONES)
    np.testing.assert_array_equal(SpecAugment(4, 9)(ONES, LENGTHS, training=False), ONES)


def test_whole_bands_and_whole_frames_are_hidden_and_nothing_else():
    hidden = masks(SpecAugment(4, 9, masks=1, seed=1))
    frames, bands = hidden.all(2), hidden.all(1)
    np.testing.assert_array_equal(hidden, frames[:, :, None] | bands[:, None])
    # a fifth of 25 frames is less than nine
    assert set(frames.sum(1)) == {0, 1, 2, 3, 4, 5}
    assert set(bands.sum(1)) == {0, 1, 2, 3, 4}
    assert not frames[:, 25:].any()
    for rows in (frames, bands):
        begins = np.diff(rows.astype(int), axis=1, prepend=0) == 1
        assert begins.sum(1).max() == 1  # one stretch
        assert rows[:, : rows.shape[1] // 2].any()
    assert frames[:, 0].any()
    assert bands[:, -1].any()


def test_two_masks_hide_more():
    few, many = (masks(SpecAugment(4, 9, masks=n, seed=1)).mean() for n in (1, 2))
    assert 1.5 < many / few < 2.1


def test_a_kind_can_be_left_out():
    assert not masks(SpecAugment(0, 9, seed=1)).all(1).any()
    assert not masks(SpecAugment(4, 0, seed=1)).all(2).any()


def test_masks_come_from_the_seed_and_go_on():
    first, second = SpecAugment(4, 9, seed=5), SpecAugment(4, 9, seed=5)
    np.testing.assert_array_equal(masks(first), masks(second))
    after = masks(first)
    assert (after != masks(SpecAugment(4, 9, seed=5))).any()
    np.testing.assert_array_equal(after, masks(second))
    assert [v.path.endswith("seed_generator_state") for v in first.variables] == [True]
    twin = SpecAugment.from_config(first.get_config())
    assert twin.get_config() == first.get_config()


def test_it_is_saved_with_a_model(tmp_path):
    frames, lengths = keras.Input((None, 12)), keras.Input((), dtype="int32")
    model = keras.Model([frames, lengths], SpecAugment(2, 3)(frames, lengths))
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded([ONES, LENGTHS]), ONES)
