"""Splits are disjoint, complete, repeatable, and in time order where order matters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.data.splits import split_in_order, split_shuffled
from kerasrnn.errors import BadInput

SHARES = st.floats(0.01, 0.4)


@settings(deadline=None)
@given(count=st.integers(5, 500), valid=SHARES, test=SHARES, seed=st.integers(0, 9))
def test_shuffled_sets_hold_every_row_once(count, valid, test, seed):
    parts = split_shuffled(count, valid=valid, test=test, seed=seed)
    assert sorted(np.concatenate(parts)) == list(range(count))
    assert all(len(part) for part in parts)
    again = split_shuffled(count, valid=valid, test=test, seed=seed)
    assert all((a == b).all() for a, b in zip(parts, again, strict=True))


def test_shuffled_sets_depend_on_the_seed_and_have_the_asked_sizes():
    first = split_shuffled(100, valid=0.1, test=0.2, seed=1)
    assert [len(part) for part in first] == [70, 10, 20]
    assert (first[0] != split_shuffled(100, valid=0.1, test=0.2, seed=2)[0]).any()


def test_rows_of_a_block_stay_in_one_set():
    parts = split_shuffled(103, valid=0.2, test=0.0, seed=3, block=10)
    assert sorted(np.concatenate(parts)) == list(range(103))
    blocks = [set(part // 10) for part in parts[:2]]
    assert len(blocks[0] & blocks[1]) <= 1  # the one that the sizes cut


@pytest.mark.parametrize("counts", [{"a": 50, "b": 50}, {"a": 80, "b": 10, "c": 9, "d": 1}])
@pytest.mark.parametrize("seed", range(5))
def test_labels_have_their_share_in_every_set(counts, seed):
    labels = [label for label, count in counts.items() for _ in range(count)]
    parts = split_shuffled(100, valid=0.1, test=0.2, seed=seed, labels=labels)
    assert sorted(np.concatenate(parts)) == list(range(100))
    assert [len(part) for part in parts] == [70, 10, 20]
    for label, count in counts.items():
        for part, share in zip(parts, (0.7, 0.1, 0.2), strict=True):
            assert abs(sum(labels[row] == label for row in part) - share * count) <= 1.5
    assert "d" not in counts or labels.index("d") in parts[0]


def test_evenly_dealt_rows_are_drawn_by_the_seed():
    labels = ["a", "b"] * 50
    [first, again, other] = (
        split_shuffled(100, valid=0.1, test=0.1, seed=seed, labels=labels)[1] for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert set(first) != set(other)


def test_a_share_of_nothing_takes_no_row():
    train, valid, test = split_shuffled(10, valid=0.0, test=0.2, seed=0)
    assert [len(train), len(valid), len(test)] == [8, 0, 2]


@pytest.mark.parametrize(
    ("count", "valid", "test"),
    [(100, -0.1, 0.1), (100, 0.1, 1.0), (100, 0.5, 0.5), (2, 0.1, 0.1), (9, float("nan"), 0.1)],
)
def test_shares_that_leave_a_set_empty_are_refused(count, valid, test):
    with pytest.raises(BadInput):
        split_shuffled(count, valid=valid, test=test, seed=0)


@pytest.mark.parametrize(
    ("count", "sizes", "ends"),
    [
        (10, "0.7,0.1,0.2", (7, 8, 10)),
        (17420, "8640,2880,2880", (8640, 11520, 14400)),
        (100, " 0.5, 0.1, 0.1 ", (50, 60, 70)),
        (3, "1,1,1", (1, 2, 3)),
    ],
)
def test_stretches_follow_each_other(count, sizes, ends):
    train, valid, test = split_in_order(count, sizes)
    assert train == slice(0, ends[0])
    assert valid == slice(ends[0], ends[1])
    assert test == slice(ends[1], ends[2])


@settings(deadline=None)
@given(st.integers(10, 10_000), st.integers(1, 8), st.integers(1, 8))
def test_stretches_of_whole_shares_use_every_row(count, train, valid):
    tenths = [train, min(valid, 9 - train), 0]
    tenths[2] = 10 - sum(tenths)
    if min(tenths) < 1:
        return
    slices = split_in_order(count, ",".join(f"0.{tenth}" for tenth in tenths))
    assert np.concatenate([np.arange(count)[part] for part in slices]).tolist() == list(
        range(count)
    )


@pytest.mark.parametrize(
    "sizes",
    [
        *("", "0.7,0.3", "0.7,0.2,0.2", "1,0.1,0.1", "0,1,1", "-1,2,3", "a,b,c", "90,10,1"),
        *("0.9,0.05,0.001", "nan,1,1", "1/0,1,1", "1e999999999,1,1", "0.5;0.2;0.3", "1.5,1,1"),
    ],
)
def test_bad_sizes_are_quoted_in_the_error(sizes):
    with pytest.raises(BadInput, match="split sizes") as caught:
        split_in_order(100, sizes)
    assert repr(sizes) in str(caught.value)
