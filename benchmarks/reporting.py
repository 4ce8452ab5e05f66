"""What all benchmarks share: flags, the object that each prints, tables, what the machine is."""

import argparse
import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PACKAGES = ("kerasrnn", "tensorflow", "keras", "ai-edge-litert", "torch", "numpy")
KERAS, PYTORCH = "stock Keras", "PyTorch"  # the peers


def flags(doc: str) -> argparse.ArgumentParser:
    """A parser with `--json` that shows the first line of a module's docstring."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    return parser


def counts(text: str) -> list[int]:
    """Whole numbers from 1, with commas between; a `type` of argparse."""
    numbers = [int(part) for part in text.split(",")]
    if min(numbers) < 1:
        raise ValueError(f"{min(numbers)} is below 1")
    return numbers


@functools.cache
def has_pytorch() -> bool:
    """Whether PyTorch is installed; that it is not is said once."""
    found = importlib.util.find_spec("torch") is not None
    if not found:
        print("no PyTorch, so no figures of it; pip install '.[bench]' brings it", file=sys.stderr)
    return found


def tell(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    lines: Sequence[str] = (),
    bars: Sequence[Mapping[str, Any]] = (),
    ratio: str = "times as fast as",
    as_json: bool = False,
) -> None:
    """Prints what was measured.

    Args:
        title: Of the table and of the panel.
        rows: Each a `name` and figures.
        lines: Of a Markdown table; by default all of `rows`.
        bars: Each a `name` and, by peer, a ratio to it that is better the larger it is.
        ratio: What comes before a peer's name.
        as_json: Prints one object, with all of these.
    """
    lines = list(lines) or table(rows)
    if as_json:
        found = {"title": title, "rows": rows, "table": lines, "bars": bars, "ratio": ratio}
        print(json.dumps(found, allow_nan=False))
    else:
        print("\n".join([f"{title}\n", *lines]))


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Markdown with a column for every key."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    texts = {key for key in keys if any(isinstance(row.get(key), str) for row in rows)}
    lines = [f"| {' | '.join(key.replace('_', ' ') for key in keys)} |"]
    lines.append(f"|{'|'.join('---' if key in texts else '---:' for key in keys)}|")
    return lines + [f"| {' | '.join(_cell(row.get(key)) for key in keys)} |" for row in rows]


def _cell(value: Any) -> str:
    """Three digits of a number, or all before the point."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value).replace("|", "\\|")


def machine() -> dict[str, Any]:
    """Processor, cores that this process may use, system, and versions of what is installed."""
    versions = {}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        **versions,
    }


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
