"""Several replicas give what one gives, in one process and in several."""

import dataclasses
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from small_runs import losses, saved_weights, small_config, write_config
from workers import finish, free_ports, start_worker, start_workers

from kerasrnn import commands
from kerasrnn.registry import TASKS

# no dropout, whose masks are each replica's own
PLAIN = {"output_dropout": 0.0, "deterministic": True}
OWN = {
    "tagging": {"word_dropout": 0.0, "embedding_dropout": 0.0},
    "sentiment": {"embedding_dropout": 0.0},
    "speech": {"mask_bands": 0, "mask_frames": 0},
    "text_generation": {"schedule": "plateau", "warmup": 0.0, "checkpoint_steps": 3},
}
QUICK = ("sentiment", "text_generation")
# logical devices are for a process that has not begun to use TensorFlow
MIRRORED = """
import sys
from kerasrnn import cli
from kerasrnn.quiet import start_tensorflow
start_tensorflow()
import tensorflow as tf
device = tf.config.list_physical_devices("CPU")[0]
parts = [tf.config.LogicalDeviceConfiguration()] * int(sys.argv[1])
tf.config.set_logical_device_configuration(device, parts)
sys.exit(cli.main(["train", *sys.argv[2:]]))
"""


def plain_config(task, folder, **settings):
    own = {n: v for n, v in OWN.get(task, {}).items() if hasattr(TASKS.load(task).config_type, n)}
    return small_config(task, folder, **{**PLAIN, **own, **settings})


def mirrored(replicas, *arguments):
    """`kerasrnn train` with so many devices."""
    command = [sys.executable, "-c", MIRRORED, str(replicas), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=400)


def check_alike(run, other, *, within):
    ours, theirs = saved_weights(run), saved_weights(other)
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=within, err_msg=name)
    rows, expected = (np.array(losses(r)[1:], float) for r in (run, other))
    # figures in the data's own units can be large
    np.testing.assert_allclose(rows, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "task",
    [t if t in QUICK else pytest.param(t, marks=pytest.mark.slow) for t in TASKS.names()],
)
def test_three_replicas_give_what_one_gives_whatever_the_loss_is_a_mean_of(task, tmp_path):
    # batches of 9 over 3, and last ones of any size over 3, also of 1
    config = plain_config(task, tmp_path, batch_size=9, average=0.9)
    settings = write_config(task, config, tmp_path / "settings.yaml")
    commands.train(task, config, output=str(tmp_path / "one"), as_json=True)
    run = tmp_path / "three"
    ended = mirrored(3, "--config", settings, "--strategy", "mirrored", "--output", str(run))
    assert ended.returncode == 0, ended.stderr
    assert "on 3 replicas, CPU" in ended.stderr
    check_alike(run, tmp_path / "one", within=1e-6)


@pytest.mark.parametrize("strategy", ["none", "one_device"])
def test_several_steps_in_a_call_change_nothing_nor_does_one_device(strategy, tmp_path):
    config = plain_config("forecasting", tmp_path, average=0.9)
    commands.train("forecasting", config, output=str(tmp_path / "one"), as_json=True)
    config = dataclasses.replace(config, strategy=strategy, steps_per_execution=3)
    commands.train("forecasting", config, output=str(tmp_path / "several"), as_json=True)
    check_alike(tmp_path / "several", tmp_path / "one", within=0)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_replicas_train_in_half_the_width_several_steps_in_a_call(precision, tmp_path):
    config = plain_config("text_generation", tmp_path, precision=precision)
    settings = write_config("text_generation", config, tmp_path / "settings.yaml")
    commands.train("text_generation", config, output=str(tmp_path / "one"), as_json=True)
    how = ("--strategy", "mirrored", "--steps-per-execution", "2")
    run = tmp_path / "two"
    ended = mirrored(2, "--config", settings, *how, "--output", str(run))
    assert ended.returncode == 0, ended.stderr
    check_alike(run, tmp_path / "one", within=3e-3)


@pytest.mark.slow
def test_each_replica_draws_masks_of_its_own(tmp_path):
    code = """
import sys, tensorflow as tf, keras
devices = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(devices[0], [tf.config.LogicalDeviceConfiguration()] * 2)
from kerasrnn.distribution import Replicated
d = Replicated(tf.distribute.MirroredStrategy(["/CPU:0", "/CPU:1"]))
with d.scope():
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dropout(0.5)])
    optimizer = keras.optimizers.SGD()
d.prepare(model, optimizer, keras.losses.MeanSquaredError())
draw = tf.function(lambda: d.strategy.run(lambda: model(tf.ones((1, 64)), training=True)))
masks = [d.strategy.experimental_local_results(draw()) for _ in range(2)]
flat = {tuple(m.numpy().ravel() > 0) for both in masks for m in both}
assert len(flat) == 4, flat
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.slow
def test_parts_of_known_shape_are_those_of_unknown_shape(tmp_path):
    code = """
