"""The model card: what a model is, how good, where it ends, and how to ask it.

Source: Mitchell et al. 2019, "Model cards for model reporting", for its sections.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kerasrnn.listing import export_table, exported_parts
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.tasks import Endpoint, Request, Task

SHOWN = 8  # numbers of an example row that are printed


def write(run: Run, task: Task, exporter: Any, report: Mapping[str, Any]) -> str:
    """The card as Markdown.

    Args:
        run: What was exported.
        task: Its task.
        exporter: The `Exporter` that did it.
        report: As `verification.json` holds it.
    """
    metrics = run.metrics() if run.finished else {}
    sections = [
        f"# {report['name']}",
        _summary(run, task, metrics),
        _table(task, metrics),
        "## Limits",
        "\n".join(f"- {line}" for line in task.limits(exporter.transforms)),
        "## Signatures",
        *(_signature(n, e, exporter.expected[n]) for n, e in exporter.endpoints.items()),
        *(f"### `{n}` (TFLite alone)\n\nFrom {e.about}." for n, e in exporter.inside.items()),
        "## Example",
        _example(report["name"], exporter.requests["serving_default"]),
        "## Files",
        _files(report),
        "## Made by",
        f"```\n{exporter.settings.command}\n```",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _summary(run: Run, task: Task, metrics: Mapping[str, Any]) -> str:
    c = task.config
    kind = f"{'bidirectional ' if getattr(c, 'bidirectional', False) else ''}{c.cell}"
    lines = [
        TASKS.summary(run.settings()["task"]),
        f"A network of {c.layers} {kind} layer{'s' if c.layers > 1 else ''} of {c.units} units"
        + (f", {metrics['parameters']:,} parameters in all" if metrics else "")
        + f", trained on {Path(c.source).name} in {c.precision}, exported in float32.",
    ]
    if not metrics:
        lines.append(
            "Its training is not finished: the weights are those of the best epoch so far."
        )
    return "\n\n".join(lines)


def _table(task: Task, metrics: Mapping[str, Any]) -> str:
    if not metrics:
        return ""
    part = "test" if metrics["test"] else "valid"
    what = "the test part" if metrics["test"] else "the validation part (it chose the epoch too)"
    rows = [
        "| | metric | model | " + " | ".join(metrics["baselines"]) + " |",
        "|---|---|---|" + "---|" * len(metrics["baselines"]),
    ]
    for name, value in metrics[part].items():
        others = [_number(trivial.get(name)) for trivial in metrics["baselines"].values()]
        mark = "→" if name == task.monitor else ""
        rows.append(f"| {mark} | {name} | {_number(value)} | {' | '.join(others)} |")
    note = f"On {what}, as trained; beside the model the trivial answers there. "
    note += f"→ marks the metric that chose the best epoch ({metrics['best_epoch']})."
    return f"## How good\n\n{note}\n\n" + "\n".join(rows)


def _signature(name: str, endpoint: Endpoint, answers: Mapping[str, np.ndarray]) -> str:
    lines = ["| | name | type | shape |", "|---|---|---|---|"]
    for key, spec in endpoint.inputs.items():
        shape = ", ".join("any" if size is None else str(size) for size in spec.shape[1:])
        lines.append(f"| in | `{key}` | {spec.dtype.name} | {_batch(shape)} |")
    any_steps = any(None in spec.shape[1:] for spec in endpoint.inputs.values())
    for key, array in answers.items():
        kind = "string" if array.dtype == object else array.dtype.name
        sizes = [str(size) for size in array.shape[1:]]
        if len(sizes) > 1 and any_steps:
            sizes[0] = "any"  # as many steps as were given
        lines.append(f"| out | `{key}` | {kind} | {_batch(', '.join(sizes))} |")
    table = "\n".join(lines)
    return f"### `{name}` ({endpoint.method})\n\nFrom {endpoint.about}.\n\n{table}"


def _batch(shape: str) -> str:
    return f"(batch, {shape})" if shape else "(batch)"


def _example(name: str, request: Request) -> str:
    row = {key: _plain(array[0]) for key, array in request.items()}
    body = json.dumps({"instances": [row]}, ensure_ascii=False)
    shortened = " (rows shortened here)" if any("…" in str(v) for v in row.values()) else ""
    return (
        f"To TensorFlow Serving over REST{shortened}; `client.py` sends the whole of it, over "
        f"gRPC too:\n\n```\nPOST http://localhost:8501/v1/models/{name}:predict\n{body}\n```"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        text = value.decode("utf-8", "replace")
        return text if len(text) <= 200 else text[:199] + "…"
    array = np.asarray(value)
    if array.dtype == np.float32:
        # as short as it is written in single precision
        array = np.vectorize(lambda x: float(str(x)), otypes=[float])(array)
    if array.ndim and array.size > SHOWN:
        head = array.reshape(-1, array.shape[-1])[0].tolist()[:SHOWN]
        return [[round(x, 4) for x in head], "…"]
    return array.tolist()


def _files(report: Mapping[str, Any]) -> str:
    header, rows = export_table(report)
    examples = next(iter(exported_parts(report).values()))["metric"]["examples"]
    lines = [header, ["---"] * len(header), *rows]
    return (
        "Differences from Keras are relative to the largest output. The metric is that of "
        f"{examples:,} held-out examples, before in float32 Keras. A call is one row, on the "
        "machine of the export. No Flex, custom or cuDNN operators. All figures: "
        "`verification.json`.\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
