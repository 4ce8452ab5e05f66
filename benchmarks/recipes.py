"""IMDB and Tiny Shakespeare: wall time to a quality, beside the same network in stock Keras.

    python -m benchmarks.recipes --imdb imdb_train.csv.gz imdb_test.csv.gz --shakespeare input.txt
        [--stock-epochs 2] [--seed 1] [--json]

The recipe as `kerasrnn train` trains it, against the same settings, data and seed with Keras's
recurrent layers and optimiser and with padded batches (`benchmarks/stock.py`), in float32 as most
people have it, and in the recipe's own precision if that is another. Each run is a process of its
own. Time counts from its start to the end of the first epoch that validates as well as asked, or,
where there is a test part, to the end of the whole command, whose test must be as good.

Stock runs are long. With `--stock-epochs N` they train so many epochs, and are taken to need as
many as ours: an epoch they did not train is counted as the median of those they did, without the
first, in which graphs are traced.
"""

import argparse
import csv
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.reporting import KERAS, flags, tell
from kerasrnn.cache import PLACE
from kerasrnn.config import read_yaml
from kerasrnn.files import read_json

FOLDER = Path(__file__).resolve().parent.parent / "recipes"
PAUSE = 0.05  # seconds between looks at a run's files
OURS, STOCK = ("kerasrnn",), ("benchmarks.recipes", "--stock")
# columns of the table, seconds all
PARTS = {"an epoch": "epoch_s", "its training": "training_s", "start": "start_s", "end": "end_s"}


@dataclass(frozen=True)
class Recipe:
    """Settings, and the quality that they are to reach.

    Args:
        path: Of the settings.
        part: Where it is measured: `valid`, after each epoch, or `test`, once at the end.
        metric: Its name.
        goal: What it is to reach.
        falls: Whether less of it is better.
    """

    path: Path
    part: str
    metric: str
    goal: float
    falls: bool = False

    def reached(self, value: float) -> bool:
        """Whether it is good enough."""
        return value <= self.goal if self.falls else value >= self.goal

    @property
    def precision(self) -> str:
        """Of the settings."""
        return read_yaml(self.path).get("precision", "float32")


IMDB = Recipe(FOLDER / "imdb.yaml", "test", "accuracy", 0.89)
SHAKESPEARE = Recipe(FOLDER / "tiny_shakespeare.yaml", "valid", "loss", 1.45, falls=True)


@dataclass(frozen=True)
class Course:
    """What a run did when, in seconds from the start of its process.

    Args:
        begun: When the data were read and the network was built.
        ends: Ends of its epochs, validation included.
        end: When the process ended.
        history: Rows of its `history.csv`.
        metrics: Its `metrics.json`.
    """

    begun: float
    ends: Sequence[float]
    end: float
    history: Sequence[dict[str, float]]
    metrics: dict[str, Any]

    @property
    def epoch(self) -> float:
        """Seconds of an epoch that traces no graph, if there is one."""
        later = [after - before for before, after in itertools.pairwise(self.ends)]
        return statistics.median(later or [self.ends[0] - self.begun])

    @property
    def training(self) -> float:
        """Seconds of training in such an epoch."""
        return statistics.median([row["seconds"] for row in self.history[1:] or self.history])

    def needed(self, recipe: Recipe) -> int | None:
        """Epochs to the quality; none if it was not reached."""
        if recipe.part == "test":
            return len(self.ends) if recipe.reached(self.quality(recipe)) else None
        values = [row[f"valid_{recipe.metric}"] for row in self.history]
        return next((n for n, value in enumerate(values, 1) if recipe.reached(value)), None)

    def quality(self, recipe: Recipe) -> float:
        """What it reached at the end: of the best epoch."""
        return self.metrics[recipe.part][recipe.metric]

    def seconds(self, recipe: Recipe, epochs: int) -> float:
        """Seconds to the end of so many epochs, testing included where the test counts."""
        trained = min(epochs, len(self.ends))
        testing = self.end - self.ends[-1] if recipe.part == "test" else 0.0
        return self.ends[trained - 1] + (epochs - trained) * self.epoch + testing


def watch(command: Sequence[str], folder: Path) -> Course:
    """Runs a training command and sees when its epochs end.

    Args:
        command: What to call, but for its `--output`.
        folder: Empty; gets the run, and what is kept of large files, so that every run reads anew.
    """
    run, surroundings = folder / "run", {**os.environ, PLACE: str(folder / "cache")}
    command = [*command, "--output", str(run)]
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=surroundings)
    begun, ends, running = 0.0, [], True
    try:
        while running:
            time.sleep(PAUSE)
            running = child.poll() is None
            now = time.perf_counter() - start
            if not begun and (run / "environment.json").is_file():
                begun = now
            ends += [now] * (len(history(run)) - len(ends))
    finally:
        child.kill()
        child.wait()
    if child.returncode:
        sys.exit(f"{' '.join(command)} ended with status {child.returncode}")
    return Course(begun, ends, now, history(run), read_json(run / "metrics.json"))


def history(run: Path) -> list[dict[str, float]]:
    """Rows of a run's `history.csv`, none before there is one."""
    try:
        with open(run / "history.csv", encoding="utf-8", newline="") as file:
            return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    except FileNotFoundError:
        return []


