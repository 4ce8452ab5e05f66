"""What makes recurrent layers fast on a CPU: a walk of their own over the steps, there and back.

Keras's loop takes a dozen small operations a step, and twice as many on the way back, where it
also adds to the weights' gradients step by step. Here

- the way back carries the state's gradient alone; one product each of many steps gives the
  gradients of the weights and of the inputs after it;
- XLA compiles the walk, a fixed number of steps of it, so that any length needs one compilation;
- numbers lie in columns, features first and the batch last: the weights are then the left factor
  of each step's product, which is faster, and each gate is one piece of memory;
- parts of the batch walk on two cores at once: a step's products are too small to be shared out
  well, and what lies between them is not shared out at all.

Back-propagation through time: Werbos 1990. Each cell's equations are in `cells`.
"""

from __future__ import annotations

import os

import tensorflow as tf

from kerasrnn.layers.walk import Equations, State, walk_of

Weights = tuple[tf.Tensor, tf.Tensor, tf.Tensor]

STEPS = 16  # compiled at a time, if the number of all steps is unknown or has no good divisor
MOST_STEPS = 64
PARTS = min(os.cpu_count() or 1, 2)  # of the batch, which walk at once
ROWS = 4  # to a multiple of which a part of unknown size is filled up: few sizes are compiled


def scan(
    equations: Equations,
    x: tf.Tensor,
    weights: Weights,
    state: State,
    mask: tf.Tensor | None,
    *,
    sequences: bool,
    keep: bool,
) -> tuple[tf.Tensor | None, State]:
    """All steps of a layer.

    Of bfloat16, products alone are computed, and added up in float32; so is all else, and the state
    from step to step.

    Args:
        equations: Of its cell.
        x: `(batch, steps, features)`, in the order in which they are read.
        weights: Kernel, recurrent kernel and biases `(1 or 2, gates * units)`: what is added to
            the inputs' part, and to the state's.
        state: Each `(batch, units)`, the first being the output.
        mask: `(batch, steps)` booleans; where false the state stays as it was.
        sequences: Whether the outputs of all steps are wanted.
        keep: Whether what a gradient takes is kept. If not, the walk is repeated for one.

    Returns:
        Outputs `(batch, steps, units)` or none, and the last state.
    """
    sizes = _Sizes(x, state[0].shape[-1], masked=mask is not None)
    masks = _masks(mask, sizes)

    @tf.custom_gradient
    def run(x, kernel, recurrent, biases, *state):
        xs = sizes.in_parts(x)
        wide = tf.cast(biases, tf.float32)
        turned = (tf.transpose(kernel), tf.transpose(recurrent), wide)

        def walk(keep):
            parts = zip(xs, masks, _columns(state, sizes), strict=True)
            walked = [_forwards(equations, sizes, sequences, keep, turned, *p) for p in parts]
            return zip(*walked, strict=True)

        outputs, after, trails = walk(keep)

        def gradient(*upstream):
            kept = trails if keep else list(walk(True))[2]
            d_outputs, d_state = (upstream[0], upstream[1:]) if sequences else (None, upstream)
            d_parts = sizes.in_parts(d_outputs) if sequences else [None] * sizes.parts
            rolled = tf.roll(turned[0], equations.turn * sizes.units, 0)
            back = [
                _backwards(equations, sizes, rolled, recurrent, *part)
                for part in zip(xs, masks, kept, d_parts, _columns(d_state, sizes), strict=True)
            ]
            d_x, d_weights, d_before = zip(*back, strict=True)
            sums = (tf.add_n(parts) for parts in zip(*d_weights, strict=True))
            d_kernel, d_recurrent, d_biases = sums
            d_kernel = tf.transpose(tf.roll(d_kernel, -equations.turn * sizes.units, 0))
            count = equations.gates * sizes.units
            outer = tf.roll(d_biases[:count], -equations.turn * sizes.units, 0)
            d_biases = tf.stack([outer, d_biases[-count:]])[: biases.shape[0]]
            d_weights = (d_kernel, tf.transpose(d_recurrent), d_biases)
            d_weights = (tf.cast(d, x.dtype) for d in d_weights)
            return (sizes.joined(d_x), *d_weights, *_rows(d_before, sizes, x.dtype))

        first = (sizes.joined(outputs),) if sequences else ()
        return (*first, *_rows(after, sizes, x.dtype)), gradient

    results = run(x, *weights, *state)
    after = results[1:] if sequences else results
    after = tuple(tf.ensure_shape(part, [x.shape[0], sizes.units]) for part in after)
    outputs = tf.ensure_shape(results[0], [*x.shape[:2], sizes.units]) if sequences else None
    return outputs, after


