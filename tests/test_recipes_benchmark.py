"""Recipes are timed to a quality, beside runs with Keras's own layers and padded batches."""

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from small_runs import write_reviews, write_text

from kerasrnn import optimizers
from kerasrnn.errors import RunFailed
from kerasrnn.file_arrays import FileArray
from kerasrnn.layers.cells.lstm import LSTM
from kerasrnn.tasks import Prepared
from kerasrnn.tasks._large_texts import StoredRows
from kerasrnn.transforms.batches import Buckets

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def recipes(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # of the children
    return importlib.import_module("benchmarks.recipes")


@pytest.fixture
def stock(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    return importlib.import_module("benchmarks.stock")


def make_recipe(recipes, path, part, metric, goal, *, falls=False, **settings):
    path.write_text("".join(f"{name}: {value}\n" for name, value in settings.items()))
    return recipes.Recipe(path, part, metric, goal, falls)


def parts_of(kind, **settings):
    """Ten texts of 1 to 10 tokens, number n full of n."""
    ids = [np.full(n, n, np.int32) for n in range(1, 11)]
    return kind(ids, np.arange(1, 11), 4, **settings)


def test_padded_batches_are_full_and_drawn_without_regard_to_length(stock):
    texts, order = parts_of(stock.Padded, width=12), np.random.default_rng(0).permutation(10)
    batches = [(ids.numpy(), labels.numpy()) for ids, labels in texts.dataset(order)]
    assert [ids.shape for ids, _ in batches] == [(4, 12), (4, 12), (2, 12)]
    assert [n for _, labels in batches for n in labels] == (order + 1).tolist()
    for row, label in ((row, label) for pair in batches for row, label in zip(*pair, strict=True)):
        assert row.tolist() == [label] * label + [0] * (12 - label)
    [(ids, _)] = [(ids.numpy(), labels) for ids, labels in texts.dataset(order, 2)]
    np.testing.assert_array_equal(ids, batches[2][0])
    assert [ids.shape[1] for ids, _ in texts.by_length(3)] == [12] * 4
    assert texts.padding(order) == pytest.approx(1 - 55 / 120)


def test_texts_that_lie_in_files_are_padded_too(stock, tmp_path):
    listed = parts_of(stock.Padded, width=12)
    arrays = {"ids": np.concatenate(listed.ids), "lengths": listed.lengths, "labels": listed.labels}
    arrays["starts"] = listed.lengths.cumsum() - listed.lengths
    for name, array in arrays.items():
        array.tofile(tmp_path / name)
    files = {name: FileArray(tmp_path / name, array.dtype) for name, array in arrays.items()}
    rows, order = StoredRows(files["ids"], files["starts"], files["lengths"]), np.arange(10)[::-1]
    stored = stock.Padded(rows, files["labels"], 4, width=12)
    assert stored.padding(order) == listed.padding(order)
    for ours, theirs in zip(stored.dataset(order), listed.dataset(order), strict=True):
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)


def prepared_of(texts):
    order = np.arange(10)
    batches = [texts.dataset(order), texts.by_length(4)]
    return Prepared({}, lambda epoch: batches[0], 3, batches[1], None, {}, padding=0.5)


def test_batches_of_like_length_are_not_taken_for_padded_ones(stock):
    stock.check_batches(prepared_of(parts_of(stock.Padded, width=12)), 12)
    with pytest.raises(RunFailed, match="not padded to 13 steps"):
        stock.check_batches(prepared_of(parts_of(stock.Padded, width=12)), 13)
    full, short = prepared_of(parts_of(stock.Padded, width=12)), prepared_of(parts_of(Buckets))
    with pytest.raises(RunFailed, match="of train"):
        stock.check_batches(short, 12)
    with pytest.raises(RunFailed, match="of test"):
        stock.check_batches(replace(full, test=short.valid), 12)


@pytest.mark.parametrize("wrap", [keras.layers.Bidirectional, lambda layer: layer])
def test_our_layers_are_not_taken_for_keras_own(stock, wrap):
    def model(*kinds):
        layers = [wrap(kind(2, return_sequences=True)) for kind in kinds]
        return keras.Sequential([keras.Input((3, 2)), *layers])

    stock.check_layers(model(keras.layers.LSTM, keras.layers.GRU))
    with pytest.raises(RunFailed, match="not a stock network"):
        stock.check_layers(model(keras.layers.LSTM, LSTM))


def test_a_network_without_recurrent_layers_proves_nothing(stock):
    with pytest.raises(RunFailed, match="not a stock network"):
        stock.check_layers(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))


