"""`kerasrnn tune`: trials by our own training, judged on the validation part, alone or as one of
several machines.

The folder of a search holds `tuning.yaml` (what is searched), `kerastuner/` (the oracle's state),
`trials/` (settings and history of each), `trials.csv` and `best.yaml`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from kerasrnn.cluster import check_surroundings
from kerasrnn.config import to_yaml
from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.files import remove_leftovers, write_text
from kerasrnn.listing import console
from kerasrnn.quiet import start_tensorflow
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run, free_folder
from kerasrnn.training_run import learn
from kerasrnn.tuning.peers import Peer, read_peer, wait_for_chief
from kerasrnn.tuning.plan import Search, read_search
from kerasrnn.tuning.results import Results

if TYPE_CHECKING:
    from kerasrnn.tuning.machines import Chief
    from kerasrnn.tuning.oracle import Kept

ALONE = "alone"  # what the only process is called
KEPT = ("config.yaml", "history.csv")  # of a trial that has ended


def tune(search: Search, *, output: str, as_json: bool) -> None:
    """Searches, alone, as the chief or as a worker, as KerasTuner's variables say.

    A folder that holds the same search is gone on with.

    Raises:
        BadInput: If the settings, the data or the folder cannot be used.
        RunFailed: If the other machines are gone, or no trial came to its end.
    """
    peer = read_peer()
    search.check()
    if peer and not output:
        raise BadInput(
            "a search on several machines needs --output FOLDER: the same command goes on with it"
        )
    if peer is None or not peer.is_chief:
        check_surroundings(search.config)
        TASKS.load(search.task)(search.config).check_data()
    if peer and not peer.is_chief:
        with _interrupted_saying("the chief lets another worker have the trial"):
            _follow(search, peer, Path(output))
        return
    folder = _open_folder(search, output)
    start_tensorflow()
    from kerasrnn.tuning.machines import serve
    from kerasrnn.tuning.oracle import STATE, make_oracle

    # those of trials may be of workers that are writing now
    remove_leftovers(folder / STATE if peer else folder)
    results = Results(search, folder)
    oracle = make_oracle(search, folder, on_end=results.add)
    with _interrupted_saying(f"go on with: kerasrnn tune --resume {folder}"):
        if peer:
            serve(oracle, peer, console.print)
        else:
            _work(oracle, ALONE, search, folder)
    results.report(oracle, as_json=as_json)


@contextlib.contextmanager
def _interrupted_saying(what: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted; {what}") from None


def _open_folder(search: Search, output: str) -> Path:
    """The folder of a new search, or of the same one, interrupted."""
    folder = Path(output) if output else free_folder(Path("tuning"), search.task)
    path, text = folder / "tuning.yaml", search.to_yaml()
    if path.is_file():
        # more trials may be wanted than then
        before = dataclasses.replace(read_search(str(folder)), trials=search.trials)
        then, now = (yaml.safe_load(written) for written in (before.to_yaml(), text))
        if other := [name for name in now if then.get(name) != now[name]]:
            raise BadInput(
                f"{folder} holds another search, by its {', '.join(other)}: name another --output, "
                f"or go on with it by --resume {folder}"
            )
        console.print(f"going on with the search in {folder}")
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is there and holds no search: name another --output")
    write_text(path, text)
    return folder


def _follow(search: Search, peer: Peer, folder: Path) -> None:
    """Runs the trials that the chief hands out."""
    console.print(f"{peer.name}: waiting for the chief at {peer.address}")
    wait_for_chief(peer)
    start_tensorflow()
    from kerasrnn.tuning.machines import Chief

    with Chief(peer, search.digest()) as chief:
        _work(chief, peer.name, search, folder)
    console.print(f"{peer.name}: nothing is left to do; the chief has the results")


def _work(oracle: Kept | Chief, name: str, search: Search, folder: Path) -> None:
    """Runs trials until there are none left; one that fails is told, and the next begins."""
    from kerasrnn.tuning.machines import trials

    for trial in trials(oracle, name):
        run = Run(folder / "trials" / trial.trial_id)
        begun = time.perf_counter()
        try:
            score, metric, epoch = _run_trial(run, search, trial.hyperparameters.values)
        except (BadInput, RunFailed) as error:
            trial.status, trial.message = "FAILED", str(error)
            if name != ALONE:  # the reason does not travel to the chief
                console.print(f"trial {trial.trial_id} failed: {error}")
        else:
            seconds = time.perf_counter() - begun
            found = {"score": score, metric: score, "seconds": seconds}
            oracle.update_trial(trial.trial_id, found, step=epoch)
            trial.status = "COMPLETED"
        oracle.end_trial(trial)
        _tidy(run)


def _run_trial(run: Run, search: Search, proposed: Mapping[str, Any]) -> tuple[float, str, int]:
    """Trains with these values, or goes on where a killed process was.

    Returns:
        The best epoch's score on the validation part, what metric that is, and the epoch.
    """
    import keras
    import tensorflow as tf

    config = search.config_of(proposed)
    text, path = to_yaml(search.task, config), run.folder / "config.yaml"
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        shutil.rmtree(run.folder)  # of a trial that was proposed otherwise before a kill
    run.save_config(text)
    remove_leftovers(run.folder)
    keras.backend.clear_session()  # as in a process of its own
    task = TASKS.load(search.task)(config)
    quiet, console.quiet = console.quiet, True
    try:
        state = learn(run, search.task, task, None).state
    except tf.errors.ResourceExhaustedError as error:
        raise RunFailed("out of memory") from error
    finally:
        console.quiet = quiet
    if not math.isfinite(state.best):
        raise RunFailed(f"the {task.monitor} of the validation part is {state.best}")
    return state.best, task.monitor, state.best_epoch


def _tidy(run: Run) -> None:
    """Leaves of a trial what is small: its best model is trained again by `best.yaml`."""
    for path in run.folder.iterdir() if run.folder.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in KEPT:
            path.unlink()
