"""The proof that an exported file answers as the trained model does, taken in fresh processes."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kerasrnn.errors import RunFailed
from kerasrnn.export import children
from kerasrnn.export.exchange import load_arrays, save_arrays
from kerasrnn.export.saved_model import Signatures
from kerasrnn.tasks import Endpoint, Request, Task
from kerasrnn.tasks._states import STATE

TOLERANCE = 1e-5  # of floats, relative to the largest output
POINT = 0.01  # what quantisation may cost: of a share absolutely, of an error relatively
LOADERS = {
    "saved_model": "tf.saved_model.load",
    "c_api": "TensorFlow's C library",
    "tflite": "LiteRT",
}
Answers = Mapping[str, Mapping[str, np.ndarray]]  # by endpoint, by output


def with_state(
    endpoints: Mapping[str, Endpoint], requests: Mapping[str, Request]
) -> dict[str, Request]:
    """Requests in which every row is asked again with the state that Keras answers for it.

    From zeros alone it would not show that a state is not read, or one in the place of another.

    Returns:
        As many rows where there is no state (`state_0`, …), else twice as many: each row from its
        own state, then from the state after it.
    """
    asked = dict(requests)
    for name, request in requests.items():
        if states := [key for key in request if key.startswith(STATE)]:
            after = reference(endpoints, {name: request})[name]
            again = {**request, **{key: after[key] for key in states}}
            asked[name] = {key: _in_turn(array, again[key]) for key, array in request.items()}
    return asked


def _in_turn(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.stack([a, b], 1).reshape(-1, *a.shape[1:])


def reference(endpoints: Mapping[str, Endpoint], requests: Mapping[str, Request]) -> Answers:
    """What Keras answers."""
    import tensorflow as tf

    answers = {}
    for name, request in requests.items():
        tensors = {key: tf.constant(array) for key, array in request.items()}
        outputs = tf.function(endpoints[name].answer)(tensors)
        answers[name] = {key: tensor.numpy() for key, tensor in outputs.items()}
    return answers


def ask(
    loader: str,
    model: Path,
    requests: Mapping[str, Request],
    expected: Answers,
    *,
    tensors: Signatures | None = None,
    tolerance: float | None = TOLERANCE,
) -> dict[str, Any]:
    """Runs a model in a process of its own and compares its answers.

    Args:
        loader: Of `LOADERS`.
        model: Folder or file.
        requests: By endpoint.
        expected: By endpoint, what Keras answers.
        tensors: The signatures' tensors, for the C library.
        tolerance: Largest difference allowed; none for quantised files, whose metric counts.

    Returns:
        `loader`, `load_milliseconds` and by endpoint `maximum_difference` and `milliseconds`.

    Raises:
        RunFailed: If it breaks down, answers differently, or differently the second time or
            when loaded anew.
    """
    what = f"{model.name} by {LOADERS[loader]}"
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        for name, request in requests.items():
            save_arrays(folder / f"request_{name}.npz", request)
        (folder / "tensors.json").write_text(json.dumps(tensors))
        children.run(what, "check_process", loader, str(model), work)
        report = json.loads((folder / "report.json").read_text())
        for name, figures in report["endpoints"].items():
            parts = {p: load_arrays(folder / f"{p}_{name}.npz") for p in PARTS}
            figures["maximum_difference"] = compare(f"{what}, {name}", parts, expected[name])
            if tolerance is not None and not figures["maximum_difference"] <= tolerance:
                raise RunFailed(
                    f"{what}, {name}: differs from Keras by {figures['maximum_difference']:.1e} "
                    f"of its outputs' size; {tolerance:.0e} is allowed"
                )
    return {"loader": LOADERS[loader], **report}


PARTS = ("whole", "alone", "again", "anew")


def compare(what: str, parts: Answers, expected: Mapping[str, np.ndarray]) -> float:
    """The largest difference from Keras, rows alone or together; strings must be the same."""
    for name, array in parts["whole"].items():
        again = parts["again"][name]
        if not difference(again, array[: len(again)]) <= TOLERANCE:
            raise RunFailed(f"{what}: {name} is not the same when asked again")
        for other in parts["anew"][name]:
            if not difference(other, array) <= TOLERANCE:
                raise RunFailed(f"{what}: {name} is not the same when loaded another time")
    rows = len(next(iter(parts["alone"].values())))
    return max(
        max(difference(parts["whole"][name], truth), difference(parts["alone"][name], truth[:rows]))
        for name, truth in expected.items()
    )


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Largest absolute difference relative to the largest size in `b`; infinite between texts."""
    if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
        return float("inf")
    if b.dtype.kind not in "fiu":
        return 0.0 if np.array_equal(a, b) else float("inf")
    gap = float(np.max(np.abs(a.astype(np.float64) - b), initial=0))
    return gap / max(float(np.max(np.abs(b), initial=0)), 1e-30) if gap else 0.0


def check_metric(what: str, task: Task, before: float, after: float, examples: int) -> None:
    """Refuses a file whose metric is more than a point worse: 0.01 of a share, 1 % of an error.

    One example more or less is always allowed, however few there are.

    Raises:
        RunFailed: If it is.
    """
    worse = before - after if task.higher_is_better else after - before
    share = task.higher_is_better or task.monitor.endswith("_rate")
    point = max(POINT, 1 / examples) if share else POINT * abs(before)
    if not worse <= point * (1 + 1e-9):  # 0.9 - 0.85 is more than 0.05 in floats
        raise RunFailed(
            f"{what}: {task.monitor} is {after:.4f} instead of {before:.4f}, worse by more than "
            f"the {point:.4f} allowed; try another --quantize or --steps"
        )
