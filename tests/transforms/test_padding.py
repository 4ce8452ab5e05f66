"""Every row once, in batches as the pipeline for evaluation makes them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.transforms.batches import Buckets
from kerasrnn.transforms.padding import padded_batches


def rows_of(lengths):
    """Row i holds the ids 1..length."""
    return [np.arange(1, length + 1, dtype=np.int32) for length in lengths]


def test_rows_are_padded_right_in_the_order_of_their_lengths():
    batches = [(p.tolist(), b.tolist()) for p, b in padded_batches(rows_of([2, 1, 0, 1]), 2)]
    assert batches == [([2, 1], [[0], [1]]), ([3, 0], [[1, 0], [1, 2]])]
    assert list(padded_batches([], 2)) == []


@settings(max_examples=20)
@given(lengths=st.lists(st.integers(1, 20), min_size=1, max_size=30), batch_size=st.integers(1, 9))
def test_batches_are_those_of_the_pipeline(lengths, batch_size):
    ids, numbers = rows_of(lengths), np.arange(len(lengths), dtype=np.int32)
    pipeline = Buckets(ids, numbers, 1).by_length(batch_size)
    for (places, batch), (same, labels) in zip(
        padded_batches(ids, batch_size), pipeline, strict=True
    ):
        np.testing.assert_array_equal(places, labels)
        np.testing.assert_array_equal(batch, same)
        assert batch.dtype == np.int32
