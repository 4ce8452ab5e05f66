"""KerasTuner's oracles, made safe against kills and against workers that do not come back.

KerasTuner writes its files in place, where a kill leaves half of one; they are written whole here.
It leaves the trial of a worker that is gone running for ever; here the trial is given back.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner.oracles import BayesianOptimizationOracle, HyperbandOracle, RandomSearchOracle
from keras_tuner.src.engine.trial import Trial, TrialStatus

from kerasrnn.files import write_json
from kerasrnn.registry import TASKS
from kerasrnn.tuning.plan import Search
from kerasrnn.tuning.space import Space

STATE = "kerastuner"  # folder of its files within that of a search
SETTINGS = "kerasrnn/settings"  # a fixed value by which workers know whether theirs are the same
COLLISIONS = 1000  # proposals in a row that were tried or are refused: there are no more
ENDED = (TrialStatus.COMPLETED, TrialStatus.FAILED)
NEVER = 10**9  # failures in a row that would end a search: each is told and costs one trial


class Kept(keras_tuner.Oracle):
    """What all oracles have here beyond KerasTuner's.

    `refuses` and `on_end` are set by `make_oracle`.
    """

    refuses: Callable[[Mapping[str, Any]], str]  # takes proposed values; says why, if it does
    on_end: Callable[["Kept", Trial], None]

    def save(self) -> None:
        write_json(self._get_oracle_fname(), self.get_state())

    def _save_trial(self, trial: Trial) -> None:
        write_json(Path(self._get_trial_dir(trial.trial_id)) / "trial.json", trial.get_state())

    def reload(self) -> None:
        """Goes on where a killed search was: its unfinished trials come first."""
        if not Path(self._get_oracle_fname()).is_file():
            return
        super().reload()
        # a trial is written before the oracle that knows of it: it will be proposed again
        for trial_id in set(self.trials) - set(self.start_order):
            del self.trials[trial_id]
            shutil.rmtree(self._get_trial_dir(trial_id))
        unfinished = [i for i in self.start_order if self.trials[i].status not in ENDED]
        self._retry_queue = unfinished[::-1]  # taken from its end

    def _duplicate(self, values: dict[str, Any]) -> bool:
        # random proposals are drawn again as long as this is true
        return super()._duplicate(values) or bool(self.refuses(values))

    @keras_tuner.synchronized
    def create_trial(self, tuner_id: str) -> Trial:
        """A trial to run, or one whose status says to wait or to stop.

        Nobody is told to stop while others are at work, whose trials may come back.
        """
        trial = super().create_trial(tuner_id)
        if trial.status == TrialStatus.STOPPED and self.ongoing_trials:
            trial.status = TrialStatus.IDLE
        return trial

    @keras_tuner.synchronized
    def end_trial(self, trial: Trial) -> None:
        """Takes a trial's result; of a trial that two workers ran, the first one's."""
        if trial.trial_id in self.end_order:
            return
        if trial.trial_id in self._retry_queue:
            self._retry_queue.remove(trial.trial_id)
        super().end_trial(trial)
        self.on_end(self, self.trials[trial.trial_id])

    @keras_tuner.synchronized
    def give_back(self, tuner_id: str) -> Trial:
        """Lets another worker have this one's trial."""
        trial = self.ongoing_trials.pop(tuner_id)
        self._retry_queue.append(trial.trial_id)
        self.tuner_ids.discard(tuner_id)
        self.save()
        return trial


class Random(Kept, RandomSearchOracle):
    """Values drawn independently."""


class Hyperband(Kept, HyperbandOracle):
    """Many short trials, the best of which are tried again for longer."""


class Bayesian(Kept, BayesianOptimizationOracle):
    """Values where a Gaussian process expects the most; at random where it repeats itself."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        response = super().populate_space(trial_id)
        if response["values"] and self._duplicate(response["values"]):
            return self._random_populate_space()
        return response


def make_oracle(search: Search, folder: Path, *, on_end: Callable[[Kept, Trial], None]) -> Kept:
    """An oracle that goes on with what the folder of the search holds.

    Args:
        search: What is searched.
        folder: Where.
        on_end: Takes the oracle and each trial that has ended.
    """
    better = "max" if TASKS.load(search.task).higher_is_better else "min"
    common = {
        "objective": keras_tuner.Objective("score", better),
        "hyperparameters": _hyperparameters(search.space, search.digest()),
        "seed": search.config.seed + 1,  # KerasTuner takes 0 for none
        "max_consecutive_failed_trials": NEVER,
    }
    if search.kind == "hyperband":
        oracle = Hyperband(max_epochs=search.config.epochs, **common)
    else:
        oracle = {"random": Random, "bayesian": Bayesian}[search.kind](**common)
    oracle.max_trials = search.most_trials() or None
    oracle.verbose = 0
    oracle.refuses, oracle.on_end, oracle._max_collisions = search.refusal_of, on_end, COLLISIONS
    oracle._set_project_dir(str(folder), STATE)
    oracle.reload()
    return oracle


def _hyperparameters(space: Space, settings: str) -> keras_tuner.HyperParameters:
    found = keras_tuner.HyperParameters()
    found.Fixed(SETTINGS, settings)
    for varied in space:
        if varied.choices:
            found.Choice(varied.name, list(varied.choices))
            continue
        make = found.Int if varied.kind is int else found.Float
        how = "log" if varied.log else "linear"
        make(varied.name, varied.low, varied.high, step=varied.step or None, sampling=how)
    return found
