"""TFLite files run without TensorFlow, and what is not one is refused."""

import shutil
import zipfile

import numpy as np
import pytest

from kerasrnn import cli
from kerasrnn.errors import BadInput
from kerasrnn.export import litert


@pytest.fixture(scope="module")
def whole(exported_text):
    return exported_text.folder / "m.tflite"


@pytest.mark.parametrize("read", [litert.LiteModel, litert.read_files])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot read .*m.tflite: No such file"),
        (b"", "m.tflite is no TFLite file"),
        (b"TFL3", "m.tflite is no TFLite file"),
        (b"PK\3\4 an archive of something else", "m.tflite is no TFLite file"),
        (b"\0\0\0\0TFL3 and nothing of the kind", "m.tflite (cannot be loaded|lacks its end)"),
    ],
)
def test_what_is_no_tflite_file_is_refused(tmp_path, read, content, says):
    if content is not None:
        (tmp_path / "m.tflite").write_bytes(content)
    with pytest.raises(BadInput, match=says) as error:
        read(tmp_path / "m.tflite")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("read", [litert.LiteModel, litert.read_files])
def test_a_folder_is_refused(tmp_path, read):
    with pytest.raises(BadInput, match=r"cannot read .*: Is a directory"):
        read(tmp_path)


def test_a_file_cut_short_is_refused(whole, tmp_path):
    content = whole.read_bytes()
    for share in (0.1, 0.5, 0.99):
        (tmp_path / "m.tflite").write_bytes(content[: int(share * len(content))])
        with pytest.raises(BadInput, match="lacks its end, or was not made"):
            litert.read_files(tmp_path / "m.tflite")


def test_a_file_made_by_another_program_is_refused(whole, tmp_path):
    with zipfile.ZipFile(whole) as archive:
        begin = min(item.header_offset for item in archive.infolist())
    bare = tmp_path / "bare.tflite"
    bare.write_bytes(whole.read_bytes()[:begin])
    with pytest.raises(BadInput, match="lacks its end, or was not made"):
        litert.read_files(bare)
    litert.LiteModel(bare)  # which is a good file all the same
    with zipfile.ZipFile(bare, "a") as archive:
        archive.writestr("labels.txt", "a label")
    with pytest.raises(BadInput, match="was not made by kerasrnn export"):
        litert.read_files(bare)


def test_an_archive_with_a_broken_file_is_refused(whole, tmp_path):
    with zipfile.ZipFile(whole) as archive:
        item = archive.getinfo("kerasrnn/config.yaml")
    content = bytearray(whole.read_bytes())
    place = item.header_offset + 30 + len(item.filename) + item.compress_size // 2
    content[place] ^= 0xFF
    (tmp_path / "m.tflite").write_bytes(content)
    with pytest.raises(BadInput, match="lacks its end, or was not made"):
        litert.read_files(tmp_path / "m.tflite")


def test_what_is_inside_is_what_predict_needs(whole, exported_text):
    files = litert.read_files(whole)
    transforms = {f"transforms/{p.name}" for p in (exported_text.run / "transforms").iterdir()}
    assert set(files) == {"export.json", "config.yaml", *transforms}
    for name in transforms:
        assert files[name] == (exported_text.run / name).read_bytes()


def test_a_model_takes_any_number_of_rows_and_steps(whole):
    model = litert.LiteModel(whole)
    assert model.steps is None
    assert not model.fixed
    for rows, steps in [(1, 1), (3, 4), (2, 9), (3, 4)]:
        shapes = {name: (rows, *(s for s in shape[1:])) for name, shape in model.shapes.items()}
        shapes["ids"] = (rows, steps)
        answers = model.answer({name: np.zeros(shape) for name, shape in shapes.items()})
        assert answers["logits"].shape[:2] == (rows, steps)


