"""What has become of a search: a line a trial, `trials.csv`, `best.yaml`, a table at the end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerasrnn.config import to_yaml
from kerasrnn.errors import RunFailed
from kerasrnn.files import write_rows, write_text
from kerasrnn.listing import console, print_json, print_table
from kerasrnn.tuning.plan import Search

SHOWN = 10  # trials in the table
ELSEWHERE = "its worker told why"
OWN = ("score", "seconds")  # what is recorded of a trial beside its metric


class Results:
    """The trials of a search as people and programs see them.

    Args:
        search: What is searched.
        folder: Where.
    """

    def __init__(self, search: Search, folder: Path):
        self.search, self.folder = search, folder
        self.names = [varied.name for varied in search.space]

    def add(self, oracle: Any, trial: Any) -> None:
        """A trial has ended: says so, and writes what is known by now."""
        rows = self.rows(oracle)
        self._write(oracle, rows)
        row = next(row for row in rows if row["trial"] == trial.trial_id)
        values = "  ".join(f"{name} {row[name]}" for name in self.names)
        if row["status"] == "completed":
            best = "  best" if row is rows[0] else ""
            console.print(
                f"trial {row['trial']}  {row['metric']} {row['score']:.4f}  "
                f"epoch {row['best_epoch']}/{row['epochs']}  {row['seconds']:.1f} s  {values}{best}"
            )
        else:
            console.print(f"trial {row['trial']} failed  {values}: {row['message']}")

    def rows(self, oracle: Any) -> list[dict[str, Any]]:
        """The trials that have ended, the best first, those that failed last."""
        sign = -1 if oracle.objective.direction == "max" else 1
        ended = [t for _, t in sorted(oracle.trials.items()) if t.status in ("COMPLETED", "FAILED")]
        done = [t for t in ended if t.status == "COMPLETED"]
        failed = [t for t in ended if t.status == "FAILED"]
        return [self._row(t) for t in (*sorted(done, key=lambda t: sign * t.score), *failed)]

    def report(self, oracle: Any, *, as_json: bool) -> None:
        """The best trials, and what to do with the best.

        Raises:
            RunFailed: If no trial came to its end.
        """
        rows = self.rows(oracle)
        if not rows or rows[0]["status"] == "failed":
            why = rows[-1]["message"] if rows else "the settings refuse all that was proposed"
            raise RunFailed(f"no trial of {self.folder} came to its end; the last: {why}")
        self._write(oracle, rows)
        if as_json:
            for row in rows:
                print_json(row)
            return
        header = ["trial", rows[0]["metric"], "epoch", "seconds", *self.names]
        best = [row for row in rows if row["status"] == "completed"][:SHOWN]
        print_table(header, [self._cells(row) for row in best])
        failed = sum(row["status"] == "failed" for row in rows)
        count = f"{len(rows)} trials" + (f", {failed} of which failed" if failed else "")
        print(f"search: {self.folder} ({count})")
        print(f"try: kerasrnn train --config {self.folder / 'best.yaml'}")

    def _cells(self, row: Mapping[str, Any]) -> list[str]:
        epoch = f"{row['best_epoch']}/{row['epochs']}"
        figures = [row["trial"], f"{row['score']:.4f}", epoch, f"{row['seconds']:.1f}"]
        return [*figures, *(str(row[name]) for name in self.names)]

    def _row(self, trial: Any) -> dict[str, Any]:
        values = self.search.values_of(trial.hyperparameters.values)
        done, measured = trial.status == "COMPLETED", trial.metrics
        return {
            "trial": trial.trial_id,
            "status": trial.status.lower(),
            "metric": next((name for name in measured.metrics if name not in OWN), None),
            "score": float(trial.score) if done else None,
            "best_epoch": trial.best_step if done else None,
            "epochs": self.search.config.epochs,
            "seconds": round(float(measured.get_last_value("seconds")), 3) if done else None,
            **values,
            "message": None if done else trial.message or ELSEWHERE,
        }

    def _write(self, oracle: Any, rows: list[dict[str, Any]]) -> None:
        write_rows(self.folder / "trials.csv", rows)
        if rows[0]["status"] == "completed":
            best = self.search.config_of(oracle.trials[rows[0]["trial"]].hyperparameters.values)
            write_text(self.folder / "best.yaml", to_yaml(self.search.task, best))
