"""Tokens without TensorFlow are those that TensorFlow gives, over all of Unicode."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import regex
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kerasrnn.data.samples.documentation import read_documentation
from kerasrnn.data.samples.reviews import sample
from kerasrnn.data.text_files import read_labelled_texts
from kerasrnn.transforms import graph_strings, plain_strings
from kerasrnn.transforms.text import Text
from kerasrnn.transforms.tokenizer import SEPARATOR, TOKENS, Tokenizer
from kerasrnn.transforms.vocabulary import Vocabulary

DATA = os.environ.get("KERASRNN_DATA", "")
TOKENIZERS = [
    *(Tokenizer(tokens) for tokens in TOKENS),
    *(Tokenizer(tokens, reversible=True) for tokens in ("word", "character")),
    *(Tokenizer(tokens, sentences=True) for tokens in ("word", "character", "subword")),
    Tokenizer(sentences=True, lower=True),
]
HANUNOO_SIGN = "\u1734"  # whose part in a final sigma changed with Unicode 14
# every character; planes 4 to 13 are empty, 15 and 16 private, the surrogates are none
EVERY = [*map(chr, [*range(0xD800), *range(0xE000, 0x40000), *range(0xE0000, 0xF0000)])]
PARTS = [
    *("<br />", "<a href='x'>", "</", "<", ">", "&amp;", "<!--", "<i>", "-->"),
    *("'", "''", "don't", "’", "‘", "ΑΣ", "ς.", "İ", "I\u0307", "ǅ", "\u0345", "e\u0301", "हि"),
    *("我喜欢", "ｶﾞ", "ひらカナ", "한국", "😀", "👩\u200d👧", "🇩🇪", "\r\n", "<b" + "x" * 200 + ">"),
    *" \t\n\r\f\v\0\x1c\x1d\x1e\x1f\x85\xa0\xad\u2003\u2028\u2029\u3000\u200b\ufeff\uffff",
    *"aBé_-.Σẞ〇𠮷٣Ⅷ²\U00010570\U00016ea0\U000323b0",
]
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters=HANUNOO_SIGN)
TEXT = st.lists(st.one_of(st.sampled_from(PARTS), st.text(CHARACTERS))).map("".join)


def in_graph(tokenizer, texts):
    rows = tokenizer(tf.constant(tokenizer.before_graph(texts))).to_list()
    return [[token.decode("utf-8") for token in row] for row in rows]


def joined(words, *, by=" ", count=4096):
    """Long texts of `count` words each: many short ones would take the graph its time."""
    return [by.join(words[first : first + count]) for first in range(0, len(words), count)]


def assert_the_same(tokenizer, texts):
    for text, tokens in zip(texts, in_graph(tokenizer, texts), strict=True):
        assert tokenizer.plain(text) == tokens, ascii(text[:200])


def assert_the_same_ids(tokenizer, texts):
    text = Text.fit(texts, tokenizer, minimum_count=2, size=6000)
    plain = Text(text.tokenizer, text.vocabulary, graph=False)
    inside = tf.function(text, input_signature=[tf.TensorSpec([None], tf.string)])
    # the best cut into subwords is sought in rows as wide as a batch's longest text
    texts = sorted(texts, key=len)
    for first in range(0, len(texts), 256):
        batch = texts[first : first + 256]
        ids = inside(tf.constant(tokenizer.before_graph(batch)))
        assert ids.dtype == tf.int32
        for ours, theirs in zip(plain.encode(batch), ids.to_list(), strict=True):
            assert ours.dtype == np.int32
            assert ours.tolist() == theirs


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=str)
@settings(max_examples=200)
@given(texts=st.lists(TEXT, min_size=1, max_size=8))
@example(texts=["", " ", "\0", SEPARATOR, SEPARATOR * 2 + "a", "a\n", "'a'\n", "\n'", "'"])
def test_plain_tokens_are_those_of_the_graph(tokenizer, texts):
    assert_the_same(tokenizer, texts)


@pytest.mark.slow
@pytest.mark.parametrize("tokenizer", [t for t in TOKENIZERS if not t.lower], ids=str)
def test_every_character_is_read_as_the_graph_reads_it(tokenizer):
    words = [f"a{c}' '{c}<b{c}>" for c in EVERY]
    assert_the_same(tokenizer, joined(words))


def test_every_character_is_lowered_as_in_the_graph():
    """Alone, and where it decides whether a sigma is the last letter of its word."""
    words = [f"{c} {c}Σ a{c}Σ aΣ{c} aΣ{c}a {c}" for c in EVERY if c not in ("\0", HANUNOO_SIGN)]
    texts = joined(words, by=" . ")
    lowered = [text.decode("utf-8") for text in graph_strings.lower(tf.constant(texts)).numpy()]
    assert list(map(plain_strings.lower, texts)) == lowered


def test_letters_that_a_later_python_would_lower_are_left_as_the_graph_leaves_them():
    # `regex` knows a later Unicode than Python
    cased = [c for c in EVERY if regex.match(r"\p{Changes_When_Lowercased}", c)]
    lowered = graph_strings.lower(tf.constant(cased)).numpy()
    left = [c for c, small in zip(cased, lowered, strict=True) if c == small.decode("utf-8")]
    assert left
    assert [plain_strings.lower(c) for c in left] == left


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=str)
def test_plain_ids_of_the_samples_are_those_of_the_graph(tokenizer):
    texts = [text for part in sample(500, seed=1).values() for text in part.texts]
    documentation = read_documentation()[:300_000]
    cut = tokenizer.tokens == "subword"
    texts += documentation[:30_000].split("\n\n") if cut else [documentation]
    assert_the_same_ids(tokenizer, texts)


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="KERASRNN_DATA names no folder with the data")
@pytest.mark.parametrize("file", ["imdb/imdb_test.csv.gz", "chnsenticorp/train.tsv"])
@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=str)
def test_plain_ids_of_real_texts_are_those_of_the_graph(tokenizer, file):
    path = Path(DATA) / file
    if not path.exists():
        pytest.skip(f"KERASRNN_DATA lacks {path}")
    texts = read_labelled_texts(path).texts
    # those for sentences take their time over whole reviews
    short = tokenizer.sentences or tokenizer.tokens in ("subword", "element")
    assert_the_same_ids(tokenizer, texts[::20] if short else texts)


def test_chinese_words_are_found_without_the_graph_too():
    pytest.importorskip("jieba")
    texts = ["我喜欢北京大学 <br/>OK", "plain English", ""]
    assert_the_same(Tokenizer(segmenter="jieba"), texts)


def test_a_plain_transform_never_imports_tensorflow(tmp_path):
    Text(Tokenizer(), Vocabulary(["film", "école"])).save(tmp_path)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from kerasrnn.transforms.text import Text\n"
        "text = Text.load(Path(sys.argv[1]), graph=False)\n"
        "assert [r.tolist() for r in text.encode(['A film, ÉCOLE', ''])] == [[1, 2, 3], []]\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    run = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
