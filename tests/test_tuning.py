"""A search repeats with its seed, survives kills and lost machines, and its best settings hold."""

import contextlib
import csv
import dataclasses
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import keras
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import small_config, write_config
from workers import SECONDS, free_ports

from kerasrnn import cli
from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.tuning import oracle as oracles
from kerasrnn.tuning import peers, search
from kerasrnn.tuning.plan import Search, read_search
from kerasrnn.tuning.space import Varied, default_space, read_space, refusal, settings_of

CONFIG = TASKS.load("adding").config_type
SPACE = "units=2,3,4;learning_rate=1e-3..1e-1:log"

# Spaces


def distinct(values):
    return st.lists(values, min_size=2, max_size=5, unique=True).map(tuple)


def ranges(name, kind, numbers):
    ends = st.lists(numbers, min_size=2, max_size=2, unique=True).map(sorted)
    steps = ends.map(lambda pair: Varied(name, kind, low=pair[0], high=pair[1]))
    return st.tuples(steps, st.booleans()).map(lambda p: dataclasses.replace(p[0], log=p[1]))


RATES = st.floats(1e-6, 10)
VARIED = st.one_of(
    distinct(st.integers(1, 999)).map(lambda v: Varied("units", int, v)),
    distinct(RATES).map(lambda v: Varied("learning_rate", float, v)),
    distinct(st.booleans()).map(lambda v: Varied("residual", bool, v)),
    distinct(st.sampled_from(("gru", "lstm", "simple_rnn"))).map(lambda v: Varied("cell", str, v)),
    ranges("units", int, st.integers(1, 999)),
    ranges("learning_rate", float, RATES),
    st.integers(1, 99).map(lambda s: Varied("batch_size", int, low=1, high=100, step=s)),
)


@given(st.lists(VARIED, unique_by=lambda varied: varied.name, min_size=1), st.booleans())
def test_a_space_is_read_as_it_is_written(space, together):
    texts = [";".join(map(str, space))] if together else list(map(str, space))
    assert read_space(texts, CONFIG) == tuple(space)


@given(VARIED, st.integers(0, 10**6))
def test_what_is_proposed_lies_in_the_space(varied, seed):
    hyperparameters = oracles._hyperparameters((varied,), "settings")
    proposed = hyperparameters.space[-1].random_sample(seed)
    value = settings_of((varied,), {varied.name: proposed})[varied.name]
    assert type(value) is varied.kind
    if varied.choices:
        assert value in varied.choices
    else:
        assert varied.low <= value <= varied.high
        assert not varied.step or (value - varied.low) % varied.step == 0
        assert varied.kind is int or len(f"{value:.6g}") <= len(repr(value)) <= 18
    assert settings_of((varied,), {varied.name: value}) == {varied.name: value}


@given(st.sampled_from(("", "units=", "cell=", "learning_rate=1..")), st.text(max_size=20))
def test_whatever_a_space_says_it_is_read_or_refused(beginning, text):
    with contextlib.suppress(BadInput):
        space = read_space([beginning + text], CONFIG)
        assert {varied.name for varied in space} <= set(CONFIG.__dataclass_fields__)


@pytest.mark.parametrize("task", TASKS.names())
def test_each_task_has_a_space_that_its_settings_allow(task):
    config = TASKS.load(task).config_type()
    space = default_space(config)
    assert {"units", "learning_rate", "layers"} <= {varied.name for varied in space}
    assert read_space([";".join(map(str, space))], type(config)) == space
    for varied in space:
        assert not any(refusal(config, {varied.name: value}) for value in varied.ends())


def test_the_space_goes_by_the_settings_that_are_given():
    space = {v.name: v for v in default_space(CONFIG(units=50, layers=2, dropout=0.1))}
    assert space["units"].choices == (25, 50, 100)
    assert space["layers"].choices == (2, 3)  # one layer has nothing between for --dropout


# Searches without training: what becomes of proposals, failures and kills


