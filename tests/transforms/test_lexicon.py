"""The likeliest path of CTC that writes words of a lexicon, against all paths there are."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.errors import BadInput
from kerasrnn.transforms.alphabet import Alphabet
from kerasrnn.transforms.ctc import collapse, decode, texts_in_graph
from kerasrnn.transforms.lexicon import Lexicon

SPACED, SOLID = Alphabet([" ", "a", "b"]), Alphabet(["a", "b", "c"])
WORDS = [["a", "bb"], ["aab"], ["b", "ba", "ab"]]


def draw(steps, classes=4, seed=0):
    return np.random.default_rng(seed).normal(size=(steps, classes)).astype(np.float32) * 2


def likeliest(logits, alphabet, allowed):
    """The best of every path there is that `allowed` has nothing against."""
    steps, classes = logits.shape
    paths = itertools.product(range(classes), repeat=steps)
    fit = [p for p in paths if allowed(alphabet.decode(collapse(np.array(p))))]
    return max(fit, key=lambda path: sum(logits[t, k] for t, k in enumerate(path)))


@pytest.mark.parametrize("alphabet", [SPACED, SOLID])
@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("steps", [1, 2, 6])
def test_no_path_of_words_is_likelier(alphabet, words, steps):
    lexicon = Lexicon(words, alphabet)

    def allowed(text):
        parts = text.split(" ") if alphabet is SPACED else [text]
        return text == "" or all(part in words for part in parts)

    for seed in range(6):
        logits = draw(steps, seed=seed)
        assert lexicon.path(logits).tolist() == list(likeliest(logits, alphabet, allowed))


@pytest.mark.parametrize("alphabet", [SPACED, SOLID])
def test_the_graph_finds_the_same_paths_in_a_batch(alphabet):
    lexicon = Lexicon(["ab", "b", "bb"], alphabet)
    logits = np.stack([draw(12, seed=seed) for seed in range(24)])
    lengths = np.array([1, 12, 7, 3] * 6, np.int32)
    ours = [
        alphabet.decode(decode(row[:steps], lexicon=lexicon))
        for row, steps in zip(logits, lengths, strict=True)
    ]
    written = tf.function(texts_in_graph)(
        tf.constant(logits), tf.constant(lengths), alphabet.characters, lexicon=lexicon
    )
    assert [text.decode() for text in written.numpy()] == ours
    assert len(set(ours)) >= 3
    alone = texts_in_graph(
        tf.constant(logits[1:2]), tf.constant(lengths[1:2]), alphabet.characters, lexicon=lexicon
    )
    assert alone.numpy()[0].decode() == ours[1]


def test_words_come_from_transcripts_and_others_are_told():
    lexicon = Lexicon.fit(["b ab", "b", ""], SPACED)
    assert lexicon.words == ("ab", "b")
    assert lexicon.unknown(["b ba", "aa b"]) == ["aa", "ba"]


def test_a_lexicon_is_read_as_it_was_written(tmp_path):
    Lexicon(["ab", "b"], SPACED).save(tmp_path)
    assert Lexicon.load(tmp_path, SPACED).words == ("ab", "b")
    (tmp_path / "lexicon.json").write_text('{"a": 1}')
    with pytest.raises(BadInput, match="no list of words"):
        Lexicon.load(tmp_path, SPACED)


@pytest.mark.parametrize(("words", "message"), [([], "none"), (["a", ""], "none"), (["x"], ": x")])
def test_words_that_cannot_be_written_are_refused(words, message):
    with pytest.raises(BadInput, match=message):
        Lexicon(words, SPACED)
