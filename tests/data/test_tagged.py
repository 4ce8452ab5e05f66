"""Sentences with a label for each token, from the files people have."""

import gzip
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.data.tagged import read_tagged
from kerasrnn.errors import BadInput

CONLLU = """\
# sent_id = 1
# text = Don't go.
1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\t_
1\tDo\tdo\tAUX\tVB\t_\t3\taux\t_\t_
2\tn't\tnot\tPART\tRB\t_\t3\tadvmod\t_\t_
3\tgo\tgo\tVERB\tVB\t_\t0\troot\t_\tSpaceAfter=No
3.1\tthere\tthere\tADV\tRB\t_\t_\t_\t_\t_
4\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\t_

1\tin spite of\tin spite of\tADP\tIN\t_\t0\troot\t_\t_
"""
COLUMNS = """\
-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O


German JJ B-NP B-MISC
"""


@pytest.fixture
def write(tmp_path):
    def make(name, text):
        path = tmp_path / name
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(text.encode()))
        else:
            path.write_bytes(text.encode())
        return str(path)

    return make


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        ("", [["AUX", "PART", "VERB", "PUNCT"], ["ADP"]]),
        ("xpos", [["VB", "RB", "VB", "."], ["IN"]]),
        ("8", [["aux", "advmod", "root", "punct"], ["root"]]),
    ],
)
def test_conllu(write, column, labels):
    for name in ("x.conllu", "x.conllu.gz"):
        found = read_tagged(write(name, CONLLU), label_column=column)
        assert found.tokens == [["Do", "n't", "go", "."], ["in spite of"]]
        assert found.labels == labels
    assert [place.rpartition(" ")[2] for place in found.places] == ["4", "10"]


def test_lemmas_may_be_the_tokens(write):
    found = read_tagged(write("x.conllu", CONLLU), text_column="lemma")
    assert found.tokens[0][:2] == ["do", "not"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns(write, end):
    path = write("x.txt", COLUMNS.replace("\n", end))
    found = read_tagged(path)
    assert found.tokens == [["EU", "rejects"], ["German"]]
    assert found.labels == [["B-ORG", "O"], ["B-MISC"]]
    assert read_tagged(path, label_column="2").labels == [["NNP", "VBZ"], ["JJ"]]
    assert read_tagged(path, labelled=False).tokens == found.tokens


def test_a_wide_blank_is_a_token_and_tabs_part_where_they_are(write):
    assert read_tagged(write("x.bmes", "\u3000 O\n中 S-X\n")).tokens == [["\u3000", "中"]]
    found = read_tagged(write("y.conll", "New York\tB-X\nis\tO\n"))
    assert found.tokens == [["New York", "is"]]


def test_json_lines(write):
    path = write(
        "x.jsonl",
        '{"words": ["a", "b"], "ner_tags": ["O", "B-X"]}\n{"words": [], "ner_tags": []}\n',
    )
    found = read_tagged(path)
    assert (found.tokens, found.labels) == ([["a", "b"]], [["O", "B-X"]])
    other = write("y.jsonl", '{"w": ["a"], "l": ["X"]}\n')
    assert read_tagged(other, text_column="w", label_column="l").labels == [["X"]]


def test_sentences_without_tokens_are_left_out(write):
    found = read_tagged(write("x.conll", "\n\na X\n\n\n\nb Y\n\n"))
    assert found.tokens == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.conll", "a X\nb\n", r"x.conll: line 2: 1 column where the first line has 2"),
        ("x.conll", "a X\n\nb Y Z\n", r"line 3: 3 columns where the first line has 2"),
        ("x.conll", "a\nb\n", r"line 1: 1 column; a line holds a token and its label"),
        ("x.conll", "a\t\n", r"line 1: an empty label"),
        ("x.conll", "\tX\n", r"line 1: an empty token"),
        ("x.conll", "a\tX Y\n", r"line 1: label 'X Y' holds blanks"),
        ("x.conll", "\n \n", r"no sentences"),
        ("x.conllu", "1\ta\ta\tX\n", r"x.conllu: line 1: 4 columns where CoNLL-U has 10"),
        ("x.jsonl", '{"tokens": ["a"], "labels": []}', r"line 1: 1 tokens and 0 labels"),
        ("x.jsonl", '{"tokens": "a", "labels": []}', r"'tokens' is \"a\"; give a list of strings"),
        ("x.jsonl", '{"tokens": ["a"], "labels": [3]}', r"'labels' is \[3\]; give a list"),
        ("x.jsonl", '{"a": ["a"]}', r"no key for the tokens among 'a'; name it with --text-column"),
        ("x.jsonl", '{"tokens": [""], "labels": ["X"]}', r"line 1: an empty token"),
        ("x.jsonl", "[1]", r'give one object a line, as \{"tokens"'),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(write, name, text, message):
    with pytest.raises(BadInput, match=message):
        read_tagged(write(name, text))


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("x.conllu", {"label_column": "pos"}, "no column 'pos' in CoNLL-U; choose from id, form"),
        ("x.conllu", {"label_column": "11"}, "no column '11'"),
        ("x.conll", {"label_column": "5"}, "--label-column '5'; give a number from 1 to 4"),
        ("x.conll", {"text_column": "ner"}, "--text-column 'ner'; give a number"),
        ("x.conll", {"text_column": "4"}, "column 4 cannot be both token and label"),
    ],
)
def test_columns_that_are_none(write, name, columns, message):
    path = write(name, CONLLU if name == "x.conllu" else COLUMNS.partition("\n\n")[2])
    with pytest.raises(BadInput, match=message):
        read_tagged(path, **columns)


words = st.text(string.ascii_letters + "'-.,;中é", min_size=1, max_size=5)
sentences = st.lists(st.lists(st.tuples(words, words), min_size=1, max_size=5), min_size=1)


@given(sentences)
def test_what_is_written_in_columns_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("columns") / "x.conll"
    text = "\n\n".join("\n".join(f"{a}\t{b}" for a, b in row) for row in rows)
    path.write_text(text, encoding="utf-8")
    found = read_tagged(path)
    assert found.tokens == [[a for a, _ in row] for row in rows]
    assert found.labels == [[b for _, b in row] for row in rows]
