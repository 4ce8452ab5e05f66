"""Sources to the sequences a network writes for them: inside the graph, or by an exported file.

Inside the graph the encoder reads once and the decoder goes step by step. A TFLite file has one
endpoint, the scores of every next id of a whole beginning, so there each step reads its sequence
from the start again: right with any file, and for sentences fast enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kerasrnn import plain_arrays
from kerasrnn.beam_search import Found, Rules, beam_search, coverage_bonus
from kerasrnn.ids import END_ID, PAD_ID, START_ID, UNKNOWN_ID

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Answer = Callable[[dict[str, Any]], dict[str, Any]]  # of a numeric endpoint


@dataclass(frozen=True)
class Searching:
    """How translations are searched for.

    Args:
        beam: Live sequences of each source; 1 is greedy.
        length_penalty: 0 prefers short ones (`beam_search`).
        coverage_penalty: 0 or more: against leaving out parts of the source.
        most: Ids at most, the end among them.
    """

    beam: int = 5
    length_penalty: float = 1.0
    coverage_penalty: float = 0.0
    most: int = 100

    def rules(self) -> Rules:
        """Nothing that is no text is written."""
        forbidden = (PAD_ID, UNKNOWN_ID, START_ID)
        return Rules(self.beam, self.length_penalty, START_ID, END_ID, forbidden)


class Written(NamedTuple):
    """What is written for each source, the best first."""

    ids: Any  # (rows, beam, steps)
    scores: Any  # (rows, beam)
    attention: Any  # (rows, steps, source_steps) of the best


class GraphTranslator:
    """Searches inside the graph.

    Args:
        model: Made by `translator`, or its twin for export; not to be saved afterwards.
        how: How to search.
    """

    def __init__(self, model: keras.Model, how: Searching):
        from kerasrnn.models.translator import Parts

        self.parts, self.how = Parts(model), how

    @classmethod
    def of(cls, model: keras.Model, how: Searching) -> GraphTranslator:
        """With a copy of the model and of its weights as they are now."""
        from kerasrnn.layers.recurrence import for_inference

        return cls(for_inference(model, "graph"), how)

    def __call__(self, source: tf.Tensor) -> Written:
        """`(rows, source_steps)` ids, padded right with zeros; runs inside a graph."""
        import tensorflow as tf

        from kerasrnn import graph_arrays

        how, encoded = self.how, self.parts.encode(source)
        repeated = encoded.map(lambda x: tf.repeat(x, how.beam, axis=0))
        state, bonus = list(repeated.states), None
        if how.coverage_penalty:
            state.append(tf.zeros(tf.shape(repeated.mask), tf.float32))

            def bonus(state: list) -> tf.Tensor:
                return coverage_bonus(graph_arrays, state[-1], repeated.mask, how.coverage_penalty)

        def step(ids: tf.Tensor, state: list) -> tuple[tf.Tensor, list]:
            count = len(repeated.states)
            logits, weights, after = self.parts.decode(ids[:, None], repeated, state[:count])
            covered = [coverage + weights[:, 0] for coverage in state[count:]]
            return logits[:, 0], [*after, *covered]

        most = tf.fill([tf.shape(source)[0]], how.most)
        found = beam_search(graph_arrays, step, state, most=most, rules=how.rules(), bonus=bonus)
        best = found.ids[:, 0]
        before = tf.concat([tf.fill([tf.shape(best)[0], 1], START_ID), best[:, :-1]], 1)
        _, weights, _ = self.parts.decode(before, encoded, encoded.states)
        return Written(found.ids, found.scores, weights)

    def compiled(self) -> Callable[[np.ndarray], Written]:
        """The same for arrays, one trace for all sizes."""
        import tensorflow as tf

        sources = tf.TensorSpec([None, None], tf.int32)
        run = tf.function(self, input_signature=[sources], autograph=False)

        def translate(source: np.ndarray) -> Written:
            return Written(*(tensor.numpy() for tensor in run(tf.constant(source, tf.int32))))

        return translate


def translate_by_endpoint(answer: Answer, source: np.ndarray, how: Searching) -> Written:
    """Searches with a numeric endpoint, without TensorFlow.

    Args:
        answer: `{"source", "target"}` to `{"logits", "attention"}` at each place of the target.
        source: `(rows, source_steps)` ids, padded right with zeros.
        how: How to search.
    """
    repeated = np.repeat(source, how.beam, 0)
    mask = repeated != PAD_ID
    mask[:, 0] = True  # as the network has it

    def step(ids: np.ndarray, state: list) -> tuple[np.ndarray, list]:
        beginning = np.concatenate([state[0], ids[:, None]], 1)
        outputs = answer({"source": repeated, "target": beginning})
        last = beginning.shape[1] - 1
        return outputs["logits"][:, last], [beginning, outputs["attention"].sum(1)]

    def bonus(state: list) -> np.ndarray:
        return coverage_bonus(plain_arrays, state[1], mask, how.coverage_penalty)

    start = [np.zeros((len(repeated), 0), np.int32), np.zeros(repeated.shape, np.float32)]
    found: Found = beam_search(
        plain_arrays,
        step,
        start,
        most=np.full(len(source), how.most, np.int32),
        rules=how.rules(),
        bonus=bonus if how.coverage_penalty else None,
    )
    best = found.ids[:, 0, : max(1, int((found.ids[:, 0] != PAD_ID).sum(1).max()))]
    before = np.concatenate([np.full_like(best[:, :1], START_ID), best[:, :-1]], 1)
    weights = answer({"source": source, "target": before})["attention"]
    return Written(found.ids, found.scores, weights)
