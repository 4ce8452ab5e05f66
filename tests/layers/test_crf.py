"""The CRF against sums and maxima over every label sequence there is."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.layers.crf import CRF, FORBIDDEN
from kerasrnn.layers.recurrence import for_inference

LABELS, LENGTHS, STEPS = 3, (4, 1, 3), 4
FOLLOWS = [[True, True, False], [True, True, True], [False, True, True]]
STARTS, ENDS = [True, False, True], [True, True, False]
FORMS = ("graph", "loop", "unrolled")


def make(*, learned=True, constrained=False, labels=LABELS, seed=0):
    """A layer with random transitions, random emissions, and the mask of `LENGTHS`."""
    rules = {"follows": FOLLOWS, "starts": STARTS, "ends": ENDS} if constrained else {}
    layer, draw = CRF(labels, learned, **rules), np.random.default_rng(seed)
    layer.build((None, None, labels))
    for weight in layer.weights:
        weight.assign(draw.normal(size=weight.shape))
    emissions = draw.normal(size=(len(LENGTHS), STEPS, labels)).astype(np.float32) * 2
    return layer, emissions, np.arange(STEPS) < np.array(LENGTHS)[:, None]


def score(layer, emissions, path):
    """Of one sequence, term by term."""
    transition, start, end = (tensor.numpy().astype(np.float64) for tensor in layer.transitions())
    pairs = sum(transition[a, b] for a, b in itertools.pairwise(path))
    steps = sum(float(emissions[t, label]) for t, label in enumerate(path))
    return start[path[0]] + steps + pairs + end[path[-1]]


def every_path(layer, emissions, length):
    paths = list(itertools.product(range(layer.labels), repeat=length))
    return paths, np.array([score(layer, emissions, path) for path in paths])


def log_sum(scores):
    return scores.max() + np.log(np.exp(scores - scores.max()).sum())


@pytest.mark.parametrize("constrained", [False, True])
@pytest.mark.parametrize("learned", [False, True])
def test_the_log_partition_is_the_sum_over_all_paths(learned, constrained):
    layer, emissions, mask = make(learned=learned, constrained=constrained)
    labels = np.zeros_like(mask, np.int32) if not constrained else np.ones_like(mask, np.int32)
    if constrained:
        labels[:, 0] = 0  # a path that is allowed: 0 1 1 ...
    found = layer.negative_log_likelihood(emissions, labels, mask).numpy()
    for row, length in enumerate(LENGTHS):
        _, scores = every_path(layer, emissions[row], length)
        own = score(layer, emissions[row], labels[row, :length].tolist())
        assert found[row] == pytest.approx(log_sum(scores) - own, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("constrained", [False, True])
def test_the_best_sequence_is_the_best_of_all_paths(form, constrained):
    for seed in range(3):
        layer, emissions, mask = make(constrained=constrained, seed=seed)
        twin = in_form(layer, form)
        found = tf.function(twin.best)(emissions, mask).numpy()
        for row, length in enumerate(LENGTHS):
            paths, scores = every_path(layer, emissions[row], length)
            assert tuple(found[row, :length]) == paths[scores.argmax()]
            assert not found[row, length:].any()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("constrained", [False, True])
def test_marginals_are_sums_over_the_paths_through_a_label(form, constrained):
    layer, emissions, mask = make(constrained=constrained)
    found = tf.function(in_form(layer, form).marginals)(emissions, mask).numpy()
    for row, length in enumerate(LENGTHS):
        paths, scores = every_path(layer, emissions[row], length)
        p = np.exp(scores - log_sum(scores))
        for t, label in itertools.product(range(length), range(LABELS)):
            through = sum(q for path, q in zip(paths, p, strict=True) if path[t] == label)
            assert found[row, t, label] == pytest.approx(through, abs=1e-5)


@pytest.mark.parametrize("constrained", [False, True])
@pytest.mark.parametrize(("first", "labels"), [(0, [0, 1]), (1, [1, 2, 1]), (2, [1])])
def test_labels_in_a_row_are_as_likely_as_all_paths_through_them(constrained, first, labels):
    layer, emissions, mask = make(constrained=constrained)
    chain = tf.function(layer.given_before)(emissions, mask, first, tf.constant(labels)).numpy()
    behind = first + len(labels)
    for row, length in enumerate(LENGTHS):
        if behind > length:
            continue
        paths, scores = every_path(layer, emissions[row], length)
        p = np.exp(scores - log_sum(scores))
        through = [path[first:behind] == tuple(labels) for path in paths]
        found = chain[row, range(len(labels)), labels].sum()
        assert np.exp(found) == pytest.approx(p[through].sum(), rel=1e-4)
        assert np.exp(chain[row]).sum(-1) == pytest.approx(1, abs=1e-5)


def in_form(layer, form):
    twin = layer.for_inference(form)
    twin.build((None, None, layer.labels))
    twin.set_weights(layer.get_weights())
    return twin


@pytest.mark.parametrize("compiled", [False, True])
def test_gradients_are_those_of_the_sum_over_all_paths(compiled):
    layer, emissions, mask = make(constrained=True)
    labels = np.array([[0, 1, 2, 1]] * len(LENGTHS), np.int32)
    labels[2, 2] = 1  # the last of three
    weights = [layer.weights[i].value for i in range(3)]
    upstream = tf.constant([1.0, 2.0, -1.0])

    def ours(emissions, *weights):
        with keras.StatelessScope(state_mapping=list(zip(layer.weights, weights, strict=True))):
            nats = layer.negative_log_likelihood(emissions, labels, mask)
        return tf.reduce_sum(nats * upstream)

    def brute(emissions, *weights):
        allowed = (FOLLOWS, STARTS, ENDS)
        transition, start, end = (
            w + FORBIDDEN * (1 - tf.cast(tf.constant(rule), tf.float32))
            for w, rule in zip(weights, allowed, strict=True)
        )
        total = 0.0
        for row, length in enumerate(LENGTHS):

            def of(path, row=row):
                steps = sum(emissions[row, t, label] for t, label in enumerate(path))
                pairs = sum((transition[a, b] for a, b in itertools.pairwise(path)), 0.0)
                return start[path[0]] + steps + pairs + end[path[-1]]

            paths = itertools.product(range(LABELS), repeat=length)
            whole = tf.reduce_logsumexp(tf.stack([of(path) for path in paths]))
            total += upstream[row] * (whole - of(labels[row, :length].tolist()))
        return total

    def gradients(function):
        inputs = [tf.constant(emissions), *weights]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = function(*inputs)
        return tape.gradient(value, inputs)

    compute = tf.function(gradients, jit_compile=compiled)
    for a, b in zip(compute(ours), gradients(brute), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_extremes_stay_finite():
    layer, emissions, mask = make(constrained=True)
    huge = tf.constant(emissions * 1000)
    labels = np.array([[0, 1, 1, 1]] * len(LENGTHS), np.int32)
    with tf.GradientTape() as tape:
        tape.watch(huge)
        nats = layer.negative_log_likelihood(huge, labels, mask)
    every = [nats, *tape.gradient(nats, [huge, *(w.value for w in layer.weights)])]
    assert all(np.isfinite(x).all() for x in every)
    assert np.isfinite(layer.marginals(huge, mask)).all()


def test_a_thousand_steps_keep_their_precision():
    draw = np.random.default_rng(0)
    layer, *_ = make()
    emissions = draw.normal(size=(1, 1000, LABELS)).astype(np.float32) + 50
    transition, start, end = (tensor.numpy().astype(np.float64) for tensor in layer.transitions())
    before = start + emissions[0, 0].astype(np.float64)
    for t in range(1, 1000):
        before = np.array([log_sum(before + transition[:, j]) for j in range(LABELS)])
        before += emissions[0, t]
    labels = np.zeros((1, 1000), np.int32)
    own = score(layer, emissions[0], [0] * 1000)
    found = layer.negative_log_likelihood(emissions, labels, labels == 0).numpy()[0]
    assert found == pytest.approx(log_sum(before + end) - own, rel=1e-5)


def test_a_forbidden_pair_is_never_given():
    layer, emissions, mask = make(learned=False, constrained=True)
    found = layer.best(emissions, mask).numpy()
    greedy = emissions.argmax(-1)
    assert any(
        not FOLLOWS[a][b]
        for row, n in zip(greedy, LENGTHS, strict=True)
        for a, b in itertools.pairwise(row[:n])
    )
    for row, length in zip(found, LENGTHS, strict=True):
        assert STARTS[row[0]]
        assert ENDS[row[length - 1]]
        assert all(FOLLOWS[a][b] for a, b in itertools.pairwise(row[:length]))


def test_a_model_with_it_is_saved_whole(tmp_path):
    inputs = keras.Input((None, LABELS))
    layer = CRF(LABELS, follows=FOLLOWS, starts=STARTS, ends=ENDS, name="crf")
    model = keras.Model(inputs, layer(keras.layers.Dense(LABELS)(inputs)))
    for weight in model.weights:
        weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    _, emissions, mask = make()
    for one in (loaded, for_inference(loaded, "graph")):
        found = one.get_layer("crf").marginals(one(emissions), mask)
        np.testing.assert_array_equal(found, layer.marginals(model(emissions), mask))
