"""What is said at the end of a run."""

import zipfile

import pytest
from small_runs import save_untrained_run, small_config

from kerasrnn import cli
from kerasrnn.config import to_yaml
from kerasrnn.registry import TASKS
from kerasrnn.training_run import _doubt


@pytest.mark.parametrize(
    ("task", "monitor", "ours", "says"),
    [
        ("sentiment", "accuracy", 0.6, ""),
        ("sentiment", "accuracy", 0.5, "'strong' has the same accuracy"),
        ("sentiment", "accuracy", 0.1, "'strong' has a better accuracy"),
        ("forecasting", "mse", 0.4, ""),
        ("forecasting", "mse", 0.5, "'strong' has the same mse"),
        ("forecasting", "mse", 9.0, "'strong' has a better mse"),
    ],
)
@pytest.mark.parametrize("part", ["valid", "test"])
def test_a_network_no_better_than_a_trivial_answer_is_told_so(task, monitor, ours, says, part):
    strong, weak = {monitor: 0.5}, {monitor: 0.2 if task == "sentiment" else 3.0}
    scores = {"valid": {monitor: -1}, "test": {}, part: {monitor: ours}}
    metrics = {**scores, "baseline": strong, "baselines": {"weak": weak, "strong": strong}}
    said = _doubt(metrics, TASKS.load(task))
    assert says in said
    assert bool(said) == bool(says)


@pytest.mark.parametrize(
    ("task", "asks"),
    [
        ("sentiment", "texts or --input FILE"),
        ("translation", "texts or --input FILE"),
        ("regression", "--input FILE"),
        ("forecasting", "--input FILE"),
        ("speech", "recordings or --input FILE"),
        ("copy", "sequences or --input FILE"),
    ],
)
def test_an_exported_model_asks_for_what_its_task_takes(task, asks, tmp_path, capsys):
    path = tmp_path / "m.tflite"
    path.write_bytes(b"\0\0\0\0TFL3")
    settings = to_yaml(task, TASKS.load(task).config_type())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("kerasrnn/export.json", "{}")
        archive.writestr("kerasrnn/config.yaml", settings)
    assert cli.main(["predict", str(path)]) == 2
    assert f"has no data of its own: give {asks}\n" in capsys.readouterr().err


@pytest.mark.parametrize("task", ["tagging", "text_generation", "dialogue", "copy"])
def test_what_to_try_on_own_data_is_not_the_samples_example(task, tmp_path):
    kind = TASKS.load(task)
    sample = kind(kind.config_type())
    own = kind(small_config(task, tmp_path))
    assert own.next_commands("run")[0] != sample.next_commands("run")[0]


def test_what_to_try_with_a_copy_is_answered(tmp_path, capsys):
    config = small_config("copy", tmp_path)
    run = save_untrained_run("copy", config, tmp_path / "run")
    [example] = TASKS.load("copy")(config).next_commands("run")[0].split('"')[1::2]
    assert cli.main(["predict", str(run.folder), example]) == 0
    assert capsys.readouterr().out
