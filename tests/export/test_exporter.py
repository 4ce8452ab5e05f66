"""What cannot be proved gets no name."""

import json

import keras
import numpy as np
import pytest

from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.export import export, exporter, folders, verification
from kerasrnn.export.answers import find_exported


@pytest.fixture
def spoil(monkeypatch):
    """Makes the twins of networks differ a little from their originals."""

    def make(form, by):
        honest = exporter.for_inference

        def spoiled(model, wanted):
            twin = honest(model, wanted)
            if wanted == form:
                last = twin.weights[-1]
                last.assign(last + by * np.abs(np.asarray(last)).max())
            return twin

        monkeypatch.setattr(exporter, "for_inference", spoiled)

    return make


def test_a_network_that_answers_otherwise_is_not_exported(untrained, spoil, tmp_path):
    spoil("graph", 1e-3)
    folder, said = tmp_path / "m", []
    with pytest.raises(RunFailed, match=r"1 by tf\.saved_model\.load, serving_default: differs"):
        export(untrained("forecasting"), output=folder, formats=["saved_model"], say=said.append)
    assert not folder.exists()
    assert said == ["SavedModel: writing", "SavedModel: asking it in fresh processes"]


@pytest.mark.slow
def test_a_tflite_file_that_answers_otherwise_is_not_exported(untrained, spoil, tmp_path):
    spoil("loop", 1e-3)
    folder = tmp_path / "m"
    with pytest.raises(RunFailed, match=r"m\.tflite by LiteRT, serving_default: differs"):
        export(untrained("forecasting"), output=folder)
    assert not folder.exists()


@pytest.mark.slow
def test_a_quantised_file_that_lost_too_much_is_not_exported(untrained, spoil, tmp_path):
    spoil("loop", 10)
    how = {"formats": ["tflite"], "quantize": ["dynamic"]}
    with pytest.raises(RunFailed, match=r"m\.tflite: mse is .* try another --quantize"):
        export(untrained("forecasting"), output=tmp_path / "m", **how)
    assert not (tmp_path / "m").exists()


@pytest.mark.slow
def test_operators_that_tflite_has_not_are_refused(untrained, monkeypatch, tmp_path):
    honest = exporter.tflite.convert

    def convert(*arguments, **more):
        return {k: {**r, "flex": 1} for k, r in honest(*arguments, **more).items()}

    monkeypatch.setattr(exporter.tflite, "convert", convert)
    with pytest.raises(RunFailed, match=r"m\.tflite needs operators that TFLite has not"):
        export(untrained("forecasting"), output=tmp_path / "m", formats=["tflite"])
    assert not (tmp_path / "m").exists()


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_a_run_of_half_precision_is_exported_in_single(exports, precision):
    try:
        made = exports("forecasting", {"precision": precision, "cell": "lstm"})
        assert keras.mixed_precision.global_policy().name == "float32"
    finally:
        keras.mixed_precision.set_global_policy("float32")
    for part in (made.report["saved_model"], made.report["tflite"]["m.tflite"]):
        for loader in part["loaders"]:
            for figures in loader["endpoints"].values():
                assert figures["maximum_difference"] <= verification.TOLERANCE
    model = find_exported(made.folder).model()
    request = {n: np.ones([2, *s[1:]], np.float32) for n, s in model.shapes.items()}
    assert model.answer(request)["forecast"].dtype == np.float32


@pytest.mark.slow
def test_int8_is_proved_as_the_others_are(exports):
    how = {"formats": ("tflite",), "quantize": ("int8",), "rnn": "unrolled"}
    made = exports("sentiment", {"units": 32, "bidirectional": False, "steps": 5}, **how)
    [part] = made.report["tflite"].values()
    assert part["quantize"] == "int8"
    assert part["tolerance"] is None
    assert 1e-5 < part["loaders"][0]["endpoints"]["ids"]["maximum_difference"] < 0.3
    assert "QUANTIZE" in part["operators"]
    assert "WHILE" not in part["operators"]


def test_the_report_is_the_whole_proof(exported_text):
    report = exported_text.report
    written = json.loads((exported_text.folder / "verification.json").read_text())
    assert {"folder": str(exported_text.folder), **written} == report
    served = report["saved_model"]
    assert [loader["loader"] for loader in served["loaders"]] == [
        "tf.saved_model.load",
        "TensorFlow's C library",
    ]
    for loader in served["loaders"]:
        assert set(loader["endpoints"]) == {"serving_default", "step"}
    version = exported_text.folder / "1"
    size = sum(path.stat().st_size for path in version.rglob("*") if path.is_file())
    assert served["bytes"] == size
    for part in (served, *report["tflite"].values()):
        metric = part["metric"]
        assert metric["name"] == "loss"
        assert metric["after"] == pytest.approx(metric["before"], rel=0.01)
        assert metric["examples"] > 0


def test_what_predict_needs_says_how_it_was_made(exported_text):
    about = find_exported(exported_text.folder / "m_dynamic.tflite").about()
    assert about == {
        "format": folders.FORMAT,
        "name": "m",
        "numeric": "step",
        "quantize": "dynamic",
        "rnn": "loop",
        "metrics": None,
        "command": f"kerasrnn export {exported_text.run}",
    }


def test_a_name_of_a_run_is_the_name_of_its_export(untrained, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kerasrnn.export._export", lambda *arguments: {})
    run = untrained("forecasting")
    assert export(run) == {"folder": f"exported_models/{run.name}"}


def test_steps_where_their_number_is_fixed_anyway_are_refused(untrained, tmp_path):
    how = {"formats": ["tflite"], "rnn": "unrolled", "steps": 5}
    with pytest.raises(BadInput, match="--steps: this model always takes as many"):
        export(untrained("forecasting"), output=tmp_path / "m", **how)
    assert not (tmp_path / "m").exists()


def test_what_is_known_of_earlier_files_of_the_same_model_stays(untrained, tmp_path):
    run, folder = untrained("forecasting"), tmp_path / "m"
    served = export(run, output=folder, formats=["saved_model"])
    said = []
    for kind in ("none", "float16"):
        export(run, output=folder, formats=["tflite"], quantize=[kind], say=said.append)
    known = json.loads((folder / "verification.json").read_text(encoding="utf-8"))
    assert known["saved_model"] == json.loads(json.dumps(served["saved_model"]))
    assert list(known["tflite"]) == ["m.tflite"]
    assert known["tflite"]["m.tflite"]["quantize"] == "float16"
    assert any(line.endswith("m.tflite is replaced") for line in said)
    card = (folder / "model_card.md").read_text(encoding="utf-8")
    assert "| 1/ |" in card
    assert "| m.tflite |" in card