def test_our_optimiser_is_not_taken_for_keras_own(stock):
    scaled = keras.optimizers.LossScaleOptimizer
    for wrap in (lambda optimizer: optimizer, scaled):
        stock.check_optimizer(wrap(keras.optimizers.Adam()))
        with pytest.raises(RunFailed, match="not a stock optimiser"):
            stock.check_optimizer(wrap(optimizers.Adam()))


def course_of(recipes, *, losses=(2.0, 1.5, 1.4, 1.3), accuracy=0.9, ends=(20, 30, 41, 50)):
    history = [{"seconds": 8.0, "valid_loss": loss} for loss in losses]
    metrics = {"valid": {"loss": min(losses)}, "test": {"accuracy": accuracy}}
    return recipes.Course(6.0, ends, 55.0, history, metrics)


def test_time_ends_with_the_first_epoch_that_is_good_enough(recipes):
    course = course_of(recipes)
    assert course.needed(recipes.SHAKESPEARE) == 3
    assert course.seconds(recipes.SHAKESPEARE, 3) == 41
    assert course.quality(recipes.SHAKESPEARE) == 1.3
    assert course_of(recipes, losses=(2.0, 1.9, 1.8, 1.7)).needed(recipes.SHAKESPEARE) is None


def test_where_a_test_counts_time_ends_with_it(recipes):
    assert course_of(recipes).needed(recipes.IMDB) == 4
    assert course_of(recipes).seconds(recipes.IMDB, 4) == 55
    assert course_of(recipes, accuracy=0.8899).needed(recipes.IMDB) is None


def test_epochs_that_were_not_trained_count_like_those_after_the_first(recipes):
    course = course_of(recipes)
    assert course.epoch == 10  # of 10, 11 and 9
    assert course.seconds(recipes.SHAKESPEARE, 7) == 50 + 3 * 10
    assert course.seconds(recipes.IMDB, 7) == 50 + 3 * 10 + 5
    alone = course_of(recipes, losses=(2.0,), ends=(20,))
    assert alone.epoch == 20 - 6


RUN = """
import os, pathlib, sys, time
run = pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
cache = pathlib.Path(os.environ["KERASRNN_CACHE"])
assert not cache.exists() and cache.parent == run.parent
run.mkdir()
def write(name, text):
    time.sleep(0.4)
    (run / "new").write_text(text)
    (run / "new").rename(run / name)
write("environment.json", "{}")
write("history.csv", "epoch,seconds,valid_loss\\n1,0.3,2\\n")
write("history.csv", "epoch,seconds,valid_loss\\n1,0.3,2\\n2,0.2,1\\n")
write("metrics.json", '{"valid": {"loss": 1}}')
"""


def test_a_run_is_seen_to_begin_and_to_end_its_epochs(recipes, tmp_path):
    course = recipes.watch([sys.executable, "-c", RUN], tmp_path)
    # a busy machine sees all of it later, never earlier
    for moment, least in zip([course.begun, *course.ends, course.end], range(1, 5), strict=True):
        assert moment > 0.4 * least
    assert course.begun < course.end
    assert [row["valid_loss"] for row in course.history] == [2, 1]
    assert course.metrics == {"valid": {"loss": 1}}


def test_the_table_says_what_was_counted_and_what_was_not_reached(recipes):
    row = {"name": "a, ours", "seconds": 41.0, "quality": 1.43, "needed": 7, "trained": 10}
    row |= dict.fromkeys(recipes.PARTS.values(), 3.0)
    counted = row | {"name": "a, stock", "seconds": 82.0, "ratio": 0.5, "trained": 2}
    failed = row | {"name": "a, other", "seconds": None, "ratio": None, "needed": None}
    lines = recipes.table(recipes.SHAKESPEARE, [row, counted, failed])
    assert "| a, ours | 41.0 | – | 1.4300 | 10 |" in lines[2]
    assert "| a, stock | 82.0 | 0.50 | 1.4300 | 2 |" in lines[3]
    assert "| a, other | – | – |" in lines[4]
    assert "Seconds until valid loss of at most 1.45." in lines
    assert [line for line in lines if line.startswith("a, stock: trained 2 of the 7 epochs")]
    assert [line for line in lines if line.startswith("a, other: no time")]
    assert not [line for line in lines if line.startswith("a, ours:")]
    assert recipes.bars([row, counted, failed]) == [{"name": "a", "stock": 2.0}]


