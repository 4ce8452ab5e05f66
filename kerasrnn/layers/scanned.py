"""Keras's recurrent layers with `scan` in the place of their loop, where that is faster."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kerasrnn.layers.scan import scan
from kerasrnn.layers.walk import Equations

KINDS = ("float32", "bfloat16")
LEAST = 32  # units; of narrower layers Keras's loop is done before XLA has compiled this one
USUAL = {"activation": "tanh", "recurrent_activation": "sigmoid"}

_predictions = contextvars.ContextVar("walked predictions", default=False)


@contextlib.contextmanager
def walked_predictions() -> Iterator[None]:
    """Layers called in this block walk by `scan` when predicting too.

    For many batches, as compiling takes a second or two; and not for what is exported, which has
    loops of its own that any server runs.
    """
    token = _predictions.set(True)
    try:
        yield
    finally:
        _predictions.reset(token)


class Scanned:
    """Mixed into a Keras recurrent layer, before it.

    While training on a CPU, in float32 or bfloat16 and with its usual activations, the layer walks
    by `scan`, and so it does for `walked_predictions`. Otherwise it is Keras's: by cuDNN on a GPU,
    and step by step with recurrent dropout, other activations, `unroll`, `reset_after=False` or no
    bias.
    """

    equations: ClassVar[Equations]

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """Last output, outputs (the last alone unless all are wanted) and last state."""
        mask = mask[0] if isinstance(mask, list | tuple) else mask
        if not (training or _predictions.get()) or not self._scannable(sequences):
            return super().inner_loop(sequences, initial_state, mask, training=training)
        mask = None if mask is None else tf.cast(mask, tf.bool)
        if self.dropout and training:
            kept = self.cell.get_dropout_mask(sequences[:, 0, :])
            sequences = sequences * kept[:, None]
        if self.go_backwards:
            sequences = tf.reverse(sequences, [1])
            mask = None if mask is None else tf.reverse(mask, [1])
        cell = self.cell
        bias = tf.convert_to_tensor(cell.bias)
        biases = bias if bias.shape.rank > 1 else bias[None]
        outputs, state = scan(
            self.equations,
            sequences,
            (
                tf.convert_to_tensor(cell.kernel),
                tf.convert_to_tensor(cell.recurrent_kernel),
                biases,
            ),
            tuple(tf.convert_to_tensor(part) for part in initial_state),
            mask,
            sequences=self.return_sequences,
            keep=training,
        )
        last = state[0]
        if mask is not None:  # Keras's output before the first real step
            last = tf.where(tf.reduce_any(mask, 1, keepdims=True), last, tf.zeros_like(last))
        return last, (last[:, None] if outputs is None else outputs), list(state)

    def _scannable(self, sequences: Any) -> bool:
        usual = all(
            getattr(getattr(self, name), "__name__", "") == wanted
            for name, wanted in USUAL.items()
            if hasattr(self, name)
        )
        return (
            usual
            and self.units >= LEAST
            and self.use_bias
            and not self.recurrent_dropout
            and not self.unroll
            and getattr(self, "reset_after", True)
            and keras.backend.standardize_dtype(sequences.dtype) in KINDS
            and not tf.config.functions_run_eagerly()
            and not tf.config.list_physical_devices("GPU")
        )


def keras_class(kind: type) -> type:
    """Keras's own class of a layer: what it is a faster form of."""
    return next(base for base in kind.__mro__ if base.__module__.startswith("keras."))


def with_keras_layers(model: keras.Model) -> keras.Model:
    """The same model, its recurrent layers Keras's own: saved, it needs them alone."""
    copy = keras.saving.deserialize_keras_object(
        _renamed(keras.saving.serialize_keras_object(model))
    )
    copy.set_weights(model.get_weights())
    return copy


def _renamed(settings: Any) -> Any:
    if isinstance(settings, list | tuple):
        return [_renamed(item) for item in settings]
    if not isinstance(settings, dict):
        return settings
    settings = {name: _renamed(value) for name, value in settings.items()}
    name = settings.get("registered_name")
    kind = keras.saving.get_registered_object(name) if isinstance(name, str) else None
    if isinstance(kind, type) and issubclass(kind, Scanned):
        own = {"module": "keras.layers", "class_name": keras_class(kind).__name__}
        settings |= {**own, "registered_name": None}
    return settings
