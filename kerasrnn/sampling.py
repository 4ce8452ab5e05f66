"""How the next token is drawn, and text written token by token; without TensorFlow.

Temperature divides the scores before the softmax; top-k keeps the k likeliest tokens; top-p
(nucleus sampling, Holtzman et al. 2020) keeps the fewest that together reach probability p.
"""

import abc
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.ids import UNKNOWN_ID

PIECE = 16  # tokens a call: often enough for a reader, rarely enough for speed
NEVER = -1e9  # the score of what may not be drawn
COLDEST = 1e-30  # temperatures below are zero in single precision


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn.

    Args:
        temperature: 0 always takes the likeliest; below 1 is bolder, above 1 freer.
        top_k: Only so many likeliest tokens; 0 for all.
        top_p: Only the likeliest that reach this probability; 1 for all.
        seed: The same seed gives the same text.

    Raises:
        BadInput: If a number is out of range.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self):
        if not 0 <= self.temperature <= 100:
            raise BadInput(f"--temperature {self.temperature} is not within 0 and 100")
        if self.top_k < 0:
            raise BadInput(f"--top-k {self.top_k} is negative; 0 keeps every token")
        if not 0 < self.top_p <= 1:
            raise BadInput(f"--top-p {self.top_p} is not above 0 and at most 1")
        if not 0 <= self.seed < 2**31:
            raise BadInput(f"--seed {self.seed} is not within 0 and {2**31 - 1}")


def random_bits(seed: Any, position: Any) -> Any:
    """23 random bits for each seed and place in its text, by SplitMix64 (Steele et al. 2014).

    A function of seed and place alone, so that a text depends neither on the others of its batch
    nor on the runtime that draws it. Written in operators that NumPy and TensorFlow share.

    Args:
        seed: `uint64` array or tensor.
        position: The same, from 0.

    Returns:
        `uint64` below 2**23, which divided by 2**23 is exact in single precision and below 1.
    """
    mixed = _mixed(_mixed(seed + GOLDEN) + (position + ONE) * GOLDEN)
    return mixed // np.uint64(2**41)


ONE, GOLDEN = np.uint64(1), np.uint64(0x9E3779B97F4A7C15)


def _mixed(z: Any) -> Any:
    z = (z ^ (z // np.uint64(2**30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z // np.uint64(2**27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z // np.uint64(2**31))


def draw(logits: np.ndarray, sampling: Sampling, position: int) -> int:
    """One token from its scores, as `generation.draw` does inside the graph.

    Args:
        logits: `(vocabulary_size,)`.
        sampling: How to draw.
        position: Place in the text, from 0.
    """
    if sampling.temperature == 0:
        return int(logits.argmax())
    scores = (logits - logits.max()).astype(np.float32)
    scores = scores / np.float32(max(sampling.temperature, COLDEST))
    ranked = np.sort(scores)[::-1]
    if 0 < sampling.top_k < len(ranked):
        scores[scores < ranked[sampling.top_k - 1]] = NEVER
    if sampling.top_p < 1:
        ranked = np.sort(scores)[::-1]
        share = np.exp(ranked) / np.exp(ranked).sum()
        before = np.cumsum(share) - share
        scores[scores < ranked[before < sampling.top_p].min()] = NEVER
    total = np.cumsum(np.exp(scores))
    bits = random_bits(np.array([sampling.seed], np.uint64), np.array([position], np.uint64))
    return int((total > total[-1] * np.float32(bits[0] / 2**23)).argmax())


def forbidden_scores(size: int) -> np.ndarray:
    """`(size,)` to add to the scores: padding and unknown are no text."""
    scores = np.zeros(size, np.float32)
    scores[: UNKNOWN_ID + 1] = NEVER
    return scores


class Writer(abc.ABC):
    """Continues texts, one piece after the other.

    Args:
        text: Tokenizer and vocabulary.
        sampling: How to draw.
    """

    def __init__(self, text: Any, sampling: Sampling):
        self.text, self.sampling = text, sampling
        self.forbidden = forbidden_scores(len(text.vocabulary))

    @abc.abstractmethod
    def begin(self, ids: np.ndarray) -> None:
        """Reads the prompt's `(steps,)` ids, at least one."""

    @abc.abstractmethod
    def piece(self, position: int, count: int) -> np.ndarray:
        """The next `count` ids, the first of them at this place after the prompt."""

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
        self.begin(ids)
        held = ""  # drawn but not given away: it may be the beginning of the stop string
        for position in range(0, length, PIECE):
            drawn = self.piece(position, min(PIECE, length - position))
            held += self.text.vocabulary.decode(drawn)
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


def unknown_tokens(text: Any, prompt: str) -> int:
    """Tokens of the prompt that the model has never seen."""
    ids = next(iter(text.encode([prompt])), np.zeros(0, np.int32))
    return int(np.sum(ids == UNKNOWN_ID))
