"""`kerasrnn export`, and the commands that take what it made, as a person or a script has them."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from export_checks import command
from small_runs import write_reviews, write_series, write_text

from kerasrnn import cli
from kerasrnn.export.litert import LiteModel

WRITTEN = {
    "1",
    "batching.config",
    "client.py",
    "docker-compose.yml",
    "model_card.md",
    "models.config",
    "reviews.tflite",
    "reviews_dynamic.tflite",
    "verification.json",
}
TEXTS = ["the film was great", "dull", "Größe, 世界!", "never was so weak a film"]


@pytest.fixture
def call(capsys, monkeypatch):
    """Standard output of a command in this process."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        capsys.readouterr()
        assert cli.main([str(a) for a in arguments]) == 0
        return capsys.readouterr().out

    return run


@pytest.fixture
def rows(call):
    """The JSON lines of a command in this process."""
    return lambda *arguments: [json.loads(line) for line in call(*arguments, "--json").splitlines()]


@pytest.fixture
def fails(capsys):
    """A command in this process that ends with one line and leaves everything as it was."""

    def check(*arguments, says, untouched, status=2):
        before = content(untouched)
        capsys.readouterr()
        assert cli.main([str(a) for a in arguments]) == status
        out, err = capsys.readouterr()
        lines = [line for line in err.splitlines() if not line.startswith("SavedModel: ")]
        assert len(lines) == 1, err
        assert lines[0].startswith("kerasrnn: ")
        assert not out
        for part in says:
            assert part in lines[0]
        assert content(untouched) == before, "something was written or lost"

    return check


def content(folder):
    """Everything in a folder, hidden or not."""
    return {p: p.read_bytes() if p.is_file() else None for p in sorted(Path(folder).rglob("*"))}


def ways(exported):
    """All that one may name instead of the run."""
    folder = exported.folder
    return [folder, folder / "1", *(folder / name for name in exported.report["tflite"])]


def test_an_export_writes_what_it_reports_and_nothing_else(exported):
    assert {path.name for path in exported.folder.iterdir()} == WRITTEN
    written = json.loads((exported.folder / "verification.json").read_text())
    assert {"folder": str(exported.folder), **written} == exported.report
    assert list(exported.report["tflite"]) == ["reviews.tflite", "reviews_dynamic.tflite"]
    assert exported.report["saved_model"]["version"] == 1
    for name, part in exported.report["tflite"].items():
        assert part["bytes"] == (exported.folder / name).stat().st_size
    for path in exported.folder.glob("*"):
        assert os.access(path, os.R_OK)
        assert path.stat().st_mode & 0o044 == 0o044 or path.is_dir(), f"{path} is for its owner"


def test_the_version_can_be_read_by_a_server_of_another_user(exported):
    assert (exported.folder / "1").stat().st_mode & 0o055 == 0o055


def test_predictions_of_the_export_are_those_of_the_run(exported, rows, tmp_path):
    arguments = [*TEXTS, "--input", write_reviews(tmp_path / "reviews.csv", count=10, seed=5)]
    wanted = rows("predict", exported.run, *arguments)
    assert len(wanted) == len(TEXTS) + 10
    for model in ways(exported):
        given = rows("predict", model, *arguments)
        assert [row["text"] for row in given] == [row["text"] for row in wanted]
        for ours, theirs in zip(given, wanted, strict=True):
            assert ours["label"] == theirs["label"]
            assert ours["probabilities"] == pytest.approx(theirs["probabilities"], abs=1e-5)


def test_a_tflite_file_answers_without_tensorflow(exported, rows):
    path = exported.folder / "reviews.tflite"
    code = (
        "import sys; from kerasrnn.cli import main; status = main(sys.argv[1:]); "
        "found = {'tensorflow', 'keras', 'matplotlib', 'sacrebleu', 'nltk', 'scipy', 'pandas'}; "
        "found &= set(sys.modules); sys.exit(status or 9 * bool(found))"
    )
    for arguments in (["predict", path, *TEXTS, "--json"], ["inspect", path]):
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        if "--json" in arguments:
            given = [json.loads(line) for line in done.stdout.splitlines()]
            assert given == rows("predict", path, *TEXTS)


def test_every_interpreter_answers_alike_when_its_batch_grows(exported):
    """A loop counted in floats was wrong in one of ten interpreters, for the larger batch alone."""
    draw = np.random.default_rng(0)
    ids = draw.integers(1, 11, (32, 9)).astype(np.int32)
    for row in ids:
        row[draw.integers(2, 10) :] = 0
    answers = []
    for _ in range(80):
        model = LiteModel(exported.folder / "reviews.tflite")
        model.answer({"ids": ids[:7]})
        answers.append(model.answer({"ids": ids})["logits"])
    for answer in answers:
        np.testing.assert_allclose(answer, answers[0], atol=1e-6)


