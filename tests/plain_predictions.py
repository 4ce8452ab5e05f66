"""What a task answers with a NumPy function for a network; run as a program, without TensorFlow.

    python plain_predictions.py TASK FOLDER

prints the answers as JSON from what `small_config` and `save_transforms` left in the folder.
"""

import json
import sys
from pathlib import Path

import numpy as np
from small_runs import small_config

from kerasrnn.registry import TASKS

HEAVY = ("tensorflow", "keras", "kerasrnn.transforms.batches")
CLASSES, TOKENS, TARGETS, HORIZON = 2, 40, 2, 4  # as the small runs have them, or more


def classify(ids):
    return np.sin(ids.sum(1, keepdims=True) + np.arange(CLASSES))  # padding adds nothing


def next_token(ids):
    return np.sin(ids[..., None] * np.arange(1, TOKENS + 1))


def forecast(inputs):
    return inputs["past"][:, -HORIZON:, :TARGETS]


def regress(inputs):
    real = np.arange(inputs["features"].shape[1]) < inputs["lengths"][:, None]
    return np.sin((inputs["features"] * real[..., None]).sum((1, 2)))[:, None]


def speak(ids):
    return np.sin(ids[..., None] + np.arange(TARGETS))


def tag(inputs):
    p = np.sin(inputs["ids"][..., None] + inputs["characters"].sum(-1)[..., None] * np.arange(5))
    return {"labels": p.argmax(-1), "probabilities": p}


NETWORKS = {
    "tagging": tag,
    "sentiment": classify,
    "text_generation": next_token,
    "forecasting": forecast,
    "regression": regress,
    "prosody": speak,
}
TEXTS = {
    "sentiment": ["the film was great", "", "Ünknown — 我喜欢 <br /> DULL film"] * 100,
    "tagging": ["the old mr Abe's saw Fhton !", "", "mr Édouard — 我喜欢 U.S.", "\t ‘x’"] * 50,
    "text_generation": ["ab cad be\nab", "bé cad 我", "a"],
    "forecasting": [],
    "regression": [],
    "prosody": ["AA T  S\tXX", "T", "", "IY\u00a0S T", "S S"],
}


class Network:
    """A function in the place of `kerasrnn.network.Network`."""

    def __init__(self, function):
        self.model = function

    def __call__(self, inputs):
        return self.model(inputs)


def save_transforms(name, folder):
    for transform in TASKS.load(name)(small_config(name, folder)).prepare().transforms.values():
        transform.save(Path(folder))


def predictions(name, folder, *, graph):
    """Rows and warnings for the texts, from the transforms in the folder."""
    task = TASKS.load(name)(small_config(name, folder))
    function = NETWORKS[name]
    # the network of text generation is called through these two
    task.initial_carry = lambda model, batch: []
    task.forward = lambda model, inputs, carry, *, training: (model(inputs), carry)
    answers = task.predict(
        Network(function), task.load_transforms(Path(folder), graph=graph), TEXTS[name], ""
    )
    return {"rows": answers.rows, "warnings": answers.warnings}


if __name__ == "__main__":
    print(json.dumps(predictions(sys.argv[1], sys.argv[2], graph=False)))
    imported = [module for module in HEAVY if module in sys.modules]
    assert not imported, imported
