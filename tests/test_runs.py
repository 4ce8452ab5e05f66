"""The run directory: made once, read back, and answered for when it is damaged."""

import json
import zipfile
from collections import Counter

import keras
import numpy as np
import pytest

from kerasrnn.errors import BadInput
from kerasrnn.runs import Run
from kerasrnn.transforms.vocabulary import Vocabulary

ARRAYS = {
    "model/0": np.arange(6, dtype=np.float32).reshape(2, 3),
    "optimizer/0": np.array(7, np.int64),
    "carry/0": np.zeros((1, 0), np.float32),
}
META = {"epoch": 3, "best": None, "history": [{"epoch": 1, "loss": 0.25}]}


@pytest.fixture
def run(tmp_path):
    run = Run.create(str(tmp_path / "run"), "sentiment")
    run.save_config("task: sentiment\nunits: 3\n")
    return run


def test_a_run_is_made_in_the_folder_named(tmp_path):
    run = Run.create(str(tmp_path / "a" / "b"), "sentiment")
    assert run.folder == tmp_path / "a" / "b"
    assert run.folder.is_dir()
    assert Run.create(str(run.folder), "sentiment").folder == run.folder  # still empty


def test_runs_without_a_name_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = [Run.create("", task).folder for task in ("sentiment", "sentiment", "forecasting")]
    assert [f.as_posix() for f in folders] == [
        "runs/sentiment-1",
        "runs/sentiment-2",
        "runs/forecasting-1",
    ]


def test_a_folder_with_a_run_is_refused_with_what_to_do(run):
    with pytest.raises(
        BadInput, match=rf"holds another run; go on with it by --resume {run.folder}"
    ):
        Run.create(str(run.folder), "sentiment")


def test_a_folder_with_anything_else_is_refused(tmp_path):
    (tmp_path / ".hidden").touch()
    with pytest.raises(BadInput, match="is not empty; name another --output"):
        Run.create(str(tmp_path), "sentiment")
    assert not (tmp_path / "config.yaml").exists()


@pytest.mark.parametrize("inside", ["", "/deeper"])
def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, inside):
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="is a file; name a folder for --output"):
        Run.create(f"{tmp_path}/file{inside}", "sentiment")


def test_only_a_folder_with_settings_is_a_run(tmp_path, run):
    assert Run.open(run.folder).settings() == {"task": "sentiment", "units": 3}
    with pytest.raises(BadInput, match=r"it has no config\.yaml"):
        Run.open(tmp_path)
    with pytest.raises(BadInput, match="no such folder"):
        Run.open(tmp_path / "none")


def test_metrics_mark_a_run_as_finished(run):
    assert not run.finished
    run.save_metrics({"test": {"accuracy": 0.5}})
    assert run.finished
    assert run.metrics() == {"test": {"accuracy": 0.5}}


def test_the_history_is_a_table(run):
    run.save_history([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}])
    assert (run.folder / "history.csv").read_text() == "epoch,loss\n1,0.5\n2,0.25\n"


def test_the_environment_says_what_is_needed_to_repeat_the_figures(run):
    run.save_environment(seed=5, deterministic=True, device="a processor")
    environment = json.loads((run.folder / "environment.json").read_text())
    assert environment["seed"] == 5
    assert environment["deterministic"] is True
    assert environment["keras"] == keras.__version__
    assert {"kerasrnn", "tensorflow", "numpy", "python", "platform", "device"} <= set(environment)


def test_a_checkpoint_comes_back_to_the_last_bit(run):
    assert run.load_checkpoint() is None
    run.save_checkpoint(ARRAYS, META)
    arrays, meta = run.load_checkpoint()
    assert meta == META
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype
    run.save_checkpoint({}, {"epoch": 4})
    assert run.load_checkpoint() == ({}, {"epoch": 4})


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_truncated_checkpoint_is_named(run, share):
    run.save_checkpoint(ARRAYS, META)
    content = run.checkpoint_path.read_bytes()
    run.checkpoint_path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(BadInput, match=r"state\.npz is broken .*; delete it to begin"):
        run.load_checkpoint()


@pytest.mark.parametrize("content", [b"nonsense", b"\x80\x04pickle", b"PK\x03\x04"])
def test_a_checkpoint_that_is_none_is_named(run, content):
    run.checkpoint_path.parent.mkdir()
    run.checkpoint_path.write_bytes(content)
    with pytest.raises(BadInput, match=r"state\.npz is broken"):
        run.load_checkpoint()


def test_a_changed_byte_anywhere_in_a_checkpoint_is_no_crash(run):
    run.save_checkpoint(ARRAYS, META)
    content = run.checkpoint_path.read_bytes()
    refused = 0
    places = range(0, len(content), 3)
    for place in places:
        run.checkpoint_path.write_bytes(
            content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        )
        try:
            run.load_checkpoint()
        except BadInput:
            refused += 1
    assert refused > len(places) / 2


def test_a_checkpoint_without_its_meta_part_is_named(run):
    run.checkpoint_path.parent.mkdir()
    np.savez(run.checkpoint_path, a=np.zeros(2))
    with pytest.raises(BadInput, match=r"state\.npz is broken"):
        run.load_checkpoint()


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])


def test_a_model_comes_back(run, model):
    run.save_model(model)
    x = np.ones((1, 2), np.float32)
    np.testing.assert_array_equal(run.load_model()(x), model(x))


def test_a_run_without_a_model_says_so(run):
    with pytest.raises(BadInput, match=r"has no model\.keras yet; go on with --resume"):
        run.load_model()


def test_a_truncated_model_is_named(run, model):
    run.save_model(model)
    content = run.model_path.read_bytes()
    run.model_path.write_bytes(content[:1000])
    with pytest.raises(BadInput, match=r"model\.keras is broken: it is 1000 bytes"):
        run.load_model()


@pytest.mark.parametrize("missing", ["config.json", "model.weights.h5"])
def test_a_model_without_one_of_its_parts_is_named(run, model, missing):
    run.save_model(model)
    with zipfile.ZipFile(run.model_path) as file:
        parts = {name: file.read(name) for name in file.namelist() if name != missing}
    with zipfile.ZipFile(run.model_path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    with pytest.raises(BadInput, match=r"model\.keras cannot be loaded: ."):
        run.load_model()


def test_an_error_without_a_message_is_named_all_the_same(run, model, monkeypatch):
    def broken(*arguments, **settings):
        raise AssertionError

    run.save_model(model)
    monkeypatch.setattr(keras.models, "load_model", broken)
    with pytest.raises(BadInput, match=r"model\.keras cannot be loaded: AssertionError"):
        run.load_model()


def test_code_hidden_in_a_model_is_refused(run):
    x = keras.Input((2,))
    run.save_model(keras.Model(x, keras.layers.Lambda(lambda x: x + 1)(x)))
    with pytest.raises(BadInput, match=r"model\.keras cannot be loaded: .*(Lambda|lambda)"):
        run.load_model()


def test_what_a_kill_left_before_the_run_began_is_no_obstacle(tmp_path):
    (tmp_path / ".writing-abc.yaml").write_text("half")
    assert Run.create(str(tmp_path), "sentiment").folder == tmp_path


def test_data_that_has_changed_since_training_is_told(run):
    then = Vocabulary.fit(Counter("aab"))
    then.save(run.transforms_folder)
    run.check_transforms({"text": Vocabulary.fit(Counter("aab"))})
    with pytest.raises(BadInput, match=r"not what it was trained on: .*vocabulary.txt is another"):
        run.check_transforms({"text": Vocabulary.fit(Counter("abb"))})
