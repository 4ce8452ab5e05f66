"""The loop: optimisers, averages, stopping, precision, and what a run leaves behind."""

import csv
import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_runs import EACH, saved_weights, small_config, write_config

from kerasrnn import cli, commands
from kerasrnn.config import OPTIMIZERS
from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.progress import Progress
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.tasks import Task
from kerasrnn.tasks.forecasting import Forecasting
from kerasrnn.training import Trainer, configure

CONTRACT = {
    *("task", "cell", "parameters", "seconds", "train_seconds", "epochs", "best_epoch"),
    *("device", "monitor", "valid", "test", "baseline"),
}


ONE_STEP = {
    "optimizer": "sgd",
    "momentum": 0.0,
    "batches": 1,
    "epochs": 1,
    "schedule": "constant",
}


@pytest.fixture(autouse=True)
def plain_precision():
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.fixture
def trainer(tmp_path):
    """A trainer on a forecast from one row to the next, the quickest there is."""

    def make(*, batches=None, **settings):
        small = {"past": 2, "horizon": 1, "known_future": "", "cell": "simple_rnn", "units": 2}
        config = small_config("forecasting", tmp_path, **{**small, "warmup": 0.0, **settings})
        configure(config)
        task = TASKS.load("forecasting")(config)
        prepared = task.prepare()
        if batches:
            prepared = dataclasses.replace(
                prepared, train=lambda epoch: prepared_train(epoch).take(batches), steps=batches
            )
        prepared_train = task.prepare().train
        model = task.build_model(prepared.transforms)
        progress = Progress(epochs=config.epochs, steps=prepared.steps)
        return Trainer(task, prepared, model, Run(tmp_path / "run"), progress)

    return make


@pytest.fixture
def scores(monkeypatch):
    """Makes validation give these values, one an epoch."""

    def script(*values):
        left = iter(values)
        monkeypatch.setattr(Forecasting, "score", lambda *_: {"mse": next(left)})

    return script


def weights(model):
    return [np.array(v) for v in model.trainable_variables]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser_moves_every_weight(trainer, scores, optimizer):
    scores(1.0)
    t = trainer(optimizer=optimizer, batches=2, epochs=1, schedule="constant", learning_rate=0.1)
    before = weights(t.model)
    t.train()
    assert all((a != b).any() for a, b in zip(before, weights(t.model), strict=True))


def test_one_step_of_plain_descent_is_the_textbooks(trainer, scores):
    scores(1.0)
    t = trainer(**ONE_STEP, clip_norm=0.0, learning_rate=0.5)
    inputs, target = next(iter(t.prepared.train(0)))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((t.model(inputs, training=True) - target) ** 2)
    gradients = tape.gradient(loss, t.model.trainable_variables)
    expected = [w - 0.5 * g.numpy() for w, g in zip(weights(t.model), gradients, strict=True)]
    state = t.train()
    for ours, theirs in zip(weights(t.model), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)
    assert state.history[0]["loss"] == pytest.approx(float(loss), rel=1e-6)


def test_clipping_bounds_the_length_of_a_step(trainer, scores):
    scores(1.0)
    t = trainer(**ONE_STEP, clip_norm=1e-3, learning_rate=1.0)
    before = weights(t.model)
    t.train()
    moved = [(a - b).ravel() for a, b in zip(before, weights(t.model), strict=True)]
    assert np.linalg.norm(np.concatenate(moved)) == pytest.approx(1e-3, rel=1e-3)


