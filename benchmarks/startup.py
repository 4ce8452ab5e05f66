"""Seconds from the command to its answer: help, lists, predictions of `.tflite` files and of runs.

Every row is a process of its own, beside `python -c "import tensorflow"`. Rows take turns, and
figures are medians; processor time is told beside the clock's, which a busy machine stretches. The
models are trained for an epoch on the embedded samples, before anything is timed.

    python benchmarks/startup.py --models /tmp/startup --json figures.json
"""

import argparse
import math
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

from kerasrnn.files import write_json, write_text

# of each task what it is asked
QUESTIONS = {
    "sentiment": ["predict", "{model}", "a film to be seen twice"],
    "text_generation": ["generate", "{model}", "--prompt", "The ", "--length", "100"],
    "forecasting": ["predict", "{model}", "--input", "{folder}/series.csv"],
    "tagging": ["predict", "{model}", "Anna flew from Lisbon to Oslo"],
    "speech": ["predict", "{model}", "{folder}/tone.wav"],
    "translation": ["predict", "{model}", "the third of May 1997"],
}
IMPORT = "import tensorflow"
LIMITS = {"kerasrnn --help": 0.3, "tflite": 1.0, "run": 2.0}  # seconds; of a run, beyond IMPORT
KERASRNN = [sys.executable, "-m", "kerasrnn"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--models", default="", help="keep them here, and use what is here")
    parser.add_argument("--tasks", default=",".join(QUESTIONS))
    parser.add_argument("--json", metavar="FILE", help="where to write the figures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as own:
        folder = Path(options.models or own)
        rows = measure(folder, options.tasks.split(","), options.repetitions)
    print("\n".join(table(rows)))
    if options.json:
        write_json(options.json, {"repetitions": options.repetitions, "rows": rows})


def measure(folder: Path, tasks: list[str], repetitions: int) -> list[dict[str, Any]]:
    """Rows of `what`, `seconds`, `processor_seconds`, and the `limit` of the first.

    Args:
        folder: Has the models, or gets them.
        tasks: Names in `QUESTIONS`.
        repetitions: Of every row.
    """
    commands = {
        IMPORT: [sys.executable, "-c", IMPORT],
        "kerasrnn --help": [*KERASRNN, "--help"],
        "kerasrnn list": [*KERASRNN, "list"],
    }
    _write_inputs(folder)
    for task in tasks:
        for kind, model in zip(("tflite", "run"), _models(folder, task), strict=True):
            question = [part.format(model=model, folder=folder) for part in QUESTIONS[task]]
            commands[f"{task}, {kind}"] = [*KERASRNN, *question]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(repetitions):
        for name, command in commands.items():
            times[name].append(_time(command))
    rows = []
    for name, both in times.items():
        clock, processor = (statistics.median(column) for column in zip(*both, strict=True))
        rows.append({"what": name, "seconds": clock, "processor_seconds": processor})
    begun = rows[0]["seconds"]
    for row in rows:
        limit = LIMITS.get(row["what"].rpartition(", ")[2])
        beyond = begun if row["what"].endswith(", run") else 0.0
        row["limit"] = limit and limit + beyond
    return rows


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Lines to print."""
    lines = [f"{'':28}{'seconds':>9}{'processor':>11}{'at most':>9}"]
    for row in rows:
        limit = f"{row['limit']:9.2f}" if row["limit"] else ""
        lines.append(
            f"{row['what']:28}{row['seconds']:9.2f}{row['processor_seconds']:11.2f}{limit}"
        )
    return lines


def _time(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock, and of processors."""
    begun, before = time.perf_counter(), os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds, after = time.perf_counter() - begun, os.times()
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    used = after.children_user + after.children_system
    return seconds, used - before.children_user - before.children_system


def _models(folder: Path, task: str) -> tuple[Path, Path]:
    """The `.tflite` file and the run of a task, made if they are not there."""
    run, exported = folder / task, folder / f"exported_{task}"
    if not (run / "metrics.json").is_file():
        _call("train", "--task", task, "--epochs", "1", "--units", "32", "--output", str(run))
    if not exported.is_dir():
        _call("export", str(run), "--output", str(exported), "--format", "tflite")
    return next(exported.glob("*.tflite")), run


def _call(*arguments: str) -> None:
    subprocess.run([*KERASRNN, *arguments], stdout=sys.stderr, check=True)


def _write_inputs(folder: Path) -> None:
    """A series like that of the embedded sample, and a recording of a second."""
    folder.mkdir(parents=True, exist_ok=True)
    load = [f"{1000 + 200 * math.sin(i / 4)},{10 + i % 24},0" for i in range(1000)]
    load += [f",{10 + i % 24},0" for i in range(24)]  # the horizon, what is forecast left empty
    write_text(folder / "series.csv", "\n".join(["load,temperature,holiday", *load]) + "\n")
    with wave.open(str(folder / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        sound = [int(9000 * math.sin(i / 2) * (i // 800 % 2)) for i in range(8000)]
        file.writeframes(struct.pack(f"<{len(sound)}h", *sound))


if __name__ == "__main__":
    main()
