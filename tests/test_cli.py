"""The command as a person or a script meets it: in a process of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small_runs import CORE, EACH, losses, small_config, write_config

from kerasrnn import cli, commands
from kerasrnn.registry import CELLS, TASKS

REVIEWS = "a fine film\nthe film was dull\n"


def command(*arguments, text="", columns=80, folder="."):
    environment = {**os.environ, "COLUMNS": str(columns)}
    return subprocess.run(
        [sys.executable, "-m", "kerasrnn", *map(str, arguments)],
        input=text.encode(),
        capture_output=True,
        env=environment,
        cwd=folder,
        check=False,
    )


def answer(*arguments, **settings):
    """Standard output of a command that must succeed."""
    done = command(*arguments, **settings)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of each of some tasks, made in this process."""
    folder = tmp_path_factory.mktemp("trained")
    for task in CORE:
        train_small(task, folder)
    return folder


def train_small(task, folder):
    config = small_config(task, folder, epochs=1, deterministic=True)
    path = write_config(task, config, folder / f"{task}.yaml")
    assert cli.main(["train", "--config", path, "--output", str(folder / task)]) == 0


@pytest.fixture
def here(trained, monkeypatch, capsys):
    """Inside the folder of the runs, with nothing printed yet."""
    monkeypatch.chdir(trained)
    monkeypatch.setenv("COLUMNS", "80")
    capsys.readouterr()
    return trained


def call(capsys, *arguments):
    """Standard output and standard error of a command in this process."""
    assert cli.main([str(a) for a in arguments]) == 0
    return capsys.readouterr()


# Processes