def test_a_name_is_as_good_as_a_path(whole, tmp_path, monkeypatch):
    shutil.copy(whole, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert litert.LiteModel("m.tflite").signature == "step"
    assert "export.json" in litert.read_files("m.tflite")


def test_a_file_of_fixed_steps_pads_and_refuses_what_is_longer(fused):
    model = litert.LiteModel(fused.folder / "m.tflite")
    assert model.fixed
    assert model.steps == model.shapes["ids"][1] == 5
    ids = np.array([[2, 3, 4, 0, 0], [5, 4, 3, 2, 2], [2, 0, 0, 0, 0]])
    whole = model.answer({"ids": ids})["logits"]
    assert whole.shape == (3, 2)
    assert len(np.unique(whole[:, 0])) == 3
    for given, rows in ((ids[:1, :3], [0]), (ids[2:, :1], [2])):
        np.testing.assert_array_equal(model.answer({"ids": given})["logits"], whole[rows])
    with pytest.raises(
        BadInput, match=r"takes 5 steps and a sequence has 6: .* --steps 6, or with"
    ):
        model.answer({"ids": np.ones((2, 6))})


# of each task: the run's settings, the file's steps, and what is too long for them
MACHINE = "\n".join(["unit,cycle,wear,load", *(f"1,{cycle},0.5,0" for cycle in range(12))])
LONGER = {
    "sentiment": ({}, 10, "fine " * 15, 15),
    "regression": ({"steps": 0}, 9, MACHINE, 12),
    "translation": ({"target_steps": 20, "steps": 20}, 6, "rot " * 7, 7),
}


@pytest.mark.slow
@pytest.mark.parametrize("task", LONGER)
def test_predict_refuses_what_a_file_of_fixed_steps_would_cut(task, exports, tmp_path, capsys):
    settings, steps, text, longest = LONGER[task]
    made = exports(task, settings, formats=("tflite",), rnn="unrolled", steps=steps)
    (tmp_path / "x.csv").write_text(text)
    asked = ["--input", str(tmp_path / "x.csv")] if "," in text else [text]
    assert cli.main(["predict", str(made.folder / "m.tflite"), *asked]) == 2
    says = f"this file takes {steps} steps and a sequence has {longest}: export the run with"
    assert says in capsys.readouterr().err


@pytest.mark.slow
def test_one_step_written_out_takes_any_number_of_rows(exports, capsys):
    made = exports("text_generation", {}, formats=("tflite",), rnn="unrolled")
    model = litert.LiteModel(made.folder / "m.tflite")
    assert model.shapes["ids"] == (-1, 1)
    assert model.steps == 1
    asked = ["--prompt", "ab", "--prompt", "cad", "--length", "12", "--json"]
    assert cli.main(["generate", str(made.folder / "m.tflite"), *asked]) == 0
    exported = capsys.readouterr().out
    assert cli.main(["generate", str(made.run), *asked]) == 0
    assert capsys.readouterr().out == exported


def test_a_request_is_cut_and_padded_to_steps_with_its_lengths():
    request = {
        "features": np.arange(12, dtype=np.float32).reshape(2, 3, 2),
        "lengths": np.array([3, 1], np.int32),
        "other": np.arange(2),
    }
    longer = litert.fit(request, 4)
    assert longer["features"].shape == (2, 4, 2)
    np.testing.assert_array_equal(longer["features"][:, :3], request["features"])
    assert not longer["features"][:, 3:].any()
    assert longer["lengths"].tolist() == [3, 1]
    shorter = litert.fit(request, 2)
    np.testing.assert_array_equal(shorter["features"], request["features"][:, :2])
    assert shorter["lengths"].tolist() == [2, 1]
    assert shorter["lengths"].dtype == np.int32
    assert shorter["other"] is request["other"]
    ids = litert.fit({"ids": np.ones((2, 3), np.int32)}, 5)["ids"]
    assert ids.tolist() == [[1, 1, 1, 0, 0]] * 2