def test_validation_sees_the_average_of_the_weights_and_training_goes_on_without_it(
    trainer, monkeypatch
):
    seen, passed, keep = [], [], 0.5
    monkeypatch.setattr(
        Forecasting,
        "score",
        lambda self, network, *_: seen.append(weights(network.model)) or {"mse": 1.0 / len(seen)},
    )
    t = trainer(average=keep, batches=1, epochs=3, schedule="constant", learning_rate=0.1)
    average = begin = weights(t.model)
    apply = t._run_steps

    def step(*arguments):
        carry = apply(*arguments)
        passed.append(weights(t.model))
        return carry

    t._run_steps = step
    t.train()
    for number, (now, validated) in enumerate(zip(passed, seen, strict=True), 1):
        rate = min(keep, (1 + number) / (10 + number))
        average = [rate * a + (1 - rate) * w for a, w in zip(average, now, strict=True)]
        for ours, expected in zip(validated, average, strict=True):
            np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)
    assert any((a != b).any() for a, b in zip(begin, average, strict=True))
    for ours, last in zip(weights(t.model), passed[-1], strict=True):
        np.testing.assert_array_equal(ours, last)
    saved = Run(t.run.folder).load_model()
    for ours, best in zip(weights(saved), seen[-1], strict=True):
        np.testing.assert_array_equal(ours, best)


def test_the_best_epoch_is_kept_and_not_the_last(trainer, scores):
    scores(0.5, 0.2, 0.4, 0.3)
    t = trainer(batches=1, epochs=4)
    kept, save = [], t.run.save_model
    t.run.save_model = lambda model: kept.append(weights(model)) or save(model)
    state = t.train()
    assert (state.epoch, state.best_epoch, state.best) == (4, 2, 0.2)
    assert len(kept) == 2
    saved = weights(t.run.load_model())
    assert all((a == b).all() for a, b in zip(saved, kept[1], strict=True))
    assert any((a != b).any() for a, b in zip(saved, weights(t.model), strict=True))


@pytest.mark.parametrize(("higher", "values"), [(False, (3, 1, 1, 2)), (True, (1, 3, 3, 2))])
def test_of_equally_good_epochs_the_earliest_is_kept(trainer, scores, monkeypatch, higher, values):
    monkeypatch.setattr(Forecasting, "higher_is_better", higher)
    scores(*map(float, values))
    t, kept, save = trainer(batches=2, epochs=4), [], Run.save_model
    t.run.save_model = lambda model: kept.append(weights(model)) or save(t.run, model)
    state = t.train()
    assert (state.best_epoch, state.best, state.waited) == (2, values[1], 2)
    assert len(kept) == 2
    saved = weights(t.run.load_model())
    assert all((a == b).all() for a, b in zip(saved, kept[1], strict=True))


@pytest.mark.parametrize(("higher", "best"), [(False, 1.0), (True, 3.0)])
def test_of_equally_good_epochs_that_with_the_lowest_loss_is_kept(
    trainer, monkeypatch, higher, best
):
    left = iter([(best, 0.5), (best, 0.3), (best, 0.4), (best, 0.3), (2.0, 0.1)])
    monkeypatch.setattr(Forecasting, "higher_is_better", higher)
    monkeypatch.setattr(
        Forecasting, "score", lambda *_: dict(zip(("mse", "loss"), next(left), strict=True))
    )
    state = trainer(batches=1, epochs=5).train()
    assert (state.best_epoch, state.best, state.waited) == (2, best, 3)


def test_patience_stops_after_so_many_epochs_without_a_better_one(trainer, scores):
    scores(0.5, 0.2, 0.4, 0.3, 0.1)
    assert trainer(batches=1, epochs=9, patience=2).train().epoch == 4


def test_a_plateau_halves_the_rate_each_second_epoch_without_a_better_one(trainer, scores):
    scores(0.5, 0.6, 0.6, 0.6, 0.6, 0.1)
    t = trainer(batches=1, epochs=6, schedule="plateau", learning_rate=0.08)
    rates = []
    t.progress.end_epoch = lambda row, best: rates.append(float(t.optimizer.learning_rate))
    t.train()
    np.testing.assert_allclose(rates, [0.08, 0.08, 0.04, 0.04, 0.02, 0.02], rtol=1e-6)


