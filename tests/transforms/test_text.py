"""Tokenizer and vocabulary together, against a plain dictionary."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.ids import END_ID, PAD_ID, START_ID
from kerasrnn.transforms import text as module
from kerasrnn.transforms.text import Text, truncate
from kerasrnn.transforms.tokenizer import Tokenizer
from kerasrnn.transforms.vocabulary import Vocabulary

TEXTS = ["a b a", "", "c unseen b", "😀", "B a"]


def looked_up(vocabulary, texts):
    ids = {token: i for i, token in enumerate(vocabulary.tokens)}
    return [[ids.get(word, 1) for word in text.lower().split()] for text in texts]


@pytest.mark.parametrize("batch", [1, 2, 3, 1024])
def test_encoding_is_looking_up_in_a_dictionary(monkeypatch, batch):
    monkeypatch.setattr(module, "BATCH", batch)
    texts = [*TEXTS[:3], *TEXTS[4:]]
    text = Text(Tokenizer(), Vocabulary(["a", "b", "c"]))
    rows = list(text.encode(iter(texts)))
    assert [row.tolist() for row in rows] == looked_up(text.vocabulary, texts)
    assert {row.dtype for row in rows} == {np.dtype(np.int32)}


def test_more_texts_than_a_batch_come_in_order():
    text = Text(Tokenizer(), Vocabulary([str(i) for i in range(50)]))
    texts = [f"{i % 50} " * (i % 3) for i in range(module.BATCH + 10)]
    rows = list(text.encode(texts))
    assert [row.tolist() for row in rows] == looked_up(text.vocabulary, texts)


def test_a_text_without_a_word_has_no_ids():
    text = Text(Tokenizer(), Vocabulary(["a"]))
    assert [len(row) for row in text.encode(["😀", "", "a"])] == [0, 0, 1]
    assert list(text.encode([])) == []


@pytest.mark.parametrize("batch", [1, 2, 1024])
def test_fitting_counts_every_text(monkeypatch, batch):
    monkeypatch.setattr(module, "BATCH", batch)
    text = Text.fit(iter(TEXTS), Tokenizer(), minimum_count=2)
    assert text.vocabulary.tokens[2:] == ("a", "b")
    assert Text.fit(TEXTS, Tokenizer(), size=3).vocabulary.tokens[2:] == ("a",)


def test_the_graph_gives_what_encoding_gives():
    text = Text.fit(TEXTS, Tokenizer())
    inside = tf.function(text)(tf.constant(TEXTS)).to_list()
    assert inside == [row.tolist() for row in text.encode(TEXTS)]


def test_a_saved_text_transform_encodes_the_same(tmp_path):
    text = Text.fit(["To be\n\n", "or not"], Tokenizer("character", reversible=True))
    text.save(tmp_path)
    [ids] = Text.load(tmp_path).encode(["To be\nor"])
    assert text.vocabulary.decode(ids) == "To be\nor"


@pytest.mark.parametrize(
    ("length", "most", "ends", "kept"),
    [
        (3, 5, False, [0, 1, 2]),
        (5, 3, False, [0, 1, 2]),
        (3, 3, True, [0, 1, 2]),
        (6, 4, True, [0, 1, 4, 5]),
        (6, 3, True, [0, 1, 5]),
        (6, 1, True, [0]),
    ],
)
def test_truncating_keeps_the_head_or_both_ends(length, most, ends, kept):
    assert truncate(np.arange(length), most, ends=ends).tolist() == kept


@given(length=st.integers(1, 40), most=st.integers(1, 20), ends=st.booleans())
def test_truncated_ids_keep_their_order_and_the_limit(length, most, ends):
    ids = truncate(np.arange(length), most, ends=ends)
    assert len(ids) == min(length, most)
    assert ids[0] == 0
    assert (np.diff(ids) > 0).all()


def test_an_empty_text_becomes_one_unknown_token():
    assert truncate(np.zeros(0, np.int32), 5).tolist() == [1]


WRITTEN = [
    'Ein Mann, 3 Hüte — "gut"!',
    "I don't  know;\u00a0you?",
    "我喜欢 NETFLIX电影。",
    "a",
    "-a b",
]
SENTENCES = [
    Tokenizer(tokens, sentences=True, lower=lower)
    for tokens in ("word", "character", "subword")
    for lower in (False, True)
]


@pytest.fixture(scope="module", params=SENTENCES, ids=str)
def sentences(request):
    return Text.fit(WRITTEN * 3, request.param, size=100, ends=True)


def decoded_in_graph(text, rows):
    width = max(map(len, rows), default=0)
    padded = [[*row, *[PAD_ID] * (width - len(row))] for row in rows]
    return [s.decode("utf-8") for s in text.decode_batch(tf.constant(padded, tf.int32)).numpy()]


def folded(texts, lower):
    """Single blanks, and none at the ends."""
    texts = [" ".join(text.split()) for text in texts]
    return [text.lower() for text in texts] if lower else texts


def test_what_is_encoded_is_decoded_but_for_wider_blanks(sentences):
    rows = [row.tolist() for row in sentences.encode(WRITTEN)]
    wanted = folded(WRITTEN, sentences.tokenizer.lower)
    assert [sentences.decode(row) for row in rows] == wanted
    assert decoded_in_graph(sentences, rows) == wanted


def test_a_sentence_ends_at_the_first_end(sentences):
    [a], [b] = (row.tolist()[:1] for row in sentences.encode(["a", "b"]))
    rows = [[START_ID, a, END_ID, b, END_ID], [END_ID, a], [], [a, PAD_ID, a, END_ID]]
    wanted = [sentences.decode([a]), "", "", sentences.decode([a, a])]
    assert [sentences.decode(row) for row in rows] == wanted
    assert decoded_in_graph(sentences, rows) == wanted


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_any_ids_are_decoded_in_the_graph_as_outside(sentences, data):
    ids = st.lists(st.integers(0, len(sentences.vocabulary) - 1), max_size=8)
    rows = data.draw(st.lists(ids, min_size=1, max_size=4))
    assert decoded_in_graph(sentences, rows) == [sentences.decode(row) for row in rows]


def test_an_unknown_word_is_shown_as_one():
    text = Text.fit(["a b, c"], Tokenizer(sentences=True), size=5, ends=True)
    [row] = text.encode(["a zzz, a"])
    assert text.decode(row) == "a <unknown> <unknown> a"
    assert decoded_in_graph(text, [row]) == ["a <unknown> <unknown> a"]


def test_running_text_is_decoded_as_it_was():
    text = Text.fit([" To be\n\n"], Tokenizer(reversible=True))
    [row] = text.encode([" To be\n\n"])
    assert text.decode(row) == " To be\n\n"
    assert decoded_in_graph(text, [row]) == [" To be\n\n"]


def test_start_and_end_have_ids_and_count_among_the_size():
    text = Text.fit(["a b c"], Tokenizer(sentences=True), size=6, ends=True)
    assert text.vocabulary.tokens == ("<pad>", "<unknown>", "<start>", "<end>", " a", " b")
    assert [row.tolist() for row in text.encode(["<start> a <end>"])] == [[1, 1, 1, 4, 1, 1, 1]]


def test_a_saved_transform_knows_that_it_has_ends(tmp_path, sentences):
    sentences.save(tmp_path)
    loaded = Text.load(tmp_path, graph=False)
    assert loaded.vocabulary.tokens == sentences.vocabulary.tokens
    assert loaded.vocabulary.special == sentences.vocabulary.special
    [row] = loaded.encode(["a b"])
    assert loaded.decode([START_ID, *row, END_ID]) == sentences.decode(row)
