"""Shapes, parts and refusals of the tagger."""

import numpy as np
import pytest

from kerasrnn.layers.words import WordDropout
from kerasrnn.models import tagger

SIZES = {"vocabulary_size": 30, "labels": 5, "units": 4, "embedding": 6}
LETTERS = {"alphabet_size": 20, "word_length": 7, "character_units": 3, "character_embedding": 4}


def inputs(*, characters, padding=0):
    draw = np.random.default_rng(0)
    ids = draw.integers(1, 30, (2, 5)).astype(np.int32)
    ids[1, 3:] = 0
    letters = draw.integers(1, 20, (2, 5, 7)).astype(np.int32)
    letters[:, :, 5:] = 0
    letters[1, 3:] = 0
    arrays = {"ids": np.pad(ids, [(0, 0), (0, padding)])}
    if characters:
        arrays["characters"] = np.pad(letters, [(0, 0), (0, padding), (0, 0)])
    return arrays


@pytest.mark.parametrize("cell", ["gru", "lstm", "simple_rnn"])
@pytest.mark.parametrize("characters", ["convolution", "recurrent", "none"])
def test_there_is_a_score_for_each_word_and_label(characters, cell):
    letters = {} if characters == "none" else LETTERS
    model = tagger(**SIZES, **letters, characters=characters, cell=cell, bigrams=10)
    logits = model(inputs(characters=bool(letters)))
    assert logits.shape == (2, 5, 5)
    padded = model(inputs(characters=bool(letters), padding=3))
    for row, length in enumerate((5, 3)):
        np.testing.assert_allclose(padded[row, :length], logits[row, :length], atol=1e-6)


def test_characters_and_capitals_matter():
    model = tagger(**SIZES, **LETTERS, characters="convolution")
    one = inputs(characters=True)
    other = {**one, "characters": one["characters"].copy()}
    other["characters"][0, 0, 0] = 1 + other["characters"][0, 0, 0] % 19
    assert not np.allclose(model(one)[0], model(other)[0])
    np.testing.assert_allclose(model(one)[1], model(other)[1], atol=1e-6)


def test_pairs_see_both_neighbours():
    model = tagger(**SIZES, bigrams=1000, bidirectional=False, word_dropout=0.0)
    vectors = model.get_layer("word").output
    sub = type(model)(model.input, vectors)
    one, other = np.array([[2, 3, 4, 5]]), np.array([[2, 3, 9, 5]])
    same = np.isclose(sub({"ids": one}), sub({"ids": other})).all(-1)[0]
    assert same.tolist() == [True, False, False, False]


@pytest.mark.parametrize(("decoder", "learned"), [("crf", True), ("max_entropy", False)])
def test_the_decoder_decides_whether_transitions_are_learned(decoder, learned):
    layer = tagger(**SIZES, decoder=decoder).get_layer("crf")
    assert bool(layer.weights) == learned == layer.learned
    with pytest.raises(ValueError, match="No such layer"):
        tagger(**SIZES, decoder="greedy").get_layer("crf")


def test_words_are_dropped_in_training_alone():
    layer = WordDropout(0.5, seed=1)
    ids = np.array([[0, 1, *range(2, 1002)]], np.int32)
    np.testing.assert_array_equal(layer(ids), ids)
    dropped = np.asarray(layer(ids, training=True))
    assert set(np.unique(dropped[ids != dropped])) == {1}
    assert dropped[0, 0] == 0
    assert np.mean(dropped != ids) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": 1}, "at least 2, got 30 and 1"),
        ({"characters": "cnn"}, "unknown 'cnn'; choose from convolution, recurrent, none"),
        ({"decoder": "viterbi"}, "unknown 'viterbi'; choose from crf"),
        ({"characters": "recurrent"}, "characters need an alphabet_size"),
        ({"bigrams": 1}, "at least 2 buckets, got 1"),
    ],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        tagger(**{**SIZES, **settings})
