"""What beam search does with tensors inside a graph; `plain_arrays` is the twin in NumPy."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

where, reshape = tf.where, tf.reshape
maximum, minimum, log = tf.maximum, tf.minimum, tf.math.log


def concatenate(parts: Sequence[tf.Tensor], axis: int) -> tf.Tensor:
    """Side by side."""
    return tf.concat(parts, axis)


def log_softmax(x: tf.Tensor) -> tf.Tensor:
    """Over the last axis, in float32."""
    return tf.nn.log_softmax(tf.cast(x, tf.float32))


def top_k(x: tf.Tensor, k: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The k largest of each row in order, and their places; of equal ones the first."""
    values, places = tf.math.top_k(x, k)
    return values, places


def pick(x: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Of `(rows, choices, …)` those at `(rows, k)` places."""
    return tf.gather(x, places, batch_dims=1)


def take(x: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """Rows by number."""
    return tf.gather(x, rows)


def number(x: tf.Tensor, kind: str) -> tf.Tensor:
    """The same as another type."""
    return tf.cast(x, kind)


def arange(count: Any) -> tf.Tensor:
    """Whole numbers from 0."""
    return tf.range(count)


def full(shape: Sequence[Any], value: Any, kind: str) -> tf.Tensor:
    """A tensor of one value."""
    return tf.fill(tf.cast(tf.stack(shape), tf.int32), tf.constant(value, kind))


def sizes(x: tf.Tensor) -> tf.Tensor:
    """Of each axis."""
    return tf.shape(x)


def largest(x: tf.Tensor) -> tf.Tensor:
    """Of each row."""
    return tf.reduce_max(x, -1)


def total(x: tf.Tensor) -> tf.Tensor:
    """Of each row."""
    return tf.reduce_sum(x, -1)


def count_true(x: tf.Tensor) -> tf.Tensor:
    """In each row."""
    return tf.reduce_sum(tf.cast(x, tf.int32), -1)


def everything(x: tf.Tensor) -> tf.Tensor:
    """Whether all are true."""
    return tf.reduce_all(x)


def repeat(going: Callable, body: Callable, start: Any) -> Any:
    """The body again and again while there is something to do, in one loop of the graph."""
    # only a state's width is known for certain: rows and steps differ from call to call
    shapes = tf.nest.map_structure(
        lambda t: (
            tf.TensorShape([None, *[None] * (len(t.shape) - 2), *t.shape[1:][-1:]])
            if len(t.shape)
            else t.shape
        ),
        start,
    )
    (end,) = tf.while_loop(
        going, lambda now: (body(now),), (start,), (shapes,), parallel_iterations=1
    )
    return end
