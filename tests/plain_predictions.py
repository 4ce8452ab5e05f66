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
CLASSES, TOKENS, TARGETS, HORIZON, WORDS = 2, 40, 2, 4, 9  # as the small runs have them, or more


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


def sums(values):
    return np.cumsum(values, axis=1)


def total(inputs):
    return inputs["values"].sum(1)[:, :1] + inputs["lengths"][:, None]


def recognise(inputs):
    loud = inputs["frames"].sum(-1, keepdims=True)
    return {"logits": np.sin(loud * np.arange(1, CLASSES + 2)), "lengths": inputs["lengths"]}


class Following:
    """An exported translator: scores of every next id, attention to every source step."""

    def __init__(self):
        self.shapes = {"source": (-1, -1), "target": (-1, -1)}

    def answer(self, request):
        source, target = request["source"], request["target"]
        read = source.sum(1)[:, None, None] + np.cumsum(target, 1)[..., None]
        weights = np.ones((*target.shape, source.shape[1])) * (source != 0)[:, None]
        return {
            "logits": np.sin(read * np.arange(1, WORDS + 1)),
            "attention": weights / weights.sum(-1, keepdims=True).clip(1),
        }


def translator(task, transforms):
    return task.through(Following(), transforms)


NETWORKS = {
    "tagging": tag,
    "sentiment": classify,
    "text_generation": next_token,
    "forecasting": forecast,
    "regression": regress,
    "prosody": speak,
    "running_sum": sums,
    "adding": total,
    "speech": recognise,
    "translation": translator,
    "copy": lambda ids: next_token(ids)[..., :6],
}
FILES = {"speech": "recordings"}  # in the folder, beside or instead of texts
TEXTS = {
    "sentiment": ["the film was great", "", "Ünknown — 我喜欢 <br /> DULL film"] * 100,
    "tagging": ["the old mr Abe's saw Fhton !", "", "mr Édouard — 我喜欢 U.S.", "\t ‘x’"] * 50,
    "text_generation": ["ab cad be\nab", "bé cad 我", "a"],
    "forecasting": [],
    "regression": [],
    "prosody": ["AA T  S\tXX", "T", "", "IY\u00a0S T", "S S"],
    "running_sum": ["3 5", "-1.5", "1,2 3"] * 100,
    "adding": ["0.3* 0.1 0.5* 0.2", "1*,2*", "1 2* 3 4* 5"],
    "copy": ["a b #", "c . . . . . #", "a,b,c . #"],
    "speech": [],
    "translation": ["ein roter hund läuft", "", "Ünknown — 我", "ball " * 20],
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
    file = str(Path(folder) / FILES[name]) if name in FILES else ""
    transforms = task.load_transforms(Path(folder), graph=graph)
    model = function(task, transforms) if function is translator else function
    answers = task.predict(Network(model), transforms, TEXTS[name], file)
    return {"rows": answers.rows, "warnings": answers.warnings}


if __name__ == "__main__":
    print(json.dumps(predictions(sys.argv[1], sys.argv[2], graph=False)))
    imported = [module for module in HEAVY if module in sys.modules]
    assert not imported, imported
