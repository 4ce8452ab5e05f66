"""TFLite files run by LiteRT, without TensorFlow."""

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.quiet import silenced_stderr
from kerasrnn.tasks import Request

# inputs with a step for each element of a sequence: a file of fixed steps has them padded
STEPPED = ("ids", "characters", "features", "frames", "marks", "source", "target", "values")
WRITE = "write"  # the signature that writes a piece of text
FILES = "kerasrnn/"  # where in the archive at a file's end its settings and transforms are


def usable_processors() -> int:
    """Threads for a file that is to write fast; products of one step are too small for many."""
    try:
        return min(len(os.sched_getaffinity(0)), 4)
    except AttributeError:  # not on every system
        return min(os.cpu_count() or 1, 4)


class Signature:
    """One signature of a TFLite file, for any number of rows.

    One of fixed shape takes a row at a time, padded right with zeros to its steps; what has more
    is refused, whatever the task. One of a single step takes any number of rows.

    Args:
        interpreter: Of the file.
        name: Of the signature.
    """

    def __init__(self, interpreter: Any, name: str):
        self.signature = name
        self._runner = interpreter.get_signature_runner(name)
        details = self._runner.get_input_details()
        self.shapes = {n: tuple(d["shape_signature"].tolist()) for n, d in details.items()}
        self._types = {name: detail["dtype"] for name, detail in details.items()}
        self.fixed = all(size > 0 for shape in self.shapes.values() for size in shape)
        steps = fixed_steps(self.shapes) or 0
        self.steps = steps if steps > 0 else None

    def answer(self, request: Request) -> Request:
        """Arrays by name to arrays by name, the batch first.

        Raises:
            BadInput: If a sequence has more steps than the file takes.
        """
        arrays = {n: np.asarray(request[n], kind) for n, kind in self._types.items()}
        check_steps(arrays, self.steps)
        arrays = fit(arrays, self.steps)
        if not self.fixed:
            return self._runner(**arrays)
        rows = [
            self._runner(**{name: a[i : i + 1] for name, a in arrays.items()})
            for i in range(len(next(iter(arrays.values()))))
        ]
        return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


class LiteModel(Signature):
    """A TFLite file: the one signature that answers, and the loop that writes, if it has one.

    Args:
        path: The file.
        threads: Processors it may use.

    Raises:
        BadInput: If it is missing or no TFLite file.
    """

    def __init__(self, path: str | Path, *, threads: int = 1):
        from ai_edge_litert.interpreter import Interpreter

        check(path)
        try:
            with silenced_stderr():  # it tells of its delegates
                interpreter = Interpreter(str(path), num_threads=threads)
                interpreter.allocate_tensors()
            names = list(interpreter.get_signature_list())
            [name] = (name for name in names if name != WRITE)
        except (ValueError, RuntimeError) as error:
            raise BadInput(f"{path} cannot be loaded: {str(error).splitlines()[0]}") from error
        super().__init__(interpreter, name)
        self.writing = Signature(interpreter, WRITE) if WRITE in names else None


def fixed_steps(shapes: Mapping[str, Sequence[int]]) -> int | None:
    """How many steps inputs of these shapes have, if any has steps that vary elsewhere."""
    return next((shapes[name][1] for name in STEPPED if name in shapes), None)


def check_steps(request: Request, steps: int | None) -> None:
    """Refuses what would have to be cut for a file of fixed steps.

    Raises:
        BadInput: If a sequence has more steps.
    """
    longest = max((request[n].shape[1] for n in STEPPED if n in request), default=0)
    if steps is not None and longest > steps:
        raise BadInput(
            f"this file takes {steps:,} steps and a sequence has {longest:,}: export the run with "
            f"--steps {longest}, or with --rnn loop for any number"
        )


def fit(request: Request, steps: int | None) -> Request:
    """A request cut, or padded right with zeros, to so many steps, if any; lengths with it."""
    if steps is None:
        return request
    fitted = dict(request)
    for name in set(STEPPED) & set(request):
        array = request[name][:, :steps]
        short = [(0, 0), (0, steps - array.shape[1]), *[(0, 0)] * (array.ndim - 2)]
        fitted[name] = np.pad(array, short)
    if "lengths" in request:
        fitted["lengths"] = np.minimum(request["lengths"], steps).astype(request["lengths"].dtype)
    return fitted


def check(path: str | Path) -> None:
    """Refuses what is no TFLite file.

    Raises:
        BadInput: If it is missing or something else.
    """
    try:
        with open(path, "rb") as file:
            mark = file.read(8)[4:]
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    if mark != b"TFL3":
        raise BadInput(f"{path} is no TFLite file, or is broken at its beginning")


def read_files(path: str | Path) -> dict[str, bytes]:
    """What the exporter put inside a TFLite file, by name.

    Raises:
        BadInput: If there is nothing of ours in it.
    """
    check(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.startswith(FILES) and not n.endswith("/")]
            files = {name.removeprefix(FILES): archive.read(name) for name in names}
    except (OSError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path} lacks its end, or was not made by kerasrnn export") from error
    if "export.json" not in files:
        raise BadInput(f"{path} holds no settings: it was not made by kerasrnn export")
    return files