import numpy as np, tensorflow as tf
devices = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(devices[0], [tf.config.LogicalDeviceConfiguration()] * 2)
from kerasrnn.batch_parts import Part
strategy = tf.distribute.MirroredStrategy(["/CPU:0", "/CPU:1"])
batch = ({"ids": tf.reshape(tf.range(24), (6, 4))}, tf.range(6), tf.range(6) % 2)
def both(fixed):
    def own():
        part = Part(batch, 2, by_weights=True, scale=1, fixed=fixed)
        rows = tf.IndexedSlices(tf.ones((12, 1)), tf.reshape(part.batch[0]["ids"], [-1]), (24, 1))
        total = part.total([rows, tf.constant([2.0])])
        return part.batch, part.share, [tf.convert_to_tensor(t) for t in total]
    return tf.nest.flatten(strategy.experimental_local_results(tf.function(strategy.run)(own)))
for a, b in zip(both(True), both(False), strict=True):
    np.testing.assert_array_equal(a, b)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_a_batch_that_does_not_divide_among_the_devices_is_refused(tmp_path):
    config = plain_config("forecasting", tmp_path, batch_size=8)
    settings = write_config("forecasting", config, tmp_path / "settings.yaml")
    run = tmp_path / "run"
    ended = mirrored(3, "--config", settings, "--strategy", "mirrored", "--output", str(run))
    assert ended.returncode == 2
    assert "--batch-size 8 is that of all 3 replicas together" in ended.stderr
    assert not run.exists()


def test_two_workers_give_what_one_process_gives_and_one_alone_writes(tmp_path):
    config = plain_config("text_generation", tmp_path)
    settings = write_config("text_generation", config, tmp_path / "settings.yaml")
    commands.train("text_generation", config, output=str(tmp_path / "one"), as_json=True)
    run = tmp_path / "two"
    how = ("--config", settings, "--strategy", "multi_worker", "--output", str(run))
    chief, other = finish(start_workers(2, *how))
    assert "on 2 workers, 2 replicas, CPU" in chief
    assert other == ""
    check_alike(run, tmp_path / "one", within=1e-6)
    assert {p.name for p in run.iterdir()} == {p.name for p in (tmp_path / "one").iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_killed_and_started_again_workers_end_with_the_weights_of_those_that_were_not(
    victim, tmp_path
):
    config = plain_config("text_generation", tmp_path, epochs=30, output_dropout=0.2, average=0.9)
    settings = write_config("text_generation", config, tmp_path / "settings.yaml")
    whole, run = tmp_path / "whole", tmp_path / "killed"
    how = ("--config", settings, "--strategy", "multi_worker", "--output")
    finish(start_workers(2, *how, str(whole)))
    workers = start_workers(2, *how, str(run))
    wait_for(run / "checkpoint" / "state.npz")
    (workers[victim].kill if victim else workers[victim].terminate)()
    said = workers[1 - victim].communicate(timeout=60)[1]
    assert workers[1 - victim].returncode == 1
    assert f"start all of them again, with kerasrnn train --resume {run}" in said.splitlines()[-1]
    assert "Traceback" not in said
    workers[victim].communicate()
    assert not (run / "metrics.json").exists()
    finish(start_workers(2, "--resume", str(run)))
    check_alike(run, whole, within=0)


@pytest.mark.slow
def test_the_run_may_be_the_chiefs_alone(tmp_path):
    config = plain_config("forecasting", tmp_path, epochs=200)
    settings = write_config("forecasting", config, tmp_path / "settings.yaml")
    run, none = tmp_path / "chiefs", tmp_path / "none"
    how = ("--config", settings, "--strategy", "multi_worker", "--output")
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    workers = [
        start_worker(addresses, 0, *how, str(run)),
        start_worker(addresses, 1, *how, str(none)),
    ]
    wait_for(run / "checkpoint" / "state.npz")
    workers[0].kill()
    assert workers[1].wait(60) == 1
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    finish(
        [start_worker(addresses, 0, "--resume", str(run)), start_worker(addresses, 1, *how, "x")]
    )
    assert (run / "metrics.json").exists()
    assert not none.exists()
    assert not Path("x").exists()


@pytest.mark.slow
def test_a_worker_with_other_settings_says_so(tmp_path):
    config = plain_config("forecasting", tmp_path)
    settings = write_config("forecasting", config, tmp_path / "settings.yaml")
    how = ("--config", settings, "--strategy", "multi_worker", "--output", str(tmp_path / "run"))
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    workers = [start_worker(addresses, 0, *how), start_worker(addresses, 1, *how, "--units", "5")]
    said = [worker.communicate(timeout=100)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [1, 2]
    assert "other settings than the chief: --units is 5 here and 4 there" in said[1]


def wait_for(path, *, seconds=300):
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until, f"{path} was never written"
        time.sleep(0.02)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a POSIX system")
def test_what_tensorflow_waits_for_without_end_ends_with_a_message():
    code = """
import ctypes
from kerasrnn.distribution import _at_most
with _at_most(1, "not together"):
    ctypes.PyDLL(None).sleep(100)  # which keeps Python's lock
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=90)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "not together"
