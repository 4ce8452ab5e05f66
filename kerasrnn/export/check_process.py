"""`python -m kerasrnn.export.check_process LOADER MODEL WORK`: a model asked in a fresh process.

Keras is in none of these processes, and TensorFlow's Python only where it is the loader, so that
what answers is the file alone. Requests are read from the work folder, answers written to it.
"""

import functools
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from kerasrnn.export.children import end_with_parent
from kerasrnn.export.exchange import load_arrays, save_arrays

ALONE = 7  # rows that are asked one by one too
TIMED = 15  # calls
# times a model is loaded anew: LiteRT once answered wrongly in one interpreter of ten, where the
# second batch was larger than the first
ANEW = {"saved_model": 0, "c_api": 0, "tflite": 20}

Answer = Callable[[str, dict[str, Any]], dict[str, Any]]


def main(loader: str, model: str, work: str) -> None:
    end_with_parent()
    begun = time.perf_counter()
    folder = Path(work)
    load = functools.partial(LOADERS[loader], model, folder)
    answer = load()
    report: dict[str, Any] = {"load_milliseconds": _since(begun), "endpoints": {}}
    for path in sorted(folder.glob("request_*.npz")):
        name, request = path.stem.removeprefix("request_"), load_arrays(path)
        answers, figures = examine(functools.partial(answer, name), request)
        others = (functools.partial(load(), name) for _ in range(ANEW[loader]))
        answers["anew"] = ask_others(others, request, answers["whole"])
        for part, arrays in answers.items():
            save_arrays(folder / f"{part}_{name}.npz", arrays)
        report["endpoints"][name] = figures
    unwanted = [m for m in UNWANTED[loader] if sys.modules.get(m)]
    if unwanted:
        raise RuntimeError(f"{unwanted[0]} was imported")
    (folder / "report.json").write_text(json.dumps(report))


def examine(answer: Callable, request: dict[str, np.ndarray]) -> tuple[dict, dict]:
    """Asks for all rows together, for each alone, and for the first ones again.

    Returns:
        Answers by part (`whole`, `alone`, `again`), and the milliseconds of a call of one row.
    """
    few = {name: array[:ALONE] for name, array in request.items()}
    answer(few)
    whole = answer(request)
    again = answer(few)
    single = [{name: a[i : i + 1] for name, a in few.items()} for i in range(len(_first(few)))]
    rows = [answer(one) for one in single]
    alone = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    times = []
    for i in range(TIMED):
        begun = time.perf_counter()
        answer(single[i % len(single)])
        times.append(_since(begun))
    answers = {"whole": whole, "alone": alone, "again": again}
    return answers, {"milliseconds": round(float(np.median(times)), 4)}


def ask_others(
    others: Iterable[Callable], request: dict[str, np.ndarray], whole: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Asks the same of other instances of a model, a few rows first and then all.

    Returns:
        Every answer that occurred, `whole` the first, stacked; one alone if all are alike.
    """
    few = {name: array[:ALONE] for name, array in request.items()}
    seen = [whole]
    for other in others:
        other(few)
        given = other(request)
        if not any(all(np.array_equal(one[n], given[n]) for n in given) for one in seen):
            seen.append(given)
    return {name: np.stack([one[name] for one in seen]) for name in whole}


def _first(arrays: dict[str, np.ndarray]) -> np.ndarray:
    return next(iter(arrays.values()))


def _since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1e3, 4)


def _load_saved_model(model: str, work: Path) -> Answer:
    from kerasrnn.quiet import silenced_stderr

    # TensorFlow imports Keras where it finds it; here it finds none
    sys.modules["keras"] = None
    with silenced_stderr():
        import tensorflow as tf

        loaded = tf.saved_model.load(model)

    def answer(name: str, request: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        tensors = {key: tf.constant(array) for key, array in request.items()}
        return {k: v.numpy() for k, v in loaded.signatures[name](**tensors).items()}

    return answer


def _load_c_api(model: str, work: Path) -> Answer:
    from kerasrnn.export.c_api import Session

    return Session(Path(model), json.loads((work / "tensors.json").read_text())).answer


def _load_tflite(model: str, work: Path) -> Answer:
    from kerasrnn.export.litert import WRITE, LiteModel

    loaded = LiteModel(model)

    def answer(name: str, request: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return (loaded.writing if name == WRITE else loaded).answer(request)

    return answer


LOADERS = {"saved_model": _load_saved_model, "c_api": _load_c_api, "tflite": _load_tflite}
UNWANTED = {"saved_model": ["keras"], "c_api": ["tensorflow", "keras"], "tflite": ["tensorflow"]}

if __name__ == "__main__":
    main(*sys.argv[1:])
