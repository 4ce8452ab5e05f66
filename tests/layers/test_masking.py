"""Which steps are real."""

import keras
import numpy as np

from kerasrnn.layers.masking import PaddingMask


def test_ids_that_are_not_padding_are_real():
    mask = PaddingMask()(np.array([[3, 1, 0], [2, 0, 0]], np.int32))
    assert np.asarray(mask).tolist() == [[True, True, False], [True, False, False]]


def test_an_empty_row_keeps_its_first_step():
    mask = PaddingMask()(np.zeros((2, 3), np.int32))
    assert np.asarray(mask).tolist() == [[True, False, False]] * 2


def test_the_symbolic_mask_has_the_shape_of_the_ids():
    mask = PaddingMask()(keras.Input((None,), dtype="int32"))
    assert mask.shape == (None, None)
    assert mask.dtype == "bool"
