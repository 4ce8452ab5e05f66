"""Exported models in the place of a run's network."""

import json
import shutil

import numpy as np
import pytest
import yaml

from kerasrnn.errors import BadInput
from kerasrnn.export import folders
from kerasrnn.export.answers import AnswerNetwork, ExportedModel, find_exported, settings_files
from kerasrnn.opening import open_run, task_of
from kerasrnn.runs import Run


@pytest.fixture
def copy(exported_text, tmp_path):
    folder = tmp_path / "m"
    shutil.copytree(exported_text.folder, folder)
    return folder


def test_a_folder_a_version_and_a_file_are_found(exported_text):
    folder = exported_text.folder
    for path in (folder, folder / "1", str(folder)):
        found = find_exported(path)
        assert found.path == folder / "1"
        assert not found.lite
    found = find_exported(folder / "m.tflite")
    assert found.path == folder / "m.tflite"
    assert found.lite


def test_the_newest_whole_version_is_taken(copy):
    shutil.copytree(copy / "1", copy / "10")
    shutil.copytree(copy / "1", copy / "9")
    (copy / "11").mkdir()
    assert find_exported(copy).path == copy / "10"


def test_a_run_is_no_exported_model(exported_text, tmp_path):
    assert find_exported(exported_text.run) is None
    assert find_exported(tmp_path) is None
    assert find_exported(tmp_path / "none") is None


def test_a_run_that_was_exported_into_itself_stays_a_run(exported_text, tmp_path):
    shutil.copytree(exported_text.run, tmp_path / "run")
    shutil.copytree(exported_text.folder / "1", tmp_path / "run" / "1")
    assert find_exported(tmp_path / "run") is None
    assert find_exported(tmp_path / "run" / "1").path == tmp_path / "run" / "1"


def test_the_model_of_another_program_is_refused(copy):
    shutil.rmtree(copy / "1" / folders.SETTINGS)
    with pytest.raises(BadInput, match="was not made by kerasrnn export"):
        find_exported(copy)


@pytest.mark.parametrize("name", ["export.json", "config.yaml"])
@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[1]", b"a: [", b""])
def test_settings_that_are_broken_are_named(name, content):
    read = {"export.json": ExportedModel.about, "config.yaml": ExportedModel.settings}[name]
    with pytest.raises(BadInput, match=rf"m\.tflite: its {name} is"):
        read(ExportedModel("m.tflite", {name: content}))
    with pytest.raises(BadInput, match=rf"its {name} is missing"):
        read(ExportedModel("m.tflite", {}))


def test_files_with_strange_names_are_written_nowhere(exported_text, tmp_path, monkeypatch):
    """The archive inside a file from elsewhere may hold anything."""
    good = find_exported(exported_text.folder / "m.tflite")
    inside = tmp_path / "a" / "b" / "c"
    inside.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(inside))
    monkeypatch.chdir(inside)
    strange = ["transforms/../../evil", "../evil", str(tmp_path / "evil"), "transforms/x/evil"]
    strange += ["transforms/..", "transforms/", "evil"]
    model = ExportedModel(good.path, {**good.files, **dict.fromkeys(strange, b"evil")})
    _, task = task_of(model.settings(), "m")
    try:
        text = model.transforms(task)["text"]
    except (BadInput, OSError):
        text = None  # refused altogether: as good
    assert not [p for p in tmp_path.rglob("*") if "evil" in p.name]
    assert list(inside.iterdir()) == []
    assert text is None or len(text.vocabulary) > 2


def test_a_broken_saved_model_is_named(copy):
    (copy / "1" / "saved_model.pb").write_bytes(b"no graph")
    with pytest.raises(BadInput, match="1 cannot be loaded: "):
        find_exported(copy).model()


def test_lost_variables_are_told(copy):
    shutil.rmtree(copy / "1" / "variables")
    with pytest.raises(BadInput, match="1 cannot be loaded: "):
        find_exported(copy).model()


@pytest.mark.parametrize("place", ["1", "m.tflite"])
def test_an_exported_network_gives_what_the_runs_gives(exported_text, place):
    from kerasrnn.network import Network

    run, _, task = open_run(str(exported_text.run))
    transforms = task.load_transforms(run.transforms_folder)
    model = task.training_model(run.load_model(), transforms)
    network = Network(task, model)
    exported = AnswerNetwork(task, find_exported(exported_text.folder / place).model(), transforms)
    batches = task.prepare().valid.take(3)
    ours, theirs = list(exported.outputs(batches)), list(network.outputs(batches))
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one[0], other[0], rtol=1e-4, atol=1e-5)
        for mine, yours in zip(one[1:], other[1:], strict=True):
            np.testing.assert_array_equal(mine, yours)
    ids = next(iter(batches))[0]
    np.testing.assert_allclose(exported(ids), network(ids), rtol=1e-4, atol=1e-5)


def test_nothing_is_told_of_where_the_data_was(exported_text):
    run = Run(exported_text.run)
    given = settings_files(run, {"format": folders.FORMAT})
    assert yaml.safe_load(given["config.yaml"])["data"] == "text.txt"
    settings = yaml.safe_load((run.folder / "config.yaml").read_text())
    assert len(settings["data"]) > len("text.txt")
    kept = yaml.safe_load(given["config.yaml"])
    assert {**kept, "data": ""} == {**settings, "data": ""}
    assert json.loads(given["export.json"]) == {"format": folders.FORMAT}
    names = {f"transforms/{path.name}" for path in run.transforms_folder.iterdir()}
    assert set(given) == {"export.json", "config.yaml", *names}
