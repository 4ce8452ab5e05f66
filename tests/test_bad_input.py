"""Whatever is wrong with the input, the answer is status 2 and one line that says what to do."""

import gzip
import json
import os
import shutil
import subprocess
import sys

import pytest
from small_runs import CORE, small_config, write_config, write_reviews, write_series, write_text

from kerasrnn import cli
from kerasrnn.registry import TASKS

ROWS = "text,label\n" + "a fine film,good\na dull film,bad\n" * 12
ADDING = ["--task", "adding"]
FORECAST = ["--task", "forecasting", "--past", "8", "--horizon", "4"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(capsys, own_folder):
    """Runs a command that must be refused, and checks that the one line says all these things."""

    def check(*arguments, says):
        before = files(own_folder)
        assert cli.main([str(a) for a in arguments]) == 2
        out, err = capsys.readouterr()
        assert err.startswith("kerasrnn: ")
        assert err.count("\n") == 1
        assert "Traceback" not in err
        assert not out
        for part in says:
            assert part in err
        assert files(own_folder) == before, "something was written or lost"

    return check


def files(folder):
    return {p: p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def write(name, text):
    with open(name, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return name


# Usage


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fly"], ["unknown command 'fly'", "train", "inspect"]),
        (["trian"], ["unknown command 'trian'", "did you mean train?"]),
        (["train", *FORECAST, "--lr", "0.1"], ["--lr", "did you mean --learning-rate?"]),
        (["train", *FORECAST, "--hidden_size=9"], ["did you mean --units?"]),
        (["train", *FORECAST, "--batchsize", "9"], ["did you mean --batch-size?"]),
        (["train", *FORECAST, "--targets", "a", "b"], ["b", "--targets", "commas"]),
        (["train"], ["name a task", "sentiment", "forecasting", "text_generation"]),
        (["train", "--task", "sentimnt"], ["'sentimnt'", "did you mean sentiment?"]),
        (["train", "--task", "sentiment", "--cell", "lsmt"], ["'lsmt'", "gru, lstm, simple_rnn"]),
        (["train", "--task", "sentiment", "--speed", "9"], ["--speed", "--task sentiment --help"]),
        (
            ["train", "--task", "sentiment", "--beam", "9"],
            ["--beam belongs to dialogue, speech, summarisation, translation; this is --task sent"],
        ),
        (["train", "--beam", "9"], ["--beam belongs to dialogue", "name one with --task"]),
        (["train", "--task", "speech", "--no-tied"], ["--no-tied belongs to dialogue, summ"]),
        (["train", "--task", "copy", "--beams=2"], ["--beams=2", "--task copy --help"]),
        (["train", "--task", "sentiment", "--optimizer", "lion"], ["'lion'", "adamw"]),
        (["train", "--task", "sentiment", "--pooling", "min"], ["'min'", "mean_max"]),
        (["train", "--task", "forecasting", "--missing", "guess"], ["'guess'", "interpolate"]),
        (["train", "--task", "sentiment", "--epochs", "many"], ["--epochs", "many"]),
        (["train", "--task", "sentiment", "--epochs", "1.5"], ["--epochs", "1.5"]),
        (["train", "--task", "sentiment", "--units", "0"], ["--units 0", "smallest allowed is 1"]),
        (["train", "--task", "sentiment", "--dropout", "1"], ["--dropout 1.0", "0.95"]),
        (["train", "--task", "sentiment", "--learning-rate", "nan"], ["--learning-rate", "nan"]),
        (["train", "--task", "sentiment", "--learning-rate", "-1"], ["--learning-rate -1.0"]),
        (["train", "--task", "sentiment", "--seed", "-1"], ["--seed -1"]),
        (["train", "--task", "sentiment", "--batch-size", "0"], ["--batch-size 0"]),
        (["train", "--task", "sentiment", "--test-data", "x.csv"], ["--test-data", "--data"]),
        (
            ["train", "--task", "sentiment", "--data", "x.csv", "--dataset", "imdb_reviews"],
            ["--data", "--dataset", "one of them"],
        ),
        (["train", "--task", "forecasting", "--dataset", "x"], ["--data FILE.csv"]),
        (["train", *FORECAST, "--data", "x.csv", "--time-format", "DD.MM"], ["--time-format"]),
        (["train", *FORECAST, "--time-format", "unix"], ["--time-format needs --data"]),
        (["train", "--task", "forecasting", "--segment", "5"], ["--segment 5", "168", "24"]),
        (
            ["train", "--task", "sentiment", "--jit-compile", "--deterministic"],
            ["--jit-compile", "--deterministic"],
        ),
        (
            ["train", "--task", "sentiment", "--schedule", "plateau"],
            ["--warmup", "plateau"],
        ),
        (["train", "--resume", "nowhere"], ["no run at nowhere"]),
        (
            ["train", "--resume", "run", "--epochs", "9", "--json"],
            ["keeps its settings", "leave out --epochs 9,", "--config run/config.yaml --epochs 9"],
        ),
        (["train", "--epochs=9", "--resume=run"], ["keeps its settings", "leave out --epochs=9,"]),
        (["tune"], ["name a task"]),
        (["tune", *ADDING, "--space", "unit=1,2"], ["'unit'", "did you mean units?"]),
        (["tune", *ADDING, "--space", "units"], ["'units' has no values", "units=64,128"]),
        (["tune", *ADDING, "--space", ";"], ["--space is empty"]),
        (["tune", *ADDING, "--space", "units=64"], ["no choice", "--units 64"]),
        (["tune", *ADDING, "--space", "units=64,64"], ["twice"]),
        (["tune", *ADDING, "--space", "units=1,2;units=3,4"], ["names units twice"]),
        (["tune", *ADDING, "--space", "units=64,many"], ["'many' is not a whole number"]),
        (["tune", *ADDING, "--space", "residual=true,maybe"], ["'maybe' is not true or false"]),
        (["tune", *ADDING, "--space", "units=0..9"], ["--units 0", "smallest allowed is 1"]),
        (["tune", *ADDING, "--space", "units=9..3"], ["9..3 is no range"]),
        (["tune", *ADDING, "--space", "units=1..9:10"], ["steps of 10 do not fit into 1..9"]),
        (["tune", *ADDING, "--space", "learning_rate=0..1:log"], ["begins above 0"]),
        (["tune", *ADDING, "--space", "learning_rate=0.1,nan"], ["'nan' is not a number"]),
        (["tune", *ADDING, "--space", "cell=gru,lsmt"], ["'lsmt'", "did you mean lstm?"]),
        (["tune", *ADDING, "--space", "optimizer=adam,lion"], ["'lion'", "adamw"]),
        (["tune", *ADDING, "--space", "dropout=0.1,0.2"], ["--dropout 0.1", "--layers 2"]),
        (["tune", *ADDING, "--space", "seed=1,2"], ["seed is not for a search"]),
        (["tune", *ADDING, "--space", "data=a,b"], ["data is not for a search"]),
        (
            ["tune", *ADDING, "--units", "9", "--space", "units=1,2"],
            ["varies units already", "leave out --units"],
        ),
        (
            ["tune", *ADDING, "--search", "hyperband", "--space", "epochs=1,2"],
            ["--space epochs", "hyperband chooses them"],
        ),
        (["tune", *ADDING, "--search", "bayes"], ["'bayes'", "did you mean bayesian?"]),
        (["tune", *ADDING, "--trials", "0"], ["--trials 0", "smallest allowed is 1"]),
        (["tune", *ADDING, "--strategy", "multi_worker"], ["a search gives each its own"]),
        (["tune", *ADDING, "--diagnose", "gradients"], ["--diagnose is for one run"]),
        (["tune", *ADDING, "--beam", "9"], ["--beam belongs to dialogue"]),
        (["tune", *ADDING, "--data", "nowhere.txt"], ["nowhere.txt"]),
        (["tune", "--resume", "nowhere"], ["no search at nowhere"]),
        (["tune", "--resume", "x", "--trials", "9"], ["keeps its settings", "leave out --trials"]),
        (["predict", "nowhere", "a text"], ["no run at nowhere"]),
        (["evaluate", "nowhere"], ["no run at nowhere"]),
        (["inspect", "nowhere"], ["no run at nowhere"]),
        (["inspect"], ["run", "--help"]),
        (["inspect", "one", "two"], ["two"]),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value[0], str) else None,
)
def test_wrong_usage_is_refused(refused, arguments, says):
    refused(*arguments, says=says)


def test_wrong_usage_is_answered_without_tensorflow():
    code = (
        "import sys; from kerasrnn.cli import main; "
        "status = main(sys.argv[1:]); "
        "sys.exit(9 if {'tensorflow', 'keras'} & set(sys.modules) else status)"
    )
    for arguments in (
        ["train", "--task", "sentiment", "--epochs", "0"],
        ["train", "--task", "forecasting", "--data", "missing.csv"],
        ["generate", "nowhere", "--top-p", "2"],
    ):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True)
        assert done.returncode == 2, done.stderr.decode()


