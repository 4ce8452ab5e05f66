"""What a person reads of a classified text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasrnn.ids import UNKNOWN_ID
from kerasrnn.tasks import limit_text


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def answer(text: str, names: Sequence[str], p: np.ndarray) -> dict[str, Any]:
    """What is told of one text: its most probable label, and the probability of every one."""
    probabilities = {name: round(float(x), 6) for name, x in zip(names, p, strict=True)}
    best = names[int(p.argmax())]
    return {
        "text": text,
        "label": best,
        "probability": probabilities[best],
        "probabilities": probabilities,
    }


def doubts(texts: Sequence[str], ids: list[np.ndarray]) -> list[str]:
    """Warnings for texts of which the network sees nothing."""
    warnings = []
    for text, row in zip(texts, ids, strict=True):
        if not text.strip():
            warnings.append("an empty text has nothing to go by; the answer is the prior's")
        elif (row <= UNKNOWN_ID).all():
            warnings.append(f"no word of '{limit_text(text)}' was known in training")
    return warnings