def test_the_rate_rises_to_its_peak_and_falls_as_a_cosine(trainer):
    t = trainer(epochs=10, batches=10, schedule="cosine", warmup=0.2, learning_rate=0.1)
    rate = t.optimizer._learning_rate
    rates = np.array([float(rate(step)) for step in range(100)])
    assert rates.argmax() in (19, 20)
    assert rates.max() == pytest.approx(0.1)
    assert rates[0] == pytest.approx(0.1 / 20)
    assert (np.diff(rates[20:]) < 0).all()
    assert rates[-1] < 0.002


@pytest.mark.parametrize(
    "settings",
    [
        {"precision": "mixed_bfloat16"},
        {"precision": "mixed_float16"},
        {"jit_compile": True},
        {"precision": "mixed_float16", "schedule": "plateau", "average": 0.9},
    ],
    ids=str,
)
def test_every_arithmetic_trains(trainer, settings):
    t = trainer(epochs=4, learning_rate=0.03, units=8, **{"schedule": "constant", **settings})
    history = t.train().history
    assert history[-1]["loss"] < 0.8 * history[0]["loss"]
    assert all(v.dtype == "float32" for v in t.model.trainable_variables)


@pytest.mark.parametrize("task", ["sentiment", "text_generation"])
def test_a_stateful_or_ragged_task_trains_in_half_precision_and_goes_on(task, tmp_path):
    config = small_config(task, tmp_path, precision="mixed_bfloat16", epochs=1)
    commands.train(task, config, output=str(tmp_path / "run"), as_json=True)
    folder = tmp_path / "run"
    (folder / "metrics.json").unlink()
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(text.replace("epochs: 1", "epochs: 2"))
    commands.resume(str(folder), as_json=True)
    assert Run(folder).metrics()["epochs"] == 2


def test_a_loss_that_is_no_number_ends_the_run_with_what_to_do(trainer, monkeypatch):
    t = trainer(optimizer="sgd", learning_rate=100.0, clip_norm=0.0, schedule="constant", epochs=9)
    monkeypatch.setattr(t, "loss", lambda y, f: tf.reduce_mean((y - f) ** 2) * tf.constant(1e30))
    with pytest.raises(RunFailed, match=r"epoch 1.*learning rate 100.*--learning-rate"):
        t.train()
    assert not t.run.model_path.exists()


def test_a_run_that_fails_has_status_one_and_one_line(tmp_path, monkeypatch, capsys):
    def broken(self):
        raise RunFailed("the loss is no longer a number")

    monkeypatch.setattr(Trainer, "train", broken)
    data = small_config("forecasting", tmp_path).data
    arguments = ["--past", "8", "--horizon", "4", "--units", "4", "--data", data]
    output = str(tmp_path / "run")
    assert cli.main(["train", "--task", "forecasting", *arguments, "--output", output]) == 1
    err = capsys.readouterr().err
    assert "kerasrnn: the loss is no longer a number\n" in err
    assert "Traceback" not in err


def test_an_interrupted_run_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    def interrupt(self, row, best):
        raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "end_epoch", interrupt)
    data = small_config("forecasting", tmp_path).data
    arguments = ["--past", "8", "--horizon", "4", "--units", "4", "--data", data]
    output = str(tmp_path / "run")
    assert cli.main(["train", "--task", "forecasting", *arguments, "--output", output]) == 130
    err = capsys.readouterr().err
    assert err.endswith(f"kerasrnn: interrupted; go on with: kerasrnn train --resume {output}\n")
    assert err.count("--resume") == err.count("kerasrnn: ") == 1
    # what is finished can be used, and is known not to be all
    for command in ("evaluate", "predict"):
        assert cli.main([command, output, "--json"]) == 0
        out, err = capsys.readouterr()
        assert json.loads(out.splitlines()[0])
        [warning] = [line for line in err.splitlines() if line.startswith("warning: ")]
        assert "not finished" in warning
        assert f"--resume {output}" in warning


