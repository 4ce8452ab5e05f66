"""What of a text carried the answer of a classifier of its ids, in the tokens that are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kerasrnn.explanations import Evidence, Explanation

if TYPE_CHECKING:
    import keras

    from kerasrnn.transforms.text import Text

PAIRS = "pair_embedding"  # the layer that looks up two tokens at once


class Explainer:
    """Explains the answers of one model.

    Args:
        model: From ids to logits.
        text: Tokenizer and vocabulary.
        steps: Most tokens of a text that are read.
        ends: Whether of longer texts both ends are read, not the head.
    """

    def __init__(self, model: keras.Model, text: Text, *, steps: int, ends: bool):
        from kerasrnn.explanations.integrated_gradients import LookedUp, attention

        self.text, self.steps, self.ends = text, steps, ends
        self._looked_up, self._attention = LookedUp(model), attention(model)

    def explain(self, typed: str, place: int, *, answer: str, certainty: float) -> Explanation:
        """What carried one answer.

        Args:
            typed: The text as it was given.
            place: The answer's among the logits.
            answer: What it is called.
            certainty: Its probability.
        """
        from kerasrnn.transforms.text import truncate

        located = self.text.tokenizer.locate(typed)
        ids = self.text.vocabulary.look_up([token for token, _, _ in located])
        read = truncate(np.arange(len(located)), self.steps, ends=self.ends) if located else []
        ids = truncate(ids, self.steps, ends=self.ends)
        by_layer, found = self._looked_up.attribute(ids, place)
        weights = of_tokens(by_layer)
        attended = self._attention(ids) if self._attention else None
        evidence = [
            Evidence(
                start=located[token][1],
                end=located[token][2],
                weight=float(weights[step]),
                attention=None if attended is None else float(attended[step]),
            )
            for step, token in enumerate(read)
        ]
        return Explanation(
            text=typed,
            answer=answer,
            certainty=certainty,
            evidence=evidence,
            score=found.score,
            blank=found.blank,
            points=found.points,
            complete=found.complete,
        )


def of_tokens(by_layer: Mapping[str, np.ndarray]) -> np.ndarray:
    """`(steps,)` weights of tokens from those that each embedding has at each step.

    A pair's weight belongs to both its tokens, half and half.
    """
    weights = sum(values for name, values in by_layer.items() if name != PAIRS)
    if PAIRS in by_layer:
        half = by_layer[PAIRS] / 2
        # the last step's pair reaches into the padding and has no weight
        weights = weights + half + np.concatenate([[0.0], half])[:-1]
    return weights