# Data of a classifier


@pytest.mark.parametrize(
    ("name", "text", "flags", "says"),
    [
        ("x.csv", "text,label\na,b\n", [], ["x.csv", "'b'", "two labels"]),
        ("x.csv", "", [], ["x.csv", "empty"]),
        ("x.csv", "text,label\n", [], ["x.csv"]),
        ("x.csv", "text,label\na,b\nc,d\ne,f\n", [], ["x.csv", "3 rows are too few", "10"]),
        ("x.csv", "text,label\na,b,c\n", [], ["x.csv", "line 2", "3 cells", "2"]),
        ("x.csv", 'text,label\n"a,b\n', [], ["x.csv", "line 2", "quote"]),
        ("x.csv", "a,b,c\n1,2,3\n", [], ["x.csv", "text,label"]),
        ("x.csv", "text,note\na,b\n".replace("note", "x,y"), [], ["x.csv"]),
        ("x.csv", ROWS, ["--text-column", "body"], ["x.csv", "'body'", "'text'", "'label'"]),
        ("x.csv", ROWS, ["--label-column", "mood"], ["x.csv", "'mood'", "'label'"]),
        ("x.csv", ROWS + "a lost film,\n", [], ["x.csv", "line 26", "empty label"]),
        ("x.jsonl", '{"text": "a", "label": "b"}\n{"text"\n', [], ["x.jsonl", "line 2", "JSON"]),
        ("x.jsonl", '{"text": 5, "label": "b"}\n', [], ["x.jsonl", "line 1", "'text'", "5"]),
        ("x.pdf", "text", [], ["x.pdf", ".csv", ".jsonl"]),
    ],
)
def test_a_file_of_reviews_that_cannot_be_used_is_refused(refused, name, text, flags, says):
    refused("train", "--task", "sentiment", "--data", write(name, text), *flags, says=says)


