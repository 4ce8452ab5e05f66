"""Sampling text inside a TFLite file: a whole piece of it is one call, for all rows of a batch.

As `generation.continue_ids`, in what TFLite has: the ids go into a buffer by DYNAMIC_UPDATE_SLICE,
and the random numbers, whose making takes integers of 64 bits, come from outside. An id may be
given instead of drawn, so that the same call reads a prompt.
"""

import functools
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

# TFLite's DYNAMIC_UPDATE_SLICE; TensorFlow itself gives it no public name
from tensorflow.compiler.tf2xla.ops.gen_xla_ops import xla_dynamic_update_slice

from kerasrnn.generation import Drawing, choose, filter_logits
from kerasrnn.layers.one_step import Step, one_step
from kerasrnn.writing import DRAWN, forbidden_scores


def piece_of(model: keras.Model, vocabulary_size: int) -> Callable:
    """`write_ids` with a model's step, its weights as they are now.

    Args:
        model: Made by `text_generator(..., state=True)`, or its twin for inference.
        vocabulary_size: Ids there are.
    """
    return functools.partial(write_ids, one_step(model), forbidden_scores(vocabulary_size))


def write_ids(
    step: Step,
    forbidden: np.ndarray,
    logits: tf.Tensor,
    state: list[tf.Tensor],
    how: Drawing,
    ids: tf.Tensor,
    chances: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
    """The ids after those whose scores are given, drawn or as they are.

    Args:
        step: As `one_step` gives it.
        forbidden: As `forbidden_scores` gives it.
        logits: `(batch, vocabulary_size)` scores of the first id; of no use where it is given.
        state: As the step takes it.
        how: How to draw, but for the seed.
        ids: `(batch, count)`; `DRAWN` where one is to be drawn.
        chances: `(batch, count)` random numbers in [0, 1).

    Returns:
        `(batch, count)` ids, the scores after them and the state.
    """
    # ids of one step side by side: they are written together
    given, chances = tf.transpose(ids), tf.transpose(chances)
    count = tf.shape(given)[0]

    def body(i, written, logits, *state):
        allowed = logits + forbidden
        drawn = choose(filter_logits(allowed, how), allowed, how, chances[i])
        ids = tf.where(given[i] == DRAWN, drawn, given[i])
        scores, state = step(ids, list(state))
        written = xla_dynamic_update_slice(written, ids[None], tf.stack([i, 0]))
        written = tf.ensure_shape(written, given.shape)
        return (i + 1, written, tf.ensure_shape(scores, logits.shape), *state)

    _, written, logits, *state = tf.while_loop(
        lambda i, *_: i < count,
        body,
        (tf.constant(0), given, logits, *state),
        parallel_iterations=1,
    )
    return tf.transpose(written), logits, state
