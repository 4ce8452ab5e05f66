"""Streams of text: joined they are the text, cut they are where a reader would cut."""

import gzip
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.data import corpus
from kerasrnn.data.corpus import find_text_files, read_chunks
from kerasrnn.errors import BadInput

ENDINGS = st.text("ab 中\r\n\u2028\u00e9\U0001f600\ufeff", min_size=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("corpus")


@pytest.mark.parametrize("block", [1, 2, 1 << 16])
@settings(deadline=None)
@given(texts=st.lists(ENDINGS, min_size=1, max_size=3), characters=st.integers(1, 9))
def test_chunks_join_to_the_text(folder, block, texts, characters):
    files = [folder / f"{number}.txt" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "LARGEST_BLOCK", block)
        chunks = list(read_chunks(files, characters=characters))
    assert "".join(chunks) == "".join(text.replace("\r\n", "\n") for text in texts)
    assert all(0 < len(chunk) <= characters for chunk in chunks)


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("one\ntwo\nthree\n", ["one\ntwo\n", "three\n"]),
        ("one two three", ["one two ", "three"]),
        ("中文沒有空格的一行字", ["中文沒有空格的一", "行字"]),
        ("a\nbbb ccc d", ["a\n", "bbb ccc ", "d"]),
        ("12345678", ["12345678"]),
    ],
)
def test_chunks_end_after_a_line_else_after_a_word(tmp_path, text, chunks):
    file = tmp_path / "a.txt"
    file.write_text(text, encoding="utf-8", newline="")
    assert list(read_chunks([file], characters=8)) == chunks


def test_one_endless_line_takes_little_memory(tmp_path):
    file = tmp_path / "a.txt.gz"
    file.write_bytes(gzip.compress(b"x" * 30_000_000))
    tracemalloc.start()
    assert sum(map(len, read_chunks([file], characters=100_000))) == 30_000_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_find_text_files(tmp_path):
    for name in ("b.txt", "a.TXT", "in/c.txt.gz", "in/d.csv", ".hidden.txt", ".git/e.txt", "x,y"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = find_text_files(str(tmp_path))
    assert [str(file.relative_to(tmp_path)) for file in found] == ["a.TXT", "b.txt", "in/c.txt.gz"]
    assert find_text_files(f"{tmp_path}/b.txt, {tmp_path}/in") == [found[1], found[2]]
    assert find_text_files(f"{tmp_path}/x,y") == [tmp_path / "x,y"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "empty file name"),
        ("a.txt,,b.txt", "empty file name|no such file"),
        ("inputs.txt", r"no such file; did you mean input\.txt\?"),
        ("nowhere/input.txt", "no folder 'nowhere'"),
        ("empty", r"no \.txt or \.txt\.gz file"),
    ],
)
def test_paths_that_lead_nowhere(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "input.txt").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=message):
        find_text_files(path)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "no text in "),
        ("a.txt", b"\xef\xbb\xbf", "no text in "),
        ("a.txt", b"abc\xe4\xb8\xad\xffd", "byte 6: not UTF-8"),
        ("a.txt", b"x" * 70_000 + b"\xe4\xb8", "byte 70000: not UTF-8"),
        ("a.txt", gzip.compress(b"abc", mtime=0), "byte 1: not text but a gzip file"),
        ("a.txt.gz", gzip.compress(b"abc" * 99, mtime=0)[:-9], "damaged or cut short"),
        ("a.txt.gz", b"abc", "not a gzip file"),
    ],
)
def test_unreadable_files(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput, match=message) as caught:
        list(read_chunks([tmp_path / name]))
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_are_reported_before_reading(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        read_chunks([tmp_path / "none.txt"])
    with pytest.raises(BadInput, match="positive"):
        read_chunks([], characters=0)
