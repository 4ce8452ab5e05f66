"""Trivial answers know the training part, whatever file is measured."""

from pathlib import Path

import pytest
from small_runs import SMALL, small_config

from kerasrnn.errors import BadInput
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.tasks._trivial import Trivial

# files whose answers are not distributed as those of training
OTHERS = {
    "sentiment": ("x.csv", "text,label\n" + "a fine film,good\n" * 3 + "a bad one,bad\n" * 4),
    "tagging": ("x.conll", "mr B-PERSON\nAbe I-PERSON\nsaw O\nJo B-PERSON\n\n" * 3),
    "text_generation": ("x.txt", "zeal and zest, zero\n" * 20),
    "translation": ("x.tsv", "ein ball\tball a\n" * 3 + "rot\tred\n"),
    "speech": ("recordings", ""),
}
NAMES = {
    "sentiment": "majority class",
    "tagging": "commonest label",
    "text_generation": "unigram",
    "translation": "unigram",
    "speech": "most frequent transcript",
}


def prepare(task, folder):
    """A task whose test part is a file of its own, the data that were prepared, and that file."""
    name, text = OTHERS[task]
    other = Path(folder) / "other" / name
    other.parent.mkdir()
    if text:
        other.write_text(text)
    else:
        SMALL[task][0](other, count=6, seed=3)
        for transcript in list(other.glob("*.txt"))[1:]:
            transcript.write_text("bab\n")
    kind = TASKS.load(task)(small_config(task, folder, test_data=str(other)))
    return kind, kind.prepare(), str(other)


@pytest.mark.parametrize("task", NAMES)
def test_a_file_is_measured_against_what_training_knew(task, tmp_path):
    kind, prepared, other = prepare(task, tmp_path)
    saved = tmp_path / "transforms"
    for transform in prepared.transforms.values():
        transform.save(saved)
    baselines = kind.read_batches(kind.load_transforms(saved), data=other).baselines
    name = NAMES[task]
    assert baselines[name] == pytest.approx(prepared.baselines[name])

    # a run of a version that kept no such file
    (saved / "trivial.json").unlink()
    plain = kind.read_batches(kind.load_transforms(saved), data=other).baselines
    assert name not in plain
    assert plain[f"{name} of this file itself"] != pytest.approx(baselines[name])


def test_a_run_without_the_file_still_has_its_data(tmp_path):
    _, prepared, _ = prepare("sentiment", tmp_path)
    run = Run(tmp_path / "run")
    for transform in prepared.transforms.values():
        transform.save(run.transforms_folder)
    run.check_transforms(prepared.transforms)
    (run.transforms_folder / "trivial.json").unlink()
    run.check_transforms(prepared.transforms)


@pytest.mark.parametrize("text", ["7", '["a"]', "[true]", '{"a": "b"}', "[1"])
def test_a_broken_file_is_named(tmp_path, text):
    (tmp_path / "trivial.json").write_text(text)
    with pytest.raises(BadInput, match=r"trivial\.json is broken"):
        Trivial.load(tmp_path)
