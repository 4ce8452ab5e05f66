"""Beam search against going through every sequence, with NumPy and inside the graph."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from kerasrnn import graph_arrays, plain_arrays
from kerasrnn.beam_search import NEVER, Rules, beam_search, coverage_bonus

SIZE, START_ID, END, ROWS, HIDDEN = 4, 1, 3, 5, 6
RANDOM = np.random.default_rng(3)
EMBEDDING, RECURRENT, OUTPUT = (
    RANDOM.normal(size=shape).astype(np.float32)
    for shape in ((SIZE, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, SIZE))
)
START = RANDOM.normal(size=(ROWS, HIDDEN)).astype(np.float32)
ARRAYS = {"plain": (plain_arrays, np), "graph": (graph_arrays, tf)}


def stepped(ids, state):
    """A random recurrent network in NumPy."""
    hidden = np.tanh(EMBEDDING[ids] + state @ RECURRENT)
    return 2 * hidden @ OUTPUT, hidden


def stepped_in_graph(ids, state):
    hidden = tf.tanh(tf.gather(EMBEDDING, ids) + state[0] @ RECURRENT)
    return 2 * hidden @ OUTPUT, [hidden]


def search(which, rules, most, *, start=START, bonus=None):
    state = np.repeat(start, rules.width, 0)
    if which == "plain":
        step = lambda ids, state: (lambda y, s: (y, [s]))(*stepped(ids, state[0]))  # noqa: E731
        return beam_search(plain_arrays, step, [state], most=most, rules=rules, bonus=bonus)

    @tf.function(input_signature=[tf.TensorSpec([None, HIDDEN]), tf.TensorSpec([None], tf.int32)])
    def run(state, most):
        step = stepped_in_graph
        return beam_search(graph_arrays, step, [state], most=most, rules=rules, bonus=bonus)

    return type(run(state, most))(*(x.numpy() for x in run(state, most)))


def log_p(row, ids, start=START):
    """Log-probability of a whole sequence, and the state after it."""
    total, state, before = 0.0, start[row : row + 1], START_ID
    for token in ids:
        logits, state = stepped(np.array([before]), state)
        total += float(plain_arrays.log_softmax(logits)[0, token])
        before = token
    return total, state


def all_sequences(most, forbidden=()):
    others = [i for i in range(SIZE) if i != END and i not in forbidden]
    for length in range(most):
        for ids in itertools.product(others, repeat=length):
            yield (*ids, END)


def exhaustive(row, most, penalty, *, forbidden=(), bonus=lambda state: 0.0):
    """Every sequence with its score, the best first."""
    scored = []
    for ids in all_sequences(most, forbidden):
        total, state = log_p(row, ids)
        scored.append((total / ((5 + len(ids)) / 6) ** penalty + bonus(state), ids))
    return sorted(scored, reverse=True)


def without_padding(ids):
    ids = ids.tolist()
    return tuple(ids[: ids.index(END) + 1])


@pytest.mark.parametrize("penalty", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("which", ARRAYS)
def test_a_wide_beam_finds_what_exhaustive_search_finds(which, penalty):
    most = np.array([1, 2, 3, 4, 4], np.int32)
    found = search(which, Rules(27, penalty, START_ID, END), most)
    for row in range(ROWS):
        best, ids = exhaustive(row, most[row], penalty)[0]
        assert without_padding(found.ids[row, 0]) == ids
        assert found.scores[row, 0] == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("which", ARRAYS)
def test_scores_are_those_of_the_sequences_and_fall(which):
    found = search(which, Rules(3, 0.7, START_ID, END), np.full(ROWS, 5, np.int32))
    for row, beam in np.ndindex(ROWS, 3):
        if found.scores[row, beam] == NEVER:
            continue
        ids = without_padding(found.ids[row, beam])
        expected = log_p(row, ids)[0] / ((5 + len(ids)) / 6) ** 0.7
        assert found.scores[row, beam] == pytest.approx(expected, abs=1e-5)
        assert not found.ids[row, beam, len(ids) :].any()
    assert (np.diff(found.scores, axis=1) <= 0).all()
    assert (found.scores[:, 0] > NEVER).all()


@pytest.mark.parametrize("penalty", [0.0, 1.0])
@pytest.mark.parametrize("which", ARRAYS)
def test_a_width_of_one_is_greedy(which, penalty):
    found = search(which, Rules(1, penalty, START_ID, END), np.full(ROWS, 6, np.int32))
    for row in range(ROWS):
        ids, state, before = [], START[row : row + 1], START_ID
        while before != END or not ids:
            logits, state = stepped(np.array([before]), state)
            before = END if len(ids) == 5 else int(logits[0].argmax())
            ids.append(before)
        assert without_padding(found.ids[row, 0]) == tuple(ids)


def test_numpy_and_graph_find_the_same():
    most = np.array([7, 1, 3, 9, 5], np.int32)
    for width, penalty in ((1, 0.0), (2, 0.6), (4, 1.0)):
        rules = Rules(width, penalty, START_ID, END, forbidden=(0,))
        plain, graph = (search(which, rules, most) for which in ARRAYS)
        np.testing.assert_array_equal(plain.ids, graph.ids)
        np.testing.assert_allclose(plain.scores, graph.scores, atol=1e-5)


@pytest.mark.parametrize("which", ARRAYS)
def test_a_row_finds_the_same_alone_as_among_others(which):
    most, rules = np.array([7, 1, 3, 9, 5], np.int32), Rules(3, 0.6, START_ID, END)
    together = search(which, rules, most)
    for row in range(ROWS):
        alone = search(which, rules, most[row : row + 1], start=START[row : row + 1])
        np.testing.assert_array_equal(alone.ids[0], together.ids[row, :, : most[row]])
        np.testing.assert_allclose(alone.scores[0], together.scores[row], atol=1e-5)


@pytest.mark.parametrize("which", ARRAYS)
def test_what_is_forbidden_is_never_written(which):
    found = search(
        which, Rules(9, 0.6, START_ID, END, forbidden=(0, 2)), np.full(ROWS, 4, np.int32)
    )
    for row in range(ROWS):
        best, ids = exhaustive(row, 4, 0.6, forbidden=(0, 2))[0]
        assert without_padding(found.ids[row, 0]) == ids
        assert found.scores[row, 0] == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("which", ARRAYS)
def test_a_bonus_counts_where_a_sequence_ends(which):
    if which == "plain":
        bonus = lambda state: -9 * np.abs(state[0][:, 0])  # noqa: E731
    else:
        bonus = lambda state: -9 * tf.abs(state[0][:, 0])  # noqa: E731
    found = search(which, Rules(40, 0.6, START_ID, END), np.full(ROWS, 4, np.int32), bonus=bonus)
    changed = 0
    for row in range(ROWS):
        expected = exhaustive(row, 4, 0.6, bonus=lambda s: -9 * abs(float(s[0, 0])))[0]
        changed += expected[1] != exhaustive(row, 4, 0.6)[0][1]
        assert without_padding(found.ids[row, 0]) == expected[1]
        assert found.scores[row, 0] == pytest.approx(expected[0], abs=1e-5)
    assert changed  # or the test could not fail


@pytest.mark.parametrize("which", ARRAYS)
def test_a_network_that_breaks_down_ends_the_search_all_the_same(which):
    start = np.full_like(START, np.nan)
    found = search(which, Rules(2, 0.6, START_ID, END), np.full(ROWS, 4, np.int32), start=start)
    assert found.ids.shape == (ROWS, 2, 4)


@pytest.mark.parametrize("which", ARRAYS)
def test_coverage_is_lost_where_a_real_source_step_had_little_attention(which):
    arrays, _ = ARRAYS[which]
    coverage = np.array([[1.5, 0.5, 0.0], [1.0, 1.0, 7.0]], np.float32)
    mask = np.array([[True, True, False], [True, True, True]])
    lost = np.asarray(coverage_bonus(arrays, coverage, mask, 0.2))
    np.testing.assert_allclose(lost, [0.2 * np.log(0.5), 0.0], atol=1e-6)
    nothing = np.zeros((1, 2), np.float32)
    assert np.isfinite(np.asarray(coverage_bonus(arrays, nothing, nothing == 0, 1.0))).all()


def test_impossible_rules_are_refused():
    for width, penalty in ((0, 0.6), (1, -0.1), (1, float("nan"))):
        with pytest.raises(ValueError, match="no such search"):
            Rules(width, penalty, START_ID, END)
