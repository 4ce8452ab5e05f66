"""Word vectors in the formats they are published in, whole and damaged."""

import gzip
import struct

import numpy as np
import pytest

from kerasrnn.errors import BadInput
from kerasrnn.transforms.vectors import embedding_matrix, read_vectors

WORDS = {"film": [0.5, -1.0, 2.0], "Good": [1.0, 0.0, 0.25], "中文": [3.0, 4.0, 5.0]}


def text(words=WORDS, header=""):
    lines = [f"{word} {' '.join(map(str, vector))}\n" for word, vector in words.items()]
    return (header + "".join(lines)).encode()


def binary(words=WORDS, after=b"\n"):
    rows = [w.encode() + b" " + struct.pack("<3f", *v) + after for w, v in words.items()]
    return f"{len(words)} 3\n".encode() + b"".join(rows)


FILES = {
    "glove.txt": text(),
    "word2vec.vec": text(header="3 3\n"),
    "windows.txt": text().replace(b"\n", b" \r\n"),
    "glove.txt.gz": gzip.compress(text(), mtime=0),
    "word2vec.bin": binary(),
    "gensim.bin": binary(after=b""),
    "word2vec.bin.gz": gzip.compress(binary()),
}


@pytest.fixture
def write(tmp_path):
    def writer(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return writer


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_vectors(write, name):
    found = read_vectors(write(name, FILES[name]), ["film", "good", "中文", "absent"])
    assert {word: vector.tolist() for word, vector in found.items()} == {
        "film": WORDS["film"],
        "good": WORDS["Good"],
        "中文": WORDS["中文"],
    }
    assert all(vector.dtype == np.float32 for vector in found.values())


@pytest.mark.parametrize("order", [("Good", "good", "GOOD"), ("good", "GOOD", "Good")])
def test_a_word_as_it_is_written_goes_before_another_case(write, order):
    words = {word: [float(word == "good")] * 3 for word in order}
    assert read_vectors(write("a.txt", text(words)), ["good"])["good"].tolist() == [1, 1, 1]


def test_words_with_blanks_do_not_shift_the_numbers(write):
    path = write("a.txt", b"one 1 2 3\n. . . 4 5 6\n")
    assert read_vectors(path, [". . ."])[". . ."].tolist() == [4, 5, 6]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"one 1 2 3\ntwo 1 2\n", r"a\.txt, line 2: expected a word and 3 numbers"),
        ("a.txt", b"one 1 2 3\n\n", r"a\.txt, line 2: expected a word and 3 numbers"),
        ("a.txt", b"\none 1 2 3\n", r"a\.txt, line 1: expected a word and some numbers"),
        ("a.txt", b"one 1 2 3\ntwo 1 x 3\n", r"a\.txt, line 2: could not convert"),
        ("a.bin", b"", r"line 1: expected 'words width'"),
        ("a.bin", b"three 3\n", r"line 1: expected 'words width'"),
        ("a.bin", binary()[:-5], r"a\.bin is truncated after 2 of 3 words"),
        ("a.bin", binary()[:30], r"a\.bin is truncated after 1"),
        ("a.bin", binary()[:4], r"a\.bin is truncated after 0 words"),
        ("a.txt.gz", text(), r"a\.txt\.gz is truncated or no gzip file"),
        ("a.txt.gz", gzip.compress(text())[:-9], r"a\.txt\.gz is truncated or no gzip file"),
        ("a.txt.gz", gzip.compress(text())[:10] + b"\xff" * 40, "truncated or no gzip file"),
    ],
    ids=lambda value: "",
)
def test_a_damaged_file_is_named_with_the_place(write, name, content, message):
    with pytest.raises(BadInput, match=message):
        read_vectors(write(name, content), ["one", "two", "film"])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"cannot read the vectors .*none\.txt: No such file"):
        read_vectors(tmp_path / "none.txt", ["a"])


def test_the_matrix_holds_the_vectors_where_there_are_any():
    tokens = ("<pad>", "<unknown>", "film", "absent", "good")
    vectors = {"film": np.array([1, 2], np.float32), "good": np.array([-1, 0], np.float32)}
    matrix, share = embedding_matrix(tokens, vectors, seed=1)
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix[[0, 2, 4]], [[0, 0], [1, 2], [-1, 0]])
    assert matrix[[1, 3]].all()
    assert share == pytest.approx(2 / 3)
    np.testing.assert_array_equal(embedding_matrix(tokens, vectors, seed=1)[0], matrix)
    assert (embedding_matrix(tokens, vectors, seed=2)[0][3] != matrix[3]).all()


def test_tokens_without_a_vector_are_drawn_with_the_vectors_deviation():
    tokens = [str(i) for i in range(3000)]
    vectors = {"1": np.array([2.0, -2.0], np.float32)}
    matrix, _ = embedding_matrix(tokens, vectors, seed=1)
    assert matrix[2:].std() == pytest.approx(2, rel=0.05)


def test_a_file_in_another_language_is_refused():
    with pytest.raises(BadInput, match="none of the vocabulary's words"):
        embedding_matrix(["<pad>", "<unknown>", "a"], {}, seed=1)