def test_a_missing_file_is_named_with_one_like_it(refused):
    write("reviews.csv", ROWS)
    says = ["review.csv", "no such file", "did you mean reviews.csv?"]
    refused("train", "--task", "sentiment", "--data", "review.csv", says=says)


@pytest.mark.parametrize("task", ["sentiment", "text_generation", "forecasting"])
def test_text_that_is_not_utf8_is_refused(refused, task, own_folder):
    name = {"text_generation": "x.txt"}.get(task, "x.csv")
    (own_folder / name).write_bytes("text,label\nmüde,bad\n".encode("latin-1"))
    refused("train", "--task", task, "--data", name, says=[name, "byte 12", "UTF-8"])


@pytest.mark.parametrize("task", ["sentiment", "text_generation", "forecasting"])
def test_a_truncated_gzip_file_is_refused(refused, task, own_folder):
    name = {"text_generation": "x.txt.gz"}.get(task, "x.csv.gz")
    (own_folder / name).write_bytes(gzip.compress(ROWS.encode())[:-20])
    refused("train", "--task", task, "--data", name, says=[name, "damaged or cut short"])


@pytest.mark.parametrize("part", ["valid", "test"])
def test_a_label_never_seen_in_training_is_refused(refused, part):
    write("x.csv", ROWS)
    write("y.csv", ROWS + "a new film,odd\n")
    says = ["y.csv", "'odd'", "never seen in training", "bad, good"]
    refused("train", "--task", "sentiment", "--data", "x.csv", f"--{part}-data", "y.csv", says=says)


def test_missing_vectors_are_refused(refused):
    write("x.csv", ROWS)
    arguments = ["--task", "sentiment", "--data", "x.csv", "--vectors", "glove.txt"]
    refused("train", *arguments, says=["--vectors", "glove.txt"])


# Data of a forecaster


def series(*rows):
    begin = [f"2024-01-{day:02},{day}.5" for day in range(1, 31)]
    return "date,load\n" + "\n".join([*begin, *rows]) + "\n"


