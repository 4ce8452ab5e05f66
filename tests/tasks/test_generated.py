"""The toy problems: what is drawn, what is trivial, what is read, what is told."""

import json
import math

import numpy as np
import pytest
from small_runs import small_config

from kerasrnn import cli, commands
from kerasrnn.errors import BadInput
from kerasrnn.network import Network
from kerasrnn.registry import TASKS

NAMES = ("running_sum", "adding", "copy")
FEW = {"examples": 64, "held_out": 2000, "units": 4}


def make(name, **settings):
    kind = TASKS.load(name)
    return kind(kind.config_type(**{**FEW, **settings}))


def rows(batches):
    """Bytes of every sequence's numbers, so that they can be compared."""
    found = set()
    for inputs, *_ in batches:
        values = inputs["values"] if isinstance(inputs, dict) else inputs
        found |= {np.trim_zeros(row.numpy().ravel(), "b").tobytes() for row in values}
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_epoch_has_new_sequences_and_no_part_those_of_another(name):
    sizes = {"symbols": 12, "gap": 3} if name == "copy" else {"steps": 20}
    prepared = make(name, **sizes, vary=False, held_out=50).prepare()
    parts = [prepared.train(0), prepared.train(1), prepared.valid, prepared.test]
    found = [rows(part) for part in parts]
    assert list(map(len, found)) == [64, 64, 50, 50]
    assert len(set.union(*found)) == sum(map(len, found))
    assert rows(prepared.train(1)) == found[1]
    other = make(name, **sizes, vary=False, held_out=50, seed=2).prepare()
    assert not rows(other.train(0)) & found[0]


def test_always_answering_the_mean_sum_costs_a_sixth():
    baseline = make("adding", steps=9, held_out=20_000).prepare().baselines["mean sum"]
    assert baseline["mse"] == pytest.approx(1 / 6, rel=0.03)


@pytest.mark.parametrize("vary", [True, False])
def test_copying_without_a_memory_costs_what_the_paper_says(vary):
    prepared = make("copy", symbols=10, alphabet=8, gap=30, vary=vary).prepare()
    baseline = prepared.baselines["no memory"]
    assert baseline["loss"] == pytest.approx(10 * math.log(8) / (30 + 20), rel=1e-9)
    assert baseline["accuracy"] == 1 / 8
    assert baseline["sequence_accuracy"] == pytest.approx(8.0**-10)
    assert prepared.transforms["seen"].longest <= 50


def test_the_trivial_running_sums_are_those_of_a_slow_loop():
    task = make("running_sum", steps=4)
    prepared = task.prepare()
    deviation = prepared.transforms["scaler"].deviation
    own, zero = [], []
    for values, target, weights in prepared.test:
        for row, sums, real in zip(values.numpy(), target.numpy(), weights.numpy(), strict=True):
            total = 0.0
            for value, true, here in zip(row[:, 0], sums[:, 0], real, strict=True):
                if here:
                    total += value * deviation[0]
                    assert true * deviation[1] == pytest.approx(total, abs=1e-4)
                    own.append((value * deviation[0] - total) ** 2)
                    zero.append(total**2)
    assert prepared.baselines["the number itself"]["mse"] == pytest.approx(np.mean(own), rel=1e-4)
    assert prepared.baselines["zero"]["mse"] == pytest.approx(np.mean(zero), rel=1e-4)


