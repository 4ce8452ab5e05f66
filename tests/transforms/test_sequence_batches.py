"""Sequences of different length as batches."""

import numpy as np
import pytest

from kerasrnn.transforms.sequence_batches import SequenceBatches


def numbers(lengths, *, each_step):
    inputs = [np.full((n, 2), float(i)) for i, n in enumerate(lengths)]
    targets = [row[:, :1] if each_step else row[0, :1] for row in inputs]
    return SequenceBatches(inputs, targets, each_step)


def test_rows_are_padded_right_and_padding_weighs_nothing():
    inputs, target, weights = numbers([1, 3], each_step=True).batch([1, 0])
    assert inputs.tolist() == [[[1, 1]] * 3, [[0, 0]] * 3]
    assert target.shape == (2, 3, 1)
    assert weights.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert {a.dtype for a in (inputs, target, weights)} == {np.dtype("float32")}


def test_one_answer_a_row_goes_with_the_lengths():
    inputs, target = numbers([1, 3], each_step=False).batch([0, 1])
    assert inputs["values"].shape == (2, 3, 2)
    assert inputs["lengths"].tolist() == [1, 3]
    assert target.tolist() == [[0], [1]]


def test_ids_stay_whole_numbers():
    ids = [np.array([2, 3]), np.array([4])]
    inputs, target, _ = SequenceBatches(ids, ids, True).batch([0, 1])
    assert inputs.tolist() == [[2, 3], [4, 0]]
    assert (inputs.dtype, target.dtype) == (np.int32, np.int32)


@pytest.mark.parametrize("each_step", [True, False])
def test_a_data_set_holds_every_row_once_in_order(each_step):
    sequences = numbers([3, 1, 2, 2, 1], each_step=each_step)
    order = np.array([4, 2, 0, 1, 3])
    batches = list(sequences.dataset(order, 2))
    assert [len(target) for _, target, *_ in batches] == [2, 2, 1]
    first = [np.asarray(target).reshape(len(target), -1)[:, 0] for _, target, *_ in batches]
    assert np.concatenate(first).tolist() == order.tolist()


@pytest.mark.parametrize(("count", "size"), [(40, 8), (43, 8), (5, 8), (8, 8)])
def test_shuffled_batches_are_of_like_length_and_hold_every_row(count, size):
    lengths = np.random.default_rng(0).permutation(count) + 1
    sequences = numbers(lengths, each_step=True)
    order = sequences.shuffled(size, seed=1, epoch=0)
    assert sorted(order) == list(range(count))
    batches = [lengths[order[i : i + size]] for i in range(0, count, size)]
    # neighbours in length, but for those of the smaller batch drawn from between them
    assert all(np.ptp(batch) < size + count % size for batch in batches)
    again = sequences.shuffled(size, seed=1, epoch=0)
    assert (order == again).all()
    if count > size:
        assert (order != sequences.shuffled(size, seed=1, epoch=1)).any()
        assert (order != sequences.shuffled(size, seed=2, epoch=0)).any()
