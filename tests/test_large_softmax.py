"""The losses that score a slice, or a sample, of a large vocabulary against the plain one."""

import numpy as np
import pytest
import tensorflow as tf
from small_runs import losses, small_config

from kerasrnn import commands, large_softmax
from kerasrnn.large_softmax import Unscored, draw_words, sampled_cross_entropy
from kerasrnn.losses import CrossEntropy

RANDOM = np.random.default_rng(3)
BATCH, STEPS, WIDTH, WORDS = 3, 5, 4, 40
TARGETS = tf.constant(RANDOM.integers(0, WORDS, (BATCH, STEPS)), tf.int32)
WEIGHTS = tf.constant(RANDOM.integers(0, 2, (BATCH, STEPS)), tf.float32)


@pytest.fixture
def parts():
    shapes = ((BATCH, STEPS, WIDTH), (WIDTH, WORDS), (WORDS,))
    return [tf.Variable(RANDOM.normal(size=shape), dtype=tf.float32) for shape in shapes]


def with_gradients(loss_of, parts):
    with tf.GradientTape() as tape:
        loss = 3 * loss_of(*parts)
    return [loss, *(tf.convert_to_tensor(g) for g in tape.gradient(loss, parts))]


def plain(hidden, kernel, bias):
    mean = CrossEntropy(reduction="mean_with_sample_weight")
    return mean(TARGETS, tf.matmul(hidden, kernel) + bias, WEIGHTS)


@pytest.mark.parametrize("rows", [1, 4, 15, 100])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_slices_give_the_very_loss_and_its_gradients(parts, rows, jit_compile, monkeypatch):
    monkeypatch.setattr(large_softmax, "SLICE", rows * WORDS)
    wanted = with_gradients(plain, parts)

    @tf.function(jit_compile=jit_compile)
    def found():
        return with_gradients(lambda *p: Unscored(*p).sliced(TARGETS, WEIGHTS), parts)

    for ours, theirs in zip(found(), wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_without_any_weight_there_is_no_loss(parts):
    nothing = tf.zeros_like(WEIGHTS)
    assert float(Unscored(*parts).sliced(TARGETS, nothing)) == 0
    assert float(Unscored(*parts).sampled(TARGETS, nothing, samples=3, seed=1)) == 0


def test_words_are_drawn_as_often_as_is_said():
    ids, log_p = draw_words(200_000, WORDS, tf.constant([1, 2]))
    every = np.arange(WORDS)
    p = np.log((every + 2) / (every + 1)) / np.log(WORDS + 1)
    assert p.sum() == pytest.approx(1)
    np.testing.assert_allclose(np.exp(log_p), p[ids], rtol=1e-5)
    np.testing.assert_allclose(np.bincount(ids, minlength=WORDS) / len(ids), p, atol=0.003)


def test_many_samples_come_near_the_loss_and_its_gradients(parts):
    wanted = with_gradients(plain, parts)
    found = with_gradients(
        lambda *p: Unscored(*p).sampled(TARGETS, WEIGHTS, samples=200_000, seed=1), parts
    )
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0.03, atol=0.02)


def test_the_estimated_sum_is_right_on_average():
    hidden, kernel = tf.zeros([1, 1]), tf.zeros([1, WORDS])
    bias = tf.constant(RANDOM.normal(size=WORDS), tf.float32)
    target, one = tf.constant([7]), tf.ones([1])
    sums = []
    for seed in range(400):
        nats = sampled_cross_entropy(hidden, kernel, bias, target, one, samples=8, seed=seed)
        sums.append(np.exp(float(nats) + float(bias[7])))
    spread = np.std(sums) / len(sums) ** 0.5
    assert abs(np.mean(sums) - np.exp(bias).sum()) < 4 * spread


def test_the_draw_is_a_function_of_seed_and_batch(parts):
    def drawn(seed, targets=TARGETS):
        return float(Unscored(*parts).sampled(targets, WEIGHTS, samples=5, seed=seed))

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


@pytest.mark.parametrize("softmax", ["sliced", "sampled"])
def test_a_language_model_trains_with_it_and_is_measured_with_all_words(softmax, tmp_path):
    settings = {"tokens": "word", "output_dropout": 0.0, "epochs": 2}
    for kind in ("full", softmax):
        config = small_config("text_generation", tmp_path, softmax=kind, **settings)
        commands.train("text_generation", config, output=str(tmp_path / kind), as_json=True)
    (names, *full), (_, *ours) = (losses(tmp_path / kind) for kind in ("full", softmax))
    valid = names.index("valid_loss")
    for row, same in zip(full, ours, strict=True):
        near = 1e-4 if softmax == "sliced" else 0.1
        assert float(same[valid]) == pytest.approx(float(row[valid]), rel=near)
