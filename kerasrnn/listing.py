"""What needs no model: the lists of tasks and cells, and what a run's files say."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from kerasrnn.export.answers import ExportedModel
from kerasrnn.registry import CELLS, TASKS
from kerasrnn.runs import Run

WEIGHTS = {"none": "float32", "dynamic": "int8, computed with as float32"}
# whatever is no answer goes to standard error
console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
PARTS = {"valid": "validation", "test": "test", "data": "data"}  # and what tables call them


def print_json(value: Any) -> None:
    """One JSON object on a line of standard output."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def print_list(*, as_json: bool) -> None:
    """Tasks and cells with their first line."""
    table = Table(box=None, pad_edge=False)
    for column in ("kind", "name", "what it is"):
        table.add_column(column, overflow="fold")
    for registry in (TASKS, CELLS):
        for name in registry.names():
            row = {"kind": registry.noun, "name": name, "summary": registry.summary(name)}
            if as_json:
                print_json(row)
            table.add_row(*row.values())
    if not as_json:
        Console().print(table)


def metrics_table(metrics: dict[str, Any]) -> Table:
    """Each metric on the parts there are, with the trivial answers on the last of them."""
    table = Table(box=None, pad_edge=False)
    parts = [part for part in PARTS if metrics.get(part)]
    table.add_column("metric")
    for part in parts:
        table.add_column(PARTS[part], justify="right")
    for name in metrics["baselines"]:
        table.add_column(f"{name}, {PARTS[parts[-1]]}", justify="right", overflow="fold")
    for metric in metrics[parts[0]]:
        columns = [metrics[part] for part in parts] + list(metrics["baselines"].values())
        table.add_row(metric, *(_number(column.get(metric)) for column in columns))
    return table


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """A plain table on standard output."""
    table = Table(box=None, pad_edge=False)
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


def print_run(folder: str, *, as_json: bool) -> None:
    """Settings, metrics and files of a run, finished or not."""
    run = Run.open(folder)
    settings = run.settings()
    metrics = run.metrics() if run.finished else None
    files = {
        str(path.relative_to(run.folder)): path.stat().st_size
        for path in sorted(run.folder.rglob("*"))
        if path.is_file()
    }
    if as_json:
        print_json({"run": folder, "settings": settings, "metrics": metrics, "bytes": files})
        return
    out = Console(highlight=False, markup=False)
    print_table(["setting", "value"], [[k, str(v)] for k, v in settings.items() if v != ""])
    out.print()
    print_table(["file", "size"], [[k, _size(v)] for k, v in files.items()])
    out.print()
    if metrics is None:
        out.print(f"not finished; go on with: kerasrnn train --resume {folder}")
        return
    epochs = f"{metrics['epochs']} epoch{'s' * (metrics['epochs'] > 1)}"
    out.print(
        f"{metrics['parameters']:,} parameters, {epochs} in {metrics['train_seconds']:.0f} s on "
        f"{metrics['device']}, best epoch {metrics['best_epoch']}"
    )
    out.print(metrics_table(metrics))


def exported_parts(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What `verification.json` says of each file, the SavedModel's version being one of them."""
    served = report.get("saved_model")
    return {**({f"{served['version']}/": served} if served else {}), **report.get("tflite", {})}


def export_table(report: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: each exported file with its size, differences, metric and speed."""
    rows = []
    for name, part in exported_parts(report).items():
        endpoints = [f for loader in part["loaders"] for f in loader["endpoints"].values()]
        metric, calls = part["metric"], part["loaders"][-1]["endpoints"]
        first = calls.get("serving_default") or next(iter(calls.values()))
        rows.append(
            [
                name,
                _size(part["bytes"]),
                f"{max(f['maximum_difference'] for f in endpoints):.1e}",
                f"{metric['before']:.4f} → {metric['after']:.4f}",
                f"{first['milliseconds']:.2f}",
            ]
        )
    return ["file", "size", "difference", metric["name"], "ms a call"], rows


def print_exported(exported: ExportedModel, *, as_json: bool) -> None:
    """What an exported model is, takes and was trained to, without loading it into TensorFlow."""
    about, settings = exported.about(), exported.settings()
    inputs = dict(exported.model().shapes) if exported.lite else {}
    size = sum(p.stat().st_size for p in [exported.path, *exported.path.rglob("*")] if p.is_file())
    if as_json:
        print_json({**about, "path": str(exported.path), "bytes": size, "settings": settings})
        return
    shapes = {n: str(tuple("any" if s < 0 else s for s in shape)) for n, shape in inputs.items()}
    facts = {
        "model": about["name"],
        "task": settings["task"],
        "cell": settings["cell"],
        "path": str(exported.path),
        "size": _size(size),
        "made by": about["command"],
        **(
            {"form": about["rnn"], "weights": WEIGHTS.get(about["quantize"], about["quantize"])}
            if exported.lite
            else {}
        ),
        **{f"input {name}": shape.replace("'", "") for name, shape in shapes.items()},
        "inside": ", ".join(sorted(exported.files)),
    }
    print_table(["what", "value"], [[key, str(value)] for key, value in facts.items()])
    if about["metrics"]:
        print()
        Console(highlight=False, markup=False).print(metrics_table(about["metrics"]))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}" if abs(value) < 1000 else f"{value:,.1f}"


def _size(count: int) -> str:
    return f"{count:,} B" if count < 10_000 else f"{count / 1024:,.0f} KiB"
