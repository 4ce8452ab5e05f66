"""What the program says of cuDNN, and why."""

import importlib

import keras
import pytest
import tensorflow as tf

from kerasrnn.layers.cudnn import _layer_reason, report
from kerasrnn.layers.stack import Stack


def model(stack):
    x = keras.Input((None, 2))
    return keras.Model(x, stack(x)[0])


@pytest.fixture
def gpu(monkeypatch):
    """As on a machine that has one."""
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: ["GPU:0"])
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: True)


def test_without_a_gpu_it_is_off(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])
    assert report(model(Stack("gru", 2))) == "cuDNN: off, because there is no GPU"


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_with_a_gpu_it_is_on_for_stacks_of_every_kind(cell):
    assert report(model(Stack(cell, 2, layers=2, bidirectional=True))) == "cuDNN: on"


@pytest.mark.usefixtures("gpu")
def test_a_simple_cell_within_a_stack_is_named():
    text = report(model(Stack("simple_rnn", 2, bidirectional=True)))
    assert text.startswith("cuDNN: off, because ")
    assert text.endswith("is a SimpleRNN, for which cuDNN is not called")


@pytest.mark.usefixtures("gpu")
def test_xla_turns_it_off():
    assert "--jit-compile" in report(model(Stack("gru", 2)), jit_compile=True)


@pytest.mark.usefixtures("gpu")
def test_a_build_without_cuda_turns_it_off(monkeypatch):
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: False)
    assert "built without CUDA" in report(model(Stack("gru", 2)))


@pytest.mark.parametrize(
    ("kind", "settings", "reason"),
    [
        (keras.layers.LSTM, {}, ""),
        (keras.layers.GRU, {}, ""),
        (keras.layers.LSTM, {"activation": "relu"}, "in x activation is not tanh"),
        (keras.layers.GRU, {"recurrent_activation": "tanh"}, "recurrent activation is not sigm"),
        (keras.layers.GRU, {"recurrent_dropout": 0.1}, "recurrent dropout is used"),
        (keras.layers.LSTM, {"unroll": True}, "it is unrolled"),
        (keras.layers.LSTM, {"use_bias": False}, "it has no bias"),
        (keras.layers.GRU, {"reset_after": False}, "reset_after is off"),
        (keras.layers.SimpleRNN, {}, "x is a SimpleRNN"),
    ],
)
def test_every_condition_has_its_reason(kind, settings, reason):
    said = _layer_reason(kind(2, name="x", **settings))
    assert reason in said
    assert bool(said) == bool(reason)


def test_the_reasons_are_those_of_keras(monkeypatch):
    """Where the module sees no reason, Keras would call cuDNN, were there a GPU."""
    backend = importlib.import_module("keras.src.backend.tensorflow.rnn")
    monkeypatch.setattr(backend, "_is_gpu_available", lambda: True)
    for kind, extra in ((keras.layers.LSTM, {}), (keras.layers.GRU, {"reset_after": True})):
        for settings in ({}, {"activation": "relu"}, {"unroll": True}, {"use_bias": False}):
            layer = kind(2, **settings)
            arguments = (layer.activation, layer.recurrent_activation, layer.unroll, layer.use_bias)
            supported = backend.cudnn_ok(*arguments, **extra)
            assert supported == (not _layer_reason(layer))
