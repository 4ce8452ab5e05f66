"""What the converter makes: built-in operators, files inside, and no state from call to call."""

import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.lite.python import schema_py_generated as schema

from kerasrnn.errors import RunFailed
from kerasrnn.export import children, litert, tflite
from kerasrnn.export.convert_process import read_operators
from kerasrnn.layers.recurrence import for_inference
from kerasrnn.models import text_classifier
from kerasrnn.tasks import Endpoint


def test_operators_are_counted_in_every_part_of_the_file(exported_text):
    for name, part in exported_text.report["tflite"].items():
        content = (exported_text.folder / name).read_bytes()
        found = read_operators(content)
        assert found == {key: part[key] for key in ("operators", "flex", "custom")}
        model = schema.ModelT.InitFromPackedBuf(content, 0)
        assert len(model.subgraphs) > 1
        count = sum(len(graph.operators) for graph in model.subgraphs)
        assert sum(found["operators"].values()) == count
        # two layers are two loops; what the layers do is inside of them
        assert found["operators"]["WHILE"] == 2
        assert found["operators"]["TANH"] >= 4
        assert found["operators"]["DYNAMIC_UPDATE_SLICE"] >= 2


def test_operators_that_tflite_has_not_are_told():
    code = [schema.OperatorCodeT() for _ in range(3)]
    code[0].builtinCode = schema.BuiltinOperator.ADD
    for place, name in ((1, b"FlexErf"), (2, b"MyOwn")):
        code[place].customCode = name
        code[place].builtinCode = schema.BuiltinOperator.CUSTOM
    graph, model = schema.SubGraphT(), schema.ModelT()
    graph.operators = [schema.OperatorT() for _ in range(4)]
    for operator, index in zip(graph.operators, (0, 1, 2, 2), strict=True):
        operator.opcodeIndex = index
    model.operatorCodes, model.subgraphs = code, [graph]
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    assert read_operators(bytes(builder.Output())) == {
        "operators": {"ADD": 1, "FlexErf": 1, "MyOwn": 2},
        "flex": 1,
        "custom": 1,
    }


def test_files_inside_change_no_answer_and_are_the_same_each_time(fused, tmp_path):
    with zipfile.ZipFile(fused.folder / "m.tflite") as archive:
        begin = min(item.header_offset for item in archive.infolist())
    bare = (fused.folder / "m.tflite").read_bytes()[:begin]
    files = {"kerasrnn/a": b"\0" * 1000, "kerasrnn/sub/ü": "世界".encode(), "kerasrnn/none": b""}
    paths = [tmp_path / "1.tflite", tmp_path / "2.tflite"]
    for path in paths:
        path.write_bytes(bare)
        tflite.attach(path, files)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes().startswith(bare)
    with zipfile.ZipFile(paths[0]) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
    ids = {"ids": np.array([[2, 3, 0, 0, 0]])}
    (tmp_path / "bare.tflite").write_bytes(bare)
    wanted = litert.LiteModel(tmp_path / "bare.tflite").answer(ids)
    given = litert.LiteModel(paths[0]).answer(ids)
    for name, array in wanted.items():
        np.testing.assert_array_equal(given[name], array)


def test_the_fused_lstm_does_not_clip_its_memory(fused):
    content = (fused.folder / "m.tflite").read_bytes()
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    kind = schema.UnidirectionalSequenceLSTMOptionsT
    options = [
        operator.builtinOptions
        for graph in model.subgraphs
        for operator in graph.operators
        if isinstance(operator.builtinOptions, kind)
    ]
    assert len(options) == 2
    assert all(option.cellClip == 0 for option in options)
    assert all(option.projClip == 0 for option in options)


def test_a_request_does_not_influence_the_next(fused):
    """TFLite's operator keeps its state in variables, which are not reset between calls."""
    draw = np.random.default_rng(0)
    requests = [draw.integers(2, 11, (1, 5)).astype(np.int32) for _ in range(4)]

    def fresh():
        interpreter = Interpreter(str(fused.folder / "m.tflite"))
        interpreter.allocate_tensors()
        return interpreter.get_signature_runner("ids")

    alone = [fresh()(ids=request)["logits"] for request in requests]
    assert len({array.tobytes() for array in alone}) == 4
    runner = fresh()
    for index in (0, 1, 2, 3, 3, 1, 0, 2):
        np.testing.assert_array_equal(runner(ids=requests[index])["logits"], alone[index])


