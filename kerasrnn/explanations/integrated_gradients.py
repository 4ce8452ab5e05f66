"""Integrated gradients: what each vector that a model looks up adds to a score.

Source: Sundararajan, Taly & Yan 2017, "Axiomatic attribution for deep networks", equation 1; that
the attributions sum to the difference of the scores at both ends of the path is its proposition 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasrnn.layers.pooling import Pooling

TOLERANCE = 0.01  # nats, or share of the difference if that is above one nat
ORDER = 8  # points of the Gauss-Legendre rule in each panel of the path
PANELS = 2  # to begin with; doubled until the sum is right
MOST_PANELS = 512  # 4,096 points
BATCH = 64  # points at once
CLASS = tf.TensorSpec([], tf.int32)


@dataclass(frozen=True)
class Attribution:
    """What each number of the vectors adds to a score.

    Args:
        values: In the shapes of the vectors.
        score: At the vectors.
        blank: Where all of them are zero.
        points: At how many points of the path the gradient was taken.
    """

    values: list[np.ndarray]
    score: float
    blank: float
    points: int

    @property
    def gap(self) -> float:
        """How far the sum of all values is from the difference of the scores, its due."""
        return sum(float(v.sum()) for v in self.values) - (self.score - self.blank)

    @property
    def complete(self) -> bool:
        """Whether the gap is within `TOLERANCE`."""
        return abs(self.gap) <= TOLERANCE * max(1.0, abs(self.score - self.blank))


def integrated_gradients(
    gradients: Callable[[list[np.ndarray]], tuple[np.ndarray, list[np.ndarray]]],
    vectors: Sequence[np.ndarray],
    *,
    most_panels: int = MOST_PANELS,
) -> Attribution:
    """Attributes a score along the straight path from zero vectors, ever finer until complete.

    Args:
        gradients: From arrays with an axis of points in front to `(points,)` scores and to their
            gradients by each array.
        vectors: The end of the path, floats of any shapes.
        most_panels: Of the path; where the score has kinks, as maxima have, many are needed.

    Returns:
        The attribution of the finest path taken; `complete` says whether it is good.
    """
    ends = np.array([0.0, 1.0])
    (blank, score), _ = gradients(_along(vectors, ends))
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    panels = PANELS
    while True:
        points = ((np.arange(panels)[:, None] + (nodes + 1) / 2) / panels).ravel()
        shares = np.tile(weights / 2 / panels, panels)
        means = _mean_gradients(gradients, vectors, points, shares)
        # from zero to the vector, so the way gone is the vector itself
        values = [mean * vector for mean, vector in zip(means, vectors, strict=True)]
        found = Attribution(values, float(score), float(blank), len(points))
        if found.complete or panels >= most_panels:
            return found
        panels *= 2


def _mean_gradients(gradients, vectors, points, shares):
    """Weighted means of the gradients over points of the path, in float64."""
    totals = [np.zeros(vector.shape) for vector in vectors]
    for begin in range(0, len(points), BATCH):
        part = slice(begin, begin + BATCH)
        _, found = gradients(_along(vectors, points[part]))
        for total, gradient in zip(totals, found, strict=True):
            total += np.tensordot(shares[part], gradient.astype(np.float64), 1)
    return totals


def _along(vectors, points):
    return [np.multiply.outer(points, vector).astype(np.float32) for vector in vectors]


def log_odds(logits: tf.Tensor, answer: tf.Tensor) -> tf.Tensor:
    """`(batch, classes)` logits to the `(batch,)` log p/(1-p) of one class, in nats.

    Unlike a logit it means something by itself, and unlike a probability it does not flatten out
    where the model is sure.
    """
    return log_odds_of_all(tf.nn.log_softmax(tf.cast(logits, tf.float32))[:, None], answer[None])


def log_odds_of_all(log_p: tf.Tensor, answers: tf.Tensor) -> tf.Tensor:
    """The same of several answers together.

    Args:
        log_p: `(batch, count, classes)` log-probabilities, each given the answers before it.
        answers: `(count,)` classes.

    Returns:
        `(batch,)` log p/(1-p), p the probability that all of them are right.
    """
    own = tf.one_hot(answers, tf.shape(log_p)[2], on_value=True, off_value=False, dtype=tf.bool)
    right = tf.reduce_sum(tf.where(own, log_p, 0.0), 2)
    wrong = tf.reduce_logsumexp(tf.where(own, -np.inf, log_p), 2)
    # one of them is the first that is wrong: 1-p is their sum, and nothing is lost where p is 1
    before = tf.cumsum(right, 1, exclusive=True)
    return tf.reduce_sum(right, 1) - tf.reduce_logsumexp(before + wrong, 1)


def of_one_class(inputs: Any, logits: tf.Tensor, answer: tf.Tensor) -> tf.Tensor:
    """The score of a classifier: the log-odds of its answer."""
    return log_odds(logits, answer)


class LookedUp:
    """A model of ids, cut where ids have become vectors.

    Every embedding is a way for evidence, so all are found: none can be forgotten.

    Args:
        model: From `(batch, steps)` ids, or from several inputs by name whose first sizes these
            are (ids of words, and of the characters of each), to whatever `score` takes.
        score: From the inputs by name, the model's outputs and what is asked to `(batch,)`
            numbers, none of which another row may influence. If left out: from `(batch, classes)`
            logits and a class to its log-odds.
        asked: Of what type that is which is asked; a class if left out.

    Raises:
        ValueError: If it has no embedding.
    """

    def __init__(
        self,
        model: keras.Model,
        score: Callable[[Mapping[str, tf.Tensor], Any, Any], tf.Tensor] = of_one_class,
        asked: Any = CLASS,
    ):
        layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Embedding)]
        if not layers:
            raise ValueError(f"{model.name} has no embedding that gradients could be taken at")
        self.names = [layer.name for layer in layers]
        outputs = [layer.output for layer in layers]
        self._given, self._score = [tensor.name for tensor in model.inputs], score
        self._vectors = keras.Model(model.inputs, outputs)
        self._rest = keras.Model([*model.inputs, *outputs], model.output)
        ids = [tf.TensorSpec(tensor.shape, tf.int32) for tensor in model.inputs]
        vectors = [tf.TensorSpec(tensor.shape, tf.float32) for tensor in outputs]
        self._gradients = tf.function(self._differentiate, input_signature=[ids, vectors, asked])

    def attribute(
        self, inputs: np.ndarray | Mapping[str, np.ndarray], asked: Any
    ) -> tuple[dict[str, np.ndarray], Attribution]:
        """What each step adds to the score.

        Args:
            inputs: `(steps,)` ids of one text, or its inputs by name, `(steps, ...)` each.
            asked: As `score` takes it: the class.

        Returns:
            By the name of each embedding, `(steps,)` floats, what the vectors that it looked up
            for a step, all its characters' together, add; and the attribution that they sum up.
        """
        named = inputs if isinstance(inputs, Mapping) else {self._given[0]: inputs}
        rows = [np.asarray(named[name], np.int32)[None] for name in self._given]
        steps = rows[0].shape[1]
        asked = tf.nest.map_structure(lambda x: tf.constant(x, tf.int32), asked)

        def gradients(vectors):
            repeated = [np.repeat(row, len(vectors[0]), 0) for row in rows]
            # characters are looked up word by word: there a point has as many rows as words
            flat = [tf.constant(v.reshape(len(v) * v.shape[1], *v.shape[2:])) for v in vectors]
            scores, found = self._gradients(repeated, flat, asked)
            pairs = zip(found, vectors, strict=True)
            return scores.numpy(), [gradient.numpy().reshape(v.shape) for gradient, v in pairs]

        looked_up = self._vectors([tf.constant(row) for row in rows], training=False)
        vectors = [np.asarray(v, np.float32) for v in tf.nest.flatten(looked_up)]
        found = integrated_gradients(gradients, vectors)
        # of a step one vector, or those of its characters
        sums = [v.sum(-1).reshape(steps, -1 if steps else 0).sum(1) for v in found.values]
        return dict(zip(self.names, sums, strict=True)), found

    def _differentiate(self, inputs, vectors, asked):
        named = dict(zip(self._given, inputs, strict=True))
        with tf.GradientTape() as tape:
            tape.watch(vectors)
            scores = self._score(named, self._rest([*inputs, *vectors], training=False), asked)
        # the scores' sum has each row's own gradient: no row of a batch influences another
        return scores, tape.gradient(scores, vectors)


def attention(model: keras.Model) -> Callable[[np.ndarray], np.ndarray] | None:
    """What gives the weights by which a model pools the steps of a text; none if it has none.

    Returns:
        From the `(steps,)` ids of one text to `(steps,)` weights, which sum to one.
    """
    found = [x for x in model.layers if isinstance(x, Pooling) and x.kind == "attention"]
    if not found:
        return None
    [layer] = found
    pooled = keras.Model(model.input, layer.input)

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)])
    def weights(ids):
        return tf.cast(layer.weights_of_steps(*pooled(ids, training=False)), tf.float32)

    return lambda ids: weights(ids[None].astype(np.int32)).numpy()[0, :, 0]
