"""Pairs from every form they come in, and the line of what cannot be read."""

import gzip
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.data.pairs import (
    TURN,
    Pairs,
    holds_dialogues,
    read_dialogues,
    read_pairs,
    read_sources,
)
from kerasrnn.errors import BadInput

DATA = os.environ.get("KERASRNN_DATA", "")
# no line ends within a line, and nothing that a file as a whole would lose
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r\ufeff"))


def write(folder, name, content):
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return str(path)


def sides(pairs):
    return list(zip(pairs.sources, pairs.targets, strict=True))


@pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a.txt.gz", "a", "a,b.txt"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_with_a_tab(tmp_path, name, ends, mark):
    path = write(tmp_path, name, mark + ends.join(["Haus\thouse", "", '"Das\t\'that"', "\tx", ""]))
    pairs = read_pairs(path)
    assert sides(pairs) == [("Haus", "house"), ('"Das', "'that\""), ("", "x")]
    assert pairs.origin == path
    assert sides(pairs.complete()) == sides(pairs)[:2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\tb\nc\n", "line 2: no tab between source and target"),
        ("a\tb\n\nc\td\te\n", "line 3: 2 tabs"),
        ("a b,c", "line 1: no tab.*two files as in train.de,train.en"),
        ("", "the file is empty"),
        ("\n \n", "no pairs"),
        (b"a\tb\n\xff\tc", "line 2, byte 4: not UTF-8"),
        (gzip.compress(b"a\tb", mtime=0), "not text but a gzip file"),
    ],
)
def test_lines_that_are_no_pairs_are_named(tmp_path, content, message):
    with pytest.raises(BadInput, match=rf"a\.txt: .*{message}"):
        read_pairs(write(tmp_path, "a.txt", content))


def test_a_header_of_usual_names_is_none_of_the_pairs(tmp_path):
    assert sides(read_pairs(write(tmp_path, "a.tsv", "Source\tTarget\na\tb\n"))) == [("a", "b")]
    assert sides(read_pairs(write(tmp_path, "b.tsv", "target\tsource\n"))) == [("target", "source")]


@given(pairs=st.lists(st.tuples(LINE, LINE).filter(lambda p: "".join(p).strip()), min_size=1))
def test_any_pairs_are_read_as_written(tmp_path_factory, pairs):
    folder = tmp_path_factory.mktemp("pairs")
    # the very first line could be taken for a header
    path = write(folder, "a.txt", "x\ty\n" + "".join(f"{s}\t{t}\n" for s, t in pairs))
    assert sides(read_pairs(path))[1:] == pairs
    write(folder, "s", "".join(f"{s}\n" for s, _ in pairs))
    write(folder, "t.gz", "".join(f"{t}\n" for _, t in pairs))
    assert sides(read_pairs(f"{folder}/s, {folder}/t.gz")) == pairs


def test_two_files_of_unlike_length_are_told_with_both_counts(tmp_path):
    paths = write(tmp_path, "a.de", "1\n2\n3\n"), write(tmp_path, "a.en.gz", "\ufeff1\r\n2\r\n")
    with pytest.raises(BadInput, match=r"a\.de has 3 lines and .*a\.en\.gz 2;"):
        read_pairs(",".join(paths))
    assert sides(read_pairs(f"{paths[1]},{paths[1]}")) == [("1", "1"), ("2", "2")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{0},", "give two"),
        ("{0},{0},{0}", "3 file names; give two"),
        ("{0},{0}x", "no such file; did you mean a.txt"),
        ("{0}x", "no such file; did you mean a.txt"),
    ],
)
def test_wrong_names(tmp_path, given, message):
    path = write(tmp_path, "a.txt", "a\tb\n")
    with pytest.raises(BadInput, match=message):
        read_pairs(given.format(path))


def test_named_columns(tmp_path):
    table = 'id,de,en\n1,"a, b",c\n2,d,"e\nf"\n'
    wanted = [("a, b", "c"), ("d", "e\nf")]
    columns = {"source_column": "de", "target_column": "EN"}
    assert sides(read_pairs(write(tmp_path, "a.csv.gz", table), **columns)) == wanted
    tabs = "id\ten\tde\n1\tc\ta\n"
    assert sides(read_pairs(write(tmp_path, "a.tsv", tabs), **columns)) == [("a", "c")]
    lines = "".join(json.dumps({"en": t, "de": s, "n": 1}) + "\n" for s, t in wanted)
    columns["target_column"] = "en"
    assert sides(read_pairs(write(tmp_path, "a.jsonl", lines), **columns)) == wanted