class Perfect:
    """A network that knows the answers, or nothing."""

    def __init__(self, task, right):
        self.task, self.right = task, right

    def outputs(self, batches):
        for _, target, *rest in batches:
            answer = target.numpy()
            if self.task.config_type.__name__ == "CopyConfig":
                answer = 50.0 * np.eye(12)[answer]
            yield (answer if self.right else np.zeros_like(answer)), target, *rest


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_score_as_right(name):
    task = make(name)
    prepared = task.prepare()
    scores = task.score(Perfect(task, True), prepared.valid, prepared.transforms)
    assert scores[task.monitor] == pytest.approx(0, abs=1e-6)
    assert scores.get("accuracy", 1) == scores.get("sequence_accuracy", 1) == 1
    wrong = task.score(Perfect(task, False), prepared.valid, prepared.transforms)
    assert wrong[task.monitor] > 0.1
    assert wrong.get("accuracy", 0) < 0.2


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A small run of each problem."""
    folder = tmp_path_factory.mktemp("toys")
    for name in NAMES:
        config = small_config(name, folder, epochs=1)
        commands.train(name, config, output=str(folder / name), as_json=True)
    return folder


def call(capsys, *arguments):
    capsys.readouterr()
    status = cli.main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("running_sum", "3 5", {"numbers": [3, 5]}),
        ("running_sum", "-3", {"numbers": [-3]}),
        ("adding", "0.3* 0.1, 0.5* 0.2", {"sequence": "0.3* 0.1 0.5* 0.2"}),
        ("copy", "a b . c #", {"sequence": "a b . c #"}),
    ],
)
def test_a_sequence_is_answered(trained, capsys, name, text, said):
    status, out, _ = call(capsys, "predict", trained / name, text, "--json")
    answer = json.loads(out)
    assert status == 0
    assert answer.items() >= said.items()
    [other] = answer.keys() - said.keys()
    sizes = {"running_sum": len(text.split()), "copy": 3}
    if name == "adding":
        assert isinstance(answer[other], float)
    else:
        answers = answer[other].split() if name == "copy" else answer[other]
        assert len(answers) == sizes[name]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("running_sum", " ".join(["1"] * 300)),
        ("adding", "1* " + "0.5 " * 300 + "1*"),
        ("copy", "a b c " + ". " * 300 + "#"),
    ],
)
def test_what_is_longer_than_any_in_training_is_answered_with_a_warning(
    trained, capsys, name, text
):
    status, out, err = call(capsys, "predict", trained / name, text, "--json")
    assert status == 0
    assert json.loads(out)
    assert "steps, and none in training took more than" in err


def test_a_number_larger_than_any_in_training_is_answered_with_a_warning(trained, capsys):
    status, _, err = call(capsys, "predict", trained / "running_sum", "1 -50")
    assert status == 0
    assert "the number 50 is larger than any in training (9)" in err


BROKEN = [
    ("running_sum", "", "nothing there"),
    ("running_sum", "3 five", "column 3: 'five' is no number"),
    ("running_sum", "3 nan", "'nan' is no number"),
    ("running_sum", "1e999", "'1e999' is no number"),
    ("running_sum", "1_0", "'1_0' is no number"),
    ("adding", "0.3* 0.1", "1 numbers are marked, and 2 must be"),
    ("adding", "1* 2* 3*", "3 numbers are marked"),
    ("adding", "1* * 3*", "column 4: '' is no number"),
    ("copy", "a b c", "no #, which asks for the copy"),
    ("copy", "# a", "column 1: # must be the last word"),
    ("copy", "a # b #", "column 3: # must be the last word"),
    ("copy", ". . #", "nothing to copy before the #"),
    ("copy", "a z #", "symbol 'z' was never seen in training; known are a b c"),
]


@pytest.mark.parametrize(("name", "text", "says"), BROKEN)
def test_a_broken_sequence_is_refused(trained, capsys, tmp_path, name, text, says):
    status, out, err = call(capsys, "predict", trained / name, text)
    assert (status, out) == (2, "")
    assert says in err
    assert "sequence 1" in err
    good = {"running_sum": "1 2", "adding": "1* 2*", "copy": "a #"}[name]
    (tmp_path / "x.txt").write_text(f"{good}\n{text}\n")
    for command in (["predict", "--input"], ["evaluate", "--data"]):
        status, _, err = call(capsys, command[0], trained / name, command[1], tmp_path / "x.txt")
        assert status == 2
        assert "x.txt: line 2" in err
        assert says in err


@pytest.mark.parametrize("name", NAMES)
def test_nothing_at_all_is_refused(trained, capsys, tmp_path, name):
    status, _, err = call(capsys, "predict", trained / name)
    assert status == 2
    assert "nothing to answer: give sequences such as" in err
    (tmp_path / "x.txt").write_text("")
    status, _, err = call(capsys, "predict", trained / name, "--input", tmp_path / "x.txt")
    assert status == 2
    assert "x.txt: the file is empty" in err


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"dataset": "mnist"}, "the sequences of this task are generated: give --data FILE"),
        ({"data": "x.txt", "examples": 5}, "--examples is for generated sequences"),
        ({"data": "x.txt", "gap": 9}, "--gap is for generated sequences"),
        ({"data": "x.txt", "vary": False}, "--vary is for generated sequences"),
        ({"expected_span": 9, "cell": "simple_rnn"}, "simple_rnn has none"),
        ({"expected_span": 1}, "--expected-span 1 is no memory"),
        ({"alphabet": 27}, "--alphabet 27 is too large"),
    ],
)
def test_settings_that_would_not_act_are_refused(settings, says):
    with pytest.raises(BadInput, match=says):
        TASKS.load("copy").config_type(**settings)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_too_short_to_cut_is_refused_and_given_parts_are_taken(tmp_path, name):
    config = small_config(name, tmp_path)
    lines = (tmp_path / config.data).read_text().splitlines()
    few, other = tmp_path / "few.txt", tmp_path / "other.txt"
    few.write_text("\n".join(lines[:9]))
    other.write_text("\n".join(lines[:3]))
    kind = TASKS.load(name)
    with pytest.raises(BadInput, match=r"few.txt: 9 sequences are too few"):
        kind(kind.config_type(data=str(few))).check_data()
    given = {"valid_data": str(other), "test_data": str(other)}
    prepared = kind(kind.config_type(data=str(few), **given)).prepare()
    sizes = [sum(len(y) for _, y, *_ in p) for p in (prepared.train(0), prepared.valid)]
    assert sizes == [9, 3]


def test_the_answer_for_a_sequence_does_not_depend_on_its_batch(monkeypatch):
    task = make("adding", steps=12, held_out=50)
    prepared = task.prepare()
    network = Network(task, task.build_model(prepared.transforms))
    texts = ["1* 0.5*", "0.1 " * 9 + "1* 0.5*", "0.2* 0.1 0.9*"]
    together = task.predict(network, prepared.transforms, texts, "").rows
    for text, row in zip(texts, together, strict=True):
        [alone] = task.predict(network, prepared.transforms, [text], "").rows
        assert alone["sum"] == pytest.approx(row["sum"], abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_two_numbers_are_added_over_two_hundred_steps(tmp_path, cell):
    config = TASKS.load("adding").config_type(
        cell=cell,
        steps=200,
        vary=False,
        expected_span=200,
        examples=12_800,
        batch_size=64,
        epochs=7,
    )
    commands.train("adding", config, output=str(tmp_path / "run"), as_json=True)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["test"]["mse"] < 1e-3
    assert metrics["baseline"]["mse"] == pytest.approx(1 / 6, rel=0.1)