def test_metrics_of_the_export_are_those_of_the_run(exported, rows, tmp_path):
    file = write_reviews(tmp_path / "reviews.csv", count=30, seed=6)
    [wanted] = rows("evaluate", exported.run, "--data", file)
    assert wanted["metrics"]["loss"] > 0
    for model in ways(exported):
        [given] = rows("evaluate", model, "--data", file)
        assert given["metrics"] == pytest.approx(wanted["metrics"], rel=1e-5)
        assert given["baselines"] == wanted["baselines"]


def test_an_export_has_no_data_of_its_own(exported, fails):
    fails("evaluate", exported.folder, says=["--data FILE"], untouched=exported.folder)


@pytest.mark.parametrize("flags", [["--explain"], ["--explain-to", "x.png"]], ids=str)
def test_an_export_cannot_explain_its_answers(exported, fails, flags):
    for path in (exported.folder, exported.folder / "reviews.tflite"):
        says = f"kerasrnn: {path} is exported, and explanations need the gradients of the run"
        fails("predict", path, "a text", *flags, says=says, untouched=exported.folder)


def test_every_export_can_be_inspected(exported, call, rows):
    for model in ways(exported):
        out = call("inspect", model)
        assert max(map(len, out.splitlines())) <= 80
        assert "sentiment" in out
        assert "vocabulary" in out
        [shown] = rows("inspect", model)
        assert shown["settings"]["task"] == "sentiment"
        assert shown["settings"]["data"] == "reviews.csv"
        assert shown["metrics"] == json.loads((exported.run / "metrics.json").read_text())
        assert shown["quantize"] == ("dynamic" if "dynamic" in str(model) else "none")
        assert "--quantize none,dynamic" in shown["command"]


def test_tables_fit_eighty_columns(exported, call):
    for model in ways(exported):
        assert max(map(len, call("predict", model, *TEXTS).splitlines())) <= 80


def test_where_the_training_data_was_is_not_told(exported):
    said = str(exported.run.parent).encode()
    data = json.loads(json.dumps(str(exported.run.parent.parent)))
    for path in filter(Path.is_file, exported.folder.rglob("*")):
        if path.name in ("model_card.md", "export.json") or path.suffix == ".tflite":
            continue  # they say by which command they were made
        found = path.read_bytes()
        assert said not in found, path
        assert data.encode() not in found, path


def test_what_is_no_language_model_does_not_write(exported, fails):
    says = ["no language model", "predict"]
    for model in ways(exported):
        fails("generate", model, says=says, untouched=exported.folder)


def test_text_is_written_by_the_export_as_by_the_run(exported_text, rows):
    run, folder, _ = exported_text
    flags = ["--length", "40", "--seed", "3", "--temperature", "0.7", "--top-k", "5"]
    for more in ([], ["--prompt", "cad be"], ["--prompt", "a", "--stop", "b"]):
        [wanted] = rows("generate", run, *flags, *more)
        for model in (folder, folder / "1", folder / "m.tflite"):
            assert rows("generate", model, *flags, *more) == [wanted]
    together = ["--prompt", "cad be", "--prompt", "a", "--prompt", "ab"]
    wanted = rows("generate", run, *flags, *together)
    for model in (folder, folder / "m.tflite"):
        assert rows("generate", model, *flags, *together) == wanted
    texts = ["ab be", "cad"]
    wanted = [row["loss"] for row in rows("predict", run, *texts)]
    for model in (folder, folder / "m.tflite"):
        assert [row["loss"] for row in rows("predict", model, *texts)] == pytest.approx(wanted)


@pytest.mark.slow
def test_forecasts_of_the_export_are_those_of_the_run(exports, rows, tmp_path):
    run, folder, _ = exports("forecasting", {"known_future": ""})
    file = write_series(tmp_path / "series.csv", count=60, seed=4)
    wanted = rows("predict", run, "--input", file)
    [measured] = rows("evaluate", run, "--data", file)
    assert len(wanted) == 4
    for model in (folder, folder / "1", folder / "m.tflite"):
        given = rows("predict", model, "--input", file)
        for ours, theirs in zip(given, wanted, strict=True):
            assert ours["time"] == theirs["time"]
            for name in ("load", "price", "hour"):
                assert ours[name] == pytest.approx(theirs[name], rel=1e-4)
        [figures] = rows("evaluate", model, "--data", file)
        assert figures["metrics"] == pytest.approx(measured["metrics"], rel=1e-4)


@pytest.mark.slow
def test_language_models_are_measured_by_the_export_as_by_the_run(exports, rows, tmp_path):
    run, folder, _ = exports("text_generation")
    file = write_text(tmp_path / "text.txt", count=40, seed=4)
    [wanted] = rows("evaluate", run, "--data", file)
    for model in (folder, folder / "m.tflite"):
        [given] = rows("evaluate", model, "--data", file)
        assert given["metrics"] == pytest.approx(wanted["metrics"], rel=1e-5)


