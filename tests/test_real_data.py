"""The recipes on the data they are for: the figures that are published, and no worse.

Needs the folder of the files in the environment variable KERASRNN_DATA, and minutes each.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from export_checks import command

from kerasrnn.data.text_files import read_labelled_texts
from kerasrnn.export.c_api import Session
from kerasrnn.export.saved_model import tensor_names

DATA = os.environ.get("KERASRNN_DATA", "")
RECIPES = Path(__file__).parents[1] / "recipes"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA, reason="KERASRNN_DATA names no folder with the data"),
]


def metrics(recipe, folder, *flags, **files):
    """Trains by a recipe on files of the data folder; what the run measured."""
    paths = {name: Path(DATA) / path for name, path in files.items()}
    missing = [str(path) for path in paths.values() if not path.exists()]
    if missing:
        pytest.skip(f"KERASRNN_DATA lacks {', '.join(missing)}")
    given = [part for name, path in paths.items() for part in (f"--{name}", path)]
    command = [
        "train",
        "--config",
        RECIPES / f"{recipe}.yaml",
        "--output",
        folder / "run",
        "--json",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "kerasrnn", *map(str, [*command, *given, *flags])],
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def test_ett(tmp_path):
    found = metrics("etth1", tmp_path, data="ett/ETTh1.csv")
    assert found["test"]["mse"] <= 0.37
    assert found["test"]["mse"] < found["baseline"]["mse"]


def test_chnsenticorp(tmp_path):
    found = metrics(
        "chnsenticorp",
        tmp_path,
        **{
            "data": "chnsenticorp/train.tsv",
            "valid-data": "chnsenticorp/dev.tsv",
            "test-data": "chnsenticorp/test.tsv",
        },
    )
    assert found["test"]["accuracy"] >= 0.86


def test_imdb(tmp_path):
    files = {"data": "imdb/imdb_train.csv.gz", "test-data": "imdb/imdb_test.csv.gz"}
    found = metrics("imdb", tmp_path, **files)
    assert found["test"]["accuracy"] >= 0.89


def test_cmapss(tmp_path):
    files = {
        "data": "cmapss_fd001/train_FD001.txt",
        "test-data": "cmapss_fd001/test_FD001.txt",
        "test-targets": "cmapss_fd001/RUL_FD001.txt",
    }
    found = metrics("cmapss_fd001", tmp_path, **files)
    assert found["test"]["rmse"] <= 15
    for trivial in found["baselines"].values():
        assert found["test"]["rmse"] < trivial["rmse"]


def test_tiny_shakespeare_small_and_short(tmp_path):
    flags = ["--epochs", "2", "--units", "128"]
    found = metrics("tiny_shakespeare", tmp_path, *flags, data="tiny_shakespeare/input.txt")
    assert found["valid"]["loss"] < 2.1


def test_resume_entities_short(tmp_path):
    files = {
        "data": "resume_ner_zh/train.char.bmes",
        "valid-data": "resume_ner_zh/dev.char.bmes",
        "test-data": "resume_ner_zh/test.char.bmes",
    }
    found = metrics("resume_ner", tmp_path, "--epochs", "3", **files)
    assert found["test"]["f1"] > 0.7
    assert found["test"]["f1"] > found["baseline"]["f1"] + 0.5


def test_english_parts_of_speech_short(tmp_path):
    files = {
        "data": "ud_english_ewt/en_ewt-ud-train.conllu.gz",
        "valid-data": "ud_english_ewt/en_ewt-ud-dev.conllu",
        "test-data": "ud_english_ewt/en_ewt-ud-test.conllu",
    }
    flags = ["--epochs", "2", "--units", "64"]
    found = metrics("ud_english_ewt", tmp_path, *flags, **files)
    assert found["test"]["accuracy"] > found["baseline"]["accuracy"]


def some_reviews(name, path, count):
    """Evenly spaced reviews of a file, as a file of their own and in memory."""
    source = Path(DATA) / "imdb" / name
    if not source.exists():
        pytest.skip(f"KERASRNN_DATA lacks {source}")
    whole = read_labelled_texts(str(source))
    chosen = np.linspace(0, len(whole.texts) - 1, count).astype(int)
    rows = [(whole.texts[i], whole.labels[i]) for i in chosen]
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return [list(column) for column in zip(*rows, strict=True)]


def test_imdb_exported(tmp_path):
    """Raw reviews to labels, through TensorFlow's C library alone, as right as the run is."""
    some_reviews("imdb_train.csv.gz", tmp_path / "train.csv", 3000)
    texts, labels = some_reviews("imdb_test.csv.gz", tmp_path / "test.csv", 2000)
    flags = ["--epochs", "2", "--units", "32", "--block", "1", "--precision", "float32"]
    files = {"data": tmp_path / "train.csv", "test-data": tmp_path / "test.csv"}
    found = metrics("imdb", tmp_path, *flags, "--bigrams", "20000", **files)
    assert found["test"]["accuracy"] > 0.6
    folder = tmp_path / "reviews"
    done = command("export", tmp_path / "run", "--output", folder, "--quantize", "none,dynamic")
    assert done.returncode == 0, done.stderr
    session = Session(folder / "1", tensor_names(folder / "1"))
    answers = []
    for begin in range(0, len(texts), 50):
        batch = np.array([text.encode() for text in texts[begin : begin + 50]], object)
        answers += session.answer("serving_default", {"text": batch})["label"].tolist()
    right = sum(a.decode() == label for a, label in zip(answers, labels, strict=True))
    # a review on the border may fall to either side: sums are taken in another order
    assert abs(right - found["test"]["accuracy"] * len(texts)) <= 1.01
    for name, allowed in (("reviews.tflite", 1e-3), ("reviews_dynamic.tflite", 0.01)):
        done = command("evaluate", folder / name, "--data", tmp_path / "test.csv", "--json")
        accuracy = json.loads(done.stdout)["metrics"]["accuracy"]
        assert accuracy == pytest.approx(found["test"]["accuracy"], abs=allowed)
