"""Sampling text inside the graph: a whole piece of it is one call, for all rows of a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasrnn import graph_arrays
from kerasrnn.layers.one_step import Step, one_step
from kerasrnn.models.text_generator import initial_state
from kerasrnn.sampling import Sampling
from kerasrnn.text_beams import likeliest
from kerasrnn.transforms.text import Text
from kerasrnn.writing import (
    COLDEST,
    NEVER,
    Writer,
    forbidden_scores,
    random_bits,
    row_seeds,
)

# Tokens written before XLA compiles the loop, which takes about as long as writing these without
# it. A rule of places alone: a text does not depend on what was written earlier, or how it is asked
COMPILED_FROM = 4096
ROOM = 256  # tokens at most that one call of the compiled loop writes; it is compiled once


@dataclass(frozen=True)
class Drawing:
    """`Sampling` for each row of a batch, as `(batch,)` tensors."""

    temperature: tf.Tensor
    top_k: tf.Tensor
    top_p: tf.Tensor
    seed: tf.Tensor

    @classmethod
    def of(cls, sampling: Sampling, rows: int = 1) -> "Drawing":
        """The same for every row but the seed, which is one more in each."""
        return cls(
            tf.fill([rows], tf.constant(sampling.temperature, tf.float32)),
            tf.fill([rows], sampling.top_k),
            tf.fill([rows], tf.constant(sampling.top_p, tf.float32)),
            tf.constant(row_seeds(sampling.seed, rows), tf.int32),
        )


def filter_logits(logits: tf.Tensor, how: Drawing) -> tf.Tensor:
    """Scores after temperature, top-k and top-p; what may not be drawn is at `NEVER`.

    Args:
        logits: `(batch, vocabulary_size)`.
        how: How to draw.
    """
    logits = logits - tf.reduce_max(logits, -1, keepdims=True)
    logits = logits / tf.maximum(how.temperature, COLDEST)[:, None]
    few = (how.top_k > 0) | (how.top_p < 1)
    return tf.cond(tf.reduce_any(few), lambda: _cut(logits, how), lambda: logits)


def _cut(logits: tf.Tensor, how: Drawing) -> tf.Tensor:
    ranked = tf.sort(logits, direction="DESCENDING")
    size = tf.shape(logits)[-1]
    k = tf.where((how.top_k > 0) & (how.top_k < size), how.top_k, size)
    kth = tf.gather(ranked, k - 1, batch_dims=1)[:, None]
    ranked = tf.where(ranked < kth, NEVER, ranked)
    before = tf.cumsum(tf.nn.softmax(ranked), axis=-1, exclusive=True)
    # a token stays if those above it have not reached p: the likeliest always does
    p = how.top_p[:, None]
    nucleus = tf.where((before < p) | (p >= 1), ranked, np.inf)
    smallest = tf.maximum(kth, tf.reduce_min(nucleus, -1, keepdims=True))
    return tf.where(logits < smallest, NEVER, logits)


def draw(logits: tf.Tensor, how: Drawing, position: tf.Tensor) -> tf.Tensor:
    """One token for each row, `(batch,)`, from scores `(batch, vocabulary_size)`.

    Every row has its own random number, so it is drawn as if it were alone.
    """
    return choose(filter_logits(logits, how), logits, how, uniform(how, position, 1)[0])


def uniform(how: Drawing, position: tf.Tensor, count: int | tf.Tensor) -> tf.Tensor:
    """The random numbers of `count` places of each row's text, `(count, batch)` in [0, 1)."""
    places = tf.cast(position + tf.range(count), tf.uint64)
    bits = random_bits(tf.cast(how.seed, tf.uint64)[None], places[:, None])
    return tf.cast(bits, tf.float32) / 2**23


def choose(filtered: tf.Tensor, logits: tf.Tensor, how: Drawing, chance: tf.Tensor) -> tf.Tensor:
    """One token for each row, `(batch,)`, by a number in [0, 1) for each.

    Args:
        filtered: `(batch, vocabulary_size)`, as `filter_logits` gives it.
        logits: What it was made of.
        how: How to draw.
        chance: `(batch,)`.
    """
    total = tf.cumsum(tf.exp(filtered), axis=-1)
    reached = total > total[:, -1:] * chance[:, None]
    drawn = tf.argmax(tf.cast(reached, tf.int32), -1, tf.int32)
    return tf.where(how.temperature == 0, tf.argmax(logits, -1, tf.int32), drawn)


