"""Tasks answer without TensorFlow as they answer with it."""

import json
import subprocess
import sys

import plain_predictions
import pytest


@pytest.mark.parametrize("name", plain_predictions.NETWORKS)
def test_answers_without_tensorflow_are_the_same(name, tmp_path):
    plain_predictions.save_transforms(name, tmp_path)
    expected = plain_predictions.predictions(name, tmp_path, graph=True)
    command = [sys.executable, plain_predictions.__file__, name, tmp_path]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == expected
    assert len(expected["rows"]) >= 3


def test_the_answer_for_a_text_does_not_depend_on_its_batch(tmp_path, monkeypatch):
    plain_predictions.save_transforms("sentiment", tmp_path)
    whole = plain_predictions.predictions("sentiment", tmp_path, graph=False)["rows"]
    monkeypatch.setattr("kerasrnn.tasks.sentiment.SCORE_BATCH", 7)
    assert plain_predictions.predictions("sentiment", tmp_path, graph=False)["rows"] == whole
    assert len({row["probability"] for row in whole}) == 3
    assert [row["text"] for row in whole] == plain_predictions.TEXTS["sentiment"]