@pytest.mark.parametrize(
    ("text", "flags", "says"),
    [
        (series("2024-01-31,warm"), [], ["line 32", "'load'", "'warm'", "number"]),
        (series("2024-01-31,"), [], ["line 32", "'load'", "missing"]),
        (series("2024-01-31,nan"), [], ["line 32", "'load'", "interpolate"]),
        (series("2024-01-31,1e999"), [], ["line 32", "'load'"]),
        (series("2024-01-30,1"), [], ["line 32", "'date'", "repeats"]),
        (series("2023-01-30,1"), [], ["line 32", "'date'", "earlier"]),
        (series("yesterday,1"), [], ["line 32", "'date'", "'yesterday'", "YYYY-MM-DD"]),
        (series("2024-01-31,1,2"), [], ["line 32", "3 cells"]),
        (series(), ["--targets", "cost"], ["'cost'", "'load'"]),
        (series(), ["--time-column", "when"], ["'when'", "'date'"]),
        (series(), ["--known-future", "heat"], ["'heat'", "'load'"]),
        (series(), ["--targets", "load", "--covariates", "load"], ["'load'", "two roles"]),
        (series(), ["--targets", "date"], ["'date'", "time column"]),
        (series(), ["--split", "0.5,0.6"], ["'0.5,0.6'", "0.7,0.1,0.2"]),
        (series(), ["--split", "20,10,10"], ["40 rows", "30"]),
        (series(), ["--past", "25"], ["train", "21 rows", "--past 25", "--horizon 4"]),
        ("date,load\n", [], ["no rows"]),
        ("date,what\n2024-01-01,a\n2024-01-02,b\n", [], ["no column of numbers", "'what'"]),
    ],
)
def test_a_series_that_cannot_be_used_is_refused(refused, text, flags, says):
    write("x.csv", text)
    refused(
        "train", *FORECAST, "--data", "x.csv", *flags, says=["x.csv" if not flags else "", *says]
    )


# Settings that would do nothing


def write_data(task):
    """`x.csv`, as the task takes it, and a folder `texts` of one folder a class."""
    write("x.csv", {"sentiment": ROWS, "forecasting": series()}.get(task, "some text\n" * 200))
    for label in ("good", "bad"):
        os.makedirs(f"texts/{label}")
        for number in range(10):
            write(f"texts/{label}/{number}.txt", f"{label} text {number}")


NONE_IS_CUT = ["--data", "x.csv", "--valid-data", "x.csv", "--test-data", "x.csv"]


@pytest.mark.parametrize(
    ("task", "flags", "says"),
    [
        ("sentiment", ["--block", "5"], ["--block 5", "sample has its parts"]),
        ("sentiment", [*NONE_IS_CUT, "--block", "5"], ["--block 5", "none is cut"]),
        ("sentiment", ["--text-column", "text"], ["--text-column text", "no file with columns"]),
        (
            "sentiment",
            ["--data", "texts", "--text-column", "a"],
            ["--text-column a", "texts is no"],
        ),
        ("sentiment", ["--data", "texts", "--label-column", "a"], ["--label-column a", "texts is"]),
        (
            "forecasting",
            [*NONE_IS_CUT, "--split", "0.6,0.2,0.2"],
            ["--split 0.6", "no part is cut"],
        ),
        (
            "text_generation",
            ["--data", "x.csv", "--valid-data", "x.csv", "--valid-share", "0.2"],
            ["--valid-share 0.2", "is given"],
        ),
        (
            "text_generation",
            ["--data", "x.csv", "--test-data", "x.csv", "--test-share", "0.2"],
            ["--test-share 0.2", "is given"],
        ),
    ],
)
def test_a_setting_that_would_do_nothing_is_refused(refused, task, flags, says):
    write_data(task)
    refused("train", "--task", task, *flags, says=says)


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("sentiment", {"data": "x.csv", "valid_data": "x.csv", "block": 2}),
        ("sentiment", {"data": "texts", "test_data": "x.csv", "text_column": "text"}),
        ("forecasting", {"data": "x.csv", "valid_data": "x.csv", "split": "0.6,0.2,0.2"}),
        ("text_generation", {"data": "x.csv", "valid_data": "x.csv", "test_share": 0.2}),
        ("text_generation", {"data": "x.csv", "test_data": "x.csv", "valid_share": 0.2}),
    ],
)
def test_a_setting_that_acts_on_one_part_is_taken(task, settings):
    write_data(task)
    kind = TASKS.load(task)
    small = {"past": 3, "horizon": 1} if task == "forecasting" else {}
    kind(kind.config_type(**settings, **small)).check_data()