@pytest.fixture(scope="module", params=EACH)
def finished(request, tmp_path_factory):
    """A finished run of each task."""
    folder = tmp_path_factory.mktemp("finished")
    config = small_config(request.param, folder, epochs=2, average=0.5, seed=5)
    commands.train(request.param, config, output=str(folder / "run"), as_json=True)
    return Run(folder / "run")


def test_metrics_hold_what_scripts_rely_on(finished):
    metrics = finished.metrics()
    assert metrics.keys() >= CONTRACT
    assert metrics["task"] == finished.settings()["task"]
    assert metrics["epochs"] == 2
    assert metrics["best_epoch"] in (1, 2)
    assert metrics["parameters"] == finished.load_model().count_params()
    assert metrics["seconds"] >= metrics["train_seconds"] > 0
    # what needs the network's probabilities is not always known of a trivial answer
    assert set() != metrics["baseline"].keys() <= metrics["valid"].keys()
    assert metrics["test"].keys() in (metrics["valid"].keys(), set())


def test_history_has_a_line_for_each_epoch(finished):
    with open(finished.folder / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    names = list(rows[0])
    assert names[:3] == ["epoch", "seconds", "loss"]
    task = TASKS.load(finished.settings()["task"])
    # a task may watch cheaper metrics than it reports at the end
    all_of_them = {f"valid_{name}" for name in finished.metrics()["valid"]}
    assert set() != set(names[3:]) <= all_of_them
    assert set(names[3:]) == all_of_them or task.watch is not Task.watch
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())


def test_the_validation_of_the_best_epoch_is_that_of_the_saved_model(finished):
    metrics = finished.metrics()
    with open(finished.folder / "history.csv", newline="") as file:
        best = list(csv.DictReader(file))[metrics["best_epoch"] - 1]
    for name in metrics["valid"].keys() & {n.removeprefix("valid_") for n in best}:
        value = metrics["valid"][name]
        assert float(best[f"valid_{name}"]) == pytest.approx(value, rel=1e-4, abs=1e-6)


def test_the_environment_is_recorded(finished):
    environment = json.loads((finished.folder / "environment.json").read_text())
    assert environment["tensorflow"] == tf.__version__
    assert environment["seed"] == 5
    assert environment["deterministic"] is False
    assert environment.keys() >= {"kerasrnn", "keras", "numpy", "python", "platform", "device"}


def test_a_run_holds_the_files_of_the_contract_and_no_temporary_ones(finished):
    names = {p.name for p in finished.folder.iterdir()}
    assert names >= {
        *("config.yaml", "metrics.json", "history.csv", "environment.json", "model.keras"),
        *("transforms", "checkpoint", "plots"),
    }
    assert (finished.folder / "plots" / "history.png").read_bytes().startswith(b"\x89PNG")
    assert not list(finished.folder.rglob(".*"))


def test_resuming_a_finished_run_changes_nothing(finished, capsys):
    before = saved_weights(finished.folder)
    assert cli.main(["train", "--resume", str(finished.folder), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == finished.metrics()
    assert "finished already" in err
    after = saved_weights(finished.folder)
    assert all((before[name] == after[name]).all() for name in before)


def test_lazy_rows_of_a_network_without_an_embedding_are_refused(trainer):
    with pytest.raises(BadInput, match="no embedding"):
        trainer(lazy_rows=True)


def test_lazy_rows_repeat_and_differ_from_all_rows(tmp_path):
    weights = {}
    for name, lazy in {"all": False, "lazy": True, "again": True}.items():
        config = small_config("sentiment", tmp_path, lazy_rows=lazy)
        path = write_config("sentiment", config, tmp_path / f"{name}.yaml")
        folder = str(tmp_path / name)
        assert cli.main(["train", "--config", path, "--output", folder]) == 0
        weights[name] = saved_weights(folder)
    for name, again in weights["again"].items():
        np.testing.assert_array_equal(again, weights["lazy"][name])
    assert any((again != weights["all"][name]).any() for name, again in weights["again"].items())