class _Sizes:
    """How a batch is cut into parts that walk at once, and its steps into compiled stretches."""

    def __init__(self, x: tf.Tensor, units: int, *, masked: bool):
        batch, steps, self.features = x.shape
        self.units = units
        self.batch, self.steps = tf.shape(x)[0], tf.shape(x)[1]
        self.stride, exact = _stride(steps)
        self.masked = masked or not exact
        self.more_steps = 0 if exact else -self.steps % self.stride
        self.launches = (self.steps + self.more_steps) // self.stride
        self.parts = PARTS if batch is None or batch % PARTS == 0 else 1
        self.more_rows = -self.batch % (ROWS * self.parts) if batch is None else 0
        self.filled_up = batch is None or not exact

    def in_parts(self, rows: tf.Tensor) -> list[tf.Tensor]:
        """`(batch, steps, …)` to `(steps, batch, …)`, filled up with zeros, in parts."""
        rest = range(2, rows.shape.rank)
        if self.filled_up:
            more = [[0, self.more_rows], [0, self.more_steps], *([0, 0] for _ in rest)]
            rows = tf.pad(rows, more)
        return [tf.transpose(part, [1, 0, *rest]) for part in tf.split(rows, self.parts)]

    def joined(self, parts: list[tf.Tensor]) -> tf.Tensor:
        """The inverse of `in_parts`."""
        rows = tf.concat([tf.transpose(part, [1, 0, 2]) for part in parts], 0)
        return rows[: self.batch, : self.steps] if self.filled_up else rows


