"""Hashed pairs against a loop over each row."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kerasrnn.layers.pairs import FIRST, SECOND, HashedPairs


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(arrays.arrays(np.int32, st.integers(1, 6), elements=st.integers(1, 2**31 - 1))),
    buckets=st.integers(2, 10**6),
)
def test_each_token_is_hashed_with_its_successor_and_padding_stays_padding(rows, buckets):
    rows = [np.array([1], np.int32), *rows]
    steps = max(map(len, rows)) + 1
    ids = np.stack([np.pad(row, (0, steps - len(row))) for row in rows])
    pairs = np.asarray(HashedPairs(buckets)(ids))
    for row, got in zip(rows, pairs.tolist(), strict=True):
        wanted = [
            1 + (int(a) * FIRST + int(b) * SECOND) % (buckets - 1)
            for a, b in itertools.pairwise(row)
        ]
        assert got == wanted + [0] * (steps - len(wanted))


def test_order_matters():
    layer = HashedPairs(1000)
    forward, backward = np.asarray(layer(np.array([[5, 9], [9, 5]])))
    assert forward[0] != backward[0]