# Versions


def copy(exported, tmp_path):
    folder = tmp_path / "reviews"
    shutil.copytree(exported.folder, folder)
    return folder


@pytest.mark.slow
def test_a_second_export_is_the_next_version_and_leaves_the_first(exported, call, rows, tmp_path):
    folder = copy(exported, tmp_path)
    before = content(folder / "1")
    out = call("export", exported.run, "--output", folder, "--format", "saved_model")
    assert f"exported: {folder}\n" in out
    # the test's own folder has a long name
    assert max(map(len, out.replace(str(folder), "reviews").splitlines())) <= 80
    assert out.splitlines()[1].split()[0] == "2/"
    assert content(folder / "1") == before
    assert {p.name for p in folder.iterdir()} == WRITTEN | {"2"}
    assert json.loads((folder / "verification.json").read_text())["saved_model"]["version"] == 2
    [shown] = rows("inspect", folder)
    assert shown["path"] == str(folder / "2")
    assert "--format saved_model" in shown["command"]


def test_a_version_is_never_overwritten(exported, fails):
    arguments = ["export", exported.run, "--output", exported.folder, "--version", "1"]
    fails(*arguments, says=["version 1", "never overwritten", "2"], untouched=exported.folder)


# What is refused


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--quantize", "int7"], ["'int7'", "none, float16, dynamic, int8"]),
        (["--quantize", "int8"], ["int8", "--rnn unrolled"]),
        (["--quantize", ","], ["--quantize is empty"]),
        (["--quantize", "none,none"], ["twice"]),
        (["--format", "onnx"], ["'onnx'", "saved_model, tflite"]),
        (["--format", "saved_model", "--quantize", "dynamic"], ["add tflite"]),
        (["--format", "tflite", "--version", "3"], ["add saved_model"]),
        (["--rnn", "rolled"], ["'rolled'", "loop, fused, unrolled"]),
        (["--steps", "3"], ["--steps", "fused or unrolled"]),
        (["--version", "-1"], ["--version -1", "begin at 1"]),
        (["--version", "0"], ["--version 0", "begin at 1", "leave it out"]),
        (["--version", "one"], ["--version", "one"]),
        (["--optimise"], ["--optimise"]),
    ],
    ids=" ".join,
)
def test_flags_that_cannot_be_are_refused(exported, fails, tmp_path, flags, says):
    fails("export", exported.run, "--output", tmp_path / "m", *flags, says=says, untouched=tmp_path)


def test_a_network_without_the_form_is_refused(untrained, fails, tmp_path):
    flags = ["--rnn", "fused", "--output", tmp_path / "m"]
    says = ["--rnn fused", "gru", "--rnn loop"]
    fails("export", untrained("sentiment"), *flags, says=says, untouched=tmp_path)
    run = untrained("text_generation", cell="lstm")
    says = ["--rnn fused", "state", "--rnn loop"]
    fails("export", run, *flags, says=says, untouched=tmp_path)


@pytest.mark.parametrize("name", ["a b", "é", "-m", ".m"])
def test_a_name_that_cannot_be_served_is_refused(exported, fails, tmp_path, name):
    flags = [f"--output={tmp_path / name}"]
    fails("export", exported.run, *flags, says=["cannot name a model"], untouched=tmp_path)


@pytest.mark.parametrize("place", ["file", "file/below", "file/far/below"])
def test_a_file_in_the_place_of_the_folder_is_named(exported, fails, tmp_path, place):
    (tmp_path / "file").write_text("mine")
    flags = ["--output", tmp_path / place]
    fails("export", exported.run, *flags, says=[place, "is a file"], untouched=tmp_path)


