"""Seconds from the command to its answer: help, lists, predictions of `.tflite` files and of runs.

Every row is a process of its own, beside `python -c "import tensorflow"`. Rows take turns, and
figures are medians; processor time is told beside the clock's, which a busy machine stretches. The
models are trained for an epoch on the embedded samples, before anything is timed.

    python -m benchmarks.startup [--tasks sentiment,speech] [--models /tmp/startup] [--json]
"""

import math
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.reporting import flags, tell
from kerasrnn.files import write_text

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


def main(arguments: Sequence[str] | None = None) -> None:
    parser = flags(__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--models", default="", help="keep them here, and use what is here")
    parser.add_argument("--tasks", default=",".join(QUESTIONS))
    options = parser.parse_args(arguments)
    tasks = options.tasks.split(",")
    if not set(tasks) <= set(QUESTIONS) or options.repetitions < 1:
        parser.error(f"tasks are {', '.join(QUESTIONS)}; repetitions begin at 1")
    with tempfile.TemporaryDirectory() as own:
        folder = Path(options.models or own)
        rows = measure(folder, tasks, options.repetitions)
    title = "Seconds from the command to its answer"
    tell(title, rows, bars=bars(rows), as_json=options.json)


def measure(folder: Path, tasks: list[str], repetitions: int) -> list[dict[str, Any]]:
    """Rows of `name`, `seconds`, `processor_seconds`, and `at_most`, a limit for the first.

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
        rows.append({"name": name, "seconds": clock, "processor_seconds": processor})
    begun = rows[0]["seconds"]
    for row in rows:
        limit = LIMITS.get(row["name"].rpartition(", ")[2])
        beyond = begun if row["name"].endswith(", run") else 0.0
        row["at_most"] = limit and limit + beyond
    return rows


def bars(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many times as fast as the import of TensorFlow alone."""
    [begun] = (row["seconds"] for row in rows if row["name"] == IMPORT)
    own = (row for row in rows if row["name"] != IMPORT)
    return [{"name": row["name"], IMPORT: begun / row["seconds"]} for row in own]


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