@pytest.mark.slow
def test_reviews_are_trained_ours_and_stock(recipes, monkeypatch, tmp_path, capsys):
    train, test = write_reviews(tmp_path / "a.csv"), write_reviews(tmp_path / "b.csv", count=20)
    settings = {"task": "sentiment", "cell": "lstm", "units": 4, "embedding": 4, "steps": 14}
    settings |= {"batch_size": 8, "epochs": 3, "lazy_rows": True}
    path = tmp_path / "small.yaml"
    recipe = make_recipe(recipes, path, "test", "accuracy", 0.1, **settings)
    monkeypatch.setattr(recipes, "IMDB", recipe)
    recipes.main(["--imdb", str(train), str(test), "--stock-epochs", "2", "--json"])
    found = json.loads(capsys.readouterr().out)
    ours, stock = found["rows"]
    assert [ours["name"], stock["name"]] == ["small, ours, float32", "small, stock Keras, float32"]
    assert (ours["needed"], ours["trained"]) == (3, 3)
    assert (stock["needed"], stock["trained"]) == (3, 2)
    assert stock["ratio"] == ours["seconds"] / stock["seconds"]
    assert found["bars"] == [{"name": "small", "stock Keras, float32": 1 / stock["ratio"]}]
    assert ours["padding"] < 0.2 < stock["padding"]
    for row in (ours, stock):
        assert min(row["training_s"], row["start_s"], row["end_s"]) > 0
        assert row["start_s"] + 2 * row["training_s"] + row["end_s"] < row["seconds"]


@pytest.mark.slow
def test_text_is_trained_in_both_precisions_until_good_enough(recipes, tmp_path):
    settings = {"task": "text_generation", "cell": "gru", "units": 4, "embedding": 4, "steps": 8}
    settings |= {"batch_size": 4, "epochs": 3, "precision": "mixed_bfloat16"}
    data = ["--data", str(write_text(tmp_path / "a.txt"))]
    path = tmp_path / "small.yaml"
    recipe = make_recipe(recipes, path, "valid", "loss", 10, falls=True, **settings)
    rows = recipes.measure(recipe, data)
    forms = ["ours, mixed_bfloat16", "stock Keras, float32", "stock Keras, mixed_bfloat16"]
    assert [row["name"] for row in rows] == [f"small, {form}" for form in forms]
    assert [(row["needed"], row["trained"]) for row in rows] == [(1, 3)] * 3
    assert not any("padding" in row for row in rows)
    # the same network from the same seed on the same batches
    assert rows[2]["quality"] == pytest.approx(rows[0]["quality"], rel=1e-2)
    never = recipes.measure(replace(recipe, goal=0.0), data)
    assert [row["seconds"] for row in never] == [None] * 3


def test_a_run_that_fails_ends_the_benchmark(recipes, tmp_path, capfd):
    path = tmp_path / "small.yaml"
    recipe = make_recipe(recipes, path, "test", "accuracy", 0.1, task="sentiment", unit=4, epochs=2)
    with pytest.raises(SystemExit, match="ended with status 2"):
        recipes.measure(recipe, [])
    assert "unknown setting 'unit'" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "nothing to train: --imdb TRAIN TEST, --shakespeare FILE, or both"),
        (["--shakespeare", "no.txt"], "no such file: no.txt"),
        (["--imdb", __file__, "no.csv"], "no such file: no.csv"),
        (["--shakespeare", __file__, "--stock-epochs", "1"], "--stock-epochs 1 tells no time"),
        (["--shakespeare", __file__, "--stock-epochs", "-2"], "--stock-epochs -2 tells no time"),
    ],
)
def test_what_is_asked_wrongly_trains_nothing(recipes, monkeypatch, capsys, arguments, told):
    monkeypatch.setattr(recipes, "measure", None)
    with pytest.raises(SystemExit) as stop:
        recipes.main(arguments)
    assert stop.value.code == 2
    assert told in capsys.readouterr().err
