"""Small runs and their exports, each made once for all tests that look at it."""

import functools
from typing import Any, NamedTuple

import pytest
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

    @functools.cache
    def make(task, settings=(), **how):
        run, folder = untrained(task, **dict(settings)), tmp_path_factory.mktemp("exports") / "m"
        return Export(run, folder, export(run, output=folder, **how))

    return make
