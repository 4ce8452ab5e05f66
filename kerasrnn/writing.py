"""Text written token by token, without TensorFlow."""

import abc
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kerasrnn.ids import UNKNOWN_ID
from kerasrnn.mixing import mixed
from kerasrnn.sampling import Sampling

PIECE = 16  # tokens a call: often enough for a reader, rarely enough for speed
LONG_PIECE = 256  # the same where nobody reads along
NEVER = -1e9  # the score of what may not be drawn
DRAWN = -1  # in the place of an id: it is to be drawn
COLDEST = 1e-30  # temperatures below are zero in single precision


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
    return mixed(mixed(seed + GOLDEN) + (position + ONE) * GOLDEN) // np.uint64(2**41)


ONE, GOLDEN = np.uint64(1), np.uint64(0x9E3779B97F4A7C15)


def row_seeds(seed: int, rows: int) -> np.ndarray:
    """`(rows,)` seeds of texts written together: the first has that given, each other one more."""
    return (seed + np.arange(rows)) % 2**31


def uniform(seeds: np.ndarray, position: int, count: int = 1) -> np.ndarray:
    """`(rows, count)` random numbers in [0, 1) of places in texts with these seeds."""
    places = np.arange(position, position + count, dtype=np.uint64)
    bits = random_bits(seeds.astype(np.uint64)[:, None], places)
    return (bits / 2**23).astype(np.float32)


def draw(logits: np.ndarray, sampling: Sampling, seeds: np.ndarray, position: int) -> np.ndarray:
    """One token for each row from its scores, as `generation.draw` does inside the graph.

    Args:
        logits: `(rows, vocabulary_size)`.
        sampling: How to draw, but for the seed.
        seeds: `(rows,)`.
        position: Place in the text, from 0.

    Returns:
        `(rows,)` int32.
    """
    if sampling.temperature == 0:
        return logits.argmax(-1).astype(np.int32)
    scores = (logits - logits.max(-1, keepdims=True)).astype(np.float32)
    scores = scores / np.float32(max(sampling.temperature, COLDEST))
    if 0 < sampling.top_k < scores.shape[-1]:
        kth = np.sort(scores)[:, -sampling.top_k, None]
        scores[scores < kth] = NEVER
    if sampling.top_p < 1:
        ranked = np.sort(scores)[:, ::-1]
        share = np.exp(ranked)
        share /= share.sum(-1, keepdims=True)
        before = np.cumsum(share, -1) - share
        kept = np.where(before < sampling.top_p, ranked, np.inf)
        scores[scores < kept.min(-1, keepdims=True)] = NEVER
    total = np.cumsum(np.exp(scores), -1)
    return (total > total[:, -1:] * uniform(seeds, position)).argmax(-1).astype(np.int32)


def forbidden_scores(size: int) -> np.ndarray:
    """`(size,)` to add to the scores: padding and unknown are no text."""
    scores = np.zeros(size, np.float32)
    scores[: UNKNOWN_ID + 1] = NEVER
    return scores


class Writer(abc.ABC):
    """Continues texts, one piece after the other, one text or many at a time.

    Args:
        text: Tokenizer and vocabulary.
        sampling: How to draw.
    """

    def __init__(self, text: Any, sampling: Sampling):
        self.text, self.sampling = text, sampling
        self.forbidden = forbidden_scores(len(text.vocabulary))

    @abc.abstractmethod
    def read(self, ids: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Scores `(rows, vocabulary_size)` after `(rows, steps)` ids, and the state."""

    @abc.abstractmethod
    def piece(self, position: int, count: int) -> np.ndarray:
        """The next `(rows, count)` ids, the first of them at this place after the prompts.

        Goes on from `logits` and `state`, and leaves those after the piece.
        """

    @abc.abstractmethod
    def likeliest(self, length: int, beam: int) -> np.ndarray:
        """`(rows, length)` ids of likely texts, from `logits` and `state`, by beam search."""

    def begin(self, prompts: Sequence[np.ndarray]) -> None:
        """Reads the ids of each prompt, at least one; those of one length together.

        Sets `logits`, `state` and `seeds`, with a row for each prompt.
        """
        order: list[int] = []
        parts = []
        for length in sorted({len(ids) for ids in prompts}):
            rows = [row for row, ids in enumerate(prompts) if len(ids) == length]
            parts.append(self.read(np.stack([prompts[row] for row in rows])))
            order += rows
        back = np.argsort(order)
        self.logits = np.concatenate([logits for logits, _ in parts])[back]
        states = zip(*(state for _, state in parts), strict=True)
        self.state = [np.concatenate(arrays)[back] for arrays in states]
        self.seeds = row_seeds(self.sampling.seed, len(prompts))

    def write(self, prompts: Sequence[str], length: int, *, stop: str = "") -> list[str]:
        """Continues all prompts at once, each as if it were alone.

        Args:
            prompts: What the texts begin with, as `stream` takes them; at least one.
            length: Most tokens drawn for each.
            stop: Ends a text before its first occurrence of this string.

        Returns:
            The continuations. That of the first is what `stream` gives; those after have seeds of
            their own, each one more.
        """
        self.begin(self._ids(prompts))
        texts = [""] * len(prompts)
        decode = self.text.vocabulary.decode
        for position in range(0, length, LONG_PIECE):
            drawn = self.piece(position, min(LONG_PIECE, length - position))
            texts = [text + decode(ids) for text, ids in zip(texts, drawn, strict=True)]
            if stop and all(stop in text for text in texts):
                break
        return [text.partition(stop)[0] if stop else text for text in texts]

    def search(
        self, prompts: Sequence[str], length: int, beam: int, *, stop: str = ""
    ) -> list[str]:
        """The likeliest continuation of each prompt that a beam search finds, all at once.

        Args:
            prompts: As `write` takes them.
            length: Tokens of each, all of which count.
            beam: Live texts of each prompt.
            stop: A text is given up to its first occurrence.
        """
        self.begin(self._ids(prompts))
        decode = self.text.vocabulary.decode
        texts = [decode(ids) for ids in self.likeliest(length, beam)]
        return [text.partition(stop)[0] if stop else text for text in texts]

    def _ids(self, prompts: Sequence[str]) -> list[np.ndarray]:
        # a prompt of blanks alone may have no token
        encoded = list(self.text.encode([*prompts, "\n"]))
        return [ids if len(ids) else encoded[-1] for ids in encoded[:-1]]

    def stream(self, prompt: str, length: int, *, stop: str = "") -> Iterator[str]:
        """Continues the prompt, piece by piece.

        Args:
            prompt: What the text begins with; an empty one starts as after a line's end.
            length: Most tokens drawn.
            stop: Ends the text before the first occurrence of this string.

        Yields:
            Pieces of text; joined they are the continuation.
        """
        self.begin(self._ids([prompt]))
        held = ""  # drawn but not given away: it may be the beginning of the stop string
        for position in range(0, length, PIECE):
            [drawn] = self.piece(position, min(PIECE, length - position))
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


def unknown_tokens(text: Any, prompts: Sequence[str]) -> int:
    """Tokens of the prompts that the model has never seen."""
    return sum(int(np.sum(ids == UNKNOWN_ID)) for ids in text.encode(prompts))
