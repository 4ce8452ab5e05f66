"""What the input pipeline needs of memory and time: large files against small ones.

    python -m benchmarks.pipeline [--text-mb 2000] [--csv-mb 1000] [--reviews-mb 200] [--json]

Generates a text, a table of numbers and a table of labelled texts, each small and large, trains on
each for some steps with the command line as a child process, and tells of each: the peak memory of
that process, how long it took to be ready for the first time and once more (from the cache), how
many batches a second the pipeline gives alone and how many training took, and the padding share.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.reporting import flags, tell

BLOCK = 4_000_000  # bytes generated and then written again in another order of lines
ALONE = 300  # batches timed without training
TASKS = {"text": "text_generation", "csv": "forecasting", "reviews": "sentiment"}
# what is timed without training: prepared from the cache, then batches alone; it ends at once, for
# while Python shuts down no batch is made any more, and the iterator would wait for the one begun
PIPELINE = """
import json, os, sys, time
from kerasrnn.registry import TASKS
task, data, cache, count = sys.argv[1:5]
kind = TASKS.load(task)
begun = time.perf_counter()
prepared = kind(kind.config_type(data=data, cache=cache, valid_steps=5)).prepare()
ready = time.perf_counter()
batches = iter(prepared.batches(0))
next(batches)
begun_batches, seen = time.perf_counter(), 0
for seen, batch in zip(range(1, int(count)), batches): pass
rate = seen / (time.perf_counter() - begun_batches)
print(json.dumps({"ready": ready - begun, "rate": rate}), flush=True)
os._exit(0)
"""


def words(count: int = 5000) -> np.ndarray:
    """Made-up words."""
    draw = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    return np.array(["".join(draw.choice(letters, n)) for n in draw.integers(2, 10, count)], object)


def text_lines(size: int) -> list[str]:
    """Lines of some size in all, their words as frequent as in languages."""
    known, draw = words(), np.random.default_rng(1)
    joined = " ".join(known[draw.zipf(1.3, size // 6) % len(known)])
    return [joined[i : i + 80] for i in range(0, min(len(joined), size), 80)]


def reviews(size: int) -> list[str]:
    """Rows `"text",label` with texts of 5 to 250 words."""
    known, draw, rows = words(), np.random.default_rng(2), []
    left = size
    while left > 0:
        text = " ".join(known[draw.zipf(1.3, draw.integers(5, 250)) % len(known)])
        rows.append(f'"{text}",{("bad", "good")[len(rows) % 2]}')
        left -= len(rows[-1]) + 1
    return rows


def write_lines(path: Path, megabytes: float, header: str, lines: Sequence[str]) -> None:
    """Writes lines again and again, each time in another order."""
    draw, encoded = np.random.default_rng(3), np.array(lines, object)
    with path.open("w", encoding="utf-8") as file:
        file.write(header)
        while file.tell() < megabytes * 1e6:
            file.write("\n".join(encoded[draw.permutation(len(encoded))]) + "\n")


def write_series(path: Path, megabytes: float) -> None:
    """Writes a row a minute with three columns that wander."""
    draw, row = np.random.default_rng(4), 0
    level = np.zeros(3)
    start = np.datetime64("1970-01-01T00:00")
    with path.open("w", encoding="utf-8") as file:
        file.write("date,a,b,c\n")
        while file.tell() < megabytes * 1e6:
            times = (start + np.arange(row, row + 50_000)).astype("M8[s]").astype(str)
            values = level + 0.1 * draw.normal(size=(len(times), 3)).cumsum(0)
            level, row = values[-1] * 0.9, row + len(times)
            file.write(
                "".join(
                    f"{t.replace('T', ' ')},{a:.4f},{b:.4f},{c:.4f}\n"
                    for t, (a, b, c) in zip(times, values.tolist(), strict=True)
                )
            )


def write(kind: str, path: Path, megabytes: float) -> None:
    """Generates a file."""
    if kind == "csv":
        write_series(path, megabytes)
    elif kind == "text":
        write_lines(path, megabytes, "", text_lines(BLOCK))
    else:
        write_lines(path, megabytes, "text,label\n", reviews(BLOCK))


def run(command: Sequence[str], log: Path) -> tuple[float, float]:
    """Runs a child to its end; its seconds and its peak memory in MB.

    Raises:
        RuntimeError: If it fails.
    """
    begun = time.perf_counter()
    with log.open("w") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)}: {log.read_text()[-2000:]}")
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def measure_one(kind: str, megabytes: float, folder: Path, steps: int) -> dict:
    """The figures of one file, which is deleted afterwards with all that was made of it."""
    task, path = TASKS[kind], folder / f"{kind}.{'txt' if kind == 'text' else 'csv'}"
    cache, output = folder / "cache", folder / "run"
    write(kind, path, megabytes)
    command = [sys.executable, "-m", "kerasrnn", "train", "--task", task, "--data", str(path)]
    command += ["--epochs", "2", "--steps-per-epoch", str(steps), "--valid-steps", "5"]
    seconds, peak = run(
        [*command, "--cache", str(cache), "--output", str(output)], folder / "train.log"
    )
    metrics = json.loads((output / "metrics.json").read_text())
    alone = [sys.executable, "-c", PIPELINE, task, str(path), str(cache), str(ALONE)]
    run(alone, folder / "alone.log")
    figures = json.loads((folder / "alone.log").read_text().splitlines()[-1])
    # of the second epoch: the first has the compiling in it
    last = (output / "history.csv").read_text().splitlines()[-1]
    consumed = steps / float(last.split(",")[1])
    size = round(path.stat().st_size / 1e6)
    row = {
        "name": f"{task}, {size:,} MB",
        "seconds": round(seconds, 1),
        "ready_again": round(figures["ready"], 1),
        "peak_mb": round(peak),
        "batches_a_second": round(figures["rate"], 1),
        "training_takes": round(consumed, 1),
        "ratio": round(figures["rate"] / consumed, 1),
        "padding": metrics.get("padding", 0.0),
    }
    subprocess.run(["rm", "-rf", str(path), str(cache), str(output)], check=True)
    return row


def measure(
    sizes: dict[str, float],
    *,
    small: float = 20,
    steps: int = 100,
    say: Callable[[str], None] = print,
) -> list[dict]:
    """The figures of a small and a large file of each kind.

    Args:
        sizes: Megabytes of the large file by kind: `text`, `csv`, `reviews`; 0 for none.
        small: Megabytes of the small file.
        steps: Training steps an epoch, of which there are two.
        say: Gets a line as each is done.
    """
    rows = []
    with tempfile.TemporaryDirectory(prefix="pipeline-") as folder:
        for kind, large in sizes.items():
            for megabytes in (small, large) if large else ():
                rows.append(measure_one(kind, megabytes, Path(folder), steps))
                say(json.dumps(rows[-1]))
    return rows


def bars(rows: Sequence[dict]) -> list[dict]:
    """How many times as many batches as training takes."""
    return [{"name": row["name"], "training takes": row["ratio"]} for row in rows]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a table, or JSON."""
    parser = flags(__doc__)
    parser.add_argument("--text-mb", type=float, default=2000)
    parser.add_argument("--csv-mb", type=float, default=1000)
    parser.add_argument("--reviews-mb", type=float, default=200)
    parser.add_argument("--small-mb", type=float, default=20)
    parser.add_argument("--steps", type=int, default=100)
    given = parser.parse_args(arguments)
    sizes = {"text": given.text_mb, "csv": given.csv_mb, "reviews": given.reviews_mb}
    rows = measure(
        sizes,
        small=given.small_mb,
        steps=given.steps,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    title = "The input pipeline: memory, and batches a second"
    tell(
        title,
        rows,
        bars=bars(rows),
        ratio="times as many batches as",
        as_json=given.json,
    )


if __name__ == "__main__":
    main()
