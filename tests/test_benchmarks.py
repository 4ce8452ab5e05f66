"""A benchmark runs, checks what it times, and gives a figure for everything."""

import importlib
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from kerasrnn.data.series import read_series
from kerasrnn.data.text_files import read_labelled_texts

ROOT = Path(__file__).resolve().parent.parent
ROWS = {
    "TFLite, stock conversion",
    "TFLite, loop",
    "TFLite, loop, float16",
    "TFLite, loop, dynamic int8",
    "TFLite, loop, any steps",
    "SavedModel signature",
    "tf.function",
    "tf.function(jit_compile=True)",
    "model.predict",
}


@pytest.fixture
def explanations(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    return importlib.import_module("benchmarks.explanations")


def test_a_text_is_asked_again_without_the_token_in_question(explanations, monkeypatch):
    def predict(run, texts, *flags):
        """Good by as much as there are exclamation marks, which say nothing to attention."""
        rows = []
        for text in texts:
            p = 1 / (1 + np.exp(2.5 - text.count("!")))
            label = "good" if p > 0.5 else "bad"
            tokens = [
                {"start": i, "end": i + 1, "weight": float(c == "!"), "attention": float(c == "a")}
                for i, c in enumerate(text)
            ]
            row = {"text": text, "label": label, "probabilities": {"good": p, "bad": 1 - p}}
            rows.append({**row, **({"explanation": tokens} if flags else {})})
        return rows

    monkeypatch.setattr(explanations, "predict", predict)
    figures = explanations.measure("run", ["a!!!b", "!!a!"])
    assert figures["largest weight"] == pytest.approx((1, 1))
    assert figures["smallest weight"] == figures["largest attention"] == pytest.approx((0, 0))
    assert -1e-9 <= figures["at random"][0] <= 1 + 1e-9
    assert len(explanations.table(figures)) == 5


@pytest.fixture
def tflite(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    return importlib.import_module("benchmarks.tflite")


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_every_way_of_running_a_layer_answers_like_keras_and_is_timed(tflite, cell):
    case = tflite.Case(cell, units=8, steps=5, features=3)
    rows = tflite.measure([case], repetitions=1, calls=2)
    torch = {"PyTorch"} if importlib.util.find_spec("torch") else set()
    ways = [row["way"] for row in rows]
    assert set(ways) == ROWS | torch | ({"TFLite, fused"} if cell == "lstm" else set())
    assert len(ways) == len(set(ways))
    times = np.array([[row["lowest"], row["ms"], row["highest"]] for row in rows])
    assert np.isfinite(times).all()
    assert (times > 0).all()
    assert len(tflite.table(rows)) == 2 + len(rows)
    [bar] = tflite.bars(rows)
    assert set(bar) == {"name", "stock conversion"} | torch


def test_a_wrong_answer_is_not_timed(tflite):
    case = tflite.Case("gru", units=4, steps=3, features=2)
    model = case.model()
    rows = {"right": lambda x: model(x).numpy(), "wrong": lambda x: model(x).numpy() + 1e-4}
    tflite.check({"right": rows["right"]}, case)
    with pytest.raises(ValueError, match=r"GRU 4: wrong is 1\.0e-04 away from Keras"):
        tflite.check(rows, case)


def test_the_widest_table_fits_a_hundred_columns(tflite):
    cases = [f"{cell} {units}" for cell in ("LSTM", "GRU") for units in (64, 128)]
    rows = [
        {"name": case, "way": way, "ms": 123.456, "to_stock": 1000.5}
        for case in cases
        for way in ROWS - {"TFLite, stock conversion"}
    ]
    lines = tflite.table(rows)
    assert max(map(len, lines)) <= 100
    assert any("123 (1000)" in line for line in lines)


@pytest.fixture
def pipeline(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    return importlib.import_module("benchmarks.pipeline")


def test_files_are_generated_as_large_as_asked(pipeline, monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline, "BLOCK", 30_000)
    for kind in pipeline.TASKS:
        pipeline.write(kind, tmp_path / kind, 0.1)
        assert 1e5 <= (tmp_path / kind).stat().st_size < 3e6
    series = read_series((tmp_path / "csv").rename(tmp_path / "a.csv"))
    assert (series.names, series.step) == (("a", "b", "c"), np.timedelta64(60, "s"))
    reviews = read_labelled_texts((tmp_path / "reviews").rename(tmp_path / "b.csv"))
    assert set(reviews.labels) == {"good", "bad"}


@pytest.mark.slow
def test_the_pipeline_is_measured_beside_training(pipeline, monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline, "BLOCK", 100_000)
    rows = [pipeline.measure_one(kind, 0.5, tmp_path, 3) for kind in pipeline.TASKS]
    for row in rows:
        assert all(row[name] > 0 for name in row if name not in ("name", "padding"))
    assert [row["padding"] > 0 for row in rows] == [False, False, True]
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".log"]


GOOD = """
import json, sys
print("a converter says something first")
print("turn 1", file=sys.stderr)
bar = {"name": "lstm 8", "stock Keras": 2.0, "PyTorch": 0.5}
found = {"rows": [{"name": "lstm 8", "ms": 1.5}], "table": ["| lstm 8 | 1.5 |"], "bars": [bar]}
print(json.dumps({"title": "Steps", "ratio": "times as fast as", **found, "given": sys.argv[1:]}))
"""
BAD = "raise ValueError('GRU 4 answers otherwise')"


@pytest.fixture
def runner(monkeypatch, tmp_path):
    """`benchmarks.__main__`, and children that do as the files `fake_NAME.py` say."""
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    main = importlib.import_module("benchmarks.__main__")
    monkeypatch.setattr(main, "MODULE", "fake_{}")
    for name in main.BENCHMARKS:
        (tmp_path / f"fake_{name}.py").write_text(GOOD)
    return main


def test_one_that_fails_is_told_and_the_others_go_on(runner, tmp_path, capsys):
    (tmp_path / "fake_tflite.py").write_text(BAD)
    (tmp_path / "fake_startup.py").write_text("print('no JSON')")
    output = tmp_path / "results"
    only = ["--only", "training,tflite,startup,softmax"]
    assert runner.main([*only, "--output", str(output)]) == 1
    results = json.loads((output / "results.json").read_text())
    found = results["benchmarks"]
    assert list(found) == ["training", "tflite", "startup", "softmax"]
    assert found["training"]["rows"] == [{"name": "lstm 8", "ms": 1.5}]
    assert found["training"]["given"] == ["--json"]
    assert found["tflite"]["error"] == "ValueError: GRU 4 answers otherwise"
    assert "no JSON" in found["startup"]["error"]
    assert "tflite failed: ValueError: GRU 4 answers otherwise" in capsys.readouterr().err
    assert {"processor", "cores", "python", "tensorflow", "keras"} <= set(results["machine"])
    table = (output / "table.md").read_text()
    assert table.count("| lstm 8 | 1.5 |") == 2
    assert "Failed: ValueError: GRU 4" in table
    assert (output / "training.log").read_text() == "turn 1\n"
    logs = {f"{name}.log" for name in found}
    written = {"results.json", "table.md", "picture.png"}
    assert {path.name for path in output.iterdir()} == logs | written


def test_results_are_written_before_the_next_one_runs(runner, tmp_path):
    output = tmp_path / "results"
    (tmp_path / "fake_generation.py").write_text(
        f"import pathlib; folder = pathlib.Path({str(output)!r})\n"
        "assert '| lstm 8 | 1.5 |' in (folder / 'table.md').read_text()\n"
        "assert (folder / 'picture.png').read_bytes()[:4] == b'\\x89PNG'\n" + GOOD
    )
    assert runner.main(["--only", "training,generation", "--output", str(output)]) == 0


def test_a_second_run_adds_to_the_folder_unless_its_figures_are_of_another_kind(
    runner, tmp_path, capsys
):
    output = tmp_path / "results"
    for name in ("training", "startup"):
        assert runner.main(["--quick", "--only", name, "--output", str(output)]) == 0
    found = json.loads((output / "results.json").read_text())["benchmarks"]
    assert list(found) == ["training", "startup"]
    assert found["startup"]["given"] == ["--json", *runner.BENCHMARKS["startup"].quick.split()]
    assert "for a look" in (output / "table.md").read_text()
    before = (output / "results.json").read_bytes()
    with pytest.raises(SystemExit) as stop:
        runner.main(["--only", "training", "--output", str(output)])
    assert stop.value.code == 2
    assert "has quick True, not False" in capsys.readouterr().err
    assert (output / "results.json").read_bytes() == before


def test_what_is_asked_wrongly_stops_before_anything_runs(runner, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    for arguments in (["--only", "trainin"], ["--output", str(tmp_path / "file" / "results")]):
        with pytest.raises(SystemExit) as stop:
            runner.main(arguments)
        assert stop.value.code == 2
    said = capsys.readouterr()
    assert "no benchmark is named 'trainin'; there are training, generation" in said.err
    assert "cannot write" in said.err
    assert not said.out


def test_help_tells_of_every_benchmark(runner, capsys):
    with pytest.raises(SystemExit):
        runner.main(["--help"])
    said = capsys.readouterr().out
    files = {path.stem for path in (ROOT / "benchmarks").glob("*.py")}
    parts = {"__init__", "__main__", "reporting", "picture", "stock"}
    assert not [name for name in files - parts if name not in said]


def test_the_quick_arguments_are_known_to_their_benchmarks(monkeypatch, capsys):
    monkeypatch.syspath_prepend(ROOT)
    main = importlib.import_module("benchmarks.__main__")
    for name, benchmark in main.BENCHMARKS.items():
        module = importlib.import_module(f"benchmarks.{name}")
        assert callable(module.measure)
        with pytest.raises(SystemExit) as stop:
            module.main([*benchmark.quick.split(), "--json", "--help"])
        assert stop.value.code == 0
        with pytest.raises(SystemExit) as stop:
            module.main([*benchmark.quick.split(), "--no-such-flag"])
        assert "unrecognized arguments: --no-such-flag\n" in capsys.readouterr().err


def test_without_pytorch_its_bars_are_left_out(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    training = importlib.import_module("benchmarks.training")
    row = {"name": "lstm 8", "kerasrnn_ms": 2.0, "keras_ms": 3.0, "to_keras": 1.5}
    row |= {"share_of_peak": 0.25, "peak_gflops": 100.0}
    assert training.bars([row]) == [{"name": "lstm 8", "stock Keras": 1.5}]
    assert "| lstm 8 | 2 | 3 (1.50) | – | 25% |" in training.table([row])


@pytest.mark.slow
def test_training_steps_are_timed_beside_stock_keras(monkeypatch, capsys):
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # of the children
    training = importlib.import_module("benchmarks.training")
    monkeypatch.setattr(training, "has_pytorch", lambda: False)
    monkeypatch.setattr(training, "TURN", 0.01)
    arguments = ["--networks", "classifier", "--cells", "gru", "--units", "8", "--turns", "1"]
    training.main([*arguments, "--json"])
    found = json.loads(capsys.readouterr().out)
    [row] = found["rows"]
    assert row["name"] == "classifier, gru 8"
    assert not [name for name in row if "torch" in name]
    assert all(row[name] > 0 for name in row if name != "name")
    assert row["to_keras"] == pytest.approx(row["keras_ms"] / row["kerasrnn_ms"])
    assert 0 < row["share_of_peak"] < 1
    assert found["bars"] == [{"name": row["name"], "stock Keras": row["to_keras"]}]
