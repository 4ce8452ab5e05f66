"""Killed anywhere, a run goes on to the very weights it would have had."""

import csv
import json
import os
import random
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
import yaml
from small_runs import losses, saved_weights, small_config, write_config

from kerasrnn import commands
from kerasrnn.files import replacing
from kerasrnn.runs import Run

DEMANDING = {  # everything that training keeps in mind from step to step
    "deterministic": True,
    "checkpoint_steps": 2,
    "average": 0.9,
    "layers": 2,
    "dropout": 0.2,
    "output_dropout": 0.2,
    "schedule": "plateau",
    "warmup": 0.0,
}


def start(*arguments, hash_seed):
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-m", "kerasrnn", "train", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    )


def finish(*arguments, hash_seed):
    process = start(*arguments, hash_seed=hash_seed)
    _, err = process.communicate()
    assert process.returncode == 0, err.decode()


def kill_after_checkpoints(process, run, count, delay):
    """Kills a process some time after its `count`-th new checkpoint; says whether it still ran."""
    path = run / "checkpoint" / "state.npz"

    def version():
        try:
            return path.stat().st_ino, path.stat().st_mtime_ns
        except FileNotFoundError:
            return None

    last = version()
    while count and process.poll() is None:
        now = version()
        if now not in (None, last):
            last, count = now, count - 1
        time.sleep(0.001)
    time.sleep(delay)
    running = process.poll() is None
    process.kill()
    process.communicate()
    return running


def check_whole(folder):
    """Opens every file that bears its final name."""
    for path in filter(lambda p: p.is_file() and p.name[0] != ".", folder.rglob("*")):
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                assert json.loads(str(arrays["meta"]))["epoch"] >= 0
                assert all(arrays[name] is not None for name in arrays.files)
        elif path.suffix == ".keras":
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
            assert saved_weights(folder)
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".yaml":
            assert yaml.safe_load(path.read_text(encoding="utf-8"))["task"]
        elif path.suffix == ".csv":
            rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
            assert len({len(row) for row in rows}) == 1
        elif path.suffix == ".png":
            assert path.read_bytes().endswith(b"IEND\xaeB`\x82")
        else:
            assert path.read_text(encoding="utf-8").endswith("\n")


def check_same(run, other):
    ours, theirs = saved_weights(run), saved_weights(other)
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    assert losses(run) == losses(other)


@pytest.mark.parametrize(("kills", "epochs"), [(3, 3), pytest.param(20, 8, marks=pytest.mark.slow)])
def test_killed_again_and_again_a_run_ends_with_the_same_weights(tmp_path, kills, epochs):
    draw = random.Random(kills)
    config = small_config("text_generation", tmp_path, epochs=epochs, **DEMANDING)
    settings = write_config("text_generation", config, tmp_path / "settings.yaml")
    whole, run = tmp_path / "whole", tmp_path / "killed"
    finish("--config", settings, "--output", str(whole), hash_seed=0)
    arguments = ["--config", settings, "--output", str(run)]
    for number in range(kills):
        process = start(*arguments, hash_seed=draw.randrange(1000))
        count = draw.randint(1, 2)
        running = kill_after_checkpoints(process, run, count, draw.uniform(0, 0.03))
        assert running, f"the run was over before kill {number + 1}; give it more epochs"
        check_whole(run)
        arguments = ["--resume", str(run)]
    finish(*arguments, hash_seed=draw.randrange(1000))
    check_whole(run)
    assert not list(run.rglob(".*"))
    check_same(run, whole)


def interrupted(config, folder, monkeypatch, *, when):
    """A run that stops as soon as `when(name, number)` is true of a file about to be written."""
    written = {}

    def stop(name):
        written[name] = written.get(name, 0) + 1
        if when(name, written[name]):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        for name in ("save_checkpoint", "save_model", "save_history", "save_metrics"):
            method = getattr(Run, name)

            def first_stop(self, *arguments, name=name, method=method):
                stop(name)
                return method(self, *arguments)

            patch.setattr(Run, name, first_stop)
        with pytest.raises(KeyboardInterrupt):
            commands.train("forecasting", config, output=str(folder), as_json=True)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return small_config(
        "forecasting",
        tmp_path_factory.mktemp("data"),
        cell="simple_rnn",
        batch_size=16,
        **DEMANDING,
    )


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    commands.train("forecasting", config, output=str(folder), as_json=True)
    return folder


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("save_checkpoint", 1),  # before anything could be resumed from
        ("save_model", 2),
        ("save_history", 2),  # the model is newer than the checkpoint
        ("save_metrics", 1),
    ],
)
def test_stopped_before_any_of_its_files_a_run_goes_on_as_if_nothing_were(
    config, whole, tmp_path, monkeypatch, name, number
):
    run = tmp_path / "run"
    interrupted(config, run, monkeypatch, when=lambda *written: written == (name, number))
    (run / ".writing-left.yaml").write_text("half a fi")
    (run / "transforms" / ".writing-left.json").write_text("{")
    commands.resume(str(run), as_json=True)
    assert not list(run.rglob(".*"))
    check_same(run, whole)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fail_halfway():
        with replacing(path) as temporary:
            temporary.write_text("new, but unfinish")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert path.read_text() == "old"
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
