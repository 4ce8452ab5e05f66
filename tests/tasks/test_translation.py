"""Translation, summaries and dialogue: what goes in, what comes out, what is refused."""

import dataclasses
import gzip
import json
import unicodedata

import numpy as np
import pytest
from small_runs import save_untrained_run, small_config, write_pairs

from kerasrnn import cli, fonts, plots
from kerasrnn.errors import BadInput
from kerasrnn.ids import END_ID
from kerasrnn.registry import TASKS
from kerasrnn.tasks._pairs_answers import doubts
from kerasrnn.tasks._pairs_endpoints import searching

NAMES = ("translation", "summarisation", "dialogue")


def task(name, folder, **settings):
    return TASKS.load(name)(small_config(name, folder, **settings))


def written(path, lines):
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("translation")
    config = small_config("translation", folder)
    return save_untrained_run("translation", config, folder / "run")


def predicted(run, capsys, *arguments):
    status = cli.main(["predict", str(run.folder), *arguments, "--json"])
    output = capsys.readouterr()
    assert not status, output.err
    return [json.loads(line) for line in output.out.splitlines()], output.err


def test_files_of_pairs_are_read_by_their_sources(run, capsys, tmp_path):
    table = written(tmp_path / "x.csv", ["id,said,heard", "1,ein hund,a dog", "2,rot,red"])
    tabs = written(tmp_path / "x.tsv", ["ein hund\ta dog", "rot\tred"])
    for flags in (["--input", table, "--source-column", "said"], ["--input", tabs]):
        rows, _ = predicted(run, capsys, *flags)
        assert [row["text"] for row in rows] == ["ein hund", "rot"]
    assert cli.main(["predict", str(run.folder), "--input", table]) == 2
    assert "no source column" in capsys.readouterr().err
    assert cli.main(["predict", str(run.folder), "a", "--source-column", "said"]) == 2
    assert "--source-column names a column of --input FILE" in capsys.readouterr().err


def test_each_answer_has_its_candidates_the_best_first(run, capsys):
    rows, errors = predicted(run, capsys, "ein hund", "rot rot ball läuft")
    assert [row["text"] for row in rows] == ["ein hund", "rot rot ball läuft"]
    for row in rows:
        scores = [candidate["score"] for candidate in row["candidates"]]
        assert scores == sorted(scores, reverse=True)
        assert row["candidates"][0] == {"output": row["output"], "score": row["score"]}
    assert "known in training" not in errors
    alone, _ = predicted(run, capsys, "ein hund")
    assert alone[0]["output"] == rows[0]["output"]


def test_what_cannot_be_read_well_is_answered_with_a_warning(run, capsys):
    longer = "hund " * 50  # 8 tokens are read, and none of training had more than 5
    rows, errors = predicted(run, capsys, "", "xylophon", longer)
    assert len(rows) == 3
    assert "an empty text has nothing to go by; its translation is a guess" in errors
    assert "nothing of 'xylophon' was known in training" in errors
    assert "only the first 8 of 50 tokens are read" in errors
    cut, _ = predicted(run, capsys, " ".join(["hund"] * 8))
    assert rows[2]["output"] == cut[0]["output"]


def test_an_output_that_takes_every_place_may_lack_its_end():
    [warning] = doubts("translation", "ein hund", np.array([5, 4, END_ID]))
    assert warning.startswith(
        "'ein hund': its translation has the 3 tokens that are written at most"
    )
    assert doubts("translation", "ein hund", np.array([5, END_ID, 0])) == []


def test_alignments_are_drawn_into_a_folder(run, capsys, tmp_path):
    _, errors = predicted(run, capsys, "ein hund", "rot", "--plot", str(tmp_path / "a" / "b"))
    assert f"drawn: {tmp_path}/a/b/1.png to 2.png" in errors
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == ["1.png", "2.png"]
    (tmp_path / "file").write_text("")
    assert cli.main(["predict", str(run.folder), "rot", "--plot", str(tmp_path / "file")]) == 2
    assert "cannot make the folder" in capsys.readouterr().err


def test_files_of_unequal_length_are_refused(tmp_path):
    source = written(tmp_path / "a.de", ["ein hund", "rot", "ball"])
    target = written(tmp_path / "a.en", ["a dog", "red"])
    kind = TASKS.load("translation")
    with pytest.raises(BadInput, match=r"a\.de has 3 lines and .*a\.en 2"):
        kind(kind.config_type(data=f"{source},{target}")).check_data()


def test_pairs_with_an_empty_side_are_left_out_and_counted(tmp_path):
    lines = [f"wort{i} ball\tword{i} ball" for i in range(30)]
    path = written(tmp_path / "pairs.tsv", [*lines[:20], "leer\t", "\tempty", *lines[20:]])
    prepared = task("translation", tmp_path, data=path, valid_data=path).prepare()
    assert "valid: 2 pairs left out, for a side of them is empty" in prepared.notes
    sizes = [len(weights) for _, _, weights, *_ in prepared.train(0)]
    assert sum(sizes) + sum(len(w) for _, _, w, *_ in prepared.test) == 30


