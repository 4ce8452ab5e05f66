""" "hello world" learned by heart, with every cell, without TensorFlow."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

from kerasrnn.reference import hello
from kerasrnn.reference.cells import CELLS
from kerasrnn.reference.optimizers import OPTIMIZERS


def lines(capsys, *arguments):
    assert hello.main(arguments) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("seed", ["1", "2", "3"])
@pytest.mark.parametrize("cell", CELLS)
def test_hello_world_is_learned_and_written_exactly(cell, seed, capsys):
    *losses, greedy, _, _, _ = lines(capsys, "--cell", cell, "--seed", seed)
    assert greedy == "greedy:  hello world"
    assert losses[0].startswith("update    0  loss 2.")
    assert float(losses[-1].split()[3]) < 0.01
    assert len(losses) == hello.REPORTS + 1


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_optimizer_learns_it(cell, optimizer, capsys):
    out = lines(capsys, "--cell", cell, "--optimizer", optimizer, "--embedding", "16")
    assert "greedy:  hello world" in out


def test_samples_are_drawn_and_cold_ones_are_the_text(capsys):
    few = ("--updates", "1")
    *_, greedy, first, second, third = lines(capsys, *few, "--temperature", "1")
    assert len({first, second, third}) == 3
    cold = lines(capsys, *few, "--temperature", "0.0001")[-3:]
    assert cold == [greedy.replace("greedy: ", "sampled:")] * 3


def test_the_seed_decides_everything(capsys):
    first, same, other = (lines(capsys, "--updates", "1", "--seed", s) for s in "112")
    assert first == same
    assert not {first[0], *first[3:]} & {other[0], *other[3:]}


def test_the_gradients_are_checked_on_demand(capsys):
    out = lines(capsys, "--check", "--updates", "1", "--units", "4", "--embedding", "3")
    checks = [line for line in out if line.startswith("gradient of ")]
    assert len(checks) == 6
    assert all(float(line.split()[-1]) < 1e-6 for line in checks)


def test_other_texts_and_their_end(capsys):
    assert "greedy:  abcabcabcd" in lines(capsys, "--text", "abcabcabcd")


def test_a_network_that_never_ends_is_stopped(capsys, monkeypatch):
    monkeypatch.setattr(hello.Network, "write", lambda *_, **settings: itertools.repeat(1))
    out = lines(capsys, "--text", "aha", "--updates", "1")
    assert [line.count("a") for line in out[-3:]] == [16 + 1] * 3  # the last in "sampled"


def test_characters_come_back_up_to_the_end():
    characters = hello.Characters("hello")
    assert len(characters) == 5
    ids = characters.encode("hello")
    np.testing.assert_array_equal(ids, [[0, 2, 1, 3, 3, 4, 0]])
    assert characters.decode(ids[0, 1:]) == "hello"
    assert characters.decode([2, 0, 1]) == "h"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--text", ""], 2, "--text is empty"),
        (["--learning-rate", "0"], 2, "--learning-rate 0.0 is not above 0"),
        (["--learning-rate", "nan"], 2, "--learning-rate nan is not above 0"),
        (["--clip-norm", "-1"], 2, "--clip-norm -1.0 is not above 0"),
        (["--updates", "0"], 2, "--updates 0 is not above 0"),
        (["--seed", "-1"], 2, "--seed -1 is negative"),
        (["--units", "0"], 2, "units must be at least 1"),
    ],
)
def test_bad_settings_are_one_line(arguments, status, message, capsys):
    assert hello.main(arguments) == status
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_loss_that_is_no_number_ends_the_run(capsys):
    assert hello.main(["--optimizer", "sgd", "--learning-rate", "1e308"]) == 1
    assert "lower --learning-rate" in capsys.readouterr().err


def test_it_runs_as_a_module_and_without_tensorflow():
    code = (
        "import runpy, sys\n"
        "sys.argv = ['hello', '--updates', '1']\n"
        "try:\n"
        "    runpy.run_module('kerasrnn.reference.hello', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "greedy:" in run.stdout