# Settings files


@pytest.mark.parametrize(
    ("text", "flags", "says"),
    [
        ("task: sentiment\nepochs: [1\n", [], ["x.yaml", "line 3", "YAML"]),
        ("task: sentiment\nepochs: 2\nspeed: 3\n", [], ["x.yaml", "'speed'"]),
        ("task: copy\nbeam: 2\n", [], ["'beam'", "beam belongs to dialogue", "--task copy"]),
        ("task: sentiment\nepochs: many\n", [], ["x.yaml", "--epochs", "'many'"]),
        ("task: sentiment\nepochs: 0\n", [], ["x.yaml", "--epochs 0"]),
        ("task: sentiment\nunits: true\n", [], ["x.yaml", "--units", "True"]),
        ("task: sentiment\n", ["--task", "forecasting"], ["x.yaml", "sentiment", "forecasting"]),
        ("task: telepathy\n", [], ["'telepathy'", "sentiment"]),
        ("- sentiment\n", [], ["x.yaml", "task: sentiment"]),
        ("", [], ["x.yaml"]),
        ("epochs: 2\n", [], ["--task"]),
    ],
)
def test_a_settings_file_that_cannot_be_used_is_refused(refused, text, flags, says):
    write("x.yaml", text)
    refused("train", "--config", "x.yaml", *flags, says=says)


def test_a_missing_settings_file_is_refused(refused):
    refused("train", "--config", "x.yaml", says=["x.yaml", "No such file"])


# Output folders


@pytest.mark.parametrize(
    ("holds", "says"),
    [
        ("runs/a/config.yaml", ["runs/a", "another run", "--resume runs/a"]),
        ("runs/a/notes.txt", ["runs/a", "not empty", "--output"]),
        ("runs/a", ["runs/a", "is a file"]),
        ("runs", ["runs", "is a file"]),
    ],
)
def test_an_output_folder_in_use_is_left_alone(refused, own_folder, holds, says):
    write("x.csv", ROWS)
    (own_folder / holds).parent.mkdir(parents=True, exist_ok=True)
    write(own_folder / holds, "task: sentiment\n")
    refused("train", "--task", "sentiment", "--data", "x.csv", "--output", "runs/a", says=says)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(refused, own_folder):
    write("x.csv", ROWS)
    (own_folder / "locked").mkdir(mode=0o500)
    arguments = ["--task", "sentiment", "--data", "x.csv", "--output", "locked/a"]
    refused("train", *arguments, says=["locked", "cannot write"])


def test_bad_data_leaves_no_run_behind(refused, own_folder):
    write("x.csv", "text,label\na,b\n")
    refused("train", "--task", "sentiment", "--data", "x.csv", "--output", "new", says=["x.csv"])
    assert not (own_folder / "new").exists()


