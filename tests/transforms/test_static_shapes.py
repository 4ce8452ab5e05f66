"""Batches of a few shapes against the batches they are made of."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.transforms.static_shapes import static_shapes, step_sizes


def test_sizes_are_two_to_a_doubling_and_the_longest():
    sizes = step_sizes([50, 7])
    assert sizes[:10] == [7, 8, 16, 24, 32, 48, 50, 64, 96, 128]
    assert all(b <= 2 * a for a, b in itertools.pairwise(sizes))


def ragged(lengths, batch):
    rows = tf.data.Dataset.from_generator(
        lambda: ({"ids": np.full(n, n, np.int32), "lengths": np.int32(n)} for n in lengths),
        output_signature={
            "ids": tf.TensorSpec([None], tf.int32),
            "lengths": tf.TensorSpec([], tf.int32),
        },
    )
    return rows.map(lambda x: (x, tf.cast(x["lengths"], tf.float32)[None])).padded_batch(batch)


def test_what_is_added_has_no_weight_and_what_was_there_is_unchanged():
    batches = ragged([3, 5, 9, 2, 4], 2)
    fixed = list(static_shapes(batches, batch_size=2, sizes=[4, 10]))
    assert [tuple(inputs["ids"].shape) for inputs, _, _ in fixed] == [(2, 10), (2, 10), (2, 4)]
    for (inputs, target), (same, answers, weights) in zip(batches, fixed, strict=True):
        rows, steps = inputs["ids"].shape
        np.testing.assert_array_equal(same["ids"][:rows, :steps], inputs["ids"])
        assert not same["ids"][:rows, steps:].numpy().any()
        np.testing.assert_array_equal(answers[:rows], target)
        np.testing.assert_array_equal(weights, np.arange(2) < rows)
    filled = fixed[-1]
    np.testing.assert_array_equal(filled[0]["ids"][1], filled[0]["ids"][0])  # a row it can read


def test_weights_of_steps_are_zero_where_steps_and_rows_are_added():
    ids, weights = tf.ones([2, 3], tf.int32), tf.constant([[1.0, 1, 1], [1, 0, 0]])
    spec = tf.TensorSpec([None, None], tf.int32)
    batches = tf.data.Dataset.from_generator(
        lambda: [(ids, ids, weights)],
        output_signature=(spec, spec, tf.TensorSpec([None, None], tf.float32)),
    )
    [(_, _, found)] = static_shapes(batches, batch_size=4, sizes=[8])
    assert found.shape == (4, 8)
    np.testing.assert_array_equal(found[:2, :3], weights)
    assert float(tf.reduce_sum(found)) == 4


def test_one_size_is_known_before_there_is_a_batch():
    batches = ragged([3, 5], 2)
    (inputs, target), *_ = [static_shapes(batches, batch_size=2, sizes=[8]).element_spec[:2]]
    assert inputs["ids"].shape == (2, 8)
    assert target.shape == (2, 1)


def test_an_empty_list_of_sizes_is_for_batches_without_steps():
    batches = tf.data.Dataset.from_tensor_slices(np.ones((5, 3), np.float32))
    batches = batches.map(lambda x: (x, x)).batch(2)
    shapes = [x.shape for x, _, _ in static_shapes(batches, batch_size=2, sizes=[])]
    assert shapes == [(2, 3)] * 3
    with pytest.raises(tf.errors.InvalidArgumentError):
        list(static_shapes(batches, batch_size=1, sizes=[]))
