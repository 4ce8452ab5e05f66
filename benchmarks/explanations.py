"""Whether an answer hangs on the tokens that its explanation names: one is taken away.

Each text is answered again without the token of the largest weight, of the smallest, of the
largest attention (where the run has it), and without one drawn at random.

    python benchmarks/explanations.py RUN [--data test.csv]
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasrnn.data.samples.reviews import written_reviews
from kerasrnn.data.text_files import read_labelled_texts

NEARLY_ONE = 1 - 1e-6  # probabilities are printed with six digits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run")
    parser.add_argument("--data", help="labelled texts (default: the embedded test reviews)")
    options = parser.parse_args()
    part = read_labelled_texts(options.data) if options.data else written_reviews("test")
    for line in table(measure(options.run, part.texts)):
        print(line)


def measure(run: str, texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """By which token is taken away: mean fall of the log-odds, and share of other answers."""
    rows = [row for row in predict(run, texts, "--explain") if row["explanation"]]
    figures = {}
    for name, choose in choices(rows).items():
        fewer = predict(run, [without(row["text"], choose(row["explanation"])) for row in rows])
        pairs = list(zip(rows, fewer, strict=True))
        falls = [log_odds(a, a["label"]) - log_odds(b, a["label"]) for a, b in pairs]
        others = [a["label"] != b["label"] for a, b in pairs]
        figures[name] = float(np.mean(falls)), float(np.mean(others))
    return figures


def choices(rows: Sequence[dict[str, Any]]) -> dict[str, Callable[[list[dict]], dict]]:
    """How to choose a token of an explanation, by name."""
    draw = random.Random(1)
    ways: dict[str, Callable[[list[dict]], dict]] = {
        "largest weight": lambda tokens: max(tokens, key=lambda t: t["weight"]),
        "smallest weight": lambda tokens: min(tokens, key=lambda t: t["weight"]),
        "at random": draw.choice,
    }
    if "attention" in rows[0]["explanation"][0]:
        ways["largest attention"] = lambda tokens: max(tokens, key=lambda t: t["attention"])
    return ways


def without(text: str, token: dict[str, Any]) -> str:
    return text[: token["start"]] + text[token["end"] :]


def log_odds(row: dict[str, Any], label: str) -> float:
    p = min(max(row["probabilities"][label], 1 - NEARLY_ONE), NEARLY_ONE)
    return float(np.log(p / (1 - p)))


def predict(run: str, texts: Sequence[str], *flags: str) -> list[dict[str, Any]]:
    """What `kerasrnn predict` answers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.jsonl"
        lines = (json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
        path.write_text("".join(lines), encoding="utf-8")
        command = [sys.executable, "-m", "kerasrnn", "predict", run, "--input", str(path), "--json"]
        done = subprocess.run([*command, *flags], check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def table(figures: dict[str, tuple[float, float]]) -> list[str]:
    lines = [f"{'without the token of':22}{'log-odds fall by':>18}{'other answers':>16}"]
    for name, (fall, others) in figures.items():
        lines.append(f"{name:22}{fall:18.2f}{others:16.1%}")
    return lines


if __name__ == "__main__":
    main()
