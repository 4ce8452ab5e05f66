import itertools

import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.losses import CTC
from kerasrnn.transforms.ctc import collapse, decode, texts_in_graph

CHARACTERS = ("", "a", "b", "c")


def draw(steps, classes=3, seed=0):
    return np.random.default_rng(seed).normal(size=(steps, classes)).astype(np.float32) * 2


def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def probabilities_of_texts(logits):
    """Every path there is, by the text it stands for."""
    log_p, texts = log_softmax(logits), {}
    for path in itertools.product(range(logits.shape[1]), repeat=len(logits)):
        p = np.exp(sum(log_p[t, k] for t, k in enumerate(path)))
        text = tuple(collapse(np.array(path)))
        texts[text] = texts.get(text, 0.0) + p
    return texts


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ([0, 0], []),
        ([1, 1, 0, 1], [1, 1]),
        ([1, 2, 2, 0], [1, 2]),
        ([2], [2]),
        ([], []),
        ([0, 3, 3, 3, 1], [3, 1]),
    ],
)
def test_repetitions_are_one_and_blanks_go(path, text):
    assert collapse(np.array(path, int)) == text


@pytest.mark.parametrize("seed", range(12))
def test_a_wide_beam_finds_the_likeliest_text_of_all(seed):
    logits = draw(5, seed=seed)
    texts = probabilities_of_texts(logits)
    assert tuple(decode(logits, beam=1000)) == max(texts, key=texts.get)


def test_the_likeliest_path_need_not_be_of_the_likeliest_text():
    # 0.6 * 0.6 for blanks twice, 0.64 for the three paths of "a"
    logits = np.log(np.array([[0.6, 0.4], [0.6, 0.4]]))
    assert decode(logits) == []
    assert decode(logits, beam=2) == [1]


@pytest.mark.parametrize("beam", [1, 3, 10])
def test_the_graph_writes_what_numpy_writes(beam):
    logits = np.stack([draw(9, 4, seed=seed) for seed in range(20)])
    lengths = np.array([1, 9, 5, 4] * 5, np.int32)
    ours = [
        "".join(CHARACTERS[k] for k in decode(row[:steps], beam=beam))
        for row, steps in zip(logits, lengths, strict=True)
    ]
    theirs = texts_in_graph(tf.constant(logits), tf.constant(lengths), CHARACTERS, beam=beam)
    assert [text.decode() for text in theirs.numpy()] == ours
    assert len(set(ours)) > 5


@pytest.mark.parametrize("compiled", [False, True])
def test_the_loss_is_that_of_the_sum_over_all_paths(compiled):
    logits = np.stack([draw(5, seed=1), draw(5, seed=2)])
    lengths, classes = np.array([5, 3], np.int32), np.array([[1, 1, 2], [2, 0, 0]], np.int32)
    outputs = {"logits": tf.constant(logits), "lengths": tf.constant(lengths)}
    first = probabilities_of_texts(logits[0])[1, 1, 2]
    second = probabilities_of_texts(logits[1, :3])[(2,)]  # two steps are padding
    nats = CTC(compiled=compiled).of_each(tf.constant(classes), outputs)
    np.testing.assert_allclose(nats, [-np.log(first), -np.log(second)], rtol=1e-5)
    np.testing.assert_allclose(
        CTC(compiled=compiled)(tf.constant(classes), outputs), np.mean(nats), rtol=1e-6
    )


@pytest.mark.parametrize("compiled", [False, True])
def test_what_has_no_path_counts_nothing_and_moves_nothing(compiled):
    logits = tf.Variable(draw(2, seed=3)[None])
    classes = tf.constant([[1, 1]])  # needs a blank between
    with tf.GradientTape() as tape:
        loss = CTC(compiled=compiled)(classes, {"logits": logits, "lengths": tf.constant([2])})
    assert float(loss) == 0
    np.testing.assert_array_equal(tape.gradient(loss, logits), 0)
