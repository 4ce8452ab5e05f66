"""Recurrent layers for inference alone: Keras's weights and results, a loop of our own.

Keras's loop collects its outputs in a list of tensors, for which TFLite has no operator, and on a
GPU calls cuDNN, which a CPU server has not. Here the inputs of all steps go through one matrix
product, the loop carries nothing but the state, and padded steps leave the state as it was.

The forms differ in what the loop is made of:

    graph     TensorFlow's loop and tensor array, for servers
    loop      the same loop in operators that TFLite has, any batch and any number of steps
    unrolled  no loop: every step written out, for a fixed number of steps
    fused     TFLite's one operator for a whole LSTM layer, for a fixed shape and a state of zeros
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from kerasrnn.layers.fused import fused_lstm
from kerasrnn.layers.lite_loop import State, lite_loop
from kerasrnn.layers.scanned import keras_class
from kerasrnn.registry import CELLS

STRIDE = 2  # steps an iteration; more made the files larger and little faster
CACHE = 400_000  # bytes; XNNPACK has a copy of the weights for each step of an iteration


class Recurrence(keras.layers.Layer):
    """Twin of one Keras recurrent layer: same weights, arguments and results.

    Args:
        layer: What `CELLS` names, with its usual activations.
        form: `graph`, `loop`, `unrolled` or `fused`.

    Raises:
        ValueError: If the layer is none of these, or its cell has no such form.
    """

    def __init__(self, layer: keras.layers.RNN, form: str, **kwargs):
        super().__init__(name=layer.name, **kwargs)
        self.supports_masking = True  # it has the mask given, and passes none on
        self.cell = cell_name(layer)
        if form == "fused" and self.cell != "lstm":
            raise ValueError(f"TFLite has a fused operator for lstm alone, not for {self.cell}")
        self.form, self.units = form, layer.units
        self.sequences, self.states = layer.return_sequences, layer.return_state
        self.reverse = layer.go_backwards
        self._shapes = [tuple(w.shape) for w in layer.weights]
        size = layer.cell.state_size
        self.state_count = len(size) if isinstance(size, list | tuple) else 1

    def build(self, *shapes, **named):
        self.kernels = [self.add_weight(shape=shape) for shape in self._shapes]

    def call(self, x, mask=None, initial_state=None):
        state = tuple(initial_state or ())
        if not state:
            state = (tf.zeros([tf.shape(x)[0], self.units], x.dtype),) * self.state_count
        weights = [tf.convert_to_tensor(w) for w in self.kernels]
        if self.form == "fused":
            outputs, state = self._fused(x, weights, mask)
        else:
            outputs, state = self._read(x, weights, state, mask)
        first = outputs if self.sequences else state[0]
        return (first, *state) if self.states else first

    def compute_output_spec(self, x, mask=None, initial_state=None):
        return _specs(x, self.units, self.sequences, [self.units] * self.kept)

    @property
    def kept(self) -> int:
        """How many states it gives."""
        return self.state_count if self.states else 0

    def _fused(self, x, weights, mask):
        outputs = fused_lstm(x, weights, mask, reverse=self.reverse)
        if mask is None or self.reverse:
            last = outputs[:, 0 if self.reverse else -1]
        else:
            lengths = tf.reduce_sum(tf.cast(mask, tf.int32), 1)
            last = tf.gather(outputs, lengths - 1, batch_dims=1)
        # the operator gives no memory c: `for_inference` has seen that nobody wants it
        return outputs, (last, last)

    def _read(self, x, weights, state, mask):
        kernel, recurrent, bias = weights
        module = CELLS.module(self.cell)
        lite = self.form == "loop" and x.shape[1] != 1
        axis = 1 if lite else 0  # of the steps; else first, so that a batch's step lies together
        gates = module.project(x if lite else tf.transpose(x, [1, 0, 2]), kernel, bias)
        steps = tf.shape(x)[1] if x.shape[1] is None else x.shape[1]
        fixed = (gates, recurrent, bias)
        if mask is not None:
            fixed = (*fixed, tf.reduce_sum(tf.cast(mask, tf.int32), 1)[:, None])

        def step(t, state, gates, recurrent, bias, *lengths):
            new = module.step(tf.gather(gates, t, axis=axis), state, recurrent, bias)
            if not lengths:
                return new
            here = t < lengths[0]
            return tuple(tf.where(here, n, o) for n, o in zip(new, state, strict=True))

        if self.form == "unrolled" or x.shape[1] == 1:
            outputs, state = written_out(step, state, fixed, steps, self.reverse)
        else:
            stride, padding = _stride(x.shape[1], steps, recurrent, masked=mask is not None)
            if mask is not None:  # past every length: these steps change nothing
                sizes = [[0, 0], [0, 0], [0, 0]]
                sizes[axis] = [0, padding]
                fixed = (tf.pad(gates, sizes), *fixed[1:])
            loop = lite_loop if lite else graph_loop
            outputs, state = loop(
                step,
                state,
                fixed,
                steps=steps + padding,
                stride=stride,
                reverse=self.reverse,
                keep=self.sequences,
            )
        if outputs is None:
            return None, state
        return outputs[:, :steps] if lite else tf.transpose(outputs[:steps], [1, 0, 2]), state


class BothWays(keras.layers.Layer):
    """Twin of `Bidirectional`, its outputs beside one another."""

    def __init__(self, layer: keras.layers.Bidirectional, form: str, **kwargs):
        super().__init__(name=layer.name, **kwargs)
        self.supports_masking = True  # it has the mask given, and passes none on
        if layer.merge_mode != "concat":
            raise ValueError(f"{layer.name}: outputs are merged by {layer.merge_mode}, not concat")
        self.ahead = Recurrence(layer.forward_layer, form)
        self.back = Recurrence(layer.backward_layer, form)

    def build(self, *shapes, **named):
        self.ahead.build()
        self.back.build()

    def call(self, x, mask=None, initial_state=None):
        half = len(initial_state or ()) // 2
        parts = [
            layer(x, mask=mask, initial_state=given)
            for layer, given in (
                (self.ahead, (initial_state or ())[:half]),
                (self.back, (initial_state or ())[half:]),
            )
        ]
        if not self.ahead.states:
            return tf.concat(parts, -1)
        (first, *before), (second, *after) = parts
        return (tf.concat([first, second], -1), *before, *after)

    def compute_output_spec(self, x, mask=None, initial_state=None):
        ahead, back = self.ahead, self.back
        states = [ahead.units] * ahead.kept + [back.units] * back.kept
        return _specs(x, ahead.units + back.units, ahead.sequences, states)


def _specs(x: Any, width: int, sequences: bool, states: list[int]) -> Any:
    """What a layer gives, without running it on unknown shapes."""
    shape = (*x.shape[:2], width) if sequences else (x.shape[0], width)
    first = keras.KerasTensor(shape, x.dtype)
    given = (keras.KerasTensor((x.shape[0], units), x.dtype) for units in states)
    return (first, *given) if states else first


def for_inference(model: keras.Model, form: str) -> keras.Model:
    """The same model with the same weights, its recurrent layers of the given form.

    Raises:
        ValueError: If a recurrent layer of the model has no such form.
    """

    if form == "fused":
        _check_states_unused(model)

    def twin(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.layers.Bidirectional):
            return BothWays(layer, form)
        if layer.go_backwards and layer.return_sequences:
            # the twin keeps the order of the text, as `Bidirectional` wants it
            raise ValueError(f"{layer.name} gives its steps backwards")
        return Recurrence(layer, form)

    return rebuilt(model, twin, lambda layer: layer.for_inference(form))


def rebuilt(
    model: keras.Model,
    twin: Callable[[keras.layers.Layer], keras.layers.Layer],
    own: Callable[[keras.layers.Layer], keras.layers.Layer] | None = None,
) -> keras.Model:
    """A copy of a model with the same weights, each recurrent layer replaced by its twin.

    Args:
        model: Its recurrent layers are Keras's, `Bidirectional` or plain.
        twin: Takes such a layer, and gives one with the same weights in the same order.
        own: Does so for layers of ours that loop themselves and have `for_inference`; these are
            copied if it is left out.
    """

    def copied(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, _RECURRENT):
            return twin(layer)
        if own and hasattr(layer, "for_inference"):
            return own(layer)
        return type(layer).from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=copied)
    copy.set_weights(model.get_weights())
    return copy


def walk(
    form: str, step: Callable, state: State, fixed: tuple[tf.Tensor, ...], *, reverse: bool = False
) -> tuple[tf.Tensor, State]:
    """What a layer of another kind does step by step, in the loop of a form.

    Args:
        form: As in `Recurrence`.
        step: As in `lite_loop`.
        state: As in `lite_loop`.
        fixed: As in `lite_loop`.
        reverse: Whether the last step comes first.

    Returns:
        Outputs `(batch, steps, units)` and the last state.
    """
    known = fixed[0].shape[1]
    steps = tf.shape(fixed[0])[1] if known is None else known
    if form == "loop":
        return lite_loop(step, state, fixed, steps=steps, stride=1, reverse=reverse, keep=True)
    if form == "graph":
        outputs, state = graph_loop(
            step, state, fixed, steps=steps, stride=1, reverse=reverse, keep=True
        )
    else:
        outputs, state = written_out(step, state, fixed, steps, reverse)
    return tf.transpose(outputs, [1, 0, 2]), state


def _check_states_unused(model: keras.Model) -> None:
    """The fused operator begins with zeros and gives its outputs alone."""
    nodes = [node for layer in model.layers for node in layer._inbound_nodes]
    used = [tensor for node in nodes for tensor in node.input_tensors] + model.outputs
    for tensor in used:
        history = tensor._keras_history
        layer = history.operation
        if history.tensor_index and isinstance(layer, _RECURRENT):
            raise ValueError(f"the state of {layer.name} is used, which a fused LSTM does not give")
    for layer in model.layers:
        if isinstance(layer, _RECURRENT) and len(layer._inbound_nodes[0].input_tensors) > 2:
            raise ValueError(f"{layer.name} is given a state, which a fused LSTM does not take")


_RECURRENT = (keras.layers.RNN, keras.layers.Bidirectional)


def cell_name(layer: keras.layers.RNN) -> str:
    """What `CELLS` calls the cell of a layer.

    Raises:
        ValueError: If it is none of these, or its settings are not the usual ones.
    """
    kinds = {name: CELLS.load(name) for name in CELLS.names()}
    name = next((n for n, kind in kinds.items() if type(layer) in (kind, keras_class(kind))), "")
    if not name:
        raise ValueError(f"{layer.name} is a {type(layer).__name__}, which `kerasrnn list` has not")
    usual = {"activation": "tanh", "recurrent_activation": "sigmoid"}
    for setting, wanted in usual.items():
        function = getattr(layer, setting, None)
        if function is not None and function.__name__ != wanted:
            raise ValueError(f"{layer.name} has the {setting} {function.__name__}, not {wanted}")
    if not layer.use_bias or not getattr(layer, "reset_after", True):
        raise ValueError(f"{layer.name} has no bias, or reset_after is off")
    return name


def written_out(step: Callable, state: State, fixed: tuple, steps: int, reverse: bool) -> tuple:
    """Outputs `(steps, batch, units)` and the last state, without a loop."""
    outputs: list[Any] = [None] * steps
    for t in reversed(range(steps)) if reverse else range(steps):
        state = step(t, state, *fixed)
        outputs[t] = state[0]
    return tf.stack(outputs), state


def _stride(known: int | None, steps: Any, weights: tf.Tensor, *, masked: bool) -> tuple[int, Any]:
    """Steps an iteration, each of which has its price, and how many are to be added to fit."""
    if STRIDE * 4 * weights.shape.num_elements() > CACHE:
        return 1, 0
    if known is not None and known % STRIDE == 0:
        return STRIDE, 0
    return (STRIDE, -steps % STRIDE) if masked else (1, 0)


def graph_loop(
    step: Callable,
    state: State,
    fixed: tuple,
    *,
    steps: Any,
    stride: int,
    reverse: bool,
    keep: bool,
) -> tuple:
    """Outputs `(steps, batch, units)`, none unless they are to be kept, and the last state."""
    like = state[0]
    kept = tf.TensorArray(like.dtype, steps, element_shape=like.shape) if keep else tf.zeros(())

    def body(i, kept, *state):
        for offset in range(stride):
            t = steps - 1 - i - offset if reverse else i + offset
            state = step(t, state, *fixed)
            kept = kept.write(t, state[0]) if keep else kept
        return (i + stride, kept, *state)

    _, kept, *state = tf.while_loop(
        lambda i, *_: i < steps,
        body,
        (tf.constant(0), kept, *state),
        parallel_iterations=1,
        # known beforehand, it lets XLA compile the gradient, which keeps something of each step
        maximum_iterations=steps // stride if isinstance(steps, int) else None,
    )
    return (kept.stack() if keep else None), tuple(state)