def test_targets_that_are_cut_are_counted(tmp_path):
    lines = [f"wort{i} ball\tword{i} ball" for i in range(30)]
    # with their end seven tokens, eight and nine
    long = [f"ball{n}\t" + " ".join(["ball"] * n) for n in (6, 7, 8)]
    path = written(tmp_path / "pairs.tsv", lines)
    longer = written(tmp_path / "longer.tsv", [*lines[:2], *long])
    prepared = task("translation", tmp_path, data=path, test_data=longer).prepare()
    [note] = [note for note in prepared.notes if "--target-steps" in note]
    assert note.startswith("test: 1 of 5 targets are longer than --target-steps 8: ")


def test_two_zipped_files_and_one_with_tabs_give_the_same_pairs(tmp_path):
    path = write_pairs(tmp_path / "pairs.tsv")
    lines = (tmp_path / "pairs.tsv").read_text(encoding="utf-8").splitlines()
    sides = zip(*(line.split("\t") for line in lines), strict=True)
    for name, lines in zip(("a.de.gz", "a.en.gz"), sides, strict=True):
        (tmp_path / name).write_bytes(gzip.compress("\n".join(lines).encode()))
    both = f"{tmp_path}/a.de.gz,{tmp_path}/a.en.gz"
    one, other = (task("translation", tmp_path, data=d).prepare() for d in (path, both))
    for ours, theirs in zip(one.train(1), other.train(1), strict=True):
        np.testing.assert_array_equal(ours[0]["source"], theirs[0]["source"])
        np.testing.assert_array_equal(ours[1], theirs[1])


def test_targets_begin_with_the_start_and_end_with_the_end(tmp_path):
    inputs, after, weights = next(iter(task("translation", tmp_path).prepare().train(0)))
    given, after, weights = inputs["target"].numpy(), after.numpy(), weights.numpy()
    assert (given[:, 0] == 2).all()
    for row, ids, real in zip(given, after, weights, strict=True):
        length = int(real.sum())
        assert ids[length - 1] == END_ID
        np.testing.assert_array_equal(row[1:length], ids[: length - 1])


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_has_three_parts_and_no_source_in_two(name):
    kind = TASKS.load(name)
    parts = kind(kind.config_type()).read_sample()
    assert list(parts) == ["train", "valid", "test"]
    sources = [set(part.sources) for part in parts.values()]
    assert len(set.union(*sources)) == sum(map(len, sources))


@pytest.mark.parametrize("sample", ["dates", "numbers", "chinese_numbers"])
def test_every_sample_of_translation_is_its_own(sample):
    kind = TASKS.load("translation")
    target = kind(kind.config_type(sample=sample)).read_sample()["train"].targets[0]
    kinds = {unicodedata.category(character) for character in target}
    assert {"dates": "Nd", "numbers": "Ll", "chinese_numbers": "Lo"}[sample] in kinds


def test_a_shared_vocabulary_is_fitted_on_both_sides(tmp_path):
    alone, shared = (
        task("translation", tmp_path, shared_vocabulary=shared).prepare().transforms
        for shared in (False, True)
    )
    known = [set(alone[side].vocabulary.tokens) for side in ("source", "target")]
    assert set(shared["source"].vocabulary.tokens) == known[0] | known[1]
    assert shared["source"].vocabulary.tokens == shared["target"].vocabulary.tokens


def test_in_lower_case_the_wanted_texts_are_too(tmp_path):
    path = written(tmp_path / "pairs.tsv", [f"Der Hund {i}\tThe Dog {i}" for i in range(30)])
    lower = task("translation", tmp_path, data=path, lower=True)
    texts = np.concatenate([texts.numpy() for *_, texts in lower.prepare().valid])
    assert all(text.startswith(b"the dog") for text in texts)


def test_dialogues_are_read_as_answers_to_what_was_said(tmp_path):
    turns = [" __eou__ ".join([f"hello {i}", "hi", f"bye {i}", ""]) for i in range(30)]
    path = written(tmp_path / "dialogues.txt", turns)
    read = task("dialogue", tmp_path, data=path, context=2).read_file(path)
    assert read.sources[:2] == ["hello 0", "hello 0 | hi"]
    assert read.targets[:2] == ["hi", "bye 0"]
    assert task("dialogue", tmp_path, data=path, context=1).read_file(path).sources[1] == "hi"


def test_summaries_are_measured_by_rouge(tmp_path):
    kind = task("summarisation", tmp_path)
    same, other = (kind.text_scores(["a b c d"], [text]) for text in ("a b c d", "x y z q"))
    for metric in ("rouge_1", "rouge_l", "bleu"):
        assert same[metric] == pytest.approx(100)
    assert other["rouge_2"] == 0
    assert {"bleu", "chrf", "exact_match"} <= other.keys()


def test_every_setting_of_the_search_changes_what_is_searched(tmp_path):
    base = task("translation", tmp_path)
    for change in ({"beam": 3}, {"length_penalty": 0.0}, {"coverage_penalty": 0.5}):
        other = type(base)(dataclasses.replace(base.config, **change))
        assert searching(other.config) != searching(base.config)


def test_chinese_that_no_font_has_stands_as_code_points(tmp_path, monkeypatch):
    characters = fonts._characters
    # as on a machine without any such font
    monkeypatch.setattr(fonts, "_characters", lambda file: characters(file) - {"十", "二"})
    warnings = plots.alignment(
        tmp_path / "a.png", np.full((2, 3), 1 / 3), source=list("12$"), target=["十", "二"]
    )
    [warning] = warnings
    assert "no font here has 二十" in warning
    assert "Noto Sans CJK" in warning
    assert (tmp_path / "a.png").stat().st_size > 1000
