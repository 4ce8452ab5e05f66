"""Batches from tf.data's service are those made here."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from small_runs import losses, saved_weights, small_config

from kerasrnn import cache, commands
from kerasrnn.data_service import check_servable, served
from kerasrnn.errors import BadInput
from kerasrnn.registry import TASKS

SERVABLE = {"sentiment", "tagging", "forecasting", "regression", "prosody"}
service = tf.data.experimental.service


@pytest.fixture(scope="module")
def dispatcher():
    """A dispatcher with two workers that this process holds."""
    server = service.DispatchServer()
    address = server.target.removeprefix("grpc://")
    workers = [
        service.WorkerServer(service.WorkerConfig(address, heartbeat_interval_ms=100))
        for _ in range(2)
    ]
    yield server.target
    del workers, server


def flat(dataset):
    return [[np.asarray(x) for x in tf.nest.flatten(batch)] for batch in dataset]


@pytest.mark.parametrize("kept_back", [0, 2])
def test_each_batch_comes_once_and_in_order(dispatcher, kept_back):
    rows = tf.data.Dataset.range(50).map(
        lambda i: ({"x": tf.range(i), "y": i}, tf.cast(i, "float32"))
    )
    rows = rows.skip(kept_back)
    for ours, theirs in zip(flat(served(rows, dispatcher)), flat(rows), strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("task", TASKS.names())
def test_a_tasks_batches_are_served_or_refused(task, dispatcher, tmp_path):
    epoch = TASKS.load(task)(small_config(task, tmp_path)).prepare().train(1).skip(1)
    if task not in SERVABLE:
        with pytest.raises(BadInput, match=f"the batches of {task} are made in Python"):
            check_servable(epoch, task)
        return
    check_servable(epoch, task)
    for ours, theirs in zip(flat(served(epoch, dispatcher)), flat(epoch), strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("task", ["sentiment", "forecasting"])
def test_batches_of_data_in_a_cache_are_refused(task, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "LARGE", 1)
    data = tmp_path / "data.csv"
    settings = {"data": str(data), "cache": str(tmp_path / "cache")}
    rows = [f"{'good' if i % 2 else 'bad'} film,{i % 2}" for i in range(60)]
    if task == "forecasting":
        rows = [f"{i},{i % 7}" for i in range(60)]
        settings["known_future"] = ""
    data.write_text("\n".join(["text,label", *rows]))
    prepared = TASKS.load(task)(small_config(task, tmp_path, **settings)).prepare()
    with pytest.raises(BadInput, match="data that lies in a cache"):
        check_servable(prepared.train(0), task)


def test_a_run_on_served_batches_is_the_run_without(dispatcher, tmp_path):
    config = small_config("forecasting", tmp_path, deterministic=True)
    commands.train("forecasting", config, output=str(tmp_path / "here"), as_json=True)
    config = dataclasses.replace(config, data_service=dispatcher)
    commands.train("forecasting", config, output=str(tmp_path / "served"), as_json=True)
    ours, theirs = (saved_weights(tmp_path / name) for name in ("served", "here"))
    assert all((ours[name] == theirs[name]).all() for name in theirs)
    assert losses(tmp_path / "served") == losses(tmp_path / "here")
