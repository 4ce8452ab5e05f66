"""Labelled texts: what people's files look like, and what is said about broken ones."""

import csv
import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.data.text_files import read_labelled_texts, read_texts
from kerasrnn.errors import BadInput

# NUL is left out: the csv module of Python 3.10 refuses it.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
EDGES = st.text("a\"',;\t\r\n \ufeff中\u2028", max_size=8)
TEXTS = st.lists(EDGES | st.text(CHARACTERS), min_size=2, max_size=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("texts")


def write(path, content):
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" and data[:2] != b"\x1f" else data)
    return path


@settings(deadline=None)
@given(TEXTS)
def test_csv_gives_back_any_text(folder, texts):
    stream = io.StringIO(newline="")
    rows = [(number % 2, text) for number, text in enumerate(texts)]
    csv.writer(stream).writerows([("label", "text"), *rows])
    path = write(folder / "a.csv", stream.getvalue())
    read = read_labelled_texts(path)
    assert read.texts == texts
    assert read.labels == [str(label) for label, _ in rows]
    assert read.source == str(path)
    assert read_texts(path) == texts


@settings(deadline=None)
@given(TEXTS)
def test_json_lines_give_back_any_text(folder, texts):
    rows = [{"text": text, "label": n % 2} for n, text in enumerate(texts)]
    path = write(folder / "a.jsonl", "\n".join(json.dumps(r, ensure_ascii=False) for r in rows))
    assert read_labelled_texts(path).texts == texts == read_texts(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "text,label\ngood,1\nbad,0\n"),
        ("a.csv", "\ufeffReview,Sentiment\r\ngood,1\r\n\r\nbad,0"),
        ("a.csv", "id;Label;TEXT\n1;1;good\n2;0;bad\n"),
        ("a.csv", "rating,label,text,id\n9,1,good,a\n1,0,bad,b\n"),
        ("a.csv", "airline_mood,text\n1,good\n0,bad\n"),
        ("a.csv", "1,good\n0,bad\n"),
        ("a.csv.gz", '"good","1"\n"bad","0"\n'),
        ("a.tsv", "good\t1\nbad\t0\n"),
        ("a.txt", "label\tsentence\n1\tgood\n0\tbad\n"),
        ("a.TSV", "good\t 1 \r\nbad\t0\r\n"),
        ("a.jsonl", '{"text": "good", "label": 1}\r\n\n{"label": "0", "text": "bad"}\n'),
        ("a.ndjson.gz", '{"text": "good", "label": "1"}\n{"text": "bad", "label": "0"}'),
        ("a.json", '[{"text": "good", "label": 1},\n {"text": "bad", "label": 0}]'),
    ],
)
def test_usual_files_need_no_options(tmp_path, name, content):
    path = write(tmp_path / name, content)
    read = read_labelled_texts(path)
    assert (read.texts, read.labels) == (["good", "bad"], ["1", "0"])
    if not name.startswith("a.txt"):
        assert read_texts(path) == ["good", "bad"]


def test_columns_by_name(tmp_path):
    path = write(tmp_path / "a.csv", "a,text,B\nx,y,1\nz,w,2\n")
    read = read_labelled_texts(path, text_column="a", label_column="b")
    assert (read.texts, read.labels) == (["x", "z"], ["1", "2"])
    assert read_texts(path, text_column="a") == ["x", "z"]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('"he said ""a\tb"""\tx\n"two\nlines"\ty\n', ['he said "a\tb"', "two\nlines"]),
        ('"Great" film\tx\nends in "quotes"\ty\n', ['"Great" film', 'ends in "quotes"']),
        ('"opened\tx\nplain\ty\nclosed"\tx\n', ['"opened', "plain", 'closed"']),
    ],
)
def test_quotes_in_files_with_tabs(tmp_path, content, texts):
    assert read_labelled_texts(write(tmp_path / "a.tsv", content)).texts == texts


def test_long_cells_and_empty_texts(tmp_path):
    path = write(tmp_path / "a.csv", "text,label\n" + "x" * 500_000 + ",1\n,0\n")
    assert list(map(len, read_labelled_texts(path).texts)) == [500_000, 0]