def frozen(form, steps):
    """A small classifier with its weights as constants, large enough for answers that differ."""
    keras.utils.set_random_seed(1)
    model = text_classifier(vocabulary_size=9, classes=2, cell="lstm", units=4, embedding=4)
    model.set_weights([8 * w if "embedding" in w.path else 2 * w for w in model.weights])
    twin = for_inference(model, form)
    endpoint = Endpoint(
        lambda inputs: {"logits": twin(inputs["ids"], training=False)},
        {"ids": tf.TensorSpec([None, None], tf.int32)},
        "",
        numeric=True,
    )
    shapes = {"ids": [1, steps]} if steps else {}
    return model, tflite.with_constants(endpoint, twin, shapes)


def test_weights_are_constants_of_the_graph():
    model, endpoint = frozen("graph", 0)
    ids = tf.constant([[2, 3, 4], [5, 0, 0]])
    before = model(ids).numpy()
    compiled = tf.function(endpoint.answer).get_concrete_function({"ids": ids})
    assert not compiled.variables
    np.testing.assert_allclose(compiled(ids)["logits"], before, rtol=1e-5, atol=1e-7)


def test_a_converter_that_breaks_down_is_an_error_and_we_live_on(tmp_path, monkeypatch):
    _, endpoint = frozen("loop", 0)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'F0000 check failed' >&2\nkill -ABRT $$\n")
    python.chmod(0o755)
    monkeypatch.setattr(children.sys, "executable", str(python))
    with pytest.raises(RunFailed, match=r"the TFLite converter broke down \(signal 6\) on this"):
        tflite.convert(endpoint, "ids", ["none"], tmp_path)
    assert list(tmp_path.iterdir()) == [python]


@pytest.mark.slow
def test_the_converter_breaks_down_on_int8_in_a_loop(tmp_path):
    """Should it ever pass, `FULL_INTEGER` in settings.py may be longer."""
    _, endpoint = frozen("loop", 5)
    with pytest.raises(RunFailed, match=r"the TFLite converter broke down \(signal \d+\)"):
        tflite.convert(endpoint, "ids", ["int8"], tmp_path, [{"ids": np.ones((1, 5), np.int32)}])
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_conversion_leaves_the_files_asked_for_and_nothing_else(tmp_path):
    model, endpoint = frozen("unrolled", 5)
    draw = np.random.default_rng(1)
    ids = draw.integers(1, 9, (12, 5)).astype(np.int32)
    request = [{"ids": row[None]} for row in ids]
    kinds = ["none", "int8", "float16"]
    reports = tflite.convert(endpoint, "ids", kinds, tmp_path, request)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"{k}.tflite" for k in kinds)
    assert list(reports) == kinds
    wanted = model(ids).numpy()
    assert np.ptp(wanted, 0).min() > 0.3 * np.abs(wanted).max()  # they depend on the ids
    for kind, limit in (("none", 1e-5), ("float16", 0.01), ("int8", 0.3)):
        given = litert.LiteModel(tmp_path / f"{kind}.tflite").answer({"ids": ids})["logits"]
        assert np.abs(given - wanted).max() <= limit * np.abs(wanted).max()
    assert "QUANTIZE" in reports["int8"]["operators"]


@pytest.mark.slow
def test_a_conversion_that_fails_is_told_with_its_reason(tmp_path):
    specs = {"x": tf.TensorSpec([3, 3], tf.float32)}
    endpoint = Endpoint(lambda inputs: {"y": tf.linalg.inv(inputs["x"])}, specs, "")
    with pytest.raises(RunFailed, match=r"the TFLite converter failed: .*\w"):
        tflite.convert(endpoint, "y", ["none"], tmp_path)
    assert not list(tmp_path.iterdir())
