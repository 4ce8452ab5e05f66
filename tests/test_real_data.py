"""The recipes on the data they are for: the figures that are published, and no worse.

Needs the folder of the files in the environment variable KERASRNN_DATA, and minutes each.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_tiny_shakespeare_small_and_short(tmp_path):
    flags = ["--epochs", "2", "--units", "128"]
    found = metrics("tiny_shakespeare", tmp_path, *flags, data="tiny_shakespeare/input.txt")
    assert found["valid"]["loss"] < 2.1
