"""A decoder that is told what it attended to: the attentional vector goes into the next step.

    h_i = RNN([x_i; s_{i-1}])          s_0 given
    s_i = tanh(W [attention(h_i); h_i])

Source: Luong, Pham & Manning 2015, section 3.3 (input feeding) and equation 5. Since each step
needs the attention of the one before, the steps go one by one, where a decoder without it reads
all steps first and attends to all at once.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasrnn.layers.attention import add_projection, attention_weights, checked_kind, contexts
from kerasrnn.layers.chrono import chrono_settings
from kerasrnn.layers.lite_loop import lite_loop
from kerasrnn.layers.recurrence import graph_loop, written_out
from kerasrnn.registry import CELLS

EPSILON = 1e-3  # of layer normalisation, as Keras has it


@keras.saving.register_keras_serializable(package="kerasrnn")
class FeedingDecoder(keras.layers.Layer):
    """Inputs of all steps and an encoded source to attentional vectors.

    Args:
        cell: A name from `kerasrnn list`.
        units: Width of each recurrent layer.
        layers: How many.
        width: Of the attentional vector.
        attention: `dot`, `scaled_dot` or `additive`.
        dropout: Share of a layer's outputs dropped before the next one, the same at every step
            of a sequence (Gal & Ghahramani 2016).
        residual: Add a layer's input to its output where widths agree.
        layer_normalization: Normalise each layer's output.
        expected_span: As in `Stack`.
        form: What its loop is made of, as in `recurrence`: `graph`, `loop` or `unrolled`.

    Raises:
        ValueError: If the form or the kind of attention is none of these.
    """

    def __init__(
        self,
        cell: str,
        units: int,
        layers: int,
        width: int,
        attention: str = "dot",
        dropout: float = 0.0,
        residual: bool = False,
        layer_normalization: bool = False,
        expected_span: int = 0,
        form: str = "graph",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if form not in ("graph", "loop", "unrolled"):
            raise ValueError(f"a decoder with input feeding has no form {form}")
        self.settings = {
            "cell": cell,
            "units": units,
            "layers": layers,
            "width": width,
            "attention": checked_kind(attention),
            "dropout": dropout,
            "residual": residual,
            "layer_normalization": layer_normalization,
            "expected_span": expected_span,
            "form": form,
        }
        self.units, self.width, self.form, self.kind = units, width, form, attention
        self.dropout, self.residual = dropout, residual
        self.normalize = layer_normalization
        self.module = CELLS.module(cell)
        # each has an initialiser of its own, which draws its own numbers
        self.cells = [
            CELLS.load(cell)(
                units, **(chrono_settings(cell, expected_span) if expected_span else {})
            ).cell
            for _ in range(layers)
        ]
        # of each layer: LSTM has two (h, c), the others one
        self.per_layer = len(np.ravel(self.cells[0].state_size))
        self.seed_generator = keras.random.SeedGenerator()

    def for_inference(self, form: str) -> "FeedingDecoder":
        """The same layer with another loop, its weights in the same order."""
        return type(self)(**{**self.get_config(), "form": form})

    def build(self, x_shape, memory_shape, keys_shape, *others, **named):
        self.features = x_shape[-1]
        for index, cell in enumerate(self.cells):
            cell.build((None, self.units if index else self.features + self.width))
        self.projection = add_projection(self, self.kind, self.units, keys_shape[-1])
        self.combine = self.add_weight(
            shape=(memory_shape[-1] + self.units, self.width),
            initializer="glorot_uniform",
            name="combine",
        )
        self.normalization = [
            tuple(
                self.add_weight(shape=(self.units,), initializer=start, name=name)
                for name, start in (("gamma", "ones"), ("beta", "zeros"))
            )
            for _ in range(len(self.cells) if self.normalize else 0)
        ]

    def call(self, x, memory, keys, mask, states, training=False):
        """All steps.

        Args:
            x: `(batch, steps, features)`.
            memory: `(batch, source_steps, memory_width)` encoder states.
            keys: `(batch, source_steps, units)`, the same projected.
            mask: `(batch, source_steps)` booleans.
            states: The layers' states in order, then the attentional vector before the first
                step.
            training: Whether dropout acts.

        Returns:
            `(batch, steps, width)` attentional vectors, `(batch, steps, source_steps)` weights,
            and each state after the last step.
        """
        *inner, fed = states
        kernel, recurrent, bias = _tensors(self._weights_of(self.cells[0]))
        parts = {
            "first": (kernel[self.features :], recurrent, bias),
            "later": [_tensors(self._weights_of(cell)) for cell in self.cells[1:]],
            "source": (memory, keys, mask),
            "projection": _tensors(self.projection),
            "combine": tf.convert_to_tensor(self.combine),
            "normalization": [_tensors(pair) for pair in self.normalization],
            "dropped": self._dropout_masks(x) if training else [],
        }
        gates = self.module.project(x, kernel[: self.features], bias)  # of all steps at once
        # the query is kept beside the vector, so that the weights can be told afterwards
        first = tf.concat([fed, tf.zeros_like(inner[0])], -1)
        kept, (last, *inner) = self._run((first, *inner), gates, parts, x.shape[1])
        vectors, queries = kept[..., : self.width], kept[..., self.width :]
        weights = attention_weights(self.kind, queries, keys, mask, self.projection)
        return (vectors, weights, *inner, last[:, : self.width])

    def compute_output_spec(self, x, memory, keys, mask, states, training=False):
        rows, kind = x.shape[:2], self.compute_dtype
        return (
            keras.KerasTensor((*rows, self.width), kind),
            keras.KerasTensor((*rows, memory.shape[1]), "float32"),
            *(keras.KerasTensor(state.shape, kind) for state in states),
        )

    def get_config(self):
        return {**super().get_config(), **self.settings}

    def _run(self, state: tuple, gates: Any, parts: dict, known: int | None) -> tuple:
        """`(batch, steps, width + units)` and the state after the last step."""
        lite = self.form == "loop" and known != 1
        axis = 1 if lite else 0  # of the steps
        steps = tf.shape(gates)[1] if known is None else known

        def step(t, state, gates, *rest):
            # whatever a step uses is among its arguments, as TFLite's loop wants it
            return self._step(
                tf.gather(gates, t, axis=axis), state, tf.nest.pack_sequence_as(parts, rest)
            )

        gates = gates if lite else tf.transpose(gates, [1, 0, 2])
        fixed = (gates, *tf.nest.flatten(parts))
        if self.form == "unrolled" or known == 1:
            kept, state = written_out(step, state, fixed, known, False)
        else:
            loop = lite_loop if lite else graph_loop
            kept, state = loop(step, state, fixed, steps=steps, stride=1, reverse=False, keep=True)
        return (kept if lite else tf.transpose(kept, [1, 0, 2])), state

    def _step(self, gates: Any, state: tuple, parts: dict) -> tuple:
        both, *inner = state
        feed_kernel, recurrent, bias = parts["first"]
        gates = gates + tf.matmul(both[:, : self.width], feed_kernel)
        new: list = []
        y = None
        for index in range(len(self.cells)):
            if index:
                kernel, recurrent, bias = parts["later"][index - 1]
                gates = self.module.project(y, kernel, bias)
            before = tuple(inner[index * self.per_layer : (index + 1) * self.per_layer])
            after = self.module.step(gates, before, recurrent, bias)
            new += after
            y = y + after[0] if self.residual and index else after[0]
            if parts["normalization"]:
                y = _normalized(y, *parts["normalization"][index])
            if parts["dropped"] and index < len(self.cells) - 1:
                y = y * parts["dropped"][index]
        memory, keys, mask = parts["source"]
        weights = attention_weights(self.kind, y[:, None], keys, mask, parts["projection"])
        context = contexts(weights, memory)[:, 0]
        vector = tf.tanh(tf.matmul(tf.concat([context, y], -1), parts["combine"]))
        return (tf.concat([vector, y], -1), *new)

    def _dropout_masks(self, x: Any) -> list:
        """For each layer but the last `(batch, units)`, 0 or what makes up for the zeros."""
        if not self.dropout:
            return []
        ones = tf.ones([tf.shape(x)[0], self.units], x.dtype)
        return [
            keras.random.dropout(ones, self.dropout, seed=self.seed_generator)
            for _ in self.cells[1:]
        ]

    @staticmethod
    def _weights_of(cell: Any) -> tuple:
        return cell.kernel, cell.recurrent_kernel, cell.bias


def _tensors(weights: Sequence[Any]) -> tuple:
    return tuple(tf.convert_to_tensor(weight) for weight in weights)


def _normalized(x: Any, scale: Any, shift: Any) -> Any:
    mean, variance = tf.nn.moments(x, -1, keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + EPSILON) * scale + shift
