"""What is searched, from flags or from `tuning.yaml`; nothing here imports TensorFlow."""

import dataclasses
import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kerasrnn import __version__
from kerasrnn.config import Config, read_yaml, to_yaml
from kerasrnn.errors import BadInput, did_you_mean
from kerasrnn.opening import task_of
from kerasrnn.tuning.space import Space, check_space, read_space, refusal, settings_of

SEARCHES = ("random", "hyperband", "bayesian")
TRIALS = 20
NEEDS = {"bayesian": ("scipy", "sklearn")}
EPOCHS = "tuner/epochs"  # Hyperband's own value: how long a trial is


@dataclass(frozen=True)
class Search:
    """What is searched.

    Args:
        task: Its name.
        config: The settings that are not varied, and those that are.
        kind: One of `SEARCHES`.
        trials: Most of them; 0: with Hyperband those of one sweep, else `TRIALS`.
        space: What is varied.
    """

    task: str
    config: Config
    kind: str
    trials: int
    space: Space

    def check(self) -> None:
        """Sees that it can be done, without TensorFlow.

        Raises:
            BadInput: If it cannot.
        """
        if self.kind not in SEARCHES:
            hint = did_you_mean(self.kind, SEARCHES)
            raise BadInput(
                f"unknown --search '{self.kind}'; choose from {', '.join(SEARCHES)}{hint}"
            )
        if missing := [n for n in NEEDS.get(self.kind, ()) if not importlib.util.find_spec(n)]:
            raise BadInput(
                f"--search {self.kind} needs {' and '.join(missing)}: pip install 'kerasrnn[tune]'"
            )
        if self.config.strategy == "multi_worker":
            raise BadInput(
                "--strategy multi_worker lets machines share a trial; a search gives each its own: "
                "leave it out (docs/tuning.md)"
            )
        if self.config.diagnose != "none":
            raise BadInput("--diagnose is for one run: leave it out, and train with best.yaml")
        if self.kind == "hyperband" and any(varied.name == "epochs" for varied in self.space):
            raise BadInput("--space epochs: --search hyperband chooses them, up to --epochs")
        check_space(self.space, self.config)

    def config_of(self, proposed: Mapping[str, Any]) -> Config:
        """The settings of a trial.

        Raises:
            BadInput: If they exclude one another.
        """
        return dataclasses.replace(self.config, **self.values_of(proposed))

    def values_of(self, proposed: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that a trial has of its own, the length of one of Hyperband's among them."""
        epochs = {"epochs": int(proposed[EPOCHS])} if EPOCHS in proposed else {}
        return {**settings_of(self.space, proposed), **epochs}

    def refusal_of(self, proposed: Mapping[str, Any]) -> str:
        """Why the settings would refuse what is proposed; empty if they would not."""
        return refusal(self.config, self.values_of(proposed))

    def digest(self) -> str:
        """The same for the same search wherever its files are."""
        fields = dataclasses.fields(self.config)
        own = {
            field.name: getattr(self.config, field.name)
            for field in fields
            if not field.metadata["path"] and field.name != "cache"
        }
        parts = [__version__, self.task, self.kind, list(map(str, self.space)), own]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def to_yaml(self) -> str:
        """All of it, as `read_search` takes it."""
        space = list(map(str, self.space))
        tuning = {"search": self.kind, "trials": self.trials, "space": space}
        return to_yaml(self.task, self.config) + yaml.safe_dump({"tuning": tuning}, sort_keys=False)

    def most_trials(self) -> int:
        """How many there are at most; 0 if Hyperband decides."""
        return self.trials or (0 if self.kind == "hyperband" else TRIALS)


def read_search(folder: str) -> Search:
    """The search that a folder holds.

    Raises:
        BadInput: If it holds none.
    """
    path = Path(folder) / "tuning.yaml"
    if not path.is_file():
        raise BadInput(f"no search at {folder}: it has no tuning.yaml")
    settings = read_yaml(path)
    try:
        tuning = settings.pop("tuning")
        kind, trials, texts = (tuning[name] for name in ("search", "trials", "space"))
    except (KeyError, TypeError) as error:
        raise BadInput(f"{path} is broken: it says nothing of 'tuning' or too little") from error
    name, task = task_of(settings, str(path))
    return Search(name, task.config, kind, trials, read_space(texts, type(task.config)))
