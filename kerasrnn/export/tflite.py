"""A TFLite file of built-in operators alone, with what belongs to it inside the file.

The weights become constants before the conversion: variables that reach the converter through a
module come out as garbage without an error. The conversion runs in a process of its own, since
the converter ends the whole process on some graphs.
"""

import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasrnn.export import children
from kerasrnn.export.exchange import save_arrays
from kerasrnn.export.saved_model import concrete
from kerasrnn.tasks import Endpoint


def with_constants(endpoint: Endpoint, model: keras.Model, shapes: Mapping[str, Any]) -> Endpoint:
    """The endpoint with the model's weights as constants.

    Args:
        endpoint: Numeric.
        model: Whose variables its answers depend on.
        shapes: Input shapes in place of the endpoint's own; empty for those.
    """
    values = [(v, tf.constant(v.value)) for v in model.variables]

    def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        with keras.StatelessScope(state_mapping=values):
            return endpoint.answer(inputs)

    inputs = {
        name: tf.TensorSpec(shapes.get(name, spec.shape), spec.dtype)
        for name, spec in endpoint.inputs.items()
    }
    return Endpoint(answer, inputs, endpoint.about, numeric=True)


def convert(
    endpoint: Endpoint,
    name: str,
    kinds: Sequence[str],
    folder: Path,
    representative: Sequence[Mapping[str, np.ndarray]] = (),
    *,
    beside: Mapping[str, Endpoint] | None = None,
) -> dict[str, dict[str, Any]]:
    """Writes one file for each kind of quantisation.

    Args:
        endpoint: As `with_constants` gives it.
        name: Of the signature.
        kinds: Of `QUANTIZE`.
        folder: Gets `<kind>.tflite`.
        representative: Requests of one row each, by which `int8` finds its ranges.
        beside: Further signatures, of the same weights; files of kind `int8` lack them, for the
            converter breaks down on their loops.

    Returns:
        By kind, `operators` (name to count), `flex` and `custom` (how many of each).

    Raises:
        RunFailed: If the converter fails or breaks down.
    """
    with tempfile.TemporaryDirectory(dir=folder) as work:
        signatures = {name: endpoint, **(beside or {})}
        traced = {n: concrete(each) for n, each in signatures.items()}
        tf.saved_model.save(tf.Module(), f"{work}/model", signatures=traced)
        for index, request in enumerate(representative):
            save_arrays(Path(work) / f"representative_{index}.npz", request)
        names = ",".join(signatures)
        children.run("the TFLite converter", "convert_process", work, str(folder), names, *kinds)
        return json.loads((Path(work) / "report.json").read_text())


def attach(path: Path, files: Mapping[str, bytes]) -> None:
    """Puts files inside a TFLite file, as its metadata convention has it: an archive at its end.

    TFLite reads from the front and never looks there; `zipfile` reads from the end.
    """
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # a fixed time: the same export gives the same bytes
            archive.writestr(zipfile.ZipInfo(name), content)
