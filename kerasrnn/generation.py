"""Sampling text inside the graph: a whole piece of it is one compiled call.

Temperature divides the scores before the softmax; top-k keeps the k likeliest tokens; top-p
(nucleus sampling, Holtzman et al. 2020) keeps the fewest that together reach probability p.
"""

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from kerasrnn.ids import UNKNOWN_ID
from kerasrnn.models.text_generator import initial_state
from kerasrnn.sampling import Sampling
from kerasrnn.transforms.text import Text

PIECE = 16  # tokens a call: often enough for a reader, rarely enough for speed
NEVER = -1e9


def filter_logits(logits: tf.Tensor, sampling: Sampling) -> tf.Tensor:
    """Scores after temperature, top-k and top-p; what may not be drawn is at `NEVER`.

    Args:
        logits: `(batch, vocabulary_size)`; temperature must be above 0.
        sampling: How to draw.
    """
    logits = logits / sampling.temperature
    size = logits.shape[-1]
    if 0 < sampling.top_k < size:
        smallest = tf.math.top_k(logits, sampling.top_k).values[:, -1:]
        logits = tf.where(logits < smallest, NEVER, logits)
    if sampling.top_p < 1:
        ranked = tf.sort(logits, direction="DESCENDING")
        before = tf.cumsum(tf.nn.softmax(ranked), axis=-1, exclusive=True)
        # a token stays if those above it have not reached p: the likeliest always does
        smallest = tf.reduce_min(tf.where(before < sampling.top_p, ranked, np.inf), -1, True)
        logits = tf.where(logits < smallest, NEVER, logits)
    return logits


class Generator:
    """Continues texts with a model that takes and gives its state.

    Args:
        model: Made by `text_generator(..., state=True)`.
        text: Its tokenizer and vocabulary.
        sampling: How to draw.
    """

    def __init__(self, model: keras.Model, text: Text, sampling: Sampling):
        self.model, self.text, self.sampling = model, text, sampling
        # padding and unknown are no text
        forbidden = np.zeros(len(text.vocabulary), np.float32)
        forbidden[: UNKNOWN_ID + 1] = NEVER
        self._forbidden = tf.constant(forbidden)
        self._piece = tf.function(self._draw_piece)

    def _draw(self, logits: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
        logits = logits + self._forbidden
        if self.sampling.temperature == 0:
            return tf.argmax(logits, -1, tf.int32)
        # the seed of a token is its position, so pieces of any size give the same text
        seed = tf.stack([self.sampling.seed, position])
        logits = filter_logits(logits, self.sampling)
        return tf.random.stateless_categorical(logits, 1, seed, tf.int32)[:, 0]

    def _draw_piece(
        self, logits: tf.Tensor, state: list[tf.Tensor], position: tf.Tensor, count: tf.Tensor
    ) -> tuple:
        drawn = tf.TensorArray(tf.int32, count)
        for i in tf.range(count):
            ids = self._draw(logits, position + i)
            drawn = drawn.write(i, ids)
            outputs = self.model({"ids": ids[:, None], "state": state}, training=False)
            logits, state = outputs["logits"][:, 0], outputs["state"]
        return tf.transpose(drawn.stack()), logits, state

    def stream(self, prompt: str, length: int, *, stop: str = "") -> Iterator[str]:
        """Continues the prompt, piece by piece.

        Args:
            prompt: What the text begins with; an empty one starts as after a line's end.
            length: Most tokens drawn.
            stop: Ends the text before the first occurrence of this string.

        Yields:
            Pieces of text; joined they are the continuation.
        """
        ids = next(iter(self.text.encode([prompt])), np.zeros(0, np.int32))
        if not len(ids):
            ids = next(iter(self.text.encode(["\n"])))
        state = initial_state(self.model, 1)
        outputs = self.model({"ids": tf.constant(ids[None]), "state": state}, training=False)
        logits, state = outputs["logits"][:, -1], outputs["state"]
        held = ""  # drawn but not given away: it may be the beginning of the stop string
        for position in range(0, length, PIECE):
            count = min(PIECE, length - position)
            drawn, logits, state = self._piece(
                logits, state, tf.constant(position), tf.constant(count)
            )
            held += self.text.vocabulary.decode(drawn[0].numpy())
            if stop and stop in held:
                yield held.partition(stop)[0]
                return
            keep = len(stop) - 1 if stop else 0
            give = max(len(held) - keep, 0)
            if give:
                yield held[:give]
            held = held[give:]
        if held:
            yield held


def unknown_tokens(text: Text, prompt: str) -> int:
    """Tokens of the prompt that the model has never seen."""
    ids = next(iter(text.encode([prompt])), np.zeros(0, np.int32))
    return int(np.sum(ids == UNKNOWN_ID))
