"""Every network that can be trained answers the same once exported, whatever runs it."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.export import litert
from kerasrnn.export.c_api import Session
from kerasrnn.export.saved_model import operators, tensor_names
from kerasrnn.export.verification import difference
from kerasrnn.opening import open_run
from kerasrnn.registry import CELLS, TASKS

ROWS = 9
KINDS = ("none", "float16", "dynamic")
# wide enough that the converter finds it worth while to quantise the matrices
WIDE = {"units": 32}
DEPTHS = {"one": {}, "two": {"layers": 2, "residual": True, "layer_normalization": True}}
TOLERANCE = {"none": 1e-5, "float16": 1e-2, "dynamic": 0.1, "int8": 0.3}
# the rest runs with -m slow
QUICK = {("forecasting", "gru", "both_ways"), ("text_generation", "lstm", "two")}


def has(task, setting):
    names = {field.name for field in dataclasses.fields(TASKS.load(task).config_type)}
    return setting in names


def networks():
    """Every task with every cell, one layer deep, two, and both ways where the task has it."""
    for task in TASKS.names():
        both = has(task, "bidirectional")
        depths = {name: {**d, **({"bidirectional": False} if both else {})} for name, d in _deep()}
        depths |= {"both_ways": {"bidirectional": True}} if both else {}
        for cell in CELLS.names():
            for name, settings in depths.items():
                quick = (task, cell, name) in QUICK
                marks = () if quick else pytest.mark.slow
                settings = tuple({**WIDE, "cell": cell, **settings}.items())
                yield pytest.param(task, settings, id=f"{task}-{cell}-{name}", marks=marks)


def _deep():
    return DEPTHS.items()


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
    if steps and "ids" in request:
        ids = request["ids"][:, :steps]
        request = {**request, "ids": np.pad(ids, [(0, 0), (0, steps - ids.shape[1])])}
    check_answers(model.answer, request, keras.answer(keras.numeric, request), TOLERANCE[kind])


def check_report(report, kinds, loaders=2):
    """What the export says of itself is what it promised."""
    served = report.get("saved_model")
    parts = [*([served] if served else []), *report["tflite"].values()]
    for part in parts:
        assert (part["flex"], part["custom"], part.get("cudnn", 0)) == (0, 0, 0)
        assert part["operators"]
        names = list(part["operators"])
        assert not [n for n in names if n.startswith(("Flex", "CUSTOM")) or "Cudnn" in n]
        for loader in part["loaders"]:
            assert loader["endpoints"]
            for figures in loader["endpoints"].values():
                allowed = TOLERANCE[part.get("quantize", "none")]
                assert 0 <= figures["maximum_difference"] <= allowed
    if served:
        assert len(served["loaders"]) == 2
    assert [part["quantize"] for part in report["tflite"].values()] == list(kinds)


def check_export(made, kinds, steps=None):
    keras = Keras(made.run)
    check_report(made.report, kinds)
    if "saved_model" in made.report:
        check_saved_model(made.folder / "1", keras)
    for name, part in made.report["tflite"].items():
        check_tflite(made.folder / name, keras, part["quantize"], steps)


@pytest.mark.parametrize(("task", "settings"), networks())
def test_a_network_answers_the_same_exported(exports, task, settings):
    made = exports(task, settings, quantize=KINDS)
    check_export(made, KINDS)
    sizes = {p["quantize"]: p["bytes"] for p in made.report["tflite"].values()}
    assert sizes["dynamic"] < sizes["none"]
    assert sizes["float16"] < sizes["none"]


def test_every_task_and_cell_is_among_the_networks():
    ids = {tuple(parameters.id.split("-")) for parameters in networks()}
    for task in TASKS.names():
        for cell in CELLS.names():
            assert {(task, cell, "one"), (task, cell, "two")} <= ids
    assert {task for task, _, depth in ids if depth == "both_ways"} == {
        task for task in TASKS.names() if has(task, "bidirectional")
    }
    assert ids >= QUICK


# how a network can differ beyond its depth: pooling, pairs, decoders
OTHERS = {
    "attention": ("sentiment", {"pooling": "attention", "bigrams": 50}),
    "last": ("sentiment", {"pooling": "last", "layers": 2}),
    "segments": ("forecasting", {"segment": 4}),
    "variables": ("forecasting", {"per_variable": True, "known_future": "", "relative": True}),
    "one_number": ("forecasting", {"horizon": 1, "targets": "load", "covariates": "price"}),
    "words": ("text_generation", {"tokens": "word"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_other_networks_answer_the_same_exported(exports, name):
    task, settings = OTHERS[name]
    check_export(exports(task, tuple({**WIDE, **settings}.items())), ["none"])


STEPS = 5
FORMS = [
    pytest.param(task, cell, "unrolled", both, marks=pytest.mark.slow)
    for task in TASKS.names()
    for cell in CELLS.names()
    for both in ({False, has(task, "bidirectional") and cell == "lstm"})
] + [
    pytest.param("sentiment", "lstm", "fused", False),
    pytest.param("sentiment", "lstm", "fused", True, marks=pytest.mark.slow),
    pytest.param("forecasting", "lstm", "fused", False, marks=pytest.mark.slow),
    pytest.param("forecasting", "lstm", "fused", True, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("task", "cell", "form", "both"), FORMS)
def test_a_network_of_fixed_steps_answers_the_same(exports, task, cell, form, both):
    settings = {"cell": cell, **WIDE, "layers": 1 if both else 2}
    if has(task, "bidirectional"):
        settings["bidirectional"] = both
    steps = STEPS if has(task, "truncate") or task == "text_generation" else 0
    made = exports(
        task,
        tuple(settings.items()),
        formats=("tflite",),
        quantize=("none", "dynamic"),
        rnn=form,
        steps=steps,
    )
    check_export(made, ("none", "dynamic"), steps)
    used = made.report["tflite"]["m.tflite"]["operators"]
    assert "WHILE" not in used
    assert ("UNIDIRECTIONAL_SEQUENCE_LSTM" in used) == (form == "fused")
