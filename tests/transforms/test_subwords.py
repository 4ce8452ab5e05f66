"""Subwords: SentencePiece's cut, in the graph and by a slow search, and readable files of them."""

import itertools
import random
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kerasrnn.data.samples.exchanges import sample
from kerasrnn.errors import BadInput
from kerasrnn.ids import END_ID, START_ID
from kerasrnn.transforms.graph_subwords import Trie
from kerasrnn.transforms.subwords import UNKNOWN_PENALTY, Subwords
from kerasrnn.transforms.text import Text
from kerasrnn.transforms.tokenizer import Tokenizer

SENTENCES = Tokenizer("subword", sentences=True)
TEXTS = sample(100)["train"].sources
PIECES = {
    "▁": -2.0,
    "a": -1.0,
    "b": -1.0,
    "ab": -2.0,
    "ba": -2.0,
    "▁a": -3.0,
    "我": -1.5,
    "aba": -3.0,
}


@pytest.fixture(scope="module")
def trained():
    return Text.fit(TEXTS, SENTENCES, size=120, ends=True)


@pytest.fixture(scope="module")
def graph_of_trained(trained):
    return traced(trained)


@pytest.fixture(scope="module")
def tied():
    """Pieces many of whose cuts have the same sum."""
    return Text(SENTENCES, Subwords(list(PIECES), list(PIECES.values())))


@pytest.fixture(scope="module")
def graph_of_tied(tied):
    return traced(tied)


def traced(text):
    return tf.function(text, input_signature=[tf.TensorSpec([None], tf.string)])


def in_graph(text, texts):
    return text(tf.constant(texts, tf.string)).to_list()


def assert_the_graph_cuts_likewise(text, texts, graph=None):
    assert in_graph(graph or text, texts) == [ids.tolist() for ids in text.encode(texts)]


@settings(deadline=None, max_examples=100)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
@example(texts=["", " ", "\0", "▁", "▁▁ ▁", "\u2585", "<s>", "<start></s><pad>", "\ufeffHello"])
@example(texts=[""])
@example(texts=[])
@example(texts=["I" * 50, "How much is the tea?", "\u3000Thé 茶, 茶！ 😀😀 how"])
def test_any_text_is_cut_in_the_graph_as_by_the_library(trained, graph_of_trained, texts):
    assert_the_graph_cuts_likewise(trained, texts, graph_of_trained)


@settings(deadline=None, max_examples=100)
@given(texts=st.lists(st.text("ab 我cé", max_size=30), min_size=1, max_size=5))
def test_ties_fall_in_the_graph_as_in_the_library(tied, graph_of_tied, texts):
    assert_the_graph_cuts_likewise(tied, texts, graph_of_tied)


@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_any_table_of_scores_cuts_likewise(data):
    pieces = data.draw(st.lists(st.text("abc▁", min_size=1, max_size=5), min_size=1, unique=True))
    few = st.sampled_from([-1.0, -2.0, -0.1, -3.3])
    scores = data.draw(st.lists(few, min_size=len(pieces), max_size=len(pieces)))
    text = Text(SENTENCES, Subwords(pieces, scores))
    assert_the_graph_cuts_likewise(text, data.draw(st.lists(st.text("abcd "), min_size=1)))


def test_a_cut_is_the_best_of_all():
    """By trying every way to cut: no piece may score more in sum."""
    draw = random.Random(0)
    scores = {
        p: -draw.uniform(1, 5)
        for n in (1, 2, 3)
        for p in map("".join, itertools.product("ab▁", repeat=n))
    }
    vocabulary = Subwords(list(scores), list(scores.values()))
    for _ in range(30):
        text = "".join(draw.choices("ab▁", k=8))
        borders = itertools.product((False, True), repeat=len(text) - 1)
        cuts = ([i for i, border in enumerate(row, 1) if border] for row in borders)
        best = max(
            (tuple(text[a:b] for a, b in itertools.pairwise((0, *cut, len(text)))) for cut in cuts),
            key=lambda pieces: sum(scores.get(piece, -1e9) for piece in pieces),
        )
        assert [vocabulary.tokens[i] for i in vocabulary.look_up(list(text))] == list(best)


def test_neighbouring_unknown_characters_are_one():
    text = Text(SENTENCES, Subwords(["▁", "a"], [-1.0, -2.0]))
    assert text.vocabulary.unknown_score == -2.0 - UNKNOWN_PENALTY
    assert in_graph(text, ["xyz", "axa x", ""]) == [[2, 1], [2, 3, 1, 3, 2, 1], []]
    assert_the_graph_cuts_likewise(text, ["xyz", "axa x", ""])


def test_training_repeats_and_knows_its_size(trained):
    again = Text.fit(TEXTS, SENTENCES, size=120, ends=True)
    assert again.vocabulary.tokens == trained.vocabulary.tokens
    np.testing.assert_array_equal(again.vocabulary.scores, trained.vocabulary.scores)
    assert len(trained.vocabulary) == 120
    assert trained.vocabulary.tokens[:4] == ("<pad>", "<unknown>", "<start>", "<end>")
    assert len(Text.fit(["a b", "a"], SENTENCES, size=100).vocabulary) < 20


