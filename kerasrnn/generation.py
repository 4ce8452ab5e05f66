"""Sampling text inside the graph: a whole piece of it is one compiled call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from kerasrnn.models.text_generator import initial_state
from kerasrnn.sampling import Sampling
from kerasrnn.transforms.text import Text
from kerasrnn.writing import COLDEST, NEVER, Writer, forbidden_scores, random_bits

Step = Callable[[tf.Tensor, list[tf.Tensor]], tuple[tf.Tensor, list[tf.Tensor]]]


@dataclass(frozen=True)
class Drawing:
    """`Sampling` for each row of a batch, as `(batch,)` tensors."""

    temperature: tf.Tensor
    top_k: tf.Tensor
    top_p: tf.Tensor
    seed: tf.Tensor

    @classmethod
    def of(cls, sampling: Sampling) -> "Drawing":
        """For one row."""
        return cls(
            tf.constant([sampling.temperature], tf.float32),
            tf.constant([sampling.top_k], tf.int32),
            tf.constant([sampling.top_p], tf.float32),
            tf.constant([sampling.seed], tf.int32),
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
    bits = random_bits(tf.cast(how.seed, tf.uint64), tf.cast(position, tf.uint64))
    total = tf.cumsum(tf.exp(filter_logits(logits, how)), axis=-1)
    reached = total > total[:, -1:] * (tf.cast(bits, tf.float32) / 2**23)[:, None]
    drawn = tf.argmax(tf.cast(reached, tf.int32), -1, tf.int32)
    return tf.where(how.temperature == 0, tf.argmax(logits, -1, tf.int32), drawn)


def step_of(model: keras.Model, forbidden: np.ndarray) -> Step:
    """A model's step, its scores with those of what is no text put out of reach.

    Args:
        model: Made by `text_generator(..., state=True)`.
        forbidden: As `forbidden_scores` gives it.
    """

    def step(ids, state):
        outputs = model({"ids": ids, "state": state}, training=False)
        return outputs["logits"] + forbidden, outputs["state"]

    return step


def continue_ids(
    step: Step, logits: tf.Tensor, state: list[tf.Tensor], how: Drawing, position, count
) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
    """`count` tokens after the one whose scores are given.

    Args:
        step: `(batch, 1)` ids and the state to `(batch, 1, vocabulary_size)` scores and state.
        logits: `(batch, vocabulary_size)` scores of the first token.
        state: As the step takes it.
        how: How to draw.
        position: Of the first token, counted from the prompt's end.
        count: How many.

    Returns:
        `(batch, count)` ids, and scores and state to go on with.
    """
    drawn = tf.TensorArray(tf.int32, count)
    for i in tf.range(count):
        ids = draw(logits, how, position + i)
        drawn = drawn.write(i, ids)
        scores, state = step(ids[:, None], state)
        logits = tf.ensure_shape(scores[:, 0], logits.shape)
    return tf.transpose(drawn.stack()), logits, state


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
    step = step_of(model, forbidden_scores(len(text.vocabulary)))
    prompt = tf.where(tf.strings.length(inputs["prompt"]) > 0, inputs["prompt"], "\n")
    ragged = text(prompt)
    ids, lengths = ragged.to_tensor(), tf.cast(ragged.row_lengths(), tf.int32)
    state = [tf.zeros([tf.shape(ids)[0], s.shape[-1]]) for s in model.input["state"]]
    logits, state = step(ids, state)
    last = tf.gather(logits, lengths - 1, batch_dims=1)
    how = Drawing(*(inputs[name] for name in ("temperature", "top_k", "top_p", "seed")))
    count = tf.maximum(tf.reduce_max(inputs["length"]), 1)
    drawn, _, _ = continue_ids(step, last, state, how, tf.constant(0), count)
    wanted = tf.range(count)[None] < inputs["length"][:, None]
    tokens = tf.gather(tf.constant(text.vocabulary.tokens), drawn)
    return tf.strings.reduce_join(tf.where(wanted, tokens, ""), -1)


class Generator(Writer):
    """Continues texts with a model that takes and gives its state.

    Args:
        model: Made by `text_generator(..., state=True)`.
        text: Its tokenizer and vocabulary.
        sampling: How to draw.
    """

    def __init__(self, model: keras.Model, text: Text, sampling: Sampling):
        super().__init__(text, sampling)
        self.model = model
        self._step = step_of(model, self.forbidden)
        self._piece = tf.function(self._continue)

    def _continue(self, logits, state, position, count):
        how = Drawing.of(self.sampling)
        return continue_ids(self._step, logits, state, how, position, count)

    def begin(self, ids: np.ndarray) -> None:
        logits, self._state = self._step(tf.constant(ids[None]), initial_state(self.model, 1))
        self._logits = logits[:, -1]

    def piece(self, position: int, count: int) -> np.ndarray:
        drawn, self._logits, self._state = self._piece(
            self._logits, self._state, tf.constant(position), tf.constant(count)
        )
        return drawn[0].numpy()
