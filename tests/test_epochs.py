"""Epochs of so many steps: one goes on where the last stopped, after a kill too."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from small_runs import small_config

from kerasrnn import cache, cli
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.tasks import Prepared

PASS = 7


def numbered(skips=False):
    """Batches that tell their epoch and their place."""

    def train(epoch, step=0):
        return tf.data.Dataset.range(100 * epoch + step, 100 * epoch + PASS)

    return Prepared({}, train if skips else lambda epoch: train(epoch), PASS, None, None, {})


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("steps", [1, 3, 7, 10, 20])
def test_epochs_joined_are_the_passes_joined(skips, steps):
    prepared = numbered(skips)
    limited = prepared.in_epochs_of(steps)
    assert limited.steps == steps
    passes = [100 * e + i for e in range(30) for i in range(PASS)]
    epochs = [[int(x) for x in limited.train(epoch)] for epoch in range(4)]
    assert all(len(epoch) == steps for epoch in epochs)
    assert [number for epoch in epochs for number in epoch] == passes[: 4 * steps]
    for step in range(steps):
        assert [int(x) for x in limited.batches(2, step)] == epochs[2][step:]
    begins = [not limited.goes_on(epoch) for epoch in range(4)]
    assert begins == [epoch * steps % PASS == 0 for epoch in range(4)]


def test_no_number_of_steps_is_a_pass():
    prepared = numbered()
    assert prepared.in_epochs_of(0) is prepared
    assert [int(x) for x in prepared.batches(1, 5)] == [105, 106]
    assert not prepared.goes_on(1)


@pytest.mark.parametrize("task", ["text_generation", "sentiment", "forecasting"])
@pytest.mark.parametrize("large", [False, True])
def test_any_step_of_an_epoch_is_had_without_those_before(task, large, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "LARGE", 1 if large else cache.LARGE)
    config = small_config(task, tmp_path, cache=str(tmp_path / "cache"))
    prepared = TASKS.load(task)(config).prepare()
    whole = [tf.nest.flatten(batch) for batch in prepared.train(1)]
    assert len(whole) == prepared.steps
    for step in (0, 1, prepared.steps - 1):
        rest = [tf.nest.flatten(batch) for batch in prepared.batches(1, step)]
        assert len(rest) == len(whole) - step
        for one, other in zip(rest, whole[step:], strict=True):
            for a, b in zip(one, other, strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("task", ["text_generation", "sentiment"])
def test_a_run_that_was_killed_ends_as_one_that_was_not(task, tmp_path, monkeypatch):
    config = small_config(
        task, tmp_path, epochs=3, steps_per_epoch=4, checkpoint_steps=1, cache=str(tmp_path / "c")
    )
    from kerasrnn import commands

    commands.train(task, config, output=str(tmp_path / "whole"), as_json=True)
    saved = Run.save_checkpoint
    count = 0

    def killed(self, arrays, meta):
        nonlocal count
        saved(self, arrays, meta)
        count += 1
        if count == 6:
            raise KeyboardInterrupt

    monkeypatch.setattr(Run, "save_checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        commands.train(task, config, output=str(tmp_path / "cut"), as_json=True)
    monkeypatch.setattr(Run, "save_checkpoint", saved)
    assert cli.main(["train", "--resume", str(tmp_path / "cut")]) == 0
    whole, cut = (
        [{k: v for k, v in row.items() if k != "seconds"} for row in history]
        for history in (read_history(tmp_path / "whole"), read_history(tmp_path / "cut"))
    )
    assert whole == cut
    assert len(whole) == 3


def read_history(folder):
    names, *rows = (folder / "history.csv").read_text().splitlines()
    return [dict(zip(names.split(","), row.split(","), strict=True)) for row in rows]


@pytest.mark.parametrize("task", ["text_generation", "sentiment", "forecasting"])
def test_what_is_measured_can_be_limited(task, tmp_path, monkeypatch):
    config = small_config(task, tmp_path)
    kind = TASKS.load(task)
    module = __import__(f"kerasrnn.tasks.{task}", fromlist=["x"])
    for name in ("SCORE_BATCH", "SCORE_STEPS"):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, 2)
    count = {
        steps: len(list(kind(dataclasses.replace(config, valid_steps=steps)).prepare().valid))
        for steps in (0, 1, 2)
    }
    assert count[1] == 1
    assert count[1] < count[2] <= 2 < count[0]
