"""Ids in a file that nobody sees."""

import numpy as np
import pytest

from kerasrnn.errors import BadInput
from kerasrnn.transforms.storage import store


@pytest.mark.parametrize(
    ("vocabulary_size", "width"), [(3, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4)]
)
def test_ids_come_back_in_as_few_bytes_as_hold_them(vocabulary_size, width):
    ids = np.random.default_rng(1).integers(0, vocabulary_size, 1000, np.int32)
    ids[0] = vocabulary_size - 1
    stored = store(np.split(ids, [0, 1, 500, 500]), vocabulary_size=vocabulary_size)
    np.testing.assert_array_equal(stored, ids)
    assert stored.dtype.itemsize == width
    assert isinstance(stored, np.memmap)


def test_many_small_pieces_keep_their_order():
    stored = store((np.array([i % 7]) for i in range(5000)), vocabulary_size=7)
    np.testing.assert_array_equal(stored, np.arange(5000) % 7)


@pytest.mark.parametrize("pieces", [[], [np.zeros(0, np.int32)]])
def test_no_ids_at_all_are_refused(pieces):
    with pytest.raises(BadInput, match="the text is empty"):
        store(pieces, vocabulary_size=3)
