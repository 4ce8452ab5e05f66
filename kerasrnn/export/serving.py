"""What TensorFlow Serving finds with a SavedModel: requests to warm up by, settings, a client."""

import importlib.resources
import pprint
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
from tensorflow_serving.apis.input_pb2 import Input
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import (
    ClassifyLog,
    PredictionLog,
    PredictLog,
    RegressLog,
)
from tensorflow_serving.apis.regression_pb2 import RegressionRequest

from kerasrnn.export.folders import check_name
from kerasrnn.files import replacing, write_text
from kerasrnn.tasks import Endpoint, Request

# an older server may not know the operators of a newer TensorFlow: raise both together
IMAGE = "tensorflow/serving:2.21.0"
WARMUP = Path("assets.extra", "tf_serving_warmup_requests")
FILES = ("models.config", "batching.config", "docker-compose.yml", "client.py")
DEFAULT = "serving_default"
MOST_ROWS = 64  # in a batch; Serving refuses to load a model whose warm-up has more


def write_warmup(
    version_folder: Path,
    name: str,
    requests: Mapping[str, Request],
    endpoints: Mapping[str, Endpoint],
) -> None:
    """Writes the requests that Serving runs before it answers others with a new version.

    Each endpoint is asked for one row and for all rows, at most `MOST_ROWS`.

    Args:
        version_folder: Holds `saved_model.pb`.
        name: What the model is served as.
        requests: By endpoint, arrays by the names of its inputs, the batch first.
        endpoints: By signature name.

    Raises:
        BadInput: If the model cannot be served under the name.
    """
    check_name(name)
    with (
        replacing(version_folder / WARMUP) as temporary,
        tf.io.TFRecordWriter(str(temporary)) as writer,
    ):
        for signature, endpoint in endpoints.items():
            spec = ModelSpec(name=name, signature_name=signature)
            for request in _batches(requests[signature]):
                # inputs are a map: without an order the same export would give other bytes
                writer.write(_log(spec, endpoint, request).SerializeToString(deterministic=True))


def _batches(request: Request) -> Iterator[Request]:
    rows = len(next(iter(request.values())))
    for count in sorted({1, min(rows, MOST_ROWS)}):
        yield {name: array[:count] for name, array in request.items()}


def _log(spec: ModelSpec, endpoint: Endpoint, request: Request) -> PredictionLog:
    if endpoint.method == "predict":
        predict = PredictRequest(model_spec=spec)
        for name, array in request.items():
            tensor = tf.make_tensor_proto(array, endpoint.inputs[name].dtype)
            predict.inputs[name].CopyFrom(tensor)
        return PredictionLog(predict_log=PredictLog(request=predict))
    rows = Input()
    for message in request["inputs"]:
        rows.example_list.examples.add().ParseFromString(message)
    if endpoint.method == "classify":
        classify = ClassificationRequest(model_spec=spec, input=rows)
        return PredictionLog(classify_log=ClassifyLog(request=classify))
    regress = RegressionRequest(model_spec=spec, input=rows)
    return PredictionLog(regress_log=RegressLog(request=regress))


def write_serving_files(
    folder: Path,
    name: str,
    requests: Mapping[str, Request],
    endpoints: Mapping[str, Endpoint],
) -> None:
    """Writes `FILES`: settings of the server, a way to start it, and a client to ask it with.

    Args:
        folder: Holds a folder for each version.
        name: What the model is served as.
        requests: As for `write_warmup`; the client asks the first row of `serving_default`.
        endpoints: By signature name.

    Raises:
        BadInput: If the model cannot be served under the name.
    """
    check_name(name)
    inputs = endpoints[DEFAULT].inputs
    values = {
        "@name@": name,
        "@rows@": str(MOST_ROWS),
        "@image@": IMAGE,
        # Python literals: any text is safe in them, quoted as it must be
        '"@model@"': repr(name),
        '"@dtypes@"': _literal({key: spec.dtype.name for key, spec in inputs.items()}),
        '"@example@"': _literal({key: _first(requests[DEFAULT][key]) for key in inputs}),
    }
    templates = importlib.resources.files("kerasrnn.export") / "templates"
    marker = re.compile("|".join(map(re.escape, values)))
    for file in FILES:
        template = (templates / file).read_text(encoding="utf-8")
        # in one pass, so that no example is taken for a marker
        write_text(folder / file, marker.sub(lambda found: values[found[0]], template))


def _literal(value: Any) -> str:
    # on lines of their own, as the name before them has a width too
    lines = pprint.pformat(value, width=72, compact=True, sort_dicts=False).splitlines()
    return lines[0] if len(lines) == 1 else "\n    ".join(["(", *lines]) + "\n)"


def _first(array: np.ndarray) -> Any:
    """The first row as JSON has it."""
    row = array[0]
    if isinstance(row, bytes):
        return row.decode()
    if np.issubdtype(array.dtype, np.floating):
        # the shortest digits that give the same single-precision number
        return np.asarray(row).astype(str).astype(float).tolist()
    return row.tolist()