def _stride(steps: int | None) -> tuple[int, bool]:
    """Steps to compile at a time, and whether they divide all."""
    if steps is None:
        return STEPS, False
    best = max(n for n in range(1, min(steps, MOST_STEPS) + 1) if steps % n == 0)
    return (best, True) if best >= min(steps, STEPS // 2) else (STEPS, False)


def _masks(mask: tf.Tensor | None, sizes: _Sizes) -> list[tf.Tensor | None]:
    """2 for a real step, 1 for one that is not, 0 if there was none before it either."""
    if not sizes.masked:
        return [None] * sizes.parts
    if mask is None:
        mask = tf.ones([sizes.batch, sizes.steps], tf.bool)
    seen = tf.cumsum(tf.cast(mask, tf.int32), 1) > 0
    return sizes.in_parts(tf.cast(mask, tf.int32) + tf.cast(seen, tf.int32))


def _columns(state: State, sizes: _Sizes) -> list[State]:
    """Each of a state's `(batch, units)` to wide `(units, batch)`, in parts of the batch."""
    columns = [tf.transpose(tf.cast(part, tf.float32)) for part in state]
    columns = [tf.pad(part, [[0, 0], [0, sizes.more_rows]]) for part in columns]
    split = [tf.split(part, sizes.parts, axis=1) for part in columns]
    return list(zip(*split, strict=True))


def _rows(parts: tuple[State, ...], sizes: _Sizes, kind: tf.DType) -> State:
    """The inverse of `_columns`."""
    joined = (tf.cast(tf.concat(columns, 1), kind) for columns in zip(*parts, strict=True))
    return tuple(tf.transpose(columns)[: sizes.batch] for columns in joined)


def _forwards(equations, sizes, sequences, keep, weights, x, mask, state) -> tuple:
    """Outputs `(steps, batch, units)` if wanted, the last state, and the trail if it is kept.

    The trail: for each compiled stretch what the steps kept, and the outputs before each step.
    """
    walk = walk_of(equations, sizes.masked, sequences, keep).forwards

    def body(i, arrays, state):
        made, state = walk(_stretch(x, i, sizes), weights, _stretch(mask, i, sizes), state)
        return i + 1, _written(arrays, i, made), state

    kinds = [*[tf.float32] * (2 * keep), *[x.dtype] * sequences]
    begin = (tf.constant(0), _arrays(kinds, sizes.launches), state)
    _, arrays, state = tf.while_loop(lambda i, *_: i < sizes.launches, body, begin)
    return arrays[-1].concat() if sequences else None, state, arrays[: 2 * keep]


def _backwards(equations, sizes, kernel, recurrent, x, mask, trail, d_outputs, d_state) -> tuple:
    """Gradients of x `(steps, batch, features)`, of the weights, and of the first state.

    The kernel, its gradient and that of the recurrent kernel are in columns, those of the former
    in the order of the gates' gradients.
    """
    walk = walk_of(equations, sizes.masked, d_outputs is not None, True).backwards
    units, last = sizes.units, sizes.launches - 1
    outer, inner = equations.gates * units, -equations.gates * units

    def body(i, d_x, d_weights, d_state):
        at = last - i
        kept = tf.ensure_shape(trail[0].read(at), [sizes.stride, None])
        before = tf.cast(tf.reshape(trail[1].read(at), [-1, units]), x.dtype)
        d_outputs_here = None if d_outputs is None else _stretch(d_outputs, at, sizes)
        rows, d_biases, d_state = walk(
            recurrent, kept, _stretch(mask, at, sizes), d_outputs_here, d_state
        )
        rows = tf.cast(tf.reshape(rows, [equations.rows * units, -1]), x.dtype)
        inputs = tf.reshape(_stretch(x, at, sizes), [-1, sizes.features])
        gradients = (
            tf.cast(tf.matmul(rows[:outer], inputs), tf.float32),
            tf.cast(tf.matmul(rows[inner:], before), tf.float32),
            d_biases,
        )
        d_inputs = tf.matmul(rows[:outer], kernel, transpose_a=True)
        d_inputs = tf.reshape(d_inputs, [sizes.stride, -1, sizes.features])
        d_weights = tuple(a + b for a, b in zip(d_weights, gradients, strict=True))
        return i + 1, d_x.write(at, d_inputs), d_weights, d_state

    shapes = (kernel.shape, recurrent.shape[::-1], [equations.rows * units])  # of d_weights
    zeros = tuple(tf.zeros(shape) for shape in shapes)
    (d_x,) = _arrays([x.dtype], sizes.launches)
    _, d_x, d_weights, d_state = tf.while_loop(
        lambda i, *_: i <= last, body, (tf.constant(0), d_x, zeros, d_state)
    )
    return d_x.concat(), d_weights, d_state


def _stretch(columns: tf.Tensor | None, i: tf.Tensor, sizes: _Sizes) -> tf.Tensor | None:
    """The steps of one compiled stretch."""
    if columns is None:
        return None
    here = columns[i * sizes.stride : (i + 1) * sizes.stride]
    return tf.ensure_shape(here, [sizes.stride, *columns.shape[1:]])


def _arrays(kinds: list[tf.DType], size: tf.Tensor) -> tuple[tf.TensorArray, ...]:
    # read again if a tape asks twice
    return tuple(
        tf.TensorArray(kind, size, clear_after_read=False, infer_shape=False) for kind in kinds
    )


def _written(arrays: tuple, i: tf.Tensor, values: tuple) -> tuple:
    return tuple(array.write(i, value) for array, value in zip(arrays, values, strict=True))