@pytest.mark.parametrize("arguments", [[], ["--help"], ["help"], ["-h"]])
def test_help_shows_every_command(arguments, capsys):
    out, err = call(capsys, *arguments)
    assert all(f"kerasrnn {name}" in out for name in cli.COMMANDS)
    assert not err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["list"],
        *[[name, "--help"] for name in cli.COMMANDS],
        *[["train", "--task", task, "--help"] for task in TASKS.names()],
    ],
    ids=" ".join,
)
def test_what_is_printed_fits_eighty_columns(arguments, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    try:
        status = cli.main(arguments)
    except SystemExit as stop:
        status = stop.code
    out = capsys.readouterr().out
    assert not status
    assert out.count("\n") > 3
    assert max(map(len, out.splitlines())) <= 80


# what takes long to import, and what neither help nor a list needs
HEAVY = (
    *("tensorflow", "keras", "matplotlib", "sacrebleu", "nltk", "scipy", "pandas", "torch"),
    *("ai_edge_litert", "tensorflow_datasets", "keras_tuner", "sentencepiece"),
)


def test_help_is_answered_without_anything_heavy():
    code = (
        "import sys; from kerasrnn.cli import main; main(['--help']); "
        f"sys.exit(' '.join({{*{HEAVY}, 'numpy'}} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert not done.stderr
    assert done.stdout.decode().startswith("usage: kerasrnn")


def test_the_list_is_answered_without_tensorflow():
    code = (
        "import sys; from kerasrnn.cli import main; main(['list']); "
        f"sys.exit(' '.join(set({HEAVY}) & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
    assert all(name in done.stdout.decode() for name in (*TASKS.names(), *CELLS.names()))


def test_the_list_as_json_names_tasks_and_cells():
    rows = json_lines(answer("list", "--json"))
    assert {(row["kind"], row["name"]) for row in rows} == {
        *(("task", name) for name in TASKS.names()),
        *(("cell", name) for name in CELLS.names()),
    }
    assert all(row["summary"] for row in rows)


def test_the_version_is_that_of_the_package(capsys):
    from kerasrnn import __version__

    assert call(capsys, "--version").out == f"kerasrnn {__version__}\n"


@pytest.mark.parametrize("task", TASKS.names())
def test_a_tasks_help_lists_each_of_its_settings(task, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["train", "--task", task, "--help"])
    assert not stop.value.code
    out = capsys.readouterr().out
    for name in TASKS.load(task).config_type.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in out


def test_help_without_a_task_tells_no_default_that_a_task_has_not(capsys):
    with pytest.raises(SystemExit):
        cli.main(["train", "--help"])
    words = " ".join(capsys.readouterr().out.split())
    entry = r"(--[a-z-]+) (?:N|X|TEXT|\{\S+\}) (?:(?! --)[^()])*\(default: ([^)]*)\)"
    told = dict(re.findall(entry, words))
    assert len(told) > 10
    assert told["--epochs"] == told["--learning-rate"] == "by task"
    assert told["--clip-norm"] == "1.0"
    for name, value in told.items():
        field = name[2:].replace("-", "_")
        defaults = {str(getattr(TASKS.load(task).config_type, field)) for task in TASKS.names()}
        assert (value == "by task") == (len(defaults) > 1), name
        assert value in {*defaults, "by task"}


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_help_of_a_command_tells_how_to_see_more(name, capsys):
    with pytest.raises(SystemExit):
        cli.main([name, "--help"])
    out = capsys.readouterr().out
    assert "--debug" in out
    assert "--json" in out
    if name == "generate":
        assert all(f"(default: {value})" in out for value in (400, 0.8, 0, 1.0))


def test_train_evaluate_and_predict_in_processes_of_their_own(tmp_path):
    config = small_config("sentiment", tmp_path)
    flags = ["--task", "sentiment", "--data", "reviews.csv", "--units", "4", "--embedding", "4"]
    done = command("train", *flags, "--epochs", "1", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    # from another folder the run finds its data as well
    elsewhere = command("evaluate", tmp_path / "runs/sentiment-1", "--json", folder="/")
    assert elsewhere.returncode == 0, elsewhere.stderr.decode()
    [metrics] = json_lines(done.stdout.decode())
    assert metrics == json.loads((tmp_path / "runs/sentiment-1/metrics.json").read_text())
    assert metrics["task"] == "sentiment"
    log = done.stderr.decode()
    assert "epoch 1/1" in log
    assert "cuDNN" in log
    # what native libraries print while they load has no place there
    assert not [line for line in log.splitlines() if "oneDNN" in line or "WARNING" in line]

    [scores] = json_lines(
        answer("evaluate", "runs/sentiment-1", "--data", config.data, "--json", folder=tmp_path)
    )
    assert 0 <= scores["metrics"]["accuracy"] <= 1
    rows = json_lines(
        answer("predict", "runs/sentiment-1", "-", "--json", text=REVIEWS, folder=tmp_path)
    )
    assert [row["text"] for row in rows] == REVIEWS.splitlines()


# The same, in this process


def test_a_run_folder_gets_the_next_free_number(here, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "forecasting-1").mkdir(parents=True)
    out, _ = call(capsys, "train", "--config", here / "forecasting.yaml")
    assert "run: runs/forecasting-2" in out
    assert (tmp_path / "runs/forecasting-2/metrics.json").is_file()


def test_settings_of_a_run_make_the_same_run_again_and_flags_change_them(here, tmp_path, capsys):
    config = here / "text_generation" / "config.yaml"
    call(capsys, "train", "--config", config, "--output", tmp_path / "again")
    assert losses(tmp_path / "again") == losses(here / "text_generation")
    first, again = (
        json.loads((run / "metrics.json").read_text())
        for run in (here / "text_generation", tmp_path / "again")
    )
    timed = ("seconds", "train_seconds")
    assert {k: v for k, v in first.items() if k not in timed} == {
        k: v for k, v in again.items() if k not in timed
    }
    assert (tmp_path / "again/config.yaml").read_text() == config.read_text()
    call(capsys, "train", "--config", config, "--seed", "7", "--output", tmp_path / "other")
    assert "seed: 7\n" in (tmp_path / "other/config.yaml").read_text()
    assert losses(tmp_path / "other") != losses(here / "text_generation")


@pytest.fixture(params=EACH)
def task(request, here, capsys):
    """A task that has a run."""
    if not (here / request.param).exists():
        train_small(request.param, here)
    capsys.readouterr()
    return request.param


def test_every_run_can_be_inspected(here, task, capsys):
    out, err = call(capsys, "inspect", task)
    assert "model.keras" in out
    assert " parameters, 1 epoch in " in out
    assert max(map(len, out.splitlines())) <= 80
    assert not err
    [shown] = json_lines(call(capsys, "inspect", task, "--json").out)
    assert shown["settings"]["task"] == task
    assert shown["metrics"] == json.loads((here / task / "metrics.json").read_text())
    assert shown["bytes"]["model.keras"] > 0


def test_evaluating_again_gives_the_metrics_of_the_run(here, task, capsys):
    [shown] = json_lines(call(capsys, "evaluate", task, "--json").out)
    metrics = json.loads((here / task / "metrics.json").read_text())
    for name, value in (metrics["test"] or metrics["valid"]).items():
        assert shown["metrics"][name] == pytest.approx(value, rel=1e-5)


def test_evaluation_as_a_table_has_a_row_for_each_metric(here, capsys):
    out, _ = call(capsys, "evaluate", "sentiment", "--data", "reviews.csv")
    assert all(name in out for name in ("accuracy", "macro_f1", "loss", "majority class"))
    assert max(map(len, out.splitlines())) <= 80
    assert out.split("\n")[0].split() == ["metric", "data", "majority", "class,", "data"]


@pytest.mark.parametrize(
    ("task", "part", "head"),
    [("text_generation", "valid", "validation"), ("forecasting", "test", "test")],
)
def test_figures_are_called_after_the_part_they_are_of(here, task, part, head, capsys):
    heads = call(capsys, "evaluate", task).out.partition("\n")[0]
    assert f" {head} " in heads
    assert f", {head}" in heads
    others = {"validation", "test", "data"} - {head}
    assert not any(other in heads for other in others)
    assert json_lines(call(capsys, "evaluate", task, "--json").out)[0]["part"] == part


def test_texts_are_answered_in_their_order_wherever_they_come_from(here, tmp_path, capsys):
    texts = ["a fine film", "dull", "the film was awful and weak and so on and on", "great"]
    [*given] = json_lines(call(capsys, "predict", "sentiment", *texts, "--json").out)
    assert [row["text"] for row in given] == texts
    (tmp_path / "texts.txt").write_text("\n".join(texts) + "\n")
    (tmp_path / "texts.csv").write_text("text\n" + "\n".join(texts) + "\n")
    for name in ("texts.txt", "texts.csv"):
        out, _ = call(capsys, "predict", "sentiment", "--input", tmp_path / name, "--json")
        assert json_lines(out) == given
    table = call(capsys, "predict", "sentiment", *texts).out
    assert all(text[:40] in table for text in texts)
    assert max(map(len, table.splitlines())) <= 80


def test_the_text_column_of_a_file_may_have_another_name(here, tmp_path, capsys):
    (tmp_path / "a.csv").write_text("post,mood\na fine film,good\nall dull,bad\n")
    flags = ["predict", "sentiment", "--input", tmp_path / "a.csv", "--json"]
    out, err = call(capsys, *flags)
    assert len(json_lines(out)) == 3
    assert "warning: " in err
    assert "a.csv has no usual column name" in err
    out, err = call(capsys, *flags, "--text-column", "post")
    assert [row["text"] for row in json_lines(out)] == ["a fine film", "all dull"]
    assert not err
    flags = ["evaluate", "sentiment", "--data", tmp_path / "a.csv", "--json"]
    names = ["--text-column", "post", "--label-column", "mood"]
    [shown] = json_lines(call(capsys, *flags, *names).out)
    assert 0 <= shown["metrics"]["accuracy"] <= 1


def test_a_forecast_goes_on_from_the_end_of_the_data(here, capsys):
    rows = json_lines(call(capsys, "predict", "forecasting", "--json").out)
    assert len(rows) == 4
    assert rows[-1]["time"] == "2024-01-05 23:00:00"
    assert rows[-1].keys() == {"time", "load", "price", "truth"}
    assert max(map(len, call(capsys, "predict", "forecasting").out.splitlines())) <= 80


def test_texts_are_measured_by_a_language_model(here, capsys):
    rows = json_lines(call(capsys, "predict", "text_generation", "ab be", "zzz", "--json").out)
    assert [row["text"] for row in rows] == ["ab be", "zzz"]
    assert all(row["loss"] > 0 and row["perplexity"] > 1 for row in rows)


def test_generation_repeats_by_its_seed_and_keeps_to_its_length(here, capsys):
    flags = ["generate", "text_generation", "--prompt", "ab", "--length", "30"]
    [first] = json_lines(call(capsys, *flags, "--seed", "1", "--json").out)
    [again] = json_lines(call(capsys, *flags, "--seed", "1", "--json").out)
    [other] = json_lines(call(capsys, *flags, "--seed", "2", "--json").out)
    assert first == again
    assert first["text"] != other["text"]
    assert first["prompt"] == "ab"
    assert len(first["text"]) == 30
    assert call(capsys, *flags, "--seed", "1").out == "ab" + first["text"] + "\n"


def test_prompts_are_continued_side_by_side_each_by_a_seed_of_its_own(here, capsys, monkeypatch):
    monkeypatch.setattr(commands, "TOGETHER", 2)
    (here / "prompts.txt").write_text("ab\ncad be\n")
    flags = ["generate", "text_generation", "--length", "20", "--json"]
    several = ["--prompt", "be", "--input", str(here / "prompts.txt"), "--seed", "7"]
    rows = json_lines(call(capsys, *flags, *several).out)
    assert [(row["prompt"], row["seed"]) for row in rows] == [("be", 7), ("ab", 8), ("cad be", 9)]
    for row in rows:
        alone = ["--prompt", row["prompt"], "--seed", str(row["seed"])]
        assert json_lines(call(capsys, *flags, *alone).out) == [row]
    out = call(capsys, *flags[:-1], *several).out
    assert out == "\n".join(f"{row['prompt']}{row['text']}\n" for row in rows)


def test_generation_ends_before_the_stop_string(here, capsys):
    flags = ["generate", "text_generation", "--prompt", "a", "--length", "60", "--temperature", "1"]
    [free] = json_lines(call(capsys, *flags, "--json").out)
    stop = free["text"][20:23]
    [ended] = json_lines(call(capsys, *flags, "--stop", stop, "--json").out)
    assert ended["text"] == free["text"].partition(stop)[0]


def test_a_search_finds_a_likelier_text_than_the_greedy_one(here, capsys, monkeypatch):
    monkeypatch.setattr(commands, "TOGETHER", 6)  # two prompts of three beams at once
    flags = ["generate", "text_generation", "--length", "12", "--json"]
    prompts = [flag for text in ("ab", "cad be", "b") for flag in ("--prompt", text)]
    found = json_lines(call(capsys, *flags, *prompts, "--beam", "3").out)
    assert [row["prompt"] for row in found] == ["ab", "cad be", "b"]
    assert all(len(row["text"]) == 12 and row["beam"] == 3 and "seed" not in row for row in found)
    greedy = json_lines(call(capsys, *flags, *prompts, "--temperature", "0").out)
    one = json_lines(call(capsys, *flags, *prompts, "--beam", "1").out)
    assert [row["text"] for row in one] == [row["text"] for row in greedy]
    texts = [[row["prompt"] + row["text"] for row in rows] for rows in (found, greedy)]
    losses = [
        [row["loss"] for row in json_lines(call(capsys, "predict", *flags[1:2], *t, "--json").out)]
        for t in texts
    ]
    assert all(one <= other + 1e-4 for one, other in zip(*losses, strict=True))
    [alone] = json_lines(call(capsys, *flags, *prompts[:2], "--beam", "3").out)
    assert alone == found[0]
    plain = call(capsys, *flags[:-1], *prompts[:2], "--beam", "3", "--stop", found[0]["text"][5])
    assert plain.out == "ab" + found[0]["text"].partition(found[0]["text"][5])[0] + "\n"


def test_a_prompt_with_unknown_characters_is_answered_with_a_warning(here, capsys):
    out, err = call(capsys, "generate", "text_generation", "--prompt", "zab", "--length", "3")
    assert out.startswith("zab")
    assert "warning: 1 of the prompt's tokens" in err


def test_debug_shows_where_an_error_came_from():
    done = command("inspect", "nowhere", "--debug")
    assert done.returncode != 0
    assert b"Traceback" in done.stderr
    assert b"no run at nowhere" in done.stderr


def test_a_reader_that_leaves_early_is_no_error():
    process = subprocess.Popen(
        [sys.executable, "-m", "kerasrnn", "list", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.wait() == 0
    assert not process.stderr.read()


def test_the_console_script_is_installed():
    script = Path(sys.executable).parent / "kerasrnn"
    if not script.exists():
        pytest.skip("the package is not installed beside this Python")
    assert subprocess.run([script, "list"], capture_output=True, check=False).returncode == 0
