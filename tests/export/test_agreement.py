"""Every network that can be trained answers the same once exported, whatever runs it."""

import dataclasses

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from export_checks import TOLERANCE, Keras, check_saved_model, check_tflite

from kerasrnn.export import verification
from kerasrnn.registry import CELLS, TASKS

KINDS = ("none", "float16", "dynamic")
# wide enough that the converter finds it worth while to quantise the matrices
WIDE = {"units": 32}
DEPTHS = {"one": {}, "two": {"layers": 2, "residual": True, "layer_normalization": True}}
# tasks with every cell at every depth; of the others, which are made of the same layers, every cell
# is one layer deep, in floats, and every other depth has one cell, another from task to task
WHOLE = ("forecasting", "sentiment", "text_generation")
# the rest runs with -m slow
QUICK = {("text_generation", "lstm", "two")}


def has(task, setting):
    names = {field.name for field in dataclasses.fields(TASKS.load(task).config_type)}
    return setting in names


@pytest.fixture(autouse=True)
def metrics_of_untrained_networks(monkeypatch):
    """What nothing was learned by loses more of its metric than trained networks do."""
    monkeypatch.setattr(verification, "POINT", 0.1)


def is_tried(task, cell, depth="two"):
    cells, tasks = CELLS.names(), TASKS.names()
    turn = cells.index(cell) == tasks.index(task) % len(cells)
    return task in WHOLE or depth == "one" or turn


def networks():
    """Every task with every cell, one layer deep, two, and both ways where the task has it."""
    for task in TASKS.names():
        both = has(task, "bidirectional")
        one_way = {"bidirectional": False} if both else {}
        depths = {name: {**depth, **one_way} for name, depth in DEPTHS.items()}
        depths |= {"both_ways": {"bidirectional": True}} if both else {}
        for cell in CELLS.names():
            for name, settings in depths.items():
                if not is_tried(task, cell, name):
                    continue
                quick = (task, cell, name) in QUICK
                marks = [pytest.mark.xdist_group(f"agreement-{task}")]
                marks += [] if quick else [pytest.mark.slow]
                settings = {**WIDE, "cell": cell, **settings}
                kinds = KINDS if task in WHOLE or name != "one" else KINDS[:1]
                yield pytest.param(task, settings, kinds, id=f"{task}-{cell}-{name}", marks=marks)


def check_report(report, kinds, loaders=2):
    """What the export says of itself is what it promised."""
    served = report.get("saved_model")
    parts = [*([served] if served else []), *report["tflite"].values()]
    for part in parts:
        assert [part.get(kind, 0) for kind in ("flex", "custom", "cudnn")] == [0, 0, 0]
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


@pytest.mark.parametrize(("task", "settings", "kinds"), networks())
def test_a_network_answers_the_same_exported(exports, task, settings, kinds):
    made = exports(task, settings, quantize=kinds)
    check_export(made, kinds)
    if kinds == KINDS:
        check_sizes(made)


def check_sizes(made):
    parts = {part["quantize"]: (name, part) for name, part in made.report["tflite"].items()}
    assert parts["dynamic"][1]["bytes"] < parts["none"][1]["bytes"]
    # not by the files' sizes: operators that widen so few weights may outweigh what halving saves
    assert float16_values(made.folder / parts["none"][0]) == 0
    assert float16_values(made.folder / parts["float16"][0]) > 0


def float16_values(path):
    """How many numbers a TFLite file holds in half the bytes, those within loops left out."""
    details = Interpreter(str(path)).get_tensor_details()
    return sum(int(np.prod(d["shape"])) for d in details if d["dtype"] == np.float16)


def test_every_task_and_cell_is_among_the_networks():
    ids = {tuple(parameters.id.split("-")) for parameters in networks()}
    for task in TASKS.names():
        for cell in CELLS.names():
            assert (task, cell, "one") in ids
            assert (task, cell, "two") in ids or task not in WHOLE
        assert [i for i in ids if i[0] == task and i[2] == "two"]
    assert {task for task, _, depth in ids if depth == "both_ways"} == {
        task for task in TASKS.names() if has(task, "bidirectional")
    }
    assert ids >= QUICK


NO_CHARACTERS = {"characters": "none", "word_length": 16}
NO_CHARACTERS |= {"character_embedding": 32, "character_units": 32}
# how a network can differ beyond its depth: pooling, pairs, decoders
OTHERS = {
    "attention": ("sentiment", {"pooling": "attention", "bigrams": 50}),
    "last": ("sentiment", {"pooling": "last", "layers": 2}),
    "segments": ("forecasting", {"segment": 4}),
    "variables": ("forecasting", {"per_variable": True, "known_future": "", "relative": True}),
    "one_number": ("forecasting", {"horizon": 1, "targets": "load", "covariates": "price"}),
    "words": ("text_generation", {"tokens": "word"}),
    "rows": ("regression", {"per_step": True, "every": 0, "steps": 0}),
    "means": ("regression", {"pooling": "attention", "bidirectional": True}),
    "greedy": ("tagging", {"decoder": "greedy", "bigrams": 50, **NO_CHARACTERS}),
    "max_entropy": ("tagging", {"decoder": "max_entropy", "characters": "recurrent"}),
    "stacked_frames": ("speech", {"filters": 0, "beam": 4}),
    "lexicon": ("speech", {"lexicon": True}),
    "stacked_stream": ("speech", {"filters": 0, "bidirectional": False, "stride": 2}),
    "every_frame": ("speech", {"stride": 1, "kernel": 1, "normalization": "training"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_other_networks_answer_the_same_exported(exports, name):
    task, settings = OTHERS[name]
    check_export(exports(task, {**WIDE, **settings}), ["none"])


STEPS = 5
IN_STRETCHES = ("tagging", "text_generation")  # which take longer sequences than a file has steps
FORMS = [
    pytest.param(task, cell, "unrolled", both, marks=pytest.mark.slow)
    for task in TASKS.names()
    for cell in CELLS.names()
    if is_tried(task, cell)
    for both in {False, has(task, "bidirectional") and (cell == "lstm" or task not in WHOLE)}
] + [
    pytest.param("sentiment", "lstm", "fused", False),
    pytest.param("sentiment", "lstm", "fused", True, marks=pytest.mark.slow),
    pytest.param("forecasting", "lstm", "fused", False, marks=pytest.mark.slow),
    pytest.param("forecasting", "lstm", "fused", True, marks=pytest.mark.slow),
    pytest.param("speech", "lstm", "fused", True, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("task", "cell", "form", "both"), FORMS)
def test_a_network_of_fixed_steps_answers_the_same(exports, task, cell, form, both):
    settings = {"cell": cell, **WIDE, "layers": 1 if both else 2}
    if has(task, "bidirectional"):
        settings["bidirectional"] = both
    takes_ids = has(task, "tokens") or task == "tagging"
    steps = STEPS if takes_ids else 0
    steps = 9 if task == "prosody" else steps  # as many as its longest text: it reads them whole
    if takes_ids and task not in IN_STRETCHES:
        settings |= {name: steps for name in ("steps", "target_steps") if has(task, name)}
    made = exports(
        task,
        settings,
        formats=("tflite",),
        quantize=("none", "dynamic"),
        rnn=form,
        steps=steps,
    )
    check_export(made, ("none", "dynamic"), steps)
    used = made.report["tflite"]["m.tflite"]["operators"]
    assert "WHILE" not in used
    assert ("UNIDIRECTIONAL_SEQUENCE_LSTM" in used) == (form == "fused")