def step_of(model: keras.Model, forbidden: np.ndarray) -> Step:
    """A model's step, the scores of what is no text put out of reach.

    Args:
        model: Made by `text_generator(..., state=True)`.
        forbidden: As `forbidden_scores` gives it.
    """
    plain = one_step(model)

    def step(ids: tf.Tensor, state: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
        logits, state = plain(ids, state)
        return logits + forbidden, state

    return step


def continue_ids(
    step: Step,
    logits: tf.Tensor,
    state: list[tf.Tensor],
    how: Drawing,
    position: tf.Tensor,
    count: tf.Tensor,
    *,
    room: int | None = None,
) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
    """`count` tokens after the one whose scores are given.

    What a token costs does not depend on how many came before: the loop carries scores and state,
    and the tokens go into a buffer that is as long from the start as it will be.

    Args:
        step: As `one_step` gives it, what is no text out of its reach.
        logits: `(batch, vocabulary_size)` scores of the first token.
        state: As the step takes it.
        how: How to draw.
        position: Of the first token, counted from the prompt's end.
        count: How many.
        room: Places of the buffer, `count` unless given; XLA must know it beforehand.

    Returns:
        `(batch, room)` ids, zeros from `count` on, and scores and state to go on with.
    """
    places = count if room is None else room
    chances = uniform(how, position, places)
    none = tf.zeros([places, tf.shape(logits)[0]], tf.int32)
    written = tf.TensorArray(tf.int32, places, element_shape=logits.shape[:1]).unstack(none)

    def body(i, written, logits, *state):
        ids = choose(filter_logits(logits, how), logits, how, chances[i])
        scores, state = step(ids, list(state))
        return (i + 1, written.write(i, ids), tf.ensure_shape(scores, logits.shape), *state)

    _, written, logits, *state = tf.while_loop(
        lambda i, *_: i < count,
        body,
        (tf.constant(0), written, logits, *state),
        parallel_iterations=1,
    )
    return tf.transpose(written.stack()), logits, state


# what a request for text names beside the prompt
PARAMETERS = {
    "length": "int32",
    "temperature": "float32",
    "top_k": "int32",
    "top_p": "float32",
    "seed": "int32",
}


def write(model: keras.Model, text: Text, inputs: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Raw prompts to what follows them, wholly inside the graph; each row as if it were alone.

    Args:
        model: Made by `text_generator(..., state=True, masked=True)`.
        text: Its tokenizer and vocabulary.
        inputs: `prompt` and `PARAMETERS`, each `(batch,)`.

    Returns:
        `(batch,)` strings.
    """
    forbidden = forbidden_scores(len(text.vocabulary))
    prompt = tf.where(tf.strings.length(inputs["prompt"]) > 0, inputs["prompt"], "\n")
    ragged = text(prompt)
    ids, lengths = ragged.to_tensor(), tf.cast(ragged.row_lengths(), tf.int32)
    state = [tf.zeros([tf.shape(ids)[0], s.shape[-1]]) for s in model.input["state"]]
    outputs = model({"ids": ids, "state": state}, training=False)
    last = tf.gather(outputs["logits"], lengths - 1, batch_dims=1) + forbidden
    how = Drawing(*(inputs[name] for name in ("temperature", "top_k", "top_p", "seed")))
    count = tf.maximum(tf.reduce_max(inputs["length"]), 1)
    step = step_of(model, forbidden)
    drawn, _, _ = continue_ids(step, last, outputs["state"], how, tf.constant(0), count)
    wanted = tf.range(count)[None] < inputs["length"][:, None]
    tokens = tf.gather(tf.constant(text.vocabulary.tokens), drawn)
    return tf.strings.reduce_join(tf.where(wanted, tokens, ""), -1)


class Generator(Writer):
    """Continues texts with a model that takes and gives its state.

    Args:
        model: Made by `text_generator(..., state=True)`; its weights as they are now.
        text: Its tokenizer and vocabulary.
        sampling: How to draw.
        compiled: Whether XLA compiles the loop, once for each number of rows, which takes a second
            or two; left out, in texts so long that it pays, from the token `COMPILED_FROM` on.
    """

    def __init__(
        self, model: keras.Model, text: Text, sampling: Sampling, *, compiled: bool | None = None
    ):
        super().__init__(text, sampling)
        self.model, self.compiled = model, compiled
        self._step = step_of(model, self.forbidden)
        self._reading = tf.function(self._read, reduce_retracing=True)
        self._piece = tf.function(self._continue, reduce_retracing=True)
        self._searching = tf.function(self._search, reduce_retracing=True)
        self._compiled_piece = tf.function(
            lambda *arguments: self._continue(*arguments, room=ROOM), jit_compile=True
        )

    def _continue(self, logits, state, how, position, count, room=None):
        how = Drawing(*how)
        return continue_ids(self._step, logits, state, how, position, count, room=room)

    def read(self, ids: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        logits, state = self._reading(tf.constant(ids), initial_state(self.model, len(ids)))
        return logits.numpy(), [tensor.numpy() for tensor in state]

    def _read(self, ids, state):
        logits, state = self._step(ids[:, 0], state)

        def body(t, _, *state):
            scores, state = self._step(ids[:, t], list(state))
            return (t + 1, scores, *state)

        steps = tf.shape(ids)[1]
        _, logits, *state = tf.while_loop(
            lambda t, *_: t < steps,
            body,
            (tf.constant(1), logits, *state),
            parallel_iterations=1,
        )
        return logits, state

    def begin(self, prompts: Sequence[np.ndarray]) -> None:
        super().begin(prompts)
        self.logits = tf.constant(self.logits)
        self.state = [tf.constant(state) for state in self.state]
        how = Drawing.of(self.sampling, len(prompts))
        self._how = (how.temperature, how.top_k, how.top_p, how.seed)

    def piece(self, position: int, count: int) -> np.ndarray:
        if self.compiled is None:
            before = min(max(COMPILED_FROM - position, 0), count)
        else:
            before = 0 if self.compiled else count
        parts = [self._write(self._piece, position, before)] if before else []
        for first in range(before, count, ROOM):
            size = min(ROOM, count - first)
            parts.append(self._write(self._compiled_piece, position + first, size))
        return np.concatenate(parts, 1)

    def _write(self, loop: Any, position: int, count: int) -> np.ndarray:
        drawn, self.logits, self.state = loop(
            self.logits, self.state, self._how, tf.constant(position), tf.constant(count)
        )
        return drawn.numpy()[:, :count]

    def likeliest(self, length: int, beam: int) -> np.ndarray:
        return self._searching(self.logits, self.state, tf.constant(length), beam).numpy()

    def _search(self, logits, state, length, beam):
        logits, *state = (tf.repeat(tensor, beam, axis=0) for tensor in (logits, *state))
        return likeliest(graph_arrays, self._step, logits, state, width=beam, length=length)
