"""Recurrent layers with a probe at every state, to see what gradient reaches it.

A zero is added to the whole state after each step. The gradient of the loss with respect to that
zero is the gradient with respect to the state: by every way there is, through the steps after it
and through the outputs. (The gradient of a layer's outputs is not that: a loss at the end does
not see the outputs before it, and yet depends on the states there.)

Source: Bengio, Simard & Frasconi 1994; Pascanu, Mikolov & Bengio 2013, "On the difficulty of
training recurrent neural networks", equations 3-5.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasrnn.layers.recurrence import rebuilt


class Probes:
    """The zeros of one call of a probed model, in the order of `names`."""

    def __init__(self) -> None:
        self.names: list[str] = []  # of the layers, each way of a bidirectional one apart
        self.backwards: list[bool] = []
        self._tape: tf.GradientTape | None = None
        self._zeros: dict[int, tf.Tensor] = {}

    def register(self, name: str, *, backwards: bool) -> int:
        """The place of a layer."""
        self.names.append(name)
        self.backwards.append(backwards)
        return len(self.names) - 1

    def begin(self, tape: tf.GradientTape) -> None:
        """The next call of the model is watched by this tape."""
        self._tape = tape
        self._zeros = {}

    def zeros(self, place: int, like: tf.Tensor, width: int) -> tf.Tensor:
        """A zero for each step and state, `(batch, steps, width)`, watched."""
        zeros = tf.zeros([*tf.unstack(tf.shape(like)[:2]), width], like.dtype)
        if self._tape is not None:
            self._tape.watch(zeros)
        self._zeros[place] = zeros
        return zeros

    def norms(self, tape: tf.GradientTape, loss: tf.Tensor) -> list[tf.Tensor]:
        """Norm of the gradient at every state, `(batch, steps)` for each layer.

        A layer's steps are in the order in which it reads them.
        """
        zeros = [self._zeros[place] for place in range(len(self.names))]
        gradients = tape.gradient(loss, zeros, unconnected_gradients="zero")
        norms = [tf.norm(tf.cast(gradient, tf.float32), axis=-1) for gradient in gradients]
        pairs = zip(norms, self.backwards, strict=True)
        return [norm[:, ::-1] if backwards else norm for norm, backwards in pairs]


class ProbedCell(keras.layers.Layer):
    """A cell that is given, beside its inputs, what to add to its new state.

    Args:
        cell: Of a Keras layer, its output being the first of its states.
    """

    def __init__(self, cell: keras.layers.Layer, **kwargs):
        super().__init__(**kwargs)
        self.cell = type(cell).from_config(cell.get_config())
        self.state_size, self.output_size = cell.state_size, cell.output_size
        self.sizes = np.ravel(cell.state_size).tolist()

    def build(self, shape):
        self.cell.build((*shape[:-1], shape[-1] - sum(self.sizes)))

    def call(self, inputs, states, training=False):
        x, *added = tf.split(inputs, [inputs.shape[-1] - sum(self.sizes), *self.sizes], axis=-1)
        _, after = self.cell(x, states, training=training)
        states = [state + zero for state, zero in zip(after, added, strict=True)]
        return states[0], states


class Probed(keras.layers.Layer):
    """Twin of one Keras recurrent layer: same weights, arguments and results.

    Args:
        layer: What `CELLS` names.
        probes: Has its zeros.
        name: As the layer is called in what is recorded.
    """

    def __init__(self, layer: keras.layers.RNN, probes: Probes, name: str):
        super().__init__(name=layer.name)
        self.supports_masking = True  # it has the mask given, and passes none on
        self.probes = probes
        self.place = probes.register(name, backwards=layer.go_backwards)
        cell = ProbedCell(layer.cell)
        self.width = sum(cell.sizes)
        self.rnn = keras.layers.RNN(
            cell,
            return_sequences=layer.return_sequences,
            return_state=layer.return_state,
            go_backwards=layer.go_backwards,
        )

    def build(self, shape, *others, **named):
        self.rnn.build((*shape[:-1], shape[-1] + self.width))

    def call(self, x, mask=None, initial_state=None):
        zeros = self.probes.zeros(self.place, x, self.width)
        return self.rnn(tf.concat([x, zeros], -1), mask=mask, initial_state=initial_state)


class ProbedBothWays(keras.layers.Layer):
    """Twin of `Bidirectional`, its outputs beside one another."""

    def __init__(self, layer: keras.layers.Bidirectional, probes: Probes):
        super().__init__(name=layer.name)
        self.supports_masking = True  # it has the mask given, and passes none on
        self.ahead = Probed(layer.forward_layer, probes, f"{layer.name} forwards")
        self.back = Probed(layer.backward_layer, probes, f"{layer.name} backwards")
        self.sequences = layer.return_sequences

    def build(self, shape, *others, **named):
        self.ahead.build(shape)
        self.back.build(shape)

    def call(self, x, mask=None, initial_state=None):
        half = len(initial_state or ()) // 2
        given = ((initial_state or ())[:half] or None, (initial_state or ())[half:] or None)
        first, *before = _listed(self.ahead(x, mask=mask, initial_state=given[0]))
        second, *after = _listed(self.back(x, mask=mask, initial_state=given[1]))
        both = tf.concat([first, second[:, ::-1] if self.sequences else second], -1)
        return (both, *before, *after) if before else both


def _listed(outputs: Any) -> list[tf.Tensor]:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def probed(model: keras.Model) -> tuple[keras.Model, Probes]:
    """The same model with the same weights and a probe at every state of its recurrent layers."""
    probes = Probes()

    def twin(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.layers.Bidirectional):
            return ProbedBothWays(layer, probes)
        return Probed(layer, probes, layer.name)

    return rebuilt(model, twin), probes
