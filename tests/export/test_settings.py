"""What cannot be exported is refused before anything is loaded."""

import itertools

import pytest

from kerasrnn.errors import BadInput
from kerasrnn.export.settings import FIXED, FORMATS, QUANTIZE, RNN, ExportSettings


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"formats": ()}, "--format is empty; choose from saved_model, tflite"),
        ({"formats": ("onnx",)}, "unknown --format 'onnx'; choose from saved_model, tflite"),
        ({"formats": ("tflite", "tflite")}, "--format names 'tflite' twice"),
        ({"quantize": ()}, "--quantize is empty"),
        ({"quantize": ("int7",)}, "unknown --quantize 'int7'; choose from none, float16, dyn"),
        ({"quantize": ("none", "dynamic", "dynamic")}, "--quantize names 'dynamic' twice"),
        ({"rnn": "rolled"}, "unknown --rnn 'rolled'; choose from loop, fused, unrolled"),
        ({"version": -1}, "--version -1: versions begin at 1"),
        ({"version": 0}, "--version 0: versions begin at 1; leave it out"),
        ({"formats": ("tflite",), "version": 0}, "--version 0"),
        ({"steps": -1}, "--steps"),
        ({"formats": ("saved_model",), "quantize": ("dynamic",)}, "add tflite to --format"),
        ({"formats": ("saved_model",), "rnn": "unrolled"}, "add tflite to --format"),
        ({"formats": ("tflite",), "version": 2}, "add saved_model to --format"),
        ({"steps": 3}, "--steps goes with --rnn fused or unrolled"),
        ({"quantize": ("int8",)}, "--quantize int8 needs --rnn unrolled"),
        ({"quantize": ("none", "int8"), "rnn": "fused"}, "--quantize int8 needs --rnn unrolled"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, says):
    with pytest.raises(BadInput) as error:
        ExportSettings(**settings)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("rnn", "kind"), itertools.product(RNN, QUANTIZE))
def test_every_other_form_and_kind_is_taken(rnn, kind):
    if kind == "int8" and rnn != "unrolled":
        return
    steps = 3 if rnn in FIXED else 0
    assert ExportSettings(rnn=rnn, quantize=(kind,), steps=steps).forms() == ("graph", rnn)


def test_the_forms_are_those_of_the_formats():
    assert ExportSettings(formats=("saved_model",)).forms() == ("graph",)
    assert ExportSettings(formats=("tflite",), rnn="fused").forms() == ("fused",)
    assert ExportSettings(formats=FORMATS).forms() == ("graph", "loop")


def test_each_kind_has_a_file_name_of_its_own():
    settings = ExportSettings(quantize=("none", "float16", "dynamic"))
    names = [settings.file_name("m", kind) for kind in settings.quantize]
    assert names == ["m.tflite", "m_float16.tflite", "m_dynamic.tflite"]
    assert ExportSettings(quantize=("dynamic",)).file_name("m", "dynamic") == "m.tflite"
    settings = ExportSettings(quantize=("float16", "dynamic"))
    names = [settings.file_name("m", kind) for kind in settings.quantize]
    assert names == ["m_float16.tflite", "m_dynamic.tflite"]
