"""A setting that would do nothing is refused before anything is trained."""

import pytest
from small_runs import SMALL, small_config

from kerasrnn.errors import BadInput
from kerasrnn.registry import TASKS

BOTH = {"valid_data": "x", "test_data": "x"}  # the file of the data


def check(task, folder, settings):
    """Checks settings with the small data of a task, or without any if `data` is empty."""
    own = str(folder / SMALL[task][1])
    settings = {name: own if value == "x" else value for name, value in settings.items()}
    if settings.get("data") != "":
        TASKS.load(task)(small_config(task, folder, **settings)).check_data()
    else:
        kind = TASKS.load(task)
        kind(kind.config_type(**settings)).check_data()


@pytest.mark.parametrize(
    ("task", "settings", "says"),
    [
        ("speech", {"data": "", "rate": 8000}, "--rate needs --data"),
        ("speech", {"data": "", "split_by": "speaker"}, "--split-by needs --data"),
        ("speech", {"data": "", "valid_share": 0.2}, "--valid-share needs --data"),
        ("speech", {"data": "", "lower_case": False}, "--no-lower-case needs --data"),
        ("speech", {"valid_data": "x", "valid_share": 0.2}, "--valid-share 0.2 .* that part is"),
        ("speech", {"test_data": "x", "test_share": 0.2}, "--test-share 0.2 .* that part is"),
        ("speech", {"test_names": "0*", "test_share": 0.2}, "--test-share 0.2 .* that part is"),
        ("speech", {**BOTH, "split_by": "speaker"}, "--split-by speaker .* none is dealt"),
        (
            "speech",
            {"valid_data": "x", "test_share": 0.0, "split_by": "speaker"},
            "--split-by speaker .* none is dealt",
        ),
        (
            "regression",
            {"valid_data": "x", "valid_share": 0.2, "test_share": 0.1},
            "--valid-share 0.2 .* that part is",
        ),
        ("regression", {"test_data": "x", "test_share": 0.3}, "--test-share 0.3 .* that part is"),
        ("prosody", {**BOTH, "valid_share": 0.2}, "--valid-share 0.2 .* that part is"),
        ("tagging", {"data": "", "text_column": "1"}, "--text-column needs --data"),
        ("tagging", {"data": "", "label_column": "2"}, "--label-column needs --data"),
        ("tagging", {**BOTH, "block": 5}, "--block 5 .* none is cut"),
        ("translation", {"data": "", "source_column": "a"}, "--source-column needs --data"),
        ("summarisation", {"data": "", "target_column": "a"}, "--target-column needs --data"),
        ("translation", {"tokens": "", "minimum_count": 2}, "--minimum-count 2 .* subwords are"),
        (
            "translation",
            {"data": "", "tokens": "subword", "minimum_count": 2},
            "--minimum-count 2 .* subwords are",
        ),
        ("translation", {"sample": "numbers"}, "--sample numbers .*pairs.tsv is trained on"),
        (
            "translation",
            {"data": "", "dataset": "a/b", "sample": "numbers"},
            "--sample numbers .* a/b is trained on",
        ),
        ("dialogue", {"context": 3}, "--context 3 .*pairs.tsv has pairs"),
        ("dialogue", {"data": "", "dataset": "a/b", "context": 3}, "--context 3 .* a/b has pairs"),
        (
            "translation",
            {"beam": 1, "coverage_penalty": 0.2},
            "--coverage-penalty 0.2 .* --beam 1 follows but one",
        ),
        ("translation", {"data": "", "beam": 1, "length_penalty": 0.5}, "--length-penalty 0.5"),
    ],
)
def test_a_setting_that_would_do_nothing_is_refused(task, settings, says, tmp_path):
    with pytest.raises(BadInput, match=says):
        check(task, tmp_path, settings)


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("speech", {"valid_data": "x", "test_share": 0.2, "rate": 8000}),
        ("speech", {"test_data": "x", "valid_share": 0.2, "lower_case": False}),
        ("speech", {"test_names": "0*", "valid_share": 0.2}),
        ("regression", {"valid_data": "x", "test_share": 0.2}),
        ("regression", {"data": "", "valid_share": 0.2, "test_share": 0.2}),
        ("prosody", {"test_data": "x", "valid_share": 0.2}),
        ("tagging", {"data": "", "block": 5}),
        ("translation", {"data": "", "sample": "numbers", "minimum_count": 2}),
        ("translation", {"minimum_count": 2, "beam": 1}),
        ("translation", {"data": "", "dataset": "a/b", "source_column": "de"}),
        ("translation", {"beam": 2, "length_penalty": 0.5, "coverage_penalty": 0.2}),
        ("dialogue", {"data": "", "context": 3}),
        ("dialogue", {"context": 5}),
        ("tagging", {"valid_data": "x", "block": 5, "text_column": "1", "label_column": "2"}),
    ],
)
def test_a_setting_that_acts_is_taken(task, settings, tmp_path):
    check(task, tmp_path, settings)


def test_the_context_of_dialogues_is_taken_wherever_they_are(tmp_path):
    said = "hello __eou__ hi __eou__ bye __eou__\n"
    (tmp_path / "said.txt").write_text(said * 20)
    check("dialogue", tmp_path, {"data": str(tmp_path / "said.txt"), "context": 2})
    check("dialogue", tmp_path, {"valid_data": str(tmp_path / "said.txt"), "context": 2})