def a_copy(run, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    return copy


def refuses_the_run(fails, run, tmp_path, *says):
    fails("export", run, "--output", tmp_path / "m", says=says, untouched=tmp_path)


def test_what_is_no_run_is_refused(fails, tmp_path):
    refuses_the_run(fails, tmp_path / "none", tmp_path, "no run", "no such folder")
    (tmp_path / "empty").mkdir()
    refuses_the_run(fails, tmp_path / "empty", tmp_path, "no run", "config.yaml")


def test_an_export_is_no_run(exported, fails, tmp_path):
    refuses_the_run(fails, exported.folder, tmp_path, "exported already")


def test_a_run_of_another_format_is_refused(exported, fails, tmp_path):
    run = a_copy(exported.run, tmp_path)
    path = run / "environment.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    refuses_the_run(fails, run, tmp_path, "format 99", "reads format 1")


def test_a_run_without_a_model_is_refused(exported, fails, tmp_path):
    run = a_copy(exported.run, tmp_path)
    (run / "model.keras").unlink()
    (run / "metrics.json").unlink()
    refuses_the_run(fails, run, tmp_path, "no trained model", f"--resume {run}")


def test_a_broken_model_is_named(exported, fails, tmp_path):
    run = a_copy(exported.run, tmp_path)
    (run / "model.keras").write_bytes((run / "model.keras").read_bytes()[:500])
    refuses_the_run(fails, run, tmp_path, "model.keras")


def test_transforms_that_are_gone_are_named(exported, fails, tmp_path):
    run = a_copy(exported.run, tmp_path)
    (run / "transforms" / "labels.json").unlink()
    refuses_the_run(fails, run, tmp_path, "labels.json", "No such file")


@pytest.mark.parametrize("task", ["sentiment", "text_generation", "forecasting"])
def test_data_that_are_gone_are_named(untrained, fails, tmp_path, task):
    run = a_copy(untrained(task), tmp_path)
    settings = (run / "config.yaml").read_text()
    [line] = [line for line in settings.splitlines() if line.startswith("data: ")]
    gone = tmp_path / "gone.csv"
    (run / "config.yaml").write_text(settings.replace(line, f"data: {gone}"))
    refuses_the_run(fails, run, tmp_path, str(gone), "no such file")


def test_files_that_were_not_exported_are_refused(exported, fails, tmp_path):
    (tmp_path / "a.tflite").write_bytes(b"no model")
    (tmp_path / "b.tflite").write_bytes((exported.folder / "reviews.tflite").read_bytes()[:3000])
    shutil.copytree(exported.folder / "1", tmp_path / "1")
    shutil.rmtree(tmp_path / "1" / "assets.extra")
    for name, said in (
        ("none.tflite", "No such file"),
        ("a.tflite", "no TFLite file"),
        ("b.tflite", "lacks its end"),
        ("1", "not made by kerasrnn export"),
    ):
        for arguments in (["predict", TEXTS[0]], ["inspect"]):
            verb, *rest = arguments
            says = [name, said]
            fails(verb, tmp_path / name, *rest, says=says, untouched=tmp_path)


# Full disks


def check_failed_for_space(done, folder, before):
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    line = done.stderr.splitlines()[-1]
    assert line.startswith("kerasrnn: cannot ")
    assert "{{" not in line
    assert "File too large" in line or "No space left" in line
    assert not done.stdout
    assert content(folder) == before


# bytes; the largest file of a small export is its saved_model.pb
LIMITS = [4096, *(pytest.param(n, marks=pytest.mark.slow) for n in (100, 10_000, 20_000, 40_000))]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_file_that_cannot_be_written_whole_is_an_error(exported, tmp_path, limit):
    copy(exported, tmp_path)
    before = content(tmp_path)

    def limited():
        # Python itself ignores the signal that comes with it
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    # into a folder that is there, and into a new one
    for name in ("reviews", "n")[: 1 if limit == LIMITS[0] else 2]:
        done = command("export", exported.run, "--output", tmp_path / name, preexec_fn=limited)
        check_failed_for_space(done, tmp_path, before)


DISK = """
mount -t tmpfs -o size=$1k none "$2" && cp -r "$3" "$2/m" || exit 77
(cd "$2" && find . -type f | sort | xargs sha256sum) > "$2.before"
"$4" -m kerasrnn export "$5" --output "$2/m"
status=$?
(cd "$2" && find . -type f | sort | xargs sha256sum) > "$2.after"
find "$2" -name '.writing*' >> "$2.after"
exit $status
"""


@pytest.mark.slow
def test_a_full_disk_at_any_point_leaves_what_was_there(exported, tmp_path):
    """A file system that is a little larger each time, until everything fits."""
    disk = tmp_path / "disk"
    disk.mkdir()
    used = sum(p.stat().st_blocks for p in exported.folder.rglob("*")) // 2
    stages, statuses = set(), []
    for more in range(24, 900, 80):
        size = used + more
        arguments = [size, disk, exported.folder, sys.executable, exported.run]
        done = subprocess.run(
            ["unshare", "--mount", "--map-root-user", "sh", "-c", DISK, "sh", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 77 or "unshare" in done.stderr:
            pytest.skip("no file system can be mounted here")
        statuses.append(done.returncode)
        if done.returncode == 0:
            break
        lines = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        assert lines[-1].startswith("kerasrnn: ")
        assert "No space left" in lines[-1]
        assert "Traceback" not in done.stderr
        stages.add(lines[-2].partition(" ")[0] if len(lines) > 1 else "")
        before, after = ((tmp_path / f"disk.{n}").read_text() for n in ("before", "after"))
        assert before == after
    assert statuses[-1] == 0
    assert len(statuses) > 3
    assert stages >= {"SavedModel:", "TFLite:"}, "the disk was full at one stage alone"
