"""Sequences as people write them."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.data.sequence_lines import read_sequence_lines, sequence_words
from kerasrnn.errors import BadInput


def test_words_are_parted_by_blanks_or_commas_and_know_their_place():
    assert sequence_words("3, -5\t.5*", "here") == [
        ("here, column 1", "3"),
        ("here, column 4", "-5"),
        ("here, column 7", ".5*"),
    ]


@given(st.lists(st.from_regex(r"[a-z0-9.*#-]+", fullmatch=True), min_size=1))
def test_words_written_down_are_read_back(words):
    for separator in (" ", ",", ", ", "\t"):
        read = sequence_words(separator.join(words), "x")
        assert [word for _, word in read] == words


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_is_a_sequence(tmp_path, end, last):
    text = end.join(["1 2", "3"]) + (end if last else "")
    (tmp_path / "x.txt").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (tmp_path / "x.txt.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("x.txt", "x.txt.gz"):
        path = tmp_path / name
        where = f"{path}: line 2, column 1"
        lines = read_sequence_lines(path)
        assert [[word for _, word in line] for line in lines] == [["1", "2"], ["3"]]
        assert lines[1] == [(where, "3")]


def test_a_line_that_holds_nothing_is_refused(tmp_path):
    (tmp_path / "x.txt").write_text("1 2\n , \n3\n")
    with pytest.raises(BadInput, match=r"x.txt: line 2: nothing there"):
        read_sequence_lines(tmp_path / "x.txt")
    with pytest.raises(BadInput, match="no such file"):
        read_sequence_lines(tmp_path / "y.txt")
