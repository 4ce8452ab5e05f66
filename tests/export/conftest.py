"""Small runs and their exports, each made once for all tests that look at it."""

import functools
import json
from typing import Any, NamedTuple

import pytest
from export_checks import command
from small_runs import save_untrained_run, small_config, write_config

from kerasrnn import cli
from kerasrnn.export import export


class Export(NamedTuple):
    """A run, its exported model's folder, and what the export reported."""

    run: Any
    folder: Any
    report: dict


@pytest.fixture(scope="session")
def untrained(tmp_path_factory):
    """Task and settings to the folder of a run that has a model and was never trained."""
    data = tmp_path_factory.mktemp("data")

    @functools.cache
    def make(task, **settings):
        folder = tmp_path_factory.mktemp("untrained") / task
        save_untrained_run(task, small_config(task, data, **settings), folder)
        return folder

    return make


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Task to the folder of a finished run."""
    data = tmp_path_factory.mktemp("data")

    @functools.cache
    def train(task, **settings):
        folder = tmp_path_factory.mktemp("trained") / task
        config = write_config(task, small_config(task, data, **settings), folder.parent / "c.yaml")
        assert cli.main(["train", "--config", config, "--output", str(folder), "--json"]) == 0
        return folder

    return train


@pytest.fixture(scope="session")
def exports(untrained, tmp_path_factory):
    """Task, settings and how to export it to the export."""
    made = {}

    def make(task, settings=(), **how):
        settings = dict(settings)
        key = task, frozenset(settings.items()), frozenset(how.items())
        if key not in made:
            run, folder = untrained(task, **settings), tmp_path_factory.mktemp("exports") / "m"
            made[key] = Export(run, folder, export(run, output=folder, **how))
        return made[key]

    return make


# exports that several tests look at


@pytest.fixture(scope="session")
def exported_text(exports):
    """A language model of two layers of LSTM, all kinds of files."""
    depth = {"units": 32, "cell": "lstm", "layers": 2}
    depth |= {"residual": True, "layer_normalization": True}
    kinds = ("none", "float16", "dynamic")
    return exports("text_generation", depth, quantize=kinds)


@pytest.fixture(scope="session")
def written(trained, tmp_path_factory):
    """A trained language model of the same depth, one step written out."""
    depth = {"units": 32, "cell": "lstm", "layers": 2}
    depth |= {"residual": True, "layer_normalization": True}
    run = trained("text_generation", **depth, epochs=4)
    folder = tmp_path_factory.mktemp("written") / "m"
    how = {"formats": ("tflite",), "rnn": "unrolled", "quantize": ("none", "dynamic")}
    return Export(run, folder, export(run, output=folder, **how))


@pytest.fixture(scope="session")
def exported(trained, tmp_path_factory):
    """A finished run of reviews, exported by the command."""
    run, folder = trained("sentiment", epochs=1), tmp_path_factory.mktemp("exported") / "reviews"
    done = command("export", run, "--output", folder, "--quantize", "none,dynamic", "--json")
    assert done.returncode == 0, done.stderr
    [report] = map(json.loads, done.stdout.splitlines())
    return Export(run, folder, report)


@pytest.fixture(scope="session")
def fused(exports):
    """A classifier of texts of five words in TFLite's own LSTM."""
    settings = {"cell": "lstm", "units": 32, "layers": 2, "bidirectional": False, "steps": 5}
    how = {"formats": ("tflite",), "quantize": ("none", "dynamic"), "rnn": "fused"}
    return exports("sentiment", settings, **how)
