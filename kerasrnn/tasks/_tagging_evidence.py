"""What of a sentence carried its entities, or its labels where they mark none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasrnn.explanations import Decisions, Evidence, Explanation
from kerasrnn.tasks._evidence import of_tokens
from kerasrnn.tasks._sentences import Sentence, shown

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.tasks._tags import Tags
    from kerasrnn.transforms.words import Words

MOST_EXPLAINED = 16  # decisions of one sentence: each takes as long as a sentiment's


class Explainer:
    """Explains what one tagger decided: each entity, or each token where labels mark none.

    The score is the log-odds that all tokens of the entity have the labels that they were given,
    whatever the others have: with a conditional random field over all label sequences, so that for
    an entity of one token it is the log-odds of the marginal that `predict` shows; with the other
    decoders by the softmax of each step, whose rules for what may follow have no probabilities.
    It is of the labels and not of their emissions, for those are not what was answered.

    Args:
        model: From words and characters to logits.
        words: What makes its inputs.
        tags: Its labels.
        decoder: How they are chosen.
    """

    def __init__(self, model: keras.Model, words: Words, tags: Tags, *, decoder: str):
        import tensorflow as tf

        from kerasrnn.explanations.integrated_gradients import LookedUp

        self.words, self.tags = words, tags
        asked = {"first": tf.TensorSpec([], tf.int32), "labels": tf.TensorSpec([None], tf.int32)}
        self._looked_up = LookedUp(model, _score(model, decoder), asked)

    def explain(self, row: Mapping[str, Any]) -> Decisions:
        """What carried each decision of a row as `predict` answered it, of many the first."""
        sentence = Sentence(row["text"], row["tokens"])
        [inputs] = self.words.encode([sentence.tokens])
        labels = self.tags.labels.encode(row["labels"])
        decided = self._decided(row["labels"])
        explained = [
            self._explain(sentence, inputs, labels, *decision)
            for decision in decided[:MOST_EXPLAINED]
        ]
        notes = []
        if len(decided) > MOST_EXPLAINED:
            noun = "entities" if self.tags.scheme else "tokens"
            notes.append(
                f"of the {len(decided)} {noun} of '{shown(sentence)}' the first {MOST_EXPLAINED} "
                "are explained"
            )
        elif sentence.tokens and not decided:
            notes.append(f"'{shown(sentence)}' has no entity whose evidence could be shown")
        return Decisions(explained, notes)

    def _decided(self, labels: Sequence[str]) -> list[tuple[int, int, str]]:
        """First token, the one after the last, and what they are."""
        if not self.tags.scheme:
            return [(place, place + 1, label) for place, label in enumerate(labels)]
        found = self.tags.scheme.entities(labels)
        return [(begin, end, kind or "entity") for begin, end, kind in found]

    def _explain(
        self,
        sentence: Sentence,
        inputs: Mapping[str, np.ndarray],
        labels: np.ndarray,
        begin: int,
        end: int,
        name: str,
    ) -> Explanation:
        asked = {"first": begin, "labels": labels[begin:end]}
        by_layer, found = self._looked_up.attribute(inputs, asked)
        places = sentence.places
        weights = zip(places, of_tokens(by_layer), strict=True)
        return Explanation(
            text=sentence.text,
            answer=name,
            certainty=float(1 / (1 + np.exp(-found.score))),
            evidence=[Evidence(*place, weight=float(weight)) for place, weight in weights],
            score=found.score,
            blank=found.blank,
            points=found.points,
            complete=found.complete,
            about=(places[begin][0], places[end - 1][1]),
        )


def _score(model: keras.Model, decoder: str) -> Callable[..., tf.Tensor]:
    """The log-odds that steps in a row have their labels, as `LookedUp` takes it."""
    import tensorflow as tf

    from kerasrnn.explanations.integrated_gradients import log_odds_of_all

    def score(inputs, logits, asked):
        first, labels = asked["first"], asked["labels"]
        if decoder == "crf":
            mask = model.get_layer("mask")(inputs["ids"])
            log_p = model.get_layer("crf").given_before(logits, mask, first, labels)
        else:
            log_p = tf.nn.log_softmax(logits[:, first : first + tf.shape(labels)[0]])
        return log_odds_of_all(log_p, labels)

    return score