def test_usual_names_need_not_be_given(tmp_path):
    news = "highlights,article,id\nshort,long,1\n"
    assert sides(read_pairs(write(tmp_path, "news.csv", news))) == [("long", "short")]
    asked = json.dumps([{"question": "q", "answer": "a"}])
    assert sides(read_pairs(write(tmp_path, "a.json", asked))) == [("q", "a")]


@pytest.mark.parametrize(
    ("name", "content", "columns", "message"),
    [
        ("a.csv", "de,en\na,b\n", {}, "no source column among 'de', 'en'.*--source-column"),
        ("a.csv", "source,en\na,b\n", {}, "no target column.*--target-column"),
        ("a.csv", "de,en\na,b\n", {"source_column": "fr"}, "no column 'fr'"),
        ("a.csv", "a,source\n", {"target_column": "source"}, "cannot be both"),
        ("a.csv", "source,target\n", {}, "no pairs"),
        ("a.csv", "source,target\na\n", {}, "line 2: 1 cells"),
        ("a.jsonl", '{"source": 1, "target": "b"}', {}, "'source' is 1; give a string"),
        ("a.jsonl", '{"source": "a", "target": "b"}\n{"source": "a"}', {}, "line 2: no key"),
    ],
)
def test_columns_that_cannot_be_read(tmp_path, name, content, columns, message):
    with pytest.raises(BadInput, match=message):
        read_pairs(write(tmp_path, name, content), **columns)


def test_lines_of_two_files_have_no_columns(tmp_path):
    path = write(tmp_path, "a", "a\n")
    with pytest.raises(BadInput, match="have no columns"):
        read_pairs(f"{path},{path}", source_column="de")


DIALOGUES = (
    "Hi . __eou__ Hello ! __eou__ Bye __eou__\nAlone __eou__\n\nA __eou__ __eou__ B __eou__\n"
)


@pytest.mark.parametrize(
    ("name", "content", "column", "sources"),
    [
        ("x.txt", "a b\r\nc\n", "", ["a b", "c"]),
        ("x.tsv", "a b\tx\nc\ty\n", "", ["a b", "c"]),
        ("x.tsv", "source\ttarget\na\tx\n", "", ["a"]),
        ("x.txt", "a\tb\nno tab\n", "", ["a\tb", "no tab"]),
        ("x.csv", "question,answer\n a,b\n", "", [" a"]),
        ("x.csv", 'article,highlights\n"a, b",c\n', "", ["a, b"]),
        ("x.csv", "id,said,heard\n1,a,b\n", "said", ["a"]),
        ("x.csv", "sentences\na\nb\n", "", ["a", "b"]),
        ("x.jsonl", '{"question": "a", "answer": "b"}\n', "", ["a"]),
    ],
)
def test_sources_are_read_with_their_targets_or_without(tmp_path, name, content, column, sources):
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + content.encode())
    assert list(read_sources(str(tmp_path / name), source_column=column)) == sources


def test_sources_that_cannot_be_told_are_asked_for(tmp_path):
    (tmp_path / "x.csv").write_text("id,said\n1,a\n")
    with pytest.raises(BadInput, match=r"x\.csv: no source column .*'said'; name it with --source"):
        read_sources(str(tmp_path / "x.csv"))


@pytest.mark.parametrize("packed", ["a.txt", "a.txt.gz", "a.zip"])
def test_each_utterance_answers_those_before_it(tmp_path, packed):
    if packed == "a.zip":
        with zipfile.ZipFile(tmp_path / packed, "w") as archive:
            archive.writestr("train/dialogues_act_train.txt", "1 2 1\n")
            archive.writestr("train/dialogues_train.txt", DIALOGUES.replace("\n", "\r\n"))
        path = str(tmp_path / packed)
    else:
        path = write(tmp_path, packed, DIALOGUES)
    assert holds_dialogues(path)
    pairs = read_dialogues(path, context=2)
    assert sides(pairs) == [("Hi .", "Hello !"), (f"Hi .{TURN}Hello !", "Bye"), ("A", "B")]
    assert list(pairs.groups) == [0, 0, 3]
    assert read_dialogues(path, context=1).sources == ["Hi .", "Hello !", "A"]
    assert read_dialogues(path, context=2, separator="<>").sources[1] == "Hi .<>Hello !"


