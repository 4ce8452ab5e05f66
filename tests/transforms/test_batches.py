"""Every example once, in the promised order, against loops."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kerasrnn.transforms.batches import Buckets, Streams, TaggedBuckets, Windows
from kerasrnn.transforms.orders import LikeLengths, epoch_order


def buckets(lengths, batch_size=2):
    """Row i holds the ids 1..length and the label i, so that a row can be told."""
    rows = [np.arange(1, length + 1, dtype=np.int32) for length in lengths]
    return Buckets(rows, np.arange(len(rows), dtype=np.int32), batch_size)


def batches_of(dataset):
    return [tuple(np.asarray(x) for x in batch) for batch in dataset]


def test_the_order_is_a_function_of_seed_and_epoch():
    first = epoch_order(50, seed=1, epoch=0)
    assert sorted(first) == list(range(50))
    np.testing.assert_array_equal(first, epoch_order(50, seed=1, epoch=0))
    assert (first != epoch_order(50, seed=1, epoch=1)).any()
    assert (first != epoch_order(50, seed=2, epoch=0)).any()


@settings(max_examples=10)
@given(
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=40),
    batch_size=st.integers(1, 5),
    epoch=st.integers(0, 3),
)
def test_buckets_visit_every_row_once(lengths, batch_size, epoch):
    data = buckets(lengths, batch_size)
    batches = batches_of(data.dataset(epoch_order(len(lengths), seed=1, epoch=epoch)))
    assert len(batches) == data.steps()
    assert sorted(np.concatenate([labels for _, labels in batches])) == list(range(len(lengths)))
    for ids, labels in batches:
        assert len(ids) <= batch_size
        assert ids.shape[1] == max(lengths[label] for label in labels)
        for row, label in zip(ids, labels, strict=True):
            padding = [0] * (ids.shape[1] - lengths[label])
            assert row.tolist() == [*range(1, lengths[label] + 1), *padding]


def test_the_same_epoch_has_the_same_batches_and_another_has_others():
    data = buckets(range(1, 41), 4)
    epochs = [
        [
            labels.tolist()
            for _, labels in batches_of(data.dataset(epoch_order(40, seed=1, epoch=e)))
        ]
        for e in (0, 0, 1)
    ]
    assert epochs[0] == epochs[1]
    assert epochs[0] != epochs[2]


def test_a_batch_holds_texts_of_like_length():
    data = buckets([1] * 12 + [100] * 12, 4)
    for ids, _ in batches_of(data.dataset(epoch_order(24, seed=1, epoch=0))):
        assert (ids != 0).all()


@pytest.mark.parametrize("step", [0, 2, 4])
@pytest.mark.parametrize("names", [False, True])
def test_batches_the_graph_makes_are_those_made_in_numpy(step, names):
    lengths = [3, 1, 7, 2, 5, 4, 1, 6, 2, 3, 8]
    draw = np.random.default_rng(1)
    ids = [draw.integers(1, 9, n, np.int32) for n in lengths]
    data = TaggedBuckets(
        ids,
        [row + 1 for row in ids],
        3,
        {"form": [draw.integers(1, 9, (n, 4), np.int32) for n in lengths]},
        [[f"é{i}" for i in row] for row in ids] if names else (),
    )
    order = epoch_order(len(ids), seed=1, epoch=0)
    batches = LikeLengths(order, data.lengths, 3)
    made = list(data.dataset(order, step))
    assert len(made) == len(batches) - step
    for number, batch in enumerate(made, step):
        expected = data.arrays(batches[number])
        tf.nest.assert_same_structure(batch, expected)
        for ours, theirs in zip(tf.nest.flatten(batch), tf.nest.flatten(expected), strict=True):
            np.testing.assert_array_equal(ours.numpy(), theirs)
            assert ours.numpy().dtype == theirs.dtype


def test_evaluation_batches_follow_the_order_of_lengths():
    data = buckets([5, 1, 3, 1, 2])
    batches = batches_of(data.by_length(2))
    assert [labels.tolist() for _, labels in batches] == [[1, 3], [4, 2], [0]]
    assert batches[1][0].tolist() == [[1, 2, 0], [1, 2, 3]]


@settings(max_examples=25)
@given(
    count=st.integers(2, 60),
    streams=st.integers(1, 5),
    steps=st.integers(1, 9),
    start=st.integers(0, 59),
)
def test_streams_count_every_next_id_once(count, streams, steps, start):
    assume(count >= 2 * streams and start < count)
    # the ids are the places of the text, so that a pair can be told
    data = Streams(np.arange(count, dtype=np.uint8), streams, steps)
    batches = batches_of(data.dataset(start=start))
    assert len(batches) == data.batches()
    assert all(ids.shape[1] == steps for ids, _, _ in batches[:-1])
    here, after, weights = (np.concatenate(parts, 1) for parts in zip(*batches, strict=True))
    # each row goes on where it ended in the batch before
    expected = (start + np.arange(streams)[:, None] * data.length + np.arange(data.length)) % count
    np.testing.assert_array_equal(here, expected)
    np.testing.assert_array_equal(after, (expected + 1) % count)
    # all pairs but the one across the ring's end and the one before the beginning
    counted = [place for place in range(count - 1) if place != start - 1]
    assert sorted(here[weights == 1].tolist()) == counted
    assert set(np.unique(weights)) <= {0, 1}


def test_streams_start_where_they_are_told():
    ids = np.array([10, 11, 12, 13, 14, 15, 16])
    [(here, after, weights)] = batches_of(Streams(ids, 2, 5).dataset(start=4))
    assert here.tolist() == [[14, 15, 16], [10, 11, 12]]
    assert after.tolist() == [[15, 16, 10], [11, 12, 13]]
    assert weights.tolist() == [[1, 1, 0], [1, 1, 1]]
    assert (here.dtype, after.dtype, weights.dtype) == (np.int32, np.int32, np.float32)


def test_too_few_ids_for_the_streams_are_refused():
    with pytest.raises(ValueError, match="5 ids are too few for 3 streams"):
        Streams(np.arange(5), 3, 1)
    assert Streams(np.arange(6), 3, 1).length == 2


@settings(max_examples=15)
@given(
    rows=st.integers(2, 20),
    past=st.integers(1, 6),
    horizon=st.integers(1, 5),
    targets=st.integers(1, 2),
    future=st.sampled_from([(), (1,), (2, 1)]),
    first=st.integers(0, 15),
    breaks=st.sampled_from([(), (4,), (9, 10)]),
)
def test_windows_are_slices_of_the_series(rows, past, horizon, targets, future, first, breaks):
    beginnings = [
        row
        for row in range(rows - past - horizon + 1)
        if row + past >= first and not set(range(row + 1, row + past + horizon)) & {*breaks}
    ]
    assume(beginnings)
    breaks = tuple(row for row in breaks if row < rows)
    values = np.random.default_rng(1).normal(size=(rows, 3)).astype(np.float32)
    windows = Windows(values, past, horizon, targets, future, first, breaks)
    assert len(windows) == len(beginnings)
    order = np.random.default_rng(2).permutation(len(windows))
    batches = list(windows.dataset(order, 4))
    assert len(batches) == -(-len(order) // 4)
    place = 0
    for inputs, truth in batches:
        histories = inputs["past"] if future else inputs
        for row in range(len(truth)):
            begin = beginnings[order[place]]
            middle, end = begin + past, begin + past + horizon
            np.testing.assert_array_equal(histories[row], values[begin:middle])
            np.testing.assert_array_equal(truth[row], values[middle:end, :targets])
            if future:
                np.testing.assert_array_equal(inputs["future"][row], values[middle:end, future])
            place += 1
    assert place == len(windows)


def test_no_window_predicts_a_row_before_the_first_allowed():
    values = np.arange(20, dtype=np.float32)[:, None]
    windows = Windows(values, 4, 2, 1, first=10)
    _, truth = next(iter(windows.dataset(np.arange(len(windows)), 1)))
    assert windows.start == 6
    assert truth.numpy().ravel().tolist() == [10, 11]


@pytest.mark.parametrize("first", [0, 3])
def test_too_few_rows_for_a_window_are_refused(first):
    values = np.zeros((6, 1), np.float32)
    with pytest.raises(ValueError, match=r"6 rows give no window of 4\+3"):
        Windows(values, 4, 3, 1, first=first)
