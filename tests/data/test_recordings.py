import io
import json
import tarfile

import numpy as np
import pytest
import soundfile

from kerasrnn.data.recordings import Rule, matches, name_pattern, read_recordings
from kerasrnn.errors import BadInput

NAMES = Rule(names="{text}_{speaker}_{index}", words={"1": "one"})


def wav(level=0.5):
    file = io.BytesIO()
    soundfile.write(file, np.full(400, level), 8000, format="WAV", subtype="PCM_16")
    return file.getvalue()


def folder(path, files):
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def archive(path, files, mode="w:gz"):
    with tarfile.open(path, mode) as tar:
        for name, content in files.items():
            content = content if isinstance(content, bytes) else content.encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def heard(path, rule=NAMES, **how):
    return [(r.name, r.text, r.speaker) for r in read_recordings(path, rule, **how)]


FILES = {"b/1_ann_0.wav": wav(), "a/go_Bob_Lee_12.wav": wav(), "._1_ann_0.wav": b"x", "x.md": ""}
FOUND = [("go_Bob_Lee_12.wav", "go", "Bob"), ("1_ann_0.wav", "one", "ann")]


def test_names_tell_transcript_and_speaker(tmp_path):
    assert heard(folder(tmp_path, FILES)) == FOUND


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz"])
def test_an_archive_is_read_as_a_folder_is(name, tmp_path):
    mode = {"tar": "w", "bz2": "w:bz2", "xz": "w:xz"}.get(name.rpartition(".")[2], "w:gz")
    assert heard(archive(tmp_path / name, FILES, mode)) == FOUND


def test_nothing_leaves_an_archive(tmp_path):
    files = {"../out_eve_0.wav": wav(), "/abs_eve_0.wav": wav()}
    inside = tmp_path / "in"
    inside.mkdir()
    assert len(heard(archive(inside / "a.tar", files, "w"))) == 2
    assert [p.name for p in tmp_path.rglob("*")] == ["in", "a.tar"]


def test_links_in_an_archive_are_not_followed(tmp_path):
    secret = folder(tmp_path, {"secret.wav": wav()}) / "secret.wav"
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        member = tarfile.TarInfo("1_ann_0.wav")
        member.type, member.linkname = tarfile.SYMTYPE, str(secret)
        tar.addfile(member)
    with pytest.raises(BadInput, match=r"a\.tar: no \.wav or \.flac file in it"):
        heard(tmp_path / "a.tar")


def test_transcripts_stand_beside_the_recordings(tmp_path):
    files = {"x.wav": wav(), "x.txt": "  Hello\nWörld ", "y.wav": wav(), "y.txt": "BYE"}
    expected = [("x.wav", "hello wörld", ""), ("y.wav", "bye", "")]
    assert heard(folder(tmp_path / "f", files), Rule()) == expected
    assert heard(archive(tmp_path / "a.tar", files, "w"), Rule()) == expected
    as_written = heard(tmp_path / "f", Rule(lower=False))
    assert as_written[0][1] == "Hello Wörld"
    speakers = heard(tmp_path / "f", Rule(names="{speaker}"))
    assert speakers == [("x.wav", "hello wörld", "x"), ("y.wav", "bye", "y")]


