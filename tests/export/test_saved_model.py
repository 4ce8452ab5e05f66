"""What is written is a SavedModel as TensorFlow Serving wants it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.tools import saved_model_cli

from kerasrnn.errors import RunFailed
from kerasrnn.export import saved_model
from kerasrnn.export.saved_model import operators, read_graph, tensor_names, write_saved_model
from kerasrnn.layers.recurrence import for_inference
from kerasrnn.tasks import Endpoint

METHODS = {"serving_default": "predict", "sort": "classify", "rate": "regress"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Texts by a table to numbers, by a variable to scores."""
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(["a", "b"], [1.0, 2.0]), 0.0
    )
    weight = tf.Variable(3.0)

    def answer(inputs):
        return {"score": weight * table.lookup(inputs["text"])}

    inputs = {"text": tf.TensorSpec([None], tf.string)}
    endpoints = {n: Endpoint(answer, inputs, "", method=m) for n, m in METHODS.items()}
    folder = tmp_path_factory.mktemp("saved_model") / "1"
    write_saved_model(folder, endpoints, [weight, table])
    return folder


def test_every_signature_says_its_method(folder):
    signatures = read_graph(folder).signature_def
    for name, method in METHODS.items():
        assert signatures[name].method_name == f"tensorflow/serving/{method}"


def test_strings_go_in_and_tables_and_variables_come_with_it(folder):
    loaded = tf.saved_model.load(str(folder))
    given = loaded.signatures["rate"](text=tf.constant(["b", "", "a"]))
    assert given["score"].numpy().tolist() == [6, 0, 3]


def test_it_is_for_servers(folder):
    assert list(read_graph(folder).meta_info_def.tags) == ["serve"]


def test_tensors_are_told_by_the_names_of_the_endpoint(folder):
    names = tensor_names(folder)
    assert set(names) == set(METHODS)
    for signature in names.values():
        assert set(signature) == {"inputs", "outputs"}
        assert set(signature["inputs"]) == {"text"}
        assert set(signature["outputs"]) == {"score"}


def test_operators_are_those_of_the_graph_and_of_its_functions(folder):
    used = operators(folder)
    assert {"LookupTableFindV2", "Mul", "ReadVariableOp"} <= used


def test_tensorflows_own_tool_reads_it(folder, capsys, monkeypatch):
    arguments = ["saved_model_cli", "show", "--dir", str(folder), "--all"]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as stop:
        saved_model_cli.main()
    assert not stop.value.code
    out = capsys.readouterr().out
    for name, method in METHODS.items():
        assert f"signature_def['{name}']" in out
        assert f"Method name is: tensorflow/serving/{method}" in out
    assert "dtype: DT_STRING" in out


def test_nothing_but_the_model_is_written(folder):
    assert {p.name for p in folder.iterdir()} == {
        "assets",
        "fingerprint.pb",
        "saved_model.pb",
        "variables",
    }


@pytest.mark.parametrize("form", [None, "graph"])
def test_a_graph_for_gpus_is_refused_and_the_twins_is_none(tmp_path, form, monkeypatch):
    x = keras.Input((None, 3))
    model = keras.Model(x, keras.layers.GRU(4)(x))
    network = for_inference(model, form) if form else model
    endpoint = Endpoint(
        lambda inputs: {"y": network(inputs["x"])},
        {"x": tf.TensorSpec([None, None, 3], tf.float32)},
        "",
    )
    weights = [w.value for w in network.weights]
    if form:
        write_saved_model(tmp_path / "1", {"serving_default": endpoint}, weights)
        assert not [name for name in operators(tmp_path / "1") if "Cudnn" in name]
        given = tf.saved_model.load(str(tmp_path / "1")).signatures["serving_default"]
        ones = np.ones((2, 5, 3), np.float32)
        np.testing.assert_allclose(given(x=tf.constant(ones))["y"], model(ones), rtol=1e-5)
        return
    # without a GPU Keras leaves cuDNN out, so the graph is said to have it
    monkeypatch.setattr(saved_model, "operators", lambda folder: {"Mul", "CudnnRNNV3"})
    with pytest.raises(RunFailed, match="needs CudnnRNNV3, which a CPU server has not"):
        write_saved_model(tmp_path / "1", {"serving_default": endpoint}, weights)