@pytest.fixture
def untrained(monkeypatch):
    """Scores that the values alone tell; what they are."""

    def learn(run, name, task, cluster):
        c = task.config
        if c.units == 4:
            raise RunFailed("the loss is no longer a number")
        best = c.units + c.layers + c.learning_rate + c.dropout + 1 / c.epochs
        return SimpleNamespace(state=SimpleNamespace(best=best, best_epoch=c.epochs))

    monkeypatch.setattr(search, "learn", learn)
    # there is none to clear, and looking for it takes time
    monkeypatch.setattr(keras.backend, "clear_session", lambda: None)


def plan(space, *, kind="random", trials=8, **settings):
    config = CONFIG(**settings)
    return Search("adding", config, kind, trials, read_space([space] if space else [], CONFIG))


def run_search(wanted, folder):
    search.tune(wanted, output=str(folder), as_json=True)
    return trials_of(folder)


def trials_of(folder):
    """trials.csv without its times."""
    with open(Path(folder) / "trials.csv", encoding="utf-8", newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


@pytest.mark.usefixtures("untrained")
def test_the_best_is_first_and_what_failed_is_told(tmp_path, capsys):
    rows = run_search(plan(SPACE), tmp_path / "search")
    scores = [float(row["score"]) for row in rows if row["status"] == "completed"]
    failed = [row for row in rows if row["status"] == "failed"]
    assert scores == sorted(scores)
    assert failed == rows[len(scores) :] != []
    assert {row["message"] for row in failed} == {"the loss is no longer a number"}
    out, err = capsys.readouterr()
    assert [json.loads(line)["trial"] for line in out.splitlines()] == [r["trial"] for r in rows]
    assert err.count("\n") == len(rows) == 8


@pytest.mark.usefixtures("untrained")
def test_only_what_the_settings_allow_is_tried_and_each_once(tmp_path):
    rows = run_search(plan("layers=1,2;dropout=0.0,0.2", trials=20), tmp_path / "search")
    tried = {(row["layers"], row["dropout"]) for row in rows}
    assert tried == {("1", "0.0"), ("2", "0.0"), ("2", "0.2")}
    assert len(rows) == 3


@pytest.mark.usefixtures("untrained")
def test_hyperband_tries_the_best_again_for_longer(tmp_path):
    wanted = plan("units=100..999", kind="hyperband", trials=0, epochs=9)
    rows = run_search(wanted, tmp_path / "search")
    units = {e: {r["units"] for r in rows if r["epochs"] == e} for e in ("1", "3", "9")}
    assert units["1"] > units["3"] & units["1"] != set()
    assert units["9"] & units["3"] & units["1"]
    first = sorted(int(n) for n in units["1"])
    assert {int(n) for n in units["3"] & units["1"]} == set(first[: len(units["3"] & units["1"])])


@pytest.mark.usefixtures("untrained")
def test_the_gaussian_process_proposes_what_is_allowed(tmp_path):
    pytest.importorskip("sklearn")
    pytest.importorskip("scipy")
    wanted = plan("units=5..99;layers=1,2;dropout=0.0,0.2", kind="bayesian", trials=24)
    rows = run_search(wanted, tmp_path / "search")
    assert all(row["layers"] == "2" for row in rows if row["dropout"] == "0.2")
    assert len(rows) == 24
    assert int(rows[0]["trial"]) >= 12, "the twelve drawn at random have the best"


@pytest.mark.usefixtures("untrained")
def test_more_trials_go_on_with_a_search(tmp_path):
    folder = tmp_path / "search"
    few, all_at_once = run_search(plan(SPACE, trials=3), folder), tmp_path / "whole"
    more = run_search(plan(SPACE, trials=8), folder)
    assert [row for row in more if int(row["trial"]) < 3] == few
    assert more == run_search(plan(SPACE, trials=8), all_at_once)


def test_a_search_without_a_score_has_failed(tmp_path, monkeypatch, capsys):
    def learn(*_):
        raise RunFailed("out of luck")

    monkeypatch.setattr(search, "learn", learn)
    arguments = ["tune", "--task", "adding", "--trials", "2", "--output", str(tmp_path / "search")]
    assert cli.main(arguments) == 1
    assert "no trial of" in (said := capsys.readouterr().err)
    assert "out of luck" in said.splitlines()[-1]


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize("kind", ["random", "hyperband"])
def test_killed_before_any_of_its_files_a_search_goes_on_as_if_nothing_were(
    tmp_path, monkeypatch, kind
):
    monkeypatch.setattr(os, "fsync", lambda file: None)  # no power cut is feared here
    trials = 3 if kind == "random" else 0
    wanted = plan("units=5..99;layers=1,2", kind=kind, trials=trials, epochs=3)
    whole, write = run_search(wanted, tmp_path / "whole"), oracles.write_json
    for kills in itertools.count():
        folder, left = tmp_path / f"killed-{kills}", iter(range(kills))

        def dying(path, value, left=left):
            if next(left, None) is None:
                raise KeyboardInterrupt
            write(path, value)

        monkeypatch.setattr(oracles, "write_json", dying)
        try:
            run_search(wanted, folder)
        except KeyboardInterrupt:
            monkeypatch.setattr(oracles, "write_json", write)
            assert run_search(read_search(str(folder)), folder) == whole
        else:
            break
    assert kills > 4 * len(whole)


@pytest.mark.usefixtures("untrained")
def test_another_search_does_not_take_the_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run_search(plan(SPACE, trials=2), "search")
    before = trials_of("search")
    arguments = ["tune", "--task", "adding", "--trials", "2", "--output", "search"]
    assert cli.main([*arguments, "--space", SPACE, "--seed", "2"]) == 2
    assert "another search, by its seed: name" in capsys.readouterr().err
    assert cli.main(["tune", "--task", "copy", "--output", "search"]) == 2
    assert "another search, by its task," in capsys.readouterr().err
    assert trials_of("search") == before
    Path("search/tuning.yaml").write_text("task: adding\n")
    assert cli.main([*arguments, "--space", SPACE]) == 2
    assert "tuning.yaml is broken" in capsys.readouterr().err


# Searches with training


def arguments_for(folder, *, trials=3, **settings):
    config = small_config("running_sum", folder, **{"epochs": 1, **settings})
    path = write_config("running_sum", config, Path(folder) / "settings.yaml")
    return ["tune", "--config", path, "--space", SPACE, "--trials", str(trials), "--json"]


class Untouched:
    """Data that nobody may look at."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} of the test part")


@pytest.fixture
def without_test_part(monkeypatch):
    kind = TASKS.load("running_sum")
    prepare = kind.prepare
    monkeypatch.setattr(
        kind, "prepare", lambda self: dataclasses.replace(prepare(self), test=Untouched())
    )


@pytest.mark.usefixtures("without_test_part")
def test_a_search_repeats_with_its_seed_and_never_sees_the_test_part(tmp_path, capsys):
    arguments = arguments_for(tmp_path)
    for name in ("one", "two"):
        assert cli.main([*arguments, "--output", str(tmp_path / name)]) == 0
    assert trials_of(tmp_path / "one") == trials_of(tmp_path / "two")
    assert len(trials_of(tmp_path / "one")) == 3
    out = capsys.readouterr().out
    assert all(json.loads(line)["status"] == "completed" for line in out.splitlines())


def test_the_best_settings_train_to_the_best_score(tmp_path):
    folder = tmp_path / "search"
    assert cli.main([*arguments_for(tmp_path), "--output", str(folder)]) == 0
    best = trials_of(folder)[0]
    run = tmp_path / "run"
    # in a process of its own, as a person would
    command = ["train", "--config", str(folder / "best.yaml"), "--output", str(run)]
    subprocess.run([sys.executable, "-m", "kerasrnn", *command], check=True, capture_output=True)
    score = Run.open(run).metrics()["valid"][best["metric"]]
    assert score == pytest.approx(float(best["score"]), rel=1e-5)


@pytest.mark.slow
def test_killed_a_search_goes_on_in_another_process(tmp_path):
    arguments = [*arguments_for(tmp_path, trials=4), "--output", str(tmp_path / "search")]
    process = start(arguments)
    until = time.monotonic() + SECONDS
    while not (tmp_path / "search" / "trials.csv").is_file() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(random.Random(1).uniform(0, 1))
    process.kill()
    process.communicate()
    assert 1 <= len(trials_of(tmp_path / "search")) < 4, "give it more trials"
    assert cli.main(["tune", "--resume", str(tmp_path / "search"), "--json"]) == 0
    assert cli.main([*arguments[:-1], str(tmp_path / "whole")]) == 0
    searches = trials_of(tmp_path / "search"), trials_of(tmp_path / "whole")
    for ours, theirs in zip(*searches, strict=True):
        assert float(ours.pop("score")) == pytest.approx(float(theirs.pop("score")), rel=1e-5)
        assert ours == theirs


# Several machines


def start(arguments, peer="", port=0):
    """A process of a search, alone or as one of several."""
    names = zip(peers.VARIABLES, (peer, "127.0.0.1", str(port)), strict=True)
    own = dict(names) if peer else {}
    return subprocess.Popen(
        [sys.executable, "-m", "kerasrnn", *arguments],
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (("chief", "", ""), ["KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT is not set", "8000"]),
        (("", "10.0.0.1", "8000"), ["KERASTUNER_TUNER_ID is not set"]),
        (("worker-1", "10.0.0.1", "http"), ["KERASTUNER_ORACLE_PORT 'http'", "65535"]),
        (("chief", "10.0.0.1", "8000"), ["several machines needs --output"]),
    ],
)
def test_wrong_variables_are_refused(monkeypatch, capsys, tmp_path, values, says):
    monkeypatch.chdir(tmp_path)
    for name, value in zip(peers.VARIABLES, values, strict=True):
        monkeypatch.setenv(name, value)
    assert cli.main(["tune", "--task", "adding"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert all(part in said for part in says)
    assert not list(tmp_path.iterdir())


def test_a_worker_waits_for_the_chief_but_not_for_ever():
    (port,) = free_ports(1)
    with pytest.raises(RunFailed, match=f"did not answer at 127.0.0.1:{port} within 0.1 s"):
        peers.wait_for_chief(peers.Peer("worker-1", "127.0.0.1", port), limit=0.1)


@pytest.fixture
def machines(monkeypatch):
    """The module of chief and workers, who lose patience in a second, and a port."""
    from kerasrnn.tuning import machines

    monkeypatch.setattr(machines, "SILENT", 1.0)
    monkeypatch.setattr(machines, "PULSE", 0.2)
    (port,) = free_ports(1)
    for name, value in zip(peers.VARIABLES, ("worker", "127.0.0.1", str(port)), strict=True):
        monkeypatch.setenv(name, value)
    return SimpleNamespace(module=machines, port=port)


def serve(machines, oracle, said):
    peer = peers.Peer("chief", "127.0.0.1", machines.port)
    thread = threading.Thread(target=machines.module.serve, args=(oracle, peer, said.append))
    thread.start()
    peers.wait_for_chief(peer)
    return thread


def test_the_trial_of_a_lost_worker_is_anothers_and_the_chief_ends(machines, tmp_path):
    wanted, said, ended = plan(SPACE, trials=5), [], []
    oracle = oracles.make_oracle(
        wanted, tmp_path, on_end=lambda oracle, trial: ended.append(trial.trial_id)
    )
    chief = serve(machines, oracle, said)

    def peer(name):
        return peers.Peer(name, "127.0.0.1", machines.port)

    with machines.module.Chief(peer("lost"), wanted.digest()) as lost:
        taken = lost.create_trial("lost").trial_id
    with machines.module.Chief(peer("slow"), wanted.digest()) as other:
        for trial in machines.module.trials(other, "slow"):
            if not ended:
                time.sleep(2)  # longer than anybody's patience, but its pulse is felt
            oracle_score = float(trial.hyperparameters.values["units"])
            other.update_trial(trial.trial_id, {"score": oracle_score}, step=1)
            trial.status = "COMPLETED"
            other.end_trial(trial)
    chief.join(timeout=10)
    assert not chief.is_alive()
    assert sorted(ended) == ["0", "1", "2", "3", "4"]
    assert taken in ended
    assert [line for line in said if "given back" in line] == [
        f"lost has not called for 1.0 s: trial {taken} is given back"
    ]


def test_a_worker_with_other_settings_is_turned_away(machines, tmp_path):
    wanted, said = plan(SPACE, trials=1), []
    chief = serve(machines, oracles.make_oracle(wanted, tmp_path, on_end=print), said)
    peer = peers.Peer("worker", "127.0.0.1", machines.port)
    wrong = machines.module.Chief(peer, plan(SPACE, trials=1, epochs=99).digest())
    with pytest.raises(BadInput, match="other settings"):
        wrong.__enter__()
    with machines.module.Chief(peer, wanted.digest()) as right:
        for trial in machines.module.trials(right, "worker"):
            trial.status, trial.message = "FAILED", "nothing to do"
            right.end_trial(trial)
    chief.join(timeout=10)
    assert not chief.is_alive()


def test_an_error_in_the_oracle_ends_the_chief(machines, tmp_path):
    oracle = oracles.make_oracle(plan(SPACE), tmp_path, on_end=print)
    oracle.populate_space = lambda trial_id: 1 / 0
    peer = peers.Peer("chief", "127.0.0.1", machines.port)
    with machines.module.futures.ThreadPoolExecutor() as pool:
        served = pool.submit(machines.module.serve, oracle, peer, lambda text: None)
        peers.wait_for_chief(peer)
        chief = machines.module.Chief(peer, plan(SPACE).digest())
        with chief, pytest.raises(RunFailed, match="does not answer any more"):
            chief.create_trial("worker")
        with pytest.raises(ZeroDivisionError):
            served.result(timeout=10)


@pytest.mark.slow
def test_a_killed_workers_trial_is_run_by_the_other(tmp_path):
    """Real processes on loopback: a chief and two workers, one of which is killed at work."""
    (port,) = free_ports(1)
    arguments = arguments_for(tmp_path, trials=4, epochs=60)
    arguments += ["--output", str(tmp_path / "search")]
    chief = start(arguments, "chief", port)
    workers = [start(arguments, f"worker-{i}", port) for i in (1, 2)]
    trials, until = tmp_path / "search" / "trials", time.monotonic() + SECONDS
    while len(list(trials.glob("*/history.csv"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    workers[0].kill()
    out, err = chief.communicate(timeout=SECONDS)
    assert chief.returncode == 0, err
    assert workers[1].wait(timeout=20) == 0, workers[1].communicate()
    assert "worker-1 has not called for 15 s" in err
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["status"] for row in rows] == ["completed"] * 4
    assert len({row["trial"] for row in rows}) == 4


@pytest.mark.slow
def test_a_worker_ends_soon_after_its_chief(tmp_path):
    (port,) = free_ports(1)
    arguments = arguments_for(tmp_path, trials=2, epochs=100_000)
    arguments += ["--output", str(tmp_path / "search")]
    chief, worker = start(arguments, "chief", port), start(arguments, "worker-1", port)
    until = time.monotonic() + SECONDS
    while not list(tmp_path.rglob("history.csv")) and time.monotonic() < until:
        time.sleep(0.05)
    chief.kill()
    chief.communicate()
    _, err = worker.communicate(timeout=40)
    assert worker.returncode == 1
    assert err.splitlines()[-1].startswith(f"kerasrnn: the chief at 127.0.0.1:{port} does not ans")