def write_list(path, rows):
    folder(path.parent, {"wavs/x.wav": wav(), "wavs/y.wav": wav(0.1)})
    if path.suffix == ".jsonl":
        text = "\n".join(json.dumps(row) for row in rows)
    else:
        mark = "\t" if path.suffix == ".tsv" else ","
        lines = [rows[0].keys(), *(row.values() for row in rows)]
        text = "\n".join(mark.join(map(str, line)) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


ROWS = [
    {"client_id": 7, "path": "wavs/y.wav", "sentence": "Wait here"},
    {"client_id": "bob", "path": "wavs/x.wav", "sentence": "Go"},
]


@pytest.mark.parametrize("name", ["list.tsv", "list.csv", "list.jsonl"])
def test_a_list_names_recordings(name, tmp_path):
    path = write_list(tmp_path / name, ROWS)
    assert heard(path, Rule()) == [("y.wav", "wait here", "7"), ("x.wav", "go", "bob")]


def test_columns_of_a_list_can_be_named(tmp_path):
    rows = [{"clip": row["path"], "says": row["sentence"], "who": "x"} for row in ROWS]
    path = write_list(tmp_path / "list.tsv", rows)
    with pytest.raises(BadInput, match="no column of files among 'clip', 'says', 'who'"):
        heard(path, Rule())
    with pytest.raises(BadInput, match=r"no column of transcripts .* --text-column"):
        heard(path, Rule(audio_column="clip"))
    found = heard(path, Rule(audio_column="clip", text_column="says", speaker_column="who"))
    assert found[1] == ("x.wav", "go", "x")
    assert heard(path, Rule(audio_column="clip"), transcripts=False)[0] == ("y.wav", "", "")


@pytest.mark.parametrize("name", ["list.tsv", "list.jsonl"])
def test_what_is_to_be_answered_needs_no_transcripts(name, tmp_path):
    """Whatever training was told of their columns."""
    rule = Rule(text_column="sentence", speaker_column="client_id")
    path = write_list(tmp_path / name, [{"path": row["path"]} for row in ROWS])
    assert heard(path, rule, transcripts=False) == [("y.wav", "", ""), ("x.wav", "", "")]
    with pytest.raises(BadInput, match="no column 'sentence'"):
        heard(path, rule)
    if name == "list.jsonl":
        path = write_list(tmp_path / name, [{**row, "sentence": None} for row in ROWS])
        assert len(heard(path, rule, transcripts=False)) == 2


def test_broken_transcripts_are_not_looked_at_for_an_answer(tmp_path):
    files = {"a/x.wav": wav(), "a/x.txt": b"gr\xfc\xdf", "y.wav": wav(), "y.txt": b""}
    for path in (folder(tmp_path / "f", files), archive(tmp_path / "a.tar", files, "w")):
        assert [text for _, text, _ in heard(path, Rule(), transcripts=False)] == ["", ""]


def test_a_broken_transcript_in_an_archive_is_named_with_its_line(tmp_path):
    files = {"a/x.wav": wav(), "a/x.txt": b"fine\nin gr\xfcn"}
    with pytest.raises(BadInput, match=r"a\.tar: a/x\.txt: line 2, byte 10: .* UTF-8"):
        heard(archive(tmp_path / "a.tar", files, "w"), Rule())


def test_one_recording_alone_is_read(tmp_path):
    path = folder(tmp_path, {"1_ann_0.wav": wav()}) / "1_ann_0.wav"
    assert heard(path) == [("1_ann_0.wav", "one", "ann")]


def test_recordings_are_given_at_the_rate_asked_for(tmp_path):
    [recording] = read_recordings(folder(tmp_path, {"1_ann_0.wav": wav()}), NAMES)
    assert (recording.rate, len(recording.samples), len(recording.at(16_000))) == (8000, 400, 800)


def test_errors_name_the_file_and_what_to_do(tmp_path):
    def complaint(files, rule=NAMES, how=folder, name="f"):
        with pytest.raises(BadInput) as caught:
            heard(how(tmp_path / name, files), rule)
        return str(caught.value)

    assert "f/one.wav: the name is not made like '{text}_" in complaint({"one.wav": wav()})
    assert "g/x.wav: no transcript: put x.txt beside it" in complaint(
        {"x.wav": wav()}, Rule(), name="g"
    )
    assert "h/x.wav: its transcript is empty" in complaint(
        {"x.wav": wav(), "x.txt": " \n"}, Rule(), name="h"
    )
    assert "i: no .wav or .flac file in it" in complaint({"x.md": "x"}, name="i")
    assert "a.tar: x/1_a_0.wav: is cut short" in complaint(
        {"x/1_a_0.wav": wav()[:-9]}, how=lambda p, f: archive(p, f, "w"), name="a.tar"
    )
    assert "b.zip: unknown kind of file" in complaint(
        {}, how=lambda p, f: folder(tmp_path, {"b.zip": "x"}) / "b.zip", name="b.zip"
    )


def test_a_broken_archive_is_named(tmp_path):
    whole = archive(tmp_path / "a.tar.gz", {"1_a_0.wav": wav(0.3) + bytes(5000)}).read_bytes()
    for content in (whole[: len(whole) // 2], b"no archive", b""):
        (tmp_path / "a.tar.gz").write_bytes(content)
        with pytest.raises(BadInput, match=r"a\.tar\.gz: no whole tar archive"):
            heard(tmp_path / "a.tar.gz")


def test_a_list_with_missing_or_broken_files_names_the_line(tmp_path):
    path = write_list(tmp_path / "list.tsv", [*ROWS, {**ROWS[0], "path": "wavs/z.wav"}])
    with pytest.raises(BadInput, match=r"list\.tsv: line 4: no such file: .*z\.wav"):
        heard(path, Rule())
    (tmp_path / "wavs" / "z.wav").write_bytes(b"RIFF")
    with pytest.raises(BadInput, match=r"list\.tsv: line 4: .*z\.wav: no WAV or FLAC"):
        heard(path, Rule())
    path = write_list(tmp_path / "list.jsonl", [*ROWS, {**ROWS[0], "sentence": None}])
    with pytest.raises(BadInput, match=r"list\.jsonl: line 3: its 'sentence' is no text"):
        heard(path, Rule())


@pytest.mark.parametrize("names", ["", "x", "{index}", "{text}_{text}", "{Text}"])
def test_a_pattern_must_tell_something_once(names):
    with pytest.raises(BadInput, match="is no pattern of names"):
        name_pattern(names)


def test_names_are_chosen_by_patterns():
    assert matches("7_theo_3.wav", "*_[0-4].wav")
    assert not matches("7_theo_13.wav", "*_[0-4].wav")
    assert matches("a.wav", "b*, a*")