def test_pairs_are_no_dialogues(tmp_path):
    path = write(tmp_path, "a.txt", "a\tb\n")
    assert not holds_dialogues(path)
    assert not holds_dialogues(f"{path},{path}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a __eou__ b __eou__\nc\n", "line 2: no __eou__"),
        ("a __eou__\n", "no dialogue of two utterances"),
    ],
)
def test_what_is_no_dialogue_is_named(tmp_path, content, message):
    with pytest.raises(BadInput, match=message):
        read_dialogues(write(tmp_path, "a.txt", content), context=2)


def test_no_context_is_refused(tmp_path):
    with pytest.raises(BadInput, match="at least 1"):
        read_dialogues(write(tmp_path, "a.txt", DIALOGUES), context=0)


def test_zip_files_without_one_file_of_dialogues(tmp_path):
    for members in ({}, {"a.txt": DIALOGUES, "b.txt": DIALOGUES}, {"a.txt": "1 2\n"}):
        path = tmp_path / f"{len(members)}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in members.items():
                archive.writestr(name, text)
        with pytest.raises(BadInput, match=r"[02] \.txt files with __eou__"):
            read_dialogues(str(path), context=1)
    broken = write(tmp_path, "broken.zip", path.read_bytes()[:-30])
    with pytest.raises(BadInput, match="damaged or cut short"):
        read_dialogues(broken, context=1)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"x __eou__\n\xff __eou__\n")
    with pytest.raises(BadInput, match=r"a\.txt: line 2, byte 10: not UTF-8"):
        read_dialogues(str(path), context=1)


def test_only_pairs_with_two_sides_are_complete():
    pairs = Pairs(["a", " ", "c", "d"], ["1", "2", "", "4"], [7, 8, 9, 9], "here")
    assert pairs.complete() == Pairs(["a", "d"], ["1", "4"], [7, 9], "here")
    assert pairs.complete().complete() == pairs.complete()
    with pytest.raises(BadInput, match=r"here: no pair with two sides"):
        pairs.take([1, 2]).complete()


def test_unlike_numbers_of_texts_are_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="2 sources and 1 targets"):
        Pairs(["a", "b"], ["a"])


@given(
    kin=st.lists(st.integers(0, 12), min_size=20, max_size=60).filter(lambda k: len(set(k)) > 4),
    grouped=st.booleans(),
    seed=st.integers(0, 9),
)
def test_parts_share_no_group_or_source(kin, grouped, seed):
    sources = [f"s{i if grouped else k}" for i, k in enumerate(kin)]
    pairs = Pairs(sources, [str(i) for i in range(len(kin))], kin if grouped else ())
    parts = pairs.split(valid=0.2, test=0.2, seed=seed)
    assert sorted(int(t) for part in parts for t in part.targets) == list(range(len(kin)))
    held = [set(part.groups if grouped else part.sources) for part in parts]
    assert all(held)
    assert sum(map(len, held)) == len(set().union(*held))
    assert parts == pairs.split(valid=0.2, test=0.2, seed=seed)


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="KERASRNN_DATA names no folder with the data")
def test_real_pairs_are_as_many_as_their_makers_say():
    folder = Path(DATA)
    for part, count in (("train", 29_000), ("val", 1_014), ("test_2016_flickr", 1_000)):
        files = [folder / f"multi30k_en_de/raw/{part}.{language}.gz" for language in ("de", "en")]
        assert len(read_pairs(",".join(map(str, files))).complete()) == count
    for part, count in (("train", 11_118), ("validation", 1_000), ("test", 1_000)):
        pairs = read_dialogues(str(folder / f"dailydialog/{part}.zip"), context=3)
        assert len(set(pairs.groups)) == count
