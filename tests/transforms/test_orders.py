"""Orders are permutations, batches of like length hold every row once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.transforms import orders
from kerasrnn.transforms.orders import LikeLengths, Permutation, epoch_order, padding_share


@settings(max_examples=60)
@given(count=st.integers(1, 3000), seed=st.integers(0, 2**31), epoch=st.integers(0, 99))
def test_a_computed_permutation_has_every_number_once(count, seed, epoch):
    order = Permutation(count, seed=seed, epoch=epoch)
    whole = order[:]
    assert (len(order), whole.dtype) == (count, np.int64)
    np.testing.assert_array_equal(np.sort(whole), np.arange(count))
    half = count // 2
    pieces = np.concatenate([order[:half], order[half : count + 5]])
    np.testing.assert_array_equal(pieces, whole)
    np.testing.assert_array_equal(Permutation(count, seed=seed, epoch=epoch)[:], whole)


def test_it_is_another_one_each_epoch_and_looks_drawn():
    count = 100_000
    first, second = (Permutation(count, seed=1, epoch=e)[:] for e in (0, 1))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02
    assert (first == second).mean() < 1e-3
    for order in (first, second):
        assert abs(np.corrcoef(order, np.arange(count))[0, 1]) < 0.02
        assert abs(np.corrcoef(order[1:], order[:-1])[0, 1]) < 0.02
        # as many ascents as descents, and every tenth of the rows in every tenth of the order
        assert abs((np.diff(order) > 0).mean() - 0.5) < 0.01
        table = np.histogram2d(order, np.arange(count), bins=10)[0]
        assert abs(table / (count / 100) - 1).max() < 0.15


def test_only_large_orders_are_computed(monkeypatch):
    expected = np.random.default_rng([3, 4]).permutation(50)
    np.testing.assert_array_equal(epoch_order(50, seed=3, epoch=4), expected)
    monkeypatch.setattr(orders, "LISTED", 49)
    assert isinstance(epoch_order(50, seed=3, epoch=4), Permutation)


@settings(max_examples=40)
@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=120),
    batch_size=st.integers(1, 7),
    epoch=st.integers(0, 3),
    pairs=st.booleans(),
)
def test_batches_of_like_length_hold_every_row_once(lengths, batch_size, epoch, pairs):
    keys = np.array([(n, n % 5) for n in lengths]) if pairs else np.array(lengths)
    batches = LikeLengths(epoch_order(len(lengths), seed=1, epoch=epoch), keys, batch_size)
    rows = [batches[number] for number in range(len(batches))]
    assert sorted(np.concatenate(rows).tolist()) == list(range(len(lengths)))
    assert [len(r) for r in rows].count(batch_size) >= len(rows) - 1
    with pytest.raises(IndexError):
        batches[len(batches)]


def test_any_batch_can_be_had_by_itself(monkeypatch):
    monkeypatch.setattr(orders, "POOL", 3)
    lengths = np.random.default_rng(1).integers(1, 100, 200)
    order = Permutation(200, seed=1, epoch=2)
    one, other = (LikeLengths(order, lengths, 8) for _ in range(2))
    for number in (24, 7, 0):
        np.testing.assert_array_equal(list(one)[number], other[number])


@pytest.mark.parametrize(
    ("lengths", "batch_size"),
    [
        # such as reviews cut at 400 tokens, and sentences
        (np.minimum(np.random.default_rng(1).lognormal(5, 0.7, 20_000), 400).astype(int) + 1, 64),
        (np.random.default_rng(2).gamma(2, 8, 10_000).astype(int) + 1, 32),
        (np.random.default_rng(3).integers(1, 400, 1_000_000), 64),
    ],
)
def test_less_than_a_twentieth_is_padding(lengths, batch_size):
    order = epoch_order(len(lengths), seed=1, epoch=0)
    batches = LikeLengths(order, lengths, batch_size)
    assert 0 < padding_share(batches) < 0.05
    by_chance = sum(lengths[order[i : i + 64]].max() * 64 for i in range(0, 6400, 64))
    assert 1 - lengths[order[:6400]].sum() / by_chance > 0.3


def test_the_padding_share_is_counted():
    batches = LikeLengths(np.arange(4), np.array([1, 2, 10, 20]), 2)
    assert padding_share(batches) == pytest.approx(1 - 33 / 44)


def test_rows_meet_others_in_every_epoch():
    lengths = np.arange(100, 1100)  # no two alike, so that lengths alone would always pair them
    first, second = (
        {frozenset(batch.tolist()) for batch in LikeLengths(order, lengths, 8)}
        for order in (epoch_order(1000, seed=1, epoch=e) for e in (0, 1))
    )
    assert len(first & second) < 0.2 * len(first)


def test_pairs_are_put_together_by_both_lengths():
    draw = np.random.default_rng(1)
    target = draw.gamma(4, 3, 20_000).astype(int) + 1
    lengths = np.stack([target, np.maximum(target + draw.integers(-3, 4, len(target)), 1)], 1)
    batches = LikeLengths(epoch_order(len(lengths), seed=1, epoch=0), lengths, 64)
    places = sum(int((lengths[rows].max(0) * len(rows)).sum()) for rows in batches)
    assert 1 - lengths.sum() / places < 0.05