# Run directories


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A small finished run of each task, to be copied and damaged."""
    folder = tmp_path_factory.mktemp("trained")
    for task in CORE:
        config = small_config(task, folder, epochs=1)
        path = write_config(task, config, folder / f"{task}.yaml")
        assert cli.main(["train", "--config", path, "--output", str(folder / task)]) == 0
    return folder


@pytest.fixture
def run(trained, own_folder, capsys):
    """Copies a run here."""

    def copy(task):
        shutil.copytree(trained / task, own_folder / task)
        capsys.readouterr()
        return own_folder / task

    return copy


@pytest.mark.parametrize(
    ("file", "damage", "says"),
    [
        ("config.yaml", None, ["is neither a run", "config.yaml"]),
        ("config.yaml", b"task: [", ["config.yaml", "line 1"]),
        ("config.yaml", b"epochs: 1\n", ["config.yaml", "no task"]),
        ("config.yaml", b"task: sentiment\nspeed: 1\n", ["config.yaml", "'speed'"]),
        ("model.keras", None, ["sentiment", "model", "--resume"]),
        ("model.keras", 100, ["model.keras", "100 bytes"]),
        ("model.keras", b"", ["model.keras", "broken"]),
        ("transforms/vocabulary.txt", None, ["vocabulary.txt", "No such file"]),
        ("transforms/vocabulary.txt", b"x\ny\n", ["vocabulary.txt", "broken"]),
        ("transforms/vocabulary.txt", b"<pad>\n<unknown>\n\xff\n", ["vocabulary.txt", "UTF-8"]),
        ("transforms/labels.json", None, ["labels.json"]),
        ("transforms/labels.json", b"[", ["labels.json", "broken"]),
        ("transforms/labels.json", b"5", ["labels.json", "broken"]),
        ("transforms/tokenizer.json", None, ["tokenizer.json"]),
        ("transforms/tokenizer.json", b"{}x", ["tokenizer.json", "broken"]),
    ],
)
def test_a_damaged_run_is_refused_and_the_file_named(refused, run, file, damage, says):
    path = run("sentiment") / file
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:damage] if isinstance(damage, int) else damage)
    refused("predict", "sentiment", "a fine film", says=says)


@pytest.mark.parametrize(
    ("file", "damage"),
    [("scaler.json", b"[{}]"), ("columns.json", b"{}"), ("columns.json", b"[]")],
)
def test_damaged_scales_are_refused_and_the_file_named(refused, run, file, damage):
    (run("forecasting") / "transforms" / file).write_bytes(damage)
    refused("predict", "forecasting", says=[file, "broken"])


def test_a_model_of_another_run_is_refused(refused, run):
    shutil.copy(run("text_generation") / "model.keras", run("sentiment") / "model.keras")
    refused("predict", "sentiment", "a fine film", says=["model.keras does not fit"])


@pytest.mark.parametrize("file", ["vocabulary.txt", "labels.json"])
def test_transforms_of_another_size_are_refused(refused, run, file):
    path = run("sentiment") / "transforms" / file
    if file == "labels.json":
        path.write_text('["bad", "good", "odd"]')
    else:
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    refused("predict", "sentiment", "a fine film", says=["model.keras does not fit"])


@pytest.mark.parametrize("damage", [b"", b"not an archive", 1000])
def test_a_broken_checkpoint_is_refused_and_kept(refused, run, damage):
    folder = run("sentiment")
    (folder / "metrics.json").unlink()  # so that the run counts as interrupted
    path = folder / "checkpoint" / "state.npz"
    path.write_bytes(path.read_bytes()[:damage] if isinstance(damage, int) else damage)
    assert cli.main(["train", "--resume", "sentiment"]) == 2
    assert path.exists()


def test_a_checkpoint_that_does_not_fit_changed_data_is_refused(run, trained, capsys):
    folder = run("sentiment")
    (folder / "metrics.json").unlink()
    config = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(config.replace("units: 4", "units: 5"))
    assert cli.main(["train", "--resume", "sentiment"]) == 2
    assert "state.npz does not fit" in capsys.readouterr().err


def test_evaluating_on_an_unknown_label_is_refused(refused, run):
    run("sentiment")
    write("y.csv", ROWS + "a new film,odd\n")
    refused("evaluate", "sentiment", "--data", "y.csv", says=["y.csv", "example 25", "'odd'"])


def test_evaluating_on_one_label_alone_is_no_mistake(run, own_folder, capsys):
    run("sentiment")
    write("y.csv", "text,label\na fine film,good\na film,good\n")
    counts = json.loads((own_folder / "sentiment/transforms/trivial.json").read_text())
    assert cli.main(["evaluate", "sentiment", "--data", "y.csv", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["baselines"]["majority class"]["accuracy"] == (counts[1] > counts[0])
    assert shown["metrics"]["accuracy"] in (0, 0.5, 1)


def test_evaluating_on_too_short_a_series_is_refused(refused, run, own_folder):
    run("forecasting")
    write_series(own_folder / "y.csv", count=11)
    refused("evaluate", "forecasting", "--data", "y.csv", says=["y.csv", "11 rows", "--past 8"])


def test_evaluating_on_too_short_a_text_is_refused(refused, run):
    run("text_generation")
    write("y.txt", "a")
    refused("evaluate", "text_generation", "--data", "y.txt", says=["y.txt", "too few"])


@pytest.mark.parametrize("task", ["sentiment", "text_generation"])
def test_predicting_nothing_is_refused(refused, run, task):
    run(task)
    refused("predict", task, says=["give texts", "--input"])


def test_predicting_from_an_empty_file_is_refused(refused, run):
    run("sentiment")
    write("y.txt", "")
    refused("predict", "sentiment", "--input", "y.txt", says=["y.txt", "empty"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["predict", "sentiment", "a", "--text-column", "b"], ["--input"]),
        (["evaluate", "sentiment", "--label-column", "b"], ["--label-column", "--data"]),
        (["predict", "sentiment", "--input", "x.csv", "--text-column", "b"], ["'b'", "'text'"]),
        (["predict", "sentiment", "--input", "x.txt", "--text-column", "b"], ["x.txt", "one text"]),
        (["evaluate", "sentiment", "--data", "f", "--text-column", "b"], ["f is a folder"]),
    ],
)
def test_columns_that_are_not_there_are_refused(refused, run, arguments, says):
    run("sentiment")
    write("x.csv", ROWS)
    os.mkdir("f")
    refused(*arguments, says=says)


def test_columns_of_a_text_are_refused(refused, run):
    run("text_generation")
    flags = ["--input", "x.csv", "--text-column", "text"]
    refused("predict", "text_generation", *flags, says=["--text-column", "text_generation"])


@pytest.mark.parametrize("task", ["sentiment", "text_generation", "forecasting"])
def test_predicting_from_a_folder_is_refused(refused, run, task, own_folder):
    run(task)
    (own_folder / "x").mkdir()
    refused("predict", task, "--input", "x", says=["x: a folder; name a file in it"])


def test_predicting_from_too_short_a_table_is_refused(refused, run, own_folder):
    run("forecasting")
    write_series(own_folder / "y.csv", count=6)
    refused("predict", "forecasting", "--input", "y.csv", says=["y.csv", "6 rows", "8"])


def test_predicting_without_a_known_future_is_refused(refused, run, own_folder):
    run("forecasting")
    write_series(own_folder / "y.csv", count=40)
    refused("predict", "forecasting", "--input", "y.csv", says=["y.csv", "hour", "empty"])


def test_forecasting_from_a_text_is_refused(refused, run):
    run("forecasting")
    refused("predict", "forecasting", "sunny", says=["--input FILE", "'sunny'"])


def test_a_classifier_generates_nothing(refused, run):
    run("sentiment")
    refused("generate", "sentiment", says=["no language model", "kerasrnn predict sentiment"])


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--length", "0"),
        ("--temperature", "-1"),
        ("--temperature", "nan"),
        ("--top-k", "-1"),
        ("--top-p", "0"),
        ("--top-p", "1.5"),
        ("--seed", "-1"),
        ("--length", "long"),
        ("--beam", "-1"),
        ("--beam", "2.5"),
    ],
)
def test_generating_out_of_range_is_refused(refused, run, flag, value):
    run("text_generation")
    refused("generate", "text_generation", flag, value, says=[flag])


@pytest.mark.parametrize("given", [["--seed", "3"], ["--temperature=0.8"], ["--top-k", "0"]])
def test_what_is_for_drawing_is_refused_where_nothing_is_drawn(refused, run, given):
    run("text_generation")
    says = [given[0].partition("=")[0], "--beam"]
    refused("generate", "text_generation", "--beam", "2", *given, says=says)


# What is odd but no mistake


@pytest.mark.parametrize("text", ["", "   ", "zzz qqq"])
def test_a_text_without_known_words_is_answered_with_a_warning(run, capsys, text):
    run("sentiment")
    assert cli.main(["predict", "sentiment", text, "--json"]) == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert answer["label"] in ("bad", "good")
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert "warning: " in err


def test_a_text_too_short_to_measure_is_answered_with_a_warning(run, capsys):
    run("text_generation")
    assert cli.main(["predict", "text_generation", "", "a", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [json.loads(line)["loss"] for line in out.splitlines()] == [None, None]
    assert "warning: " in err


@pytest.mark.parametrize(
    ("task", "make", "name"),
    [
        ("sentiment", write_reviews, "x.csv"),
        ("text_generation", write_text, "x.txt"),
        ("forecasting", write_series, "x.csv"),
    ],
)
def test_windows_line_ends_and_byte_order_marks_change_nothing(
    run, own_folder, capsys, task, make, name
):
    run(task)
    answers = []
    for change in (lambda text: text, lambda text: "\ufeff" + text.replace("\n", "\r\n")):
        text = change((own_folder / make(name)).read_text(encoding="utf-8"))
        write(name, text)
        assert cli.main(["evaluate", task, "--data", name, "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out)["metrics"])
    assert answers[0] == answers[1]
