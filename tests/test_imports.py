"""Imports point one way: data, transforms, models, tasks, training, commands."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kerasrnn

ROOT = Path(kerasrnn.__file__).parent
BASE = {"errors", "file_arrays", "files", "ids", "mixing", "registry"}
ALLOWED = {
    "errors": set(),
    "ids": set(),
    "files": {"errors"},
    "file_arrays": set(),
    "mixing": set(),
    "cache": {"errors", "files"},
    "registry": {"errors"},
    "reference": {"errors"},
    "config": {"errors", "registry"},
    "data": BASE - {"ids"},
    "transforms": BASE,
    "layers": BASE - {"files"},
    "models": {"layers"} | BASE - {"files"},
    "metrics": set(),
    "text_metrics": set(),
    "losses": set(),
    "large_softmax": set(),
    "optimizers": {"config"},
    "fonts": set(),
    "plots": {"files", "fonts"},
    "flags": {"config", "errors", "registry"},
    "train_flags": {"config", "errors", "flags", "registry"},
    "runs": {"__init__", "config", "errors", "files", "models"},
    "explanations": {"errors", "files", "fonts", "layers"},
    "network": {"layers", "tasks"},
    "tasks": BASE
    | {"cache", "config", "data", "transforms", "models", "losses", "large_softmax", "metrics"}
    | {"plots", "network"}
    | {
        "beam_search",
        "explanations",
        "generation",
        "lite_generation",
        "text_metrics",
        "translating",
    },
    "plain_arrays": set(),
    "graph_arrays": set(),
    "beam_search": set(),
    "translating": {"beam_search", "graph_arrays", "ids", "layers", "models", "plain_arrays"},
    "sampling": {"errors"},
    "writing": {"ids", "mixing", "sampling"},
    "text_beams": {"beam_search", "ids"},
    "generation": {"graph_arrays", "layers", "models", "sampling", "text_beams", "transforms"}
    | {"writing"},
    "lite_generation": {"generation", "layers", "writing"},
    "opening": {"config", "errors", "registry", "runs", "tasks"},
    "diagnosis": {"errors", "layers", "runs", "tasks"},
    "batch_parts": set(),
    "by_shape": {"progress"},
    "cluster": {"config", "errors"},
    "data_service": {"errors"},
    "distribution": {"__init__", "batch_parts", "cluster", "config", "errors", "tasks"},
    "training": {"config", "errors", "layers", "network", "optimizers", "progress", "runs", "tasks"}
    | {"batch_parts", "by_shape", "data_service", "diagnosis", "distribution", "transforms"},
    "training_run": {"cluster", "data_service", "diagnosis", "distribution", "layers", "listing"}
    | {"network", "plots", "progress", "quiet", "runs", "tasks", "training"},
    "tuning": {"__init__", "cluster", "config", "errors", "files", "listing", "opening", "quiet"}
    | {"registry", "runs", "tasks", "training_run"},
    "export": BASE
    | {
        "layers",
        "tasks",
        "network",
        "sampling",
        "writing",
        "runs",
        "training",
        "opening",
        "listing",
    }
    | {"plain_arrays", "quiet", "text_beams"},
}
# the transforms that are nothing without TensorFlow
IN_GRAPH = (
    "batches",
    "graph_strings",
    "graph_subwords",
    "pair_batches",
    "static_shapes",
    "stretches",
)


def imported(path):
    """First-level parts of the package that a file imports anywhere, types included."""
    parts = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it points"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, *rest = name.split(".")
            if package == "kerasrnn":
                inside = rest and ((ROOT / rest[0]).is_dir() or (ROOT / f"{rest[0]}.py").exists())
                parts.add(rest[0] if inside else "__init__")
    return parts


def files(part):
    folder = ROOT / part
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{part}.py"]


@pytest.mark.parametrize("part", ALLOWED)
def test_imports_point_backwards_only(part):
    for path in files(part):
        assert imported(path) <= ALLOWED[part] | {part}, path.relative_to(ROOT)


@pytest.mark.parametrize("part", ["training", "cli", "commands", "export/exporter", "listing"])
def test_the_rule_would_see_what_it_forbids(part):
    assert imported(ROOT / f"{part}.py") - ALLOWED["transforms"]


def test_what_answers_without_tensorflow_does_not_import_it():
    parts = [
        ROOT / "cli.py",
        ROOT / "cluster.py",
        ROOT / "flags.py",
        ROOT / "train_flags.py",
        ROOT / "config.py",
        ROOT / "listing.py",
        *(path for path in files("tuning") if path.stem not in ("machines", "oracle")),
        *files("tasks"),
        *files("data"),
        *files("reference"),
        *(path for path in files("transforms") if path.stem not in IN_GRAPH),
    ]
    names = [
        ".".join(("kerasrnn", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        for path in parts
    ]
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    for heavy in ('tensorflow', 'keras', 'keras_tuner', 'tensorflow_datasets',\n"
        "                  'matplotlib'):\n"
        "        assert heavy not in sys.modules, (name, heavy)\n"
    )
    run = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
