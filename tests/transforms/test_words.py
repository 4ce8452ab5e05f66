"""Texts to tokens, words and characters, with TensorFlow and without."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.errors import BadInput
from kerasrnn.transforms.words import Words

SENTENCES = [["The", "the", "Film", "was", "naïve", "中"], ["the", "extraordinary", "film", "."]]


def make(tokens="word", *, lower_case=True, word_length=6, **settings):
    return Words.fit(
        SENTENCES, tokens=tokens, lower_case=lower_case, word_length=word_length, **settings
    )


BOTH = {kind: make(kind) for kind in ("word", "character")}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Anna's friend didn't go.", "Anna 's friend did n't go ."),
        ("They’ll say: ‘no’!", "They ’ll say : ‘ no ’ !"),
        ("on 12/05/2024 at 12:30 for $1,000.50", "on 12/05/2024 at 12:30 for $ 1,000.50"),
        ("the U.S. (e.g. Al-Ani)...", "the U.S. ( e.g. Al - Ani ) ..."),
        ("O'Brien -- 'sunny' days'", "O'Brien -- ' sunny ' days '"),
        ("我在2024年 hello中国。", "我 在 2024 年 hello 中 国 。"),
        ("a\u00a0b\u3000c\x00d\te", "a b c d e"),
        (" \n", ""),
    ],
)
def test_words_are_what_the_rule_says(text, tokens):
    assert BOTH["word"].split(text) == tokens.split()


def test_characters_are_all_but_blanks():
    assert BOTH["character"].split("吴 重\u3000阳，a b") == list("吴重阳，ab")


@given(st.lists(st.text(max_size=30), max_size=3), st.sampled_from(sorted(BOTH)))
def test_tokens_and_ids_are_the_same_inside_the_graph(texts, kind):
    words = BOTH[kind]
    ours = [words.split(text) for text in texts]
    graph = words.split_in_graph(tf.constant(texts, tf.string))
    assert [[token.decode() for token in row] for row in graph.to_list()] == ours
    inputs = words.encode_in_graph(graph)
    width = max([1, *map(len, ours)])
    assert inputs["ids"].shape == (len(texts), width)
    assert inputs["characters"].shape == (len(texts), width, 6)
    for place, row in enumerate(words.encode(ours)):
        for name, array in row.items():
            found = inputs[name][place].numpy()
            np.testing.assert_array_equal(found[: len(array)], array)
            assert not found[len(array) :].any()


@given(st.text(max_size=40))
def test_tokens_are_the_text_without_its_blanks(text):
    position = 0
    for token in BOTH["word"].split(text):
        position = text.index(token, position) + len(token)
    assert "".join(BOTH["word"].split(text)) == "".join(BOTH["character"].split(text))


def test_capitals_are_for_the_characters_alone():
    [row] = make().encode([["THE", "the"]])
    assert row["ids"][0] == row["ids"][1] > 1
    assert (row["characters"][0] != row["characters"][1]).any()
    [row] = make(lower_case=False).encode([["THE", "the"]])
    assert row["ids"][0] == 1 < row["ids"][1]


def test_of_long_words_both_ends_are_read():
    words = make(word_length=5)
    long, short = words.encode([["extraordinary", "extry"]])[0]["characters"]
    np.testing.assert_array_equal(long, short)


def test_rare_words_are_unknown_but_their_characters_are_not():
    words = make(minimum_count=2)
    assert set(words.words.tokens[2:]) == {"the", "film"}
    [row] = words.encode([["was", "q"]])
    assert row["ids"].tolist() == [1, 1]
    assert (row["characters"][0][:3] > 1).all()
    assert row["characters"][1][0] == 1


def test_without_characters_there_are_none():
    words = make(word_length=0)
    assert set(words.encode(SENTENCES)[0]) == {"ids"}
    assert set(words.encode_in_graph(tf.ragged.constant(SENTENCES))) == {"ids"}


def test_what_is_saved_is_read(tmp_path):
    words = make(lower_case=False)
    words.save(tmp_path)
    loaded = Words.load(tmp_path)
    assert (loaded.tokens, loaded.lower_case, loaded.word_length) == ("word", False, 6)
    assert loaded.words.tokens == words.words.tokens
    assert loaded.characters.tokens == words.characters.tokens
    (tmp_path / "words.json").write_text('{"tokens": "word"}')
    with pytest.raises(BadInput, match="does not say how words are read"):
        Words.load(tmp_path)