def test_no_text_is_encoded_to_start_or_end(trained):
    tokens = " ".join([*trained.vocabulary.tokens, "<s> </s> <unk>"])
    [ids] = trained.encode([tokens])
    assert not {0, START_ID, END_ID} & set(ids.tolist())


def test_texts_full_of_special_names_have_subwords():
    texts = ["<unknown><end>", "<unknown> <pad>x", "<start><unknown>", "a<s>b"] * 50
    text = Text.fit(texts, SENTENCES, size=60, ends=True)
    assert_the_graph_cuts_likewise(text, texts[:4])
    assert [text.decode(ids) for ids in text.encode(texts[:4])] == texts[:4]


def test_rare_characters_are_known_while_there_is_room():
    texts = ["a common sentence"] * 5000 + ["Ǽ"]
    for size, known in ((200, True), (20, False)):
        text = Text.fit(texts, SENTENCES, size=size)
        assert ("Ǽ" in text.vocabulary.tokens) == known


def test_saved_subwords_are_the_same(tmp_path, trained):
    trained.save(tmp_path)
    loaded = Text.load(tmp_path)
    assert loaded.vocabulary.tokens == trained.vocabulary.tokens
    np.testing.assert_array_equal(loaded.vocabulary.scores, trained.vocabulary.scores)
    assert loaded.vocabulary.scores.dtype == np.float32
    for ours, theirs in zip(loaded.encode(TEXTS), trained.encode(TEXTS), strict=True):
        assert ours.tolist() == theirs.tolist()
    assert (tmp_path / "subwords.tsv").read_text("utf-8").splitlines()[0] == "<pad>\t0"


def test_a_served_graph_takes_raw_strings(tmp_path, trained):
    module = tf.Module()
    module.kept = trained.trackables()
    module.encode = tf.function(
        lambda texts: trained(texts).to_tensor(),
        input_signature=[tf.TensorSpec([None], tf.string)],
    )
    tf.saved_model.save(module, tmp_path)
    ids = tf.saved_model.load(tmp_path).encode(tf.constant(["How much?", ""]))
    [row, _] = trained.encode(["How much?", ""])
    np.testing.assert_array_equal(ids, [row.tolist(), [0] * len(row)])
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel.FromString((tmp_path / "saved_model.pb").read_bytes())
    graph = saved.meta_graphs[0].graph_def
    operators = {n.op for f in graph.library.function for n in f.node_def}
    assert operators <= set(tf.raw_ops.__dict__)


@pytest.mark.parametrize(
    ("line", "place"),
    [("piece without score", 3), ("a\tb", 3), ("a\tnan", 3), ("\t1", 3), ("<end>\t0\nx", 4)],
)
def test_a_broken_line_is_named(tmp_path, line, place):
    SENTENCES.save(tmp_path)
    lines = f"<pad>\t0\n<unknown>\t0\n{line}\n"
    (tmp_path / "subwords.tsv").write_text(lines, encoding="utf-8")
    with pytest.raises(BadInput, match=rf"subwords\.tsv, line {place}: expected a piece"):
        Text.load(tmp_path)


def test_a_file_without_the_special_tokens_is_refused(tmp_path):
    SENTENCES.save(tmp_path)
    (tmp_path / "subwords.tsv").write_text("a\t-1\nb\t-1\n", encoding="utf-8")
    with pytest.raises(BadInput, match="must begin with <pad> and <unknown>"):
        Text.load(tmp_path)


@pytest.mark.parametrize(
    ("texts", "size", "message"),
    [
        (["abcdefghij"], 5, "vocabulary of 5 is too small"),
        ([], 100, "no subwords"),
        (["", " \n"], 100, "no subwords"),
    ],
)
def test_texts_that_give_no_subwords_are_refused(texts, size, message):
    with pytest.raises(BadInput, match=message):
        Text.fit(texts, SENTENCES, size=size)


def test_an_odd_character_costs_no_text():
    text = Text.fit(["one two\u2585 three\0"] * 3, SENTENCES, size=50)
    assert "".join(text.vocabulary.tokens[2:]).count("w")


def test_nothing_is_said_on_standard_error_nor_tensorflow_imported():
    code = (
        "import sys\n"
        "from kerasrnn.transforms.text import Text\n"
        "from kerasrnn.transforms.tokenizer import Tokenizer\n"
        "text = Text.fit(['a b', 'ab b'], Tokenizer('subword', sentences=True), size=20)\n"
        "[ids] = text.encode(['b a'])\n"
        "assert text.decode(ids) == 'b a', ids\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_trie_walks_along_its_pieces():
    trie = Trie(["ab", "a", "b"], np.array([-3, -1, -2], np.float32), 2)
    first, second = trie.walk(tf.constant([[97, 98, 99]], tf.int64))
    assert trie.ids[first.numpy()].tolist() == [[3, 4, 1]]
    assert trie.ids[second.numpy()].tolist() == [[2, 1, 1]]
    assert trie.scores[second.numpy()].tolist() == [[-3, -np.inf, -np.inf]]
