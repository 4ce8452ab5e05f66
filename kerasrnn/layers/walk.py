"""The steps of a stretch, there and back, compiled by XLA.

What is computed element by element is of one dimension, and each piece of what was kept is a slice
of its own: XLA makes no vector instructions of loops over a short last dimension, nor of those that
read several pieces of one slice.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

# the second is in place in XLA, which a scatter is not
from tensorflow.compiler.tf2xla.ops.gen_xla_ops import xla_dot_v2, xla_dynamic_update_slice
from tensorflow.compiler.xla.xla_data_pb2 import DotDimensionNumbers

State = tuple[tf.Tensor, ...]  # or other arrays of a step


@dataclass(frozen=True)
class Equations:
    """One step of a cell, there and back, on columns `(units, batch)` laid out flat.

    Args:
        forward: Takes what inputs and state add to the gates, biases included, and the state;
            gives the new state, and what `backward` needs, arrays as large as the state's.
        backward: Takes the gradients of the new state, and those; gives the gradients of the
            gates, one array for each, and of the old state, apart from what reaches it through
            the gates.
        gates: How many the inputs and the state are projected to.
        kept: Arrays that are kept of a step.
        rows: Arrays of the gates' gradients: the first `gates` of them belong to what the inputs
            added, the last to what the state added.
        turn: Places by which the former are rolled down against the order in the weights.
    """

    forward: Callable[[tf.Tensor, tf.Tensor, State], tuple[State, State]]
    backward: Callable[[State, State], tuple[State, State]]
    gates: int
    kept: int
    rows: int
    turn: int = 0


class Walk:
    """The walk over one stretch, compiled by XLA, each way."""

    def __init__(self, equations: Equations, masked: bool, sequences: bool, keep: bool):
        self.equations, self.masked = equations, masked
        self.sequences, self.keep = sequences, keep
        settings: dict[str, Any] = {"jit_compile": True, "autograph": False}
        self.forwards = tf.function(self._forwards, **settings)
        self.backwards = tf.function(self._backwards, **settings)

    def _forwards(self, x, weights, mask, state) -> tuple:
        """What each step kept `(steps, kept * units * batch)` and the outputs before it `(steps,
        batch, units)`, if that is wanted; outputs `(steps, batch, units)`, and the last state."""
        steps, batch, _ = tf.unstack(tf.shape(x))
        kernel, recurrent, biases = weights
        units = state[0].shape[0]
        size = units * batch
        biases = [
            _flat(tf.broadcast_to(bias[:, None], [bias.shape[0], batch]))
            for bias in tf.unstack(biases)
        ]

        real, seen = self._flat_masks(mask, units)

        def body(t, made, state):
            h = tf.reshape(state[0], [units, batch])
            outer = _flat(_product(kernel, x[t], turned=True)) + biases[0]
            inner = _flat(_product(recurrent, tf.cast(h, x.dtype)))
            inner = inner + biases[1] if len(biases) > 1 else inner
            new, kept = self.equations.forward(outer, inner, state)
            output = new[0]
            if self.masked:
                new = _where(real[t], new, state)
                output = tf.where(seen[t], new[0], tf.zeros_like(output))
            made = list(made)
            if self.keep:
                for k, piece in enumerate(kept):  # joined first, they would take four times as long
                    made[0] = _placed(made[0], piece[None], [t, k * size])
                made[1] = _placed(made[1], tf.transpose(h)[None], [t, 0, 0])
            if self.sequences:
                made[-1] = _placed(made[-1], output[None], [t, 0])
            return t + 1, tuple(made), new

        made = []
        if self.keep:
            made.append(tf.zeros([steps, self.equations.kept * size]))
            made.append(tf.zeros([steps, batch, units]))
        if self.sequences:
            made.append(tf.zeros([steps, size]))
        begin = (tf.constant(0), tuple(made), _flats(state))
        _, made, state = tf.while_loop(lambda t, *_: t < steps, body, begin)
        if self.sequences:
            outputs = tf.transpose(tf.reshape(made[-1], [steps, units, batch]), [0, 2, 1])
            made = (*made[:-1], tf.cast(outputs, x.dtype))
        return made, _unflat(state, units, batch)

    def _flat_masks(self, mask, units) -> tuple:
        """`(steps, units * batch)`: which steps are real, and which have one before or are."""
        if not self.masked:
            return None, None
        # made before the loop: within it XLA would make no vector instructions of what they mask
        steps, batch = tf.unstack(tf.shape(mask))
        wide = tf.broadcast_to(mask[:, None], [steps, units, batch])
        wide = tf.reshape(wide, [steps, units * batch])
        return wide == 2, wide > 0

    def _backwards(self, recurrent, kept, mask, d_outputs, d_state) -> tuple:
        """The gates' gradients `(rows, steps, batch)`, their sums, and the first state's."""
        units, count = recurrent.shape
        steps, batch = tf.shape(kept)[0], tf.shape(d_state[0])[1]
        size = units * batch
        if self.sequences:
            d_outputs = tf.transpose(tf.cast(d_outputs, tf.float32), [0, 2, 1])
            d_outputs = tf.reshape(d_outputs, [steps, size])

        real, seen = self._flat_masks(mask, units)

        def body(i, rows, here, d_state):
            t = steps - 1 - i
            if self.sequences:
                d_output = d_outputs[t]
                if self.masked:
                    d_output = tf.where(seen[t], d_output, tf.zeros_like(d_output))
                d_state = (d_state[0] + d_output, *d_state[1:])
            trail = tuple(
                tf.slice(kept, [t, k * size], [1, size])[0] for k in range(self.equations.kept)
            )
            pieces, direct = self.equations.backward(d_state, trail)
            if self.masked:
                pieces = _where(real[t], pieces, [tf.zeros_like(piece) for piece in pieces])
                direct = _where(real[t], direct, d_state)
            for k, piece in enumerate(pieces):
                here = _placed(here, piece, [k * size])
            columns = tf.reshape(here, [-1, batch])
            through = _flat(_product(recurrent, tf.cast(columns[-count:], recurrent.dtype)))
            d_state = (direct[0] + through, *direct[1:])
            return i + 1, _placed(rows, columns[:, None], [0, t, 0]), here, d_state

        rows = tf.zeros([self.equations.rows * units, steps, batch])
        here = tf.zeros([self.equations.rows * size])
        begin = (tf.constant(0), rows, here, _flats(d_state))
        _, rows, _, d_state = tf.while_loop(lambda i, *_: i < steps, body, begin)
        return rows, tf.reduce_sum(rows, [1, 2]), _unflat(d_state, units, batch)


# one for each cell, whatever the layers: XLA compiles each size once
walk_of = functools.cache(Walk)


def _flat(columns: tf.Tensor) -> tf.Tensor:
    return tf.reshape(columns, [-1])


def _flats(state: State) -> State:
    return tuple(_flat(part) for part in state)


def _unflat(state: State, units: int, batch: tf.Tensor) -> State:
    return tuple(tf.reshape(part, [units, batch]) for part in state)


def _where(here: tf.Tensor, new: State, old: State) -> State:
    return tuple(tf.where(here, n, o) for n, o in zip(new, old, strict=True))


def _placed(all_steps: tf.Tensor, value: tf.Tensor, at: list) -> tf.Tensor:
    return xla_dynamic_update_slice(input=all_steps, update=value, indices=tf.stack(at))


def _product(a: tf.Tensor, b: tf.Tensor, *, turned: bool = False) -> tf.Tensor:
    """`a @ b`, or that of b turned, added up in float32."""
    numbers = DotDimensionNumbers(
        lhs_contracting_dimensions=[1], rhs_contracting_dimensions=[int(turned)]
    )
    return xla_dot_v2(
        lhs=a,
        rhs=b,
        dimension_numbers=numbers.SerializeToString(),
        precision_config="",
        preferred_element_type=tf.float32,
    )