def measure(
    recipe: Recipe, data: Sequence[str], *, stock_epochs: int = 0, seed: int = 1
) -> list[dict[str, Any]]:
    """Our run and the stock ones.

    Args:
        recipe: What is trained.
        data: Arguments of `kerasrnn train` that name the files.
        stock_epochs: Most epochs of the stock runs, at least 2; 0: as many as ours.
        seed: Of all.

    Returns:
        For each run `name`; `seconds` to the quality, none if it was not reached; of the stock ones
        `ratio`, ours to its; `quality`; `needed` epochs, and those `trained`; median seconds of
        an epoch (`epoch_s`), of its `training_s` and of the rest (`validation_s`); `start_s`
        until training began; `end_s` after the last epoch; and `padding`, if there is any.
    """
    common = ["train", "--config", str(recipe.path), *data, "--seed", str(seed)]
    short = 0 < stock_epochs < read_yaml(recipe.path)["epochs"]
    shortened = ["--epochs", str(stock_epochs)] if short else []
    own = recipe.precision
    forms = {f"ours, {own}": (OURS, [])}
    for precision in dict.fromkeys(("float32", own)):
        forms[f"{KERAS}, {precision}"] = (STOCK, ["--precision", precision, *shortened])
    rows: list[dict[str, Any]] = []
    for name, (module, further) in forms.items():
        print(f"{recipe.path.stem}: {name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", *module, *common, *further]
            course = watch(command, Path(folder))
        first = rows[0] if rows else None
        needed = first["needed"] if first and short else course.needed(recipe)
        seconds = None if needed is None else course.seconds(recipe, needed)
        row = {"name": f"{recipe.path.stem}, {name}", "seconds": seconds}
        if first:
            both = seconds is not None and first["seconds"] is not None
            row["ratio"] = first["seconds"] / seconds if both else None
        rows.append({**row, **_figures(recipe, course, needed)})
    return rows


def _figures(recipe: Recipe, course: Course, needed: int | None) -> dict[str, Any]:
    padding = course.metrics.get("padding")
    return {
        "quality": course.quality(recipe),
        "needed": needed,
        "trained": len(course.ends),
        "epoch_s": course.epoch,
        "training_s": course.training,
        "validation_s": course.epoch - course.training,
        "start_s": course.begun,
        "end_s": course.end - course.ends[-1],
        **({} if padding is None else {"padding": padding}),
    }


def table(recipe: Recipe, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Markdown, and below it what was counted rather than measured."""
    quality = f"{recipe.part} {recipe.metric}"
    columns = ["seconds", "ours to it", quality, "epochs", *PARTS]
    lines = [f"| | {' | '.join(columns)} |", f"|---{'|---:' * len(columns)}|"]
    for row in rows:
        seconds = "–" if row["seconds"] is None else f"{row['seconds']:.1f}"
        ratio = "–" if row.get("ratio") is None else f"{row['ratio']:.2f}"
        parts = [f"{row[key]:.1f}" for key in PARTS.values()]
        cells = [row["name"], seconds, ratio, f"{row['quality']:.4f}", str(row["trained"]), *parts]
        lines.append(f"| {' | '.join(cells)} |")
    limit = f"{quality} of at {'most' if recipe.falls else 'least'} {recipe.goal}"
    lines += ["", f"Seconds until {limit}."]
    for row in rows:
        needed, trained = row["needed"], row["trained"]
        if needed is None:
            lines.append(f"{row['name']}: no time, for it was not reached.")
        elif needed > trained:
            lines.append(
                f"{row['name']}: trained {trained} of the {needed} epochs that ours needed; the "
                f"others count as the median after the first. Its quality is that of {trained}."
            )
    return lines


def bars(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many times as fast as each stock run."""
    ratios = {row["name"]: row["ratio"] for row in rows if row.get("ratio")}
    recipe = rows[0]["name"].partition(",")[0]
    peers = {name.partition(", ")[2]: 1 / ratio for name, ratio in ratios.items()}
    return [{"name": recipe, **peers}] if peers else []


def main(arguments: Sequence[str] | None = None) -> None:
    parser = flags(__doc__)
    parser.add_argument("--imdb", nargs=2, metavar=("TRAIN", "TEST"), help="its two files")
    parser.add_argument("--shakespeare", metavar="FILE", help="its text")
    epochs = "those of stock runs, at least 2; the others are counted like them; 0: all"
    parser.add_argument("--stock-epochs", type=int, default=0, metavar="N", help=epochs)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stock", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.stock:
        _as_stock(given.stock)
    wanted: list[tuple[Recipe, list[str]]] = []
    if given.imdb:
        wanted.append((IMDB, ["--data", given.imdb[0], "--test-data", given.imdb[1]]))
    if given.shakespeare:
        wanted.append((SHAKESPEARE, ["--data", given.shakespeare]))
    if not wanted:
        parser.error("nothing to train: --imdb TRAIN TEST, --shakespeare FILE, or both")
    if given.stock_epochs == 1 or given.stock_epochs < 0:
        why = "the first epoch has the tracing of graphs in it: give 2 or more, or 0 for all"
        parser.error(f"--stock-epochs {given.stock_epochs} tells no time: {why}")
    for path in (path for _, data in wanted for path in data[1::2]):
        if not Path(path).is_file():
            parser.error(f"no such file: {path}")
    rows, lines, ratios = [], [], []
    for recipe, data in wanted:
        found = measure(recipe, data, stock_epochs=given.stock_epochs, seed=given.seed)
        rows += found
        lines += [*([""] if lines else []), *table(recipe, found)]
        ratios += bars(found)
    title = "Recipes: seconds to a quality"
    tell(title, rows, lines=lines, bars=ratios, as_json=given.json)


def _as_stock(arguments: Sequence[str]) -> None:
    """The rest of a stock run's process."""
    from kerasrnn.quiet import start_tensorflow

    start_tensorflow()
    from benchmarks import stock

    sys.exit(stock.main(arguments))


if __name__ == "__main__":
    main()