def test_folder_of_classes(tmp_path):
    train = tmp_path / "train"
    for name in ("pos/2.txt", "pos/1.txt", "neg/3.txt", ".git/x.txt", "neg/.4.txt", "neg/note.md"):
        (train / name).parent.mkdir(exist_ok=True, parents=True)
        write(train / name, f"{name}\r\nend\r\n")
    write(train / "neg/5.txt", b"")
    read = read_labelled_texts(train)
    assert read.texts == ["neg/3.txt\nend", "", "pos/1.txt\nend", "pos/2.txt\nend"]
    assert read.labels == ["neg", "neg", "pos", "pos"]
    with pytest.raises(BadInput, match="folders of its own; give the folder just above"):
        read_labelled_texts(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "file is empty"),
        ("a.csv", "text,label\n", "no rows"),
        ("a.csv", "text,label\na,1\nb\n", "line 3: 1 cells where the first row has 2"),
        ("a.csv", 'text,label\n"a\nb",1\nb,0,c\n', "line 4: 3 cells"),
        ("a.csv", "text,label\na,1\nb, \n", "line 3: empty label"),
        ("a.csv", "text,label\na,1\nb,1\n", "only the label '1'"),
        ("a.csv", 'text,label\na,1\n"b,0\nc,0\n', "line 3: unexpected end of data"),
        ("a.csv", "x,y,z\n1,2,3\n", "3 columns, none named like a text: 'x', 'y', 'z'"),
        ("a.csv", "text,y,z\n1,2,3\n", "no label column among 'text', 'y', 'z'"),
        ("a.csv", "id,text\n1,a\n2,b\n", "no label column among 'id', 'text'.*--label-column"),
        ("a.csv", "text,review_id\na,1\nb,2\n", "no label column.*--label-column"),
        (
            "a.csv",
            "text,author\n" + "".join(f"a b,p{row}\n" for row in range(10)),
            "every row has a label of its own.*--label-column",
        ),
        ("a.csv", "Post,Mood\n" + "x y,p\nz w,n\n" * 9, "line 1: 'Mood'.*header.*--text-column"),
        ("a.csv", b"text,label\na,1\nb\xff,0\n", "line 3, byte 16: not UTF-8"),
        ("a.csv", gzip.compress(b"text", mtime=0), "not text but a gzip file"),
        ("a.csv.gz", gzip.compress(b"text,label\n" * 9, mtime=0)[:-9], "damaged or cut short"),
        ("a.txt", "one text a line\n", "line 1: no tab"),
        ("a.pdf", "x", "unknown kind of file"),
        ("a.jsonl", '{"text": "a", "label": 1}\n{"text": \n', "line 2, column 10: not JSON"),
        ("a.jsonl", '{"text": "a", "label": 1}\n{"text": "b"}\n', "line 2: no key 'label'"),
        ("a.jsonl", '{"text": "a", "label": 1}\n[1]\n', r"line 2: \[1\]; give one object"),
        ("a.jsonl", '{"text": "a", "label": null}\n', "line 1: label null"),
        ("a.jsonl", '{"text": 5, "label": 1}\n', "line 1: 'text' is 5"),
        ("a.json", '[{"text": "a", "label": 1},\n{]', "line 2, column 2: not JSON"),
    ],
)
def test_broken_files_are_told_with_their_place(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput, match=message) as caught:
        read_labelled_texts(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_names(tmp_path):
    path = write(tmp_path / "reviews.csv", "text,label\na,1\nb,0\n")
    with pytest.raises(BadInput, match="no column 'txt'; choose from 'text', 'label'"):
        read_labelled_texts(path, text_column="txt")
    with pytest.raises(BadInput, match="both text and label"):
        read_labelled_texts(path, text_column="label", label_column="label")
    with pytest.raises(BadInput, match=r"did you mean reviews\.csv\?"):
        read_labelled_texts(tmp_path / "review.csv")
    with pytest.raises(BadInput, match=r"no subfolder with \.txt"):
        read_labelled_texts(tmp_path)


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("a\nb\n", ["a", "b"]),
        ("\ufeffa\r\n\r\nb", ["a", "", "b"]),
        ("\n", [""]),
        ("a\tb", ["a\tb"]),
    ],
)
def test_one_text_a_line(tmp_path, monkeypatch, content, texts):
    assert read_texts(write(tmp_path / "a.txt", content)) == texts
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    assert read_texts("-") == texts


def test_texts_of_tables_without_labels(tmp_path):
    assert read_texts(write(tmp_path / "a.csv", "one\ntwo\n")) == ["one", "two"]
    assert read_texts(write(tmp_path / "a.csv", "text\none\n")) == ["one"]
    with pytest.raises(BadInput, match=r"no text column among .*--text-column"):
        read_texts(write(tmp_path / "a.csv", "x,y,label\n1,2,3\n"))
    with pytest.raises(BadInput, match="no rows below the header"):
        read_texts(write(tmp_path / "a.csv", "text\n"))


def test_a_header_is_known_by_the_columns_of_training_or_doubted(tmp_path):
    path = write(tmp_path / "a.csv", "post,mood\na b,x\nc d,y\n")
    warnings = []
    assert read_texts(path, label_column="Mood", warnings=warnings) == ["a b", "c d"]
    assert read_texts(path, text_column="post", warnings=warnings) == ["a b", "c d"]
    assert not warnings
    read_texts(path, label_column="verdict", warnings=warnings)
    assert len(warnings) == 1
    assert "line 1 is taken for a text ('post'); if it is a header, name --text-col" in warnings[0]
    write(path, "post,mood\n" + "a b,x\nc d,y\n" * 9)
    with pytest.raises(BadInput, match=r"line 1: 'mood'.*header.*--text-column"):
        read_texts(path)


@pytest.mark.parametrize("content", [b"", b"\xff"])
def test_bad_standard_input(monkeypatch, content):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    with pytest.raises(BadInput, match="standard input: "):
        read_texts("-")
