"""Runs the benchmarks that need no data of yours, and writes their tables and a picture.

    python -m benchmarks [--only training,startup] [--quick] [--output benchmarks/results]

Each is a process of its own, `python -m benchmarks.NAME --json`, one after another: the machine
should have nothing else to do. After each, `results.json`, `table.md` and `picture.png` are written
anew, so that nothing is lost if a later one fails; that is told, and is the exit status. What a
benchmark says as it goes is in NAME.log. Runs into the same folder add to what is there.
"""

import argparse
import datetime
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.reporting import has_pytorch, machine
from kerasrnn.errors import BadInput
from kerasrnn.files import read_json, write_json, write_text


@dataclass(frozen=True)
class Benchmark:
    """What it measures, and the arguments that make it quick."""

    about: str
    quick: str


BENCHMARKS = {
    "training": Benchmark(
        "a training step beside stock Keras and PyTorch",
        "--networks classifier --cells lstm --units 64 --turns 2",
    ),
    "generation": Benchmark(
        "characters a second beside TensorFlow's tutorial and PyTorch",
        "--sizes gru:512 --batches 1 --repetitions 2 --characters 100",
    ),
    "tflite": Benchmark(
        "a call of a layer beside the stock conversion and PyTorch",
        "--cells lstm --units 64 --repetitions 2 --calls 50",
    ),
    "startup": Benchmark(
        "seconds from the command to its answer", "--tasks sentiment --repetitions 2"
    ),
    "softmax": Benchmark(
        "loss over a large vocabulary: time and memory", "--vocabularies 20000 --repetitions 1"
    ),
    "pipeline": Benchmark(
        "memory and speed of reading large files",
        "--text-mb 8 --csv-mb 0 --reviews-mb 8 --small-mb 4 --steps 10",
    ),
}
WITH_DATA = """\
These need data or a run of yours, and are started by themselves (--help tells more):

  python -m benchmarks.imdb_example --train imdb_train.csv.gz --test imdb_test.csv.gz
  python -m benchmarks.recipes --imdb imdb_train.csv.gz imdb_test.csv.gz --shakespeare input.txt
  python -m benchmarks.exported_accuracy RUN --data test.csv
  python -m benchmarks.without_overlap RUN --train train.tsv --test test.tsv
  python -m benchmarks.explanations RUN [--data test.csv]
  python -m benchmarks.morse RUN
  python -m benchmarks.spoken_digits recordings.tar.gz --output runs/digits
"""
MODULE = "benchmarks.{}"
RESULTS, TABLE, PICTURE = "results.json", "table.md", "picture.png"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 1 if a benchmark failed, 2 if it was asked for wrongly."""
    width = max(map(len, BENCHMARKS))
    listed = "\n".join(f"  {name:{width}}  {b.about}" for name, b in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__.partition("\n")[0],
        epilog=f"The benchmarks:\n\n{listed}\n\n{WITH_DATA}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", metavar="NAMES", help="some of them, with commas between")
    parser.add_argument("--quick", action="store_true", help="small sizes, few turns: for a look")
    parser.add_argument("--output", type=Path, default=Path("benchmarks", "results"))
    options = parser.parse_args(arguments)
    names = options.only.split(",") if options.only else list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"no benchmark is named {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    try:
        return run_all(names, options.output, quick=options.quick)
    except BadInput as error:
        parser.error(str(error))


def run_all(names: Sequence[str], output: Path, *, quick: bool) -> int:
    """Runs benchmarks one after another and writes what is known after each.

    Returns:
        0, or 1 if one of them failed.

    Raises:
        BadInput: If the folder cannot be written, or has results that these cannot stand beside.
    """
    results = begun(output, quick=quick)
    write_json(output / RESULTS, results)  # before anything is measured: that it can be written
    has_pytorch()
    failed = []
    for name in names:
        print(f"{name}: {BENCHMARKS[name].about}; its log is {output / name}.log", flush=True)
        found = run(name, output / f"{name}.log", quick=quick)
        results["benchmarks"][name] = found
        write(output, results)
        if "error" in found:
            failed.append(name)
            print(f"{name} failed: {found['error']}", file=sys.stderr, flush=True)
        else:
            print("\n".join(["", *found["table"], "", f"{found['seconds']:.0f} s"]), flush=True)
    print(f"written to {output}: {RESULTS}, {TABLE}, {PICTURE}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


def begun(output: Path, *, quick: bool) -> dict[str, Any]:
    """The results of a folder, none if it is new.

    Raises:
        BadInput: If they are of another machine, other versions or other sizes.
    """
    known = {"machine": machine(), "quick": quick}
    if not (output / RESULTS).is_file():
        return {**known, "benchmarks": {}}
    results = read_json(output / RESULTS)
    for key, value in known.items():
        if results.get(key) != value:
            raise BadInput(
                f"{output / RESULTS} has {key} {results.get(key)}, not {value}; figures of both do "
                "not stand in one table: choose another --output or delete it"
            )
    return results


def run(name: str, log: Path, *, quick: bool) -> dict[str, Any]:
    """What a benchmark printed, with `command`, `date` and `seconds`; or its `error`."""
    arguments = ["--json", *(BENCHMARKS[name].quick.split() if quick else ())]
    module = MODULE.format(name)
    found = {
        "command": " ".join(["python", "-m", module, *arguments]),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    command = [sys.executable, "-m", module, *arguments]
    begin = time.perf_counter()
    with log.open("w", encoding="utf-8") as errors:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, check=False
        )
    found["seconds"] = round(time.perf_counter() - begin, 1)
    if done.returncode:
        said = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        return {**found, "error": said[-1].strip() if said else f"status {done.returncode}"}
    try:
        return {**found, **json.loads(done.stdout.splitlines()[-1])}
    except (IndexError, TypeError, ValueError):
        return {**found, "error": f"it printed no JSON object: {done.stdout[-200:]!r}"}


def write(output: Path, results: Mapping[str, Any]) -> None:
    """Writes the three files, each under a temporary name first."""
    from benchmarks.picture import draw  # matplotlib is not needed for --help

    write_json(output / RESULTS, results)
    write_text(output / TABLE, "\n".join(tables(results)) + "\n")
    done = [results["benchmarks"].get(name, {}) for name in BENCHMARKS]
    draw(output / PICTURE, [found for found in done if "bars" in found])


def tables(results: Mapping[str, Any]) -> list[str]:
    """Markdown: the machine, and each benchmark with its command."""
    lines = ["# Benchmarks", ""]
    lines += [f"- {name}: {value}" for name, value in results["machine"].items()]
    if "torch" not in results["machine"]:
        lines.append("- PyTorch is not installed: its figures are left out")
    if results["quick"]:
        lines += ["", "Small sizes and few turns (`--quick`): for a look, not for publishing."]
    for name in BENCHMARKS:
        if found := results["benchmarks"].get(name):
            lines += ["", f"## {found.get('title', name)}", ""]
            lines += found.get("table") or [f"Failed: {found['error']}"]
            lines += ["", f"`{found['command']}`, {found['date']}, {found['seconds']:.0f} s"]
    return lines


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
