"""What an exported model answers against what Keras does, apart from the exporter's own proof."""

import os
import subprocess
import sys

import numpy as np
import tensorflow as tf

from kerasrnn.export import litert
from kerasrnn.export.c_api import Session
from kerasrnn.export.saved_model import operators, tensor_names
from kerasrnn.export.verification import difference
from kerasrnn.opening import open_run

ROWS = 9
# of the outputs' size; what quantisation may cost
TOLERANCE = {"none": 1e-5, "float16": 1e-2, "dynamic": 0.1, "int8": 0.3}


class Keras:
    """What a run's own model answers."""

    def __init__(self, folder):
        run, _, task = open_run(str(folder))
        self.transforms = task.load_transforms(run.transforms_folder)
        model = task.serving_model(run.load_model(), self.transforms)
        self.endpoints = task.endpoints(model, self.transforms)
        self.requests = task.requests(self.transforms, task.prepare(), ROWS)
        [self.numeric] = [name for name, e in self.endpoints.items() if e.numeric]

    def answer(self, name, request):
        tensors = {key: tf.constant(array) for key, array in request.items()}
        return {k: t.numpy() for k, t in self.endpoints[name].answer(tensors).items()}


def check_same(one, other, tolerance):
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert difference(np.asarray(array), np.asarray(other[name])) <= tolerance, name


def rows(request, begin, end):
    return {name: array[begin:end] for name, array in request.items()}


def check_answers(answer, request, expected, tolerance=1e-5):
    """All rows at once, one by one, and the first ones again after others."""
    whole = answer(request)
    check_same(whole, expected, tolerance)
    count = len(next(iter(request.values())))
    for i in range(min(7, count)):
        # quantised inputs have a scale for each row, so this holds for them too
        check_same(answer(rows(request, i, i + 1)), rows(whole, i, i + 1), 1e-5)
    first = answer(rows(request, 0, 2))
    answer(rows(request, 2, count))
    again = answer(rows(request, 0, 2))
    for name, array in first.items():
        np.testing.assert_array_equal(array, again[name])


def check_saved_model(folder, keras):
    used = operators(folder)
    assert not {name for name in used if "Cudnn" in name or name.startswith("Flex")}
    loaded = tf.saved_model.load(str(folder))
    session = Session(folder, tensor_names(folder))

    def by_python(name):
        specs = loaded.signatures[name].structured_input_signature[1]
        return lambda request: {
            key: tensor.numpy()
            for key, tensor in loaded.signatures[name](
                **{n: tf.constant(request[n], spec.dtype) for n, spec in specs.items()}
            ).items()
        }

    assert set(loaded.signatures) == set(keras.endpoints)
    for name, request in keras.requests.items():
        expected = keras.answer(name, request)
        check_answers(by_python(name), request, expected)
        check_answers(lambda r, name=name: session.answer(name, r), request, expected)


def check_tflite(path, keras, kind, steps=None):
    request = keras.requests[keras.numeric]
    model = litert.LiteModel(path)
    assert model.signature == keras.numeric
    if steps:
        request = {
            name: np.pad(a[:, :steps], [(0, 0), (0, max(steps - a.shape[1], 0))])
            if litert.are_ids(a)
            else a
            for name, a in request.items()
        }
    check_answers(model.answer, request, keras.answer(keras.numeric, request), TOLERANCE[kind])


def command(*arguments, cwd=None, **options):
    """A command in a process of its own."""
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, "-m", "kerasrnn", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=cwd,
        check=False,
        **options,
    )
