"""A SavedModel that TensorFlow Serving takes as it is: raw inputs to final answers."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from kerasrnn.errors import RunFailed
from kerasrnn.tasks import Endpoint

METHOD = "tensorflow/serving/"
Signatures = dict[str, dict[str, dict[str, str]]]


def write_saved_model(
    folder: Path, endpoints: Mapping[str, Endpoint], trackables: Iterable[Any]
) -> None:
    """Writes the endpoints as signatures.

    Args:
        folder: Where to; must not exist.
        endpoints: By signature name.
        trackables: The variables and tables that their graphs use.

    Raises:
        RunFailed: If the graph would need cuDNN.
    """
    module = tf.Module()
    module.trackables = list(trackables)
    signatures = {name: concrete(endpoint) for name, endpoint in endpoints.items()}
    tf.saved_model.save(module, str(folder), signatures=signatures)
    _name_methods(folder, endpoints)
    cudnn = sorted(op for op in operators(folder) if "Cudnn" in op)
    if cudnn:
        raise RunFailed(f"the graph needs {cudnn[0]}, which a CPU server has not")


def concrete(endpoint: Endpoint) -> Any:
    """The endpoint traced, its arguments and results named."""

    def answer(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        answers = endpoint.answer(inputs)
        return {name: tf.identity(tensor, name) for name, tensor in answers.items()}

    named = {
        name: tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in endpoint.inputs.items()
    }
    return tf.function(answer, autograph=True).get_concrete_function(**named)


def read_graph(folder: Path) -> Any:
    """The meta graph of a SavedModel."""
    message = saved_model_pb2.SavedModel()
    message.ParseFromString((folder / "saved_model.pb").read_bytes())
    return message.meta_graphs[0]


def operators(folder: Path) -> set[str]:
    """Names of all operators in the graph and its functions."""
    graph = read_graph(folder).graph_def
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    return {node.op for node in nodes}


def tensor_names(folder: Path) -> Signatures:
    """Of each signature the tensors of its inputs and outputs, as the C API calls them."""
    return {
        name: {
            "inputs": {key: info.name for key, info in signature.inputs.items()},
            "outputs": {key: info.name for key, info in signature.outputs.items()},
        }
        for name, signature in read_graph(folder).signature_def.items()
        if not name.startswith("__")
    }


def _name_methods(folder: Path, endpoints: Mapping[str, Endpoint]) -> None:
    """Says classify and regress where TensorFlow always writes predict."""
    path = folder / "saved_model.pb"
    message = saved_model_pb2.SavedModel()
    message.ParseFromString(path.read_bytes())
    for name, endpoint in endpoints.items():
        signature = message.meta_graphs[0].signature_def[name]
        signature.method_name = METHOD + endpoint.method
    path.write_bytes(message.SerializeToString())
