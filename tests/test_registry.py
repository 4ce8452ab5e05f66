"""A folder of modules is a registry."""

import sys

import keras
import pytest

from kerasrnn.errors import BadInput
from kerasrnn.registry import CELLS, TASKS, Registry


def test_the_names_are_those_of_the_files():
    assert {"gru", "lstm", "simple_rnn"} <= set(CELLS.names())
    assert {"sentiment", "text_generation", "forecasting"} <= set(TASKS.names())
    assert CELLS.names() == sorted(CELLS.names())
    assert not any(name.startswith("_") for name in CELLS.names() + TASKS.names())


@pytest.mark.parametrize("spelling", ["text_generation", "text-generation", " Text-Generation "])
def test_a_name_may_be_spelled_otherwise(spelling):
    assert TASKS.check(spelling) == "text_generation"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lsmt", r"unknown cell 'lsmt'; choose from gru, .*\(did you mean lstm\?\)"),
        ("qqq", r"unknown cell 'qqq'; choose from gru, .*simple_rnn$"),
        ("", r"unknown cell ''"),
        ("__init__", r"unknown cell '__init__'"),
        (None, r"unknown cell 'None'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_choices(name, message):
    with pytest.raises(BadInput, match=message):
        CELLS.check(name)


def test_loading_gives_what_the_module_defines():
    assert issubclass(CELLS.load("GRU"), keras.layers.GRU)


@pytest.mark.parametrize("registry", [CELLS, TASKS], ids=["cells", "tasks"])
def test_every_entry_has_a_summary_and_what_it_promises(registry):
    for name in registry.names():
        assert len(registry.summary(name)) > 20
        assert isinstance(registry.load(name), type)


def test_a_file_put_into_the_folder_is_found_without_being_imported(tmp_path, monkeypatch):
    registry = Registry("kerasrnn.cells_of_a_test", "CELL", "cell")
    monkeypatch.setattr(registry, "_folder", tmp_path)
    (tmp_path / "peephole.py").write_text('"""Peeps.\n\nMore."""\nraise SystemExit\n')
    (tmp_path / "bare.py").write_text("CELL = 1\n")
    (tmp_path / "_helper.py").write_text("")
    (tmp_path / "notes.txt").write_text("")
    assert registry.names() == ["bare", "peephole"]
    assert registry.summary("peephole") == "Peeps."
    assert registry.summary("bare") == ""
    assert "kerasrnn.cells_of_a_test.peephole" not in sys.modules
