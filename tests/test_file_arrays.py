"""Rows of numbers in files are those of arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.file_arrays import ArrayWriter, FileArray, blocks


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    path = tmp_path_factory.mktemp("arrays") / "a"
    values = np.random.default_rng(1).normal(size=(50, 3))
    with ArrayWriter(path, np.float64) as writer:
        for piece in np.split(values, [0, 7, 7, 30]):
            writer.append(piece)
    assert writer.rows == 50
    found = FileArray(path, np.float64, 3)
    path.unlink()  # it is open, and needs no name
    return values, found


@given(first=st.integers(-60, 60), last=st.integers(-60, 60))
def test_stretches_are_those_of_the_array(stored, first, last):
    values, found = stored
    np.testing.assert_array_equal(found[first:last], values[first:last])


@given(st.lists(st.integers(0, 49), max_size=9))
def test_rows_by_number_are_those_of_the_array(stored, rows):
    values, found = stored
    rows = np.array(rows, np.int64)
    np.testing.assert_array_equal(found[rows], values[rows])
    np.testing.assert_array_equal(found[rows[:, None]], values[rows[:, None]])


def test_shape_and_blocks(stored):
    values, found = stored
    assert (len(found), found.shape, found.dtype) == (50, (50, 3), np.float64)
    pieces = list(blocks(found, 3, 40, size=7))
    assert [len(piece) for piece in pieces] == [7, 7, 7, 7, 7, 2]
    np.testing.assert_array_equal(np.concatenate(pieces), values[3:40])
    [whole] = blocks(values)
    assert whole.base is values
    with pytest.raises(IndexError, match="neighbouring"):
        found[::2]


def test_half_a_row_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    with pytest.raises(ValueError, match="5 bytes are no rows of 8"):
        FileArray(tmp_path / "a", np.int64)


def test_a_file_cut_short_meanwhile_is_told(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(80))
    found = FileArray(path, np.int64)
    path.write_bytes(bytes(40))
    with pytest.raises(OSError, match="cut short"):
        found[:]
