"""Accuracy of a text classifier's exported files on a whole test file, TensorFlow's Python unused.

    python benchmarks/exported_accuracy.py runs/imdb --data imdb_test.csv.gz

Exports the run (float and dynamic int8 TFLite), then asks the SavedModel for raw strings through
TensorFlow's C library and the TFLite files for the ids of the same texts.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from kerasrnn.data.text_files import read_labelled_texts
from kerasrnn.export.answers import find_exported
from kerasrnn.export.c_api import Session
from kerasrnn.opening import task_of
from kerasrnn.transforms.padding import length_order, padded_batches
from kerasrnn.transforms.text import truncate

BATCH = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", help="a run of a text classifier")
    parser.add_argument("--data", required=True, help="file of texts and labels")
    options = parser.parse_args()
    part = read_labelled_texts(options.data)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "model"
        command = [sys.executable, "-m", "kerasrnn", "export", options.run]
        subprocess.run(
            [*command, "--output", str(output), "--quantize", "none,dynamic"], check=True
        )
        print("| file | size, bytes | accuracy | seconds |\n|---|---|---|---|")
        _report("SavedModel, C library", output / "1", part, ask_saved_model)
        for path in (output / "model.tflite", output / "model_dynamic.tflite"):
            _report(path.name, path, part, ask_tflite)
    assert "tensorflow" not in sys.modules


def _report(name: str, path: Path, part: object, ask: Callable) -> None:
    begun = time.perf_counter()
    answers = ask(path, part.texts)
    accuracy = np.mean([a == b for a, b in zip(answers, part.labels, strict=True)])
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    size = sum(p.stat().st_size for p in files)
    print(f"| {name} | {size} | {accuracy:.4f} | {time.perf_counter() - begun:.1f} |", flush=True)


def ask_saved_model(folder: Path, texts: Sequence[str]) -> list[str]:
    """Labels of raw texts, by the C library."""
    # names of the tensors, read in a process that may import TensorFlow
    code = (
        "import json, pathlib, sys; from kerasrnn.export.saved_model import tensor_names; "
        "print(json.dumps(tensor_names(pathlib.Path(sys.argv[1]))))"
    )
    read = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    session = Session(folder, json.loads(read.stdout))
    answers = np.empty(len(texts), object)
    order = length_order(texts)
    for first in range(0, len(order), BATCH):
        places = order[first : first + BATCH]
        batch = np.array([texts[i].encode() for i in places], object)
        answers[places] = session.answer("serving_default", {"text": batch})["label"]
    return [answer.decode() for answer in answers]


def ask_tflite(path: Path, texts: Sequence[str]) -> list[str]:
    """Labels of the texts' ids, by LiteRT."""
    exported = find_exported(path)
    _, task = task_of(exported.settings(), str(path))
    transforms = exported.transforms(task)
    most, ends = task.config.steps, task.config.truncate == "ends"
    ids = [truncate(row, most, ends=ends) for row in transforms["text"].encode(texts)]
    model, names = exported.model(), transforms["labels"].names
    answers = np.empty(len(texts), object)
    for places, batch in padded_batches(ids, BATCH):
        best = model.answer({"ids": batch})["logits"].argmax(-1)
        answers[places] = [names[i] for i in best]
    return answers.tolist()


if __name__ == "__main__":
    main()
