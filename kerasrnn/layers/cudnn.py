"""Whether a model's recurrent layers run on cuDNN, and if not, why.

The conditions are those of Keras's TensorFlow backend (`keras/src/backend/tensorflow/rnn.py`).
"""

import keras
import tensorflow as tf

_RECURRENT = (keras.layers.LSTM, keras.layers.GRU)


def report(model: keras.Model, *, jit_compile: bool = False) -> str:
    """One line such as `cuDNN: on` or `cuDNN: off, because there is no GPU`."""
    reasons = _reasons(model, jit_compile)
    return f"cuDNN: off, because {reasons[0]}" if reasons else "cuDNN: on"


def _reasons(model: keras.Model, jit_compile: bool) -> list[str]:
    if not tf.config.list_physical_devices("GPU"):
        return ["there is no GPU"]
    if not tf.test.is_built_with_cuda():
        return ["this TensorFlow is built without CUDA"]
    if jit_compile:
        return ["XLA cannot compile it (--jit-compile)"]
    layers = [layer for layer in _flat(model) if isinstance(layer, keras.layers.RNN)]
    return [reason for layer in layers if (reason := _layer_reason(layer))]


def _layer_reason(layer: keras.layers.RNN) -> str:
    if not isinstance(layer, _RECURRENT):
        return f"{layer.name} is a {type(layer).__name__}, for which cuDNN is not called"
    wrong = {
        "activation is not tanh": layer.activation is not keras.activations.tanh,
        "recurrent activation is not sigmoid": layer.recurrent_activation
        is not keras.activations.sigmoid,
        "recurrent dropout is used": bool(layer.recurrent_dropout),
        "it is unrolled": layer.unroll,
        "it has no bias": not layer.use_bias,
        "reset_after is off": not getattr(layer, "reset_after", True),
    }
    return next((f"in {layer.name} {what}" for what, true in wrong.items() if true), "")


def _flat(model: keras.Model) -> list[keras.layers.Layer]:
    return list(model._flatten_layers(include_self=False, recursive=True))
