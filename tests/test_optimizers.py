"""Optimiser and learning rate as the settings say."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.config import OPTIMIZERS, Config
from kerasrnn.optimizers import FLOOR, KINDS, WarmUp, make_optimizer


def rates(schedule, steps):
    return [float(schedule(step)) for step in steps]


@pytest.mark.parametrize(("peak", "warmup", "decay"), [(1.0, 0, 10), (0.5, 4, 6), (2.0, 10, 1)])
def test_the_rate_rises_in_a_line_and_falls_as_half_a_cosine(peak, warmup, decay):
    expected = []
    for step in range(warmup + decay + 5):
        done = min(max(step - warmup, 0) / decay, 1)
        rate = peak * (FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * done)) / 2)
        expected.append(rate * (min((step + 1) / warmup, 1) if warmup else 1))
    schedule = WarmUp(peak, warmup, decay)
    np.testing.assert_allclose(rates(schedule, range(len(expected))), expected, rtol=1e-5)


def test_a_constant_rate_stays_after_the_rise():
    np.testing.assert_allclose(
        rates(WarmUp(0.8, 4, 0), [0, 1, 2, 3, 4, 100]), [0.2, 0.4, 0.6, 0.8, 0.8, 0.8], rtol=1e-6
    )


def test_a_schedule_comes_back_from_its_settings():
    schedule = WarmUp(0.5, 4, 6)
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert rates(twin, range(12)) == rates(schedule, range(12))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [1, 1, 1]),
        ({"schedule": "plateau"}, [1, 1, 1]),
        ({"warmup": 0.1}, [0.1, 1, 1]),
        ({"schedule": "cosine"}, [1, (1 + FLOOR) / 2, FLOOR]),
        ({"schedule": "cosine", "warmup": 0.5}, [0.02, 1, FLOOR]),
    ],
)
def test_the_schedule_is_stretched_over_all_steps(settings, expected):
    optimizer = make_optimizer(Config(learning_rate=1.0, **settings), steps=100)
    weight = keras.Variable([0.0])
    optimizer.build([weight])
    seen = []
    for step in (0, 50, 100):
        optimizer.iterations.assign(step)
        seen.append(float(optimizer.learning_rate))
    np.testing.assert_allclose(seen, expected, rtol=1e-4)


def changed(settings, gradient, start=(1.0, 1.0)):
    optimizer = make_optimizer(Config(**settings), steps=10)
    weight = keras.Variable(list(start))
    optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [weight])
    return np.asarray(weight) - np.array(start)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_steps_against_the_gradient(name, schedule):
    change = changed({"optimizer": name, "schedule": schedule}, [1.0, -1.0])
    assert change[0] < 0 < change[1]


PLAIN = {"optimizer": "sgd", "momentum": 0.0, "learning_rate": 1.0}


@pytest.mark.parametrize(("clip_norm", "norm"), [(0.0, 50), (1.0, 1), (10.0, 10), (100.0, 50)])
def test_gradients_are_clipped_by_their_norm(clip_norm, norm):
    change = changed({**PLAIN, "clip_norm": clip_norm}, [30.0, -40.0])
    np.testing.assert_allclose(change, [-0.6 * norm, 0.8 * norm], rtol=1e-5)


def test_clipping_is_by_the_norm_over_all_weights():
    optimizer = make_optimizer(Config(**PLAIN, clip_norm=5.0), steps=1)
    weights = [keras.Variable([0.0]), keras.Variable([0.0])]
    optimizer.apply([keras.ops.ones(1) * 30, keras.ops.ones(1) * 40], weights)
    np.testing.assert_allclose(np.ravel([np.asarray(w) for w in weights]), [-3, -4], rtol=1e-5)


def test_momentum_is_that_of_the_settings():
    optimizer = make_optimizer(Config(**{**PLAIN, "momentum": 0.5}, clip_norm=0.0), steps=1)
    weight = keras.Variable([0.0])
    for _ in range(3):
        optimizer.apply([keras.ops.ones(1)], [weight])
    np.testing.assert_allclose(weight, [-(1 + 1.5 + 1.75)])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weights_decay_only_if_the_settings_say_so(name):
    settings = {"optimizer": name, "learning_rate": 0.1}
    np.testing.assert_array_equal(changed(settings, [0.0, 0.0]), 0)
    decayed = changed({**settings, "weight_decay": 0.5}, [0.0, 0.0])
    np.testing.assert_allclose(decayed, -0.05, rtol=1e-4)


def test_half_precision_scales_the_loss():
    optimizer = make_optimizer(Config(precision="mixed_float16"), steps=10)
    assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    assert not isinstance(make_optimizer(Config(), steps=10), keras.optimizers.LossScaleOptimizer)


ROWS, SHAPE = tf.constant([0, 2, 2, 5]), tf.constant([6, 2])  # one of them twice


def rows_looked_up(count=3):
    """Gradients of an embedding `(6, 2)`, step by step."""
    random = np.random.default_rng(0)
    return [
        tf.IndexedSlices(tf.constant(random.normal(size=(4, 2)), tf.float32), ROWS, SHAPE)
        for _ in range(count)
    ]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("settings", [{}, {"weight_decay": 0.1}, {"clipvalue": 0.3}], ids=str)
def test_updates_are_keras_s_own(name, settings):
    results = []
    theirs = next(kind for kind in KINDS[name].__mro__ if kind.__module__.startswith("keras."))
    for kind in (KINDS[name], theirs):
        optimizer = kind(learning_rate=0.1, **settings)
        embedding, other = keras.Variable(np.ones((6, 2))), keras.Variable([1.0, -2.0])
        for rows in rows_looked_up():
            given = rows if kind is KINDS[name] else tf.convert_to_tensor(rows)
            optimizer.apply([given, tf.constant([0.5, -0.25])], [embedding, other])
        results.append([np.asarray(v) for v in (embedding, other, *optimizer.variables)])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_a_row_looked_up_twice_counts_as_the_sum_of_its_gradients(name):
    (rows,) = rows_looked_up(1)
    weight = keras.Variable(np.zeros((6, 2)))
    seen = []
    optimizer = KINDS[name](1.0, global_clipnorm=0.01)
    update = optimizer.update_step
    optimizer.update_step = lambda gradient, *rest: (seen.append(gradient), update(gradient, *rest))
    optimizer.apply([rows], [weight])
    np.testing.assert_allclose(np.linalg.norm(seen[0]), 0.01, rtol=1e-5)
    np.testing.assert_allclose(seen[0] / seen[0][0, 0], _scaled(tf.convert_to_tensor(rows)), 1e-4)


def _scaled(gradient):
    return gradient / gradient[0, 0]


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_lazily_only_rows_that_were_looked_up_change_and_they_as_ever(name):
    lookups = [([0, 2, 2], 0.5), ([2, 4], -1.0), ([0, 2, 4, 4], 0.25)]
    optimizer = KINDS[name](learning_rate=0.1, weight_decay=0.0, lazy_rows=True)
    weight = keras.Variable(np.ones((6, 2)))
    expected, mean, square = np.ones((6, 2)), np.zeros((6, 2)), np.zeros((6, 2))
    for step, (rows, value) in enumerate(lookups, 1):
        values = value * np.arange(1.0, 2 * len(rows) + 1).reshape(-1, 2)
        slices = tf.IndexedSlices(tf.constant(values, tf.float32), tf.constant(rows), [6, 2])
        optimizer.apply([slices], [weight])
        for row in set(rows):  # algorithm 1 of Kingma & Ba, row by row, epsilon as Keras has it
            gradient = sum(v for r, v in zip(rows, values, strict=True) if r == row)
            mean[row] += 0.1 * (gradient - mean[row])
            square[row] += 0.001 * (gradient**2 - square[row])
            rate = 0.1 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            expected[row] -= rate * mean[row] / (np.sqrt(square[row]) + 1e-7)
    np.testing.assert_allclose(weight, expected, rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(weight)[[1, 3, 5]], 1)


def test_lazily_clipping_is_by_the_norm_of_the_summed_rows_too():
    changes = []
    for lazy in (False, True):
        optimizer = KINDS["adam"](0.1, global_clipnorm=0.01, lazy_rows=lazy)
        update, given = optimizer.update_step, []
        optimizer.update_step = lambda gradient, *rest, update=update, given=given: (
            given.append(gradient),
            update(gradient, *rest),
        )
        weight = keras.Variable(np.zeros((6, 2)))
        (rows,) = rows_looked_up(1)
        optimizer.apply([rows], [weight])
        assert isinstance(given[0], tf.IndexedSlices) is lazy
        changes.append([np.asarray(v) for v in (weight, *optimizer.variables[1:])])
    for dense, lazy in zip(*changes, strict=True):
        np.testing.assert_allclose(lazy, dense, rtol=1e-4, atol=1e-9)


def test_lazy_rows_come_back_from_their_settings():
    optimizer = keras.optimizers.deserialize(
        keras.optimizers.serialize(make_optimizer(Config(lazy_rows=True), steps=10))
    )
    assert optimizer.lazy_rows
    assert not make_optimizer(Config(), steps=10).lazy_rows
