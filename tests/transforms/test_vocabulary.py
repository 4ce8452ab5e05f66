"""Tokens to ids and back, through a file as well."""

from collections import Counter

import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kerasrnn.errors import BadInput
from kerasrnn.ids import PAD_ID, UNKNOWN_ID
from kerasrnn.transforms.vocabulary import PAD, UNKNOWN, Vocabulary, count_tokens

COUNTS = Counter({"b": 3, "a": 3, "rare": 1, "most": 9})
TOKENS = st.lists(
    st.text(
        st.one_of(
            st.sampled_from("\n\r\\\u2028\u2029\x85\x0b\x0c\x1c\ufeff\x00nr "),
            st.characters(exclude_categories=["Cs"]),
        )
    ).filter(lambda token: token not in (PAD, UNKNOWN)),
    unique=True,
    max_size=8,
)


def test_padding_and_unknown_come_first():
    assert Vocabulary(["x"]).tokens == ("<pad>", "<unknown>", "x")
    assert (PAD_ID, UNKNOWN_ID) == (0, 1)


def test_tokens_are_ordered_by_frequency_then_by_themselves():
    assert Vocabulary.fit(COUNTS).tokens[2:] == ("most", "a", "b", "rare")
    assert Vocabulary.fit(Counter(dict(reversed(COUNTS.items())))).tokens[2] == "most"


@pytest.mark.parametrize(("minimum", "kept"), [(1, 4), (2, 3), (3, 3), (4, 1), (10, 0)])
def test_tokens_below_the_minimum_count_are_unknown(minimum, kept):
    assert len(Vocabulary.fit(COUNTS, minimum_count=minimum)) == 2 + kept


@pytest.mark.parametrize(("size", "length"), [(1, 2), (2, 2), (3, 3), (6, 6), (7, 6), (None, 6)])
def test_the_size_counts_padding_and_unknown(size, length):
    assert len(Vocabulary.fit(COUNTS, size=size)) == length


def test_tokens_that_look_like_the_special_ones_are_not_kept():
    assert Vocabulary.fit(Counter({PAD: 9, UNKNOWN: 9, "": 9, "a": 1})).tokens[2:] == ("a",)


def test_a_token_given_twice_is_refused():
    with pytest.raises(BadInput, match="holds 'b' twice"):
        Vocabulary(["a", "b", "b"])
    with pytest.raises(BadInput, match="holds '<pad>' twice"):
        Vocabulary(["<pad>"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("vocabulary")


@given(tokens=TOKENS)
@example(tokens=["\n", "\\n", "\\", "\\\\n", "\r", "\\r", "\u2028", ""])
def test_a_saved_vocabulary_is_the_same(folder, tokens):
    vocabulary = Vocabulary(tokens)
    vocabulary.save(folder)
    assert Vocabulary.load(folder).tokens == vocabulary.tokens


@settings(max_examples=30)
@given(tokens=TOKENS)
def test_every_token_has_its_own_id_back(tokens):
    vocabulary = Vocabulary(tokens)
    ids = vocabulary.encode(tf.constant(tokens, tf.string, (len(tokens),))).numpy().tolist()
    assert ids == list(range(2, len(tokens) + 2))
    assert vocabulary.look_up(tokens).tolist() == ids
    assert vocabulary.decode(ids) == "".join(tokens)


def test_padding_is_no_token_of_a_text():
    vocabulary, tokens = Vocabulary(["a"]), [PAD, UNKNOWN, "a", "b"]
    assert vocabulary.encode(tf.constant(tokens)).numpy().tolist() == [1, 1, 2, 1]
    assert vocabulary.look_up(tokens).tolist() == [1, 1, 2, 1]


def test_padding_is_left_out_of_decoded_text():
    assert Vocabulary(["a", "b"]).decode([2, 0, 3, 1, 0]) == "ab<unknown>"


@pytest.mark.parametrize("content", ["", "a\nb\n", "<unknown>\n<pad>\n", "<pad>\n"])
def test_a_file_without_the_special_tokens_is_named(tmp_path, content):
    (tmp_path / "vocabulary.txt").write_text(content)
    with pytest.raises(BadInput, match=r"vocabulary\.txt is broken: it must begin with <pad>"):
        Vocabulary.load(tmp_path)


def test_a_missing_or_undecodable_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"cannot read .*vocabulary\.txt"):
        Vocabulary.load(tmp_path)
    (tmp_path / "vocabulary.txt").write_bytes(b"<pad>\n\xff")
    with pytest.raises(BadInput, match=r"vocabulary\.txt is not UTF-8 at byte 6"):
        Vocabulary.load(tmp_path)


def test_the_table_outlives_the_graph_that_used_it_first():
    vocabulary = Vocabulary(["a", "b"])
    words = tf.ragged.constant([["a"], ["b", "c"]])
    first = tf.function(lambda x: vocabulary.encode(x) + 0)
    second = tf.function(lambda x: vocabulary.encode(x) * 1)
    dataset = tf.data.Dataset.from_tensors(words).map(vocabulary.encode)
    expected = [[2], [3, UNKNOWN_ID]]
    assert next(iter(dataset)).to_list() == expected
    for encode in (first, second, vocabulary.encode):
        assert encode(words).to_list() == expected


def test_tokens_are_counted_over_all_batches():
    batches = [tf.ragged.constant([["a", "é"], []]), tf.ragged.constant([["a"], ["a", "b"]])]
    assert count_tokens(batches) == {"a": 3, "é": 1, "b": 1}
