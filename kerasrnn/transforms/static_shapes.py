"""Batches of a few fixed shapes: XLA compiles a program for each shape, and a TPU has no other.

Steps are padded to the next of a few sizes, and the rows of a batch that is not full are filled
up. What is added has weight zero, so the loss is that of the real rows and steps, and an epoch
has as many batches as ever.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf

SMALLEST = 8  # steps; a TPU's memory is laid out in tiles of 8 by 128
LARGEST = 1 << 20


def step_sizes(longest: Iterable[int]) -> list[int]:
    """Sizes that steps may be padded to, ascending: 8, 16, 24, 32, 48, 64, 96, 128, …

    Two to a doubling, and the length of the longest, which many sequences have where long ones are
    cut.

    Args:
        longest: Steps of the longest training sequence, of each kind there is.
    """
    powers = [SMALLEST]
    while powers[-1] < LARGEST:
        powers.append(2 * powers[-1])
    between = [3 * power // 2 for power in powers if power > SMALLEST]
    return sorted({*powers, *between, *map(int, longest)})


def static_shapes(
    batches: tf.data.Dataset, *, batch_size: int, sizes: Sequence[int]
) -> tf.data.Dataset:
    """The same batches with as many rows each, and steps of one of some sizes.

    Args:
        batches: Inputs, target and perhaps weights, zero where a step is padding; a size that is
            unknown beforehand, the first apart, is a number of steps.
        batch_size: Rows; none of the batches may have more.
        sizes: As `step_sizes` gives them.

    Returns:
        Batches of inputs, target and weights, `(batch_size,)` where there were none.
    """
    shapes = tf.nest.map_structure(lambda spec: spec.shape, batches.element_spec)
    rungs = tf.constant([*sizes] or [1], tf.int32)

    def steps_padded(x: tf.Tensor, shape: tf.TensorShape) -> tf.Tensor:
        sides = [[0, 0]]
        for axis, known in enumerate(shape[1:], 1):
            here = tf.shape(x)[axis]
            rung = here if known is not None else rungs[tf.searchsorted(rungs, [here])[0]]
            sides.append([0, rung - here])
        x = tf.pad(x, sides) if None in shape[1:] else x
        alone = sizes[0] if len(sizes) == 1 else None
        after = [alone if known is None else known for known in shape[1:]]
        return tf.ensure_shape(x, [None, *after])

    def fixed(inputs: Any, target: Any, *weights: tf.Tensor) -> tuple:
        padded = tf.nest.map_structure(steps_padded, (inputs, target, *weights), shapes)
        inputs, target, *weights = padded
        rows = tf.shape(tf.nest.flatten(target)[0])[0]
        weights = weights or [tf.ones([rows])]
        # a row that is there already, for one without a step may be more than a network can read
        places = tf.range(batch_size)
        places = tf.where(places < rows, places, 0)
        inputs, target = tf.nest.map_structure(lambda x: tf.gather(x, places), (inputs, target))
        return inputs, target, *(_zeros_below(x, batch_size) for x in weights)

    return batches.map(fixed).prefetch(tf.data.AUTOTUNE)


def _zeros_below(x: tf.Tensor, rows: int) -> tf.Tensor:
    more = [[0, rows - tf.shape(x)[0]]] + [[0, 0]] * (x.shape.rank - 1)
    return tf.ensure_shape(tf.pad(x, more), [rows, *x.shape[1:]])
