"""The text transform of a task: tokenizer and vocabulary, fitted together, saved together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasrnn.ids import PAD_ID, UNKNOWN_ID
from kerasrnn.transforms.tokenizer import Tokenizer
from kerasrnn.transforms.vocabulary import Vocabulary, count_tokens

if TYPE_CHECKING:
    import tensorflow as tf

# tokenised at once: enough to fill the processor, little enough for memory
BATCH = 1024  # texts
CHARACTERS = 4_000_000


@dataclass(frozen=True)
class Text:
    """Raw strings to ids and back.

    Args:
        tokenizer: Strings to tokens.
        vocabulary: Tokens to ids.
        graph: Whether TensorFlow encodes, many texts at once, or Python by the same rules, which
            needs no TensorFlow. The ids are the same.
    """

    tokenizer: Tokenizer
    vocabulary: Vocabulary
    graph: bool = True

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        tokenizer: Tokenizer,
        *,
        minimum_count: int = 1,
        size: int | None = None,
    ) -> Text:
        """Counts the tokens of the training texts, streamed."""
        counts = count_tokens(tokenizer(batch) for batch in _batches(texts, tokenizer))
        return cls(tokenizer, Vocabulary.fit(counts, minimum_count=minimum_count, size=size))

    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """`(batch,)` strings to `(batch, None)` ragged int32 ids, inside the graph."""
        return self.vocabulary.encode(self.tokenizer(texts))

    def encode(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        """One int32 array of ids per text, streamed."""
        if not self.graph:
            yield from (self.vocabulary.look_up(self.tokenizer.plain(text)) for text in texts)
            return
        import tensorflow as tf

        encode = tf.function(self, input_signature=[tf.TensorSpec([None], tf.string)])
        for batch in _batches(texts, self.tokenizer):
            ragged = encode(batch)
            yield from np.split(ragged.flat_values.numpy(), ragged.row_splits.numpy()[1:-1])

    def trackables(self) -> list:
        """What a SavedModel of `__call__` must keep."""
        return self.vocabulary.trackables()

    def save(self, folder: Path) -> None:
        """Writes `tokenizer.json` and `vocabulary.txt`."""
        self.tokenizer.save(folder)
        self.vocabulary.save(folder)

    @classmethod
    def load(cls, folder: Path, *, graph: bool = True) -> Text:
        """Reads what `save` wrote."""
        return cls(Tokenizer.load(folder), Vocabulary.load(folder), graph)


def unknown_share(ids: Sequence[np.ndarray]) -> float:
    """Share of all tokens that are unknown; nan without any token."""
    flat = np.concatenate(ids) if len(ids) else np.zeros(0)
    return float(np.mean(flat == UNKNOWN_ID)) if flat.size else float("nan")


def _batches(texts: Iterable[str], tokenizer: Tokenizer) -> Iterator[tf.Tensor]:
    import tensorflow as tf

    batch: list[str] = []
    characters = 0
    for text in texts:
        batch.append(text)
        characters += len(text)
        if len(batch) == BATCH or characters >= CHARACTERS:
            yield tf.constant(tokenizer.before_graph(batch))
            batch, characters = [], 0
    if batch:
        yield tf.constant(tokenizer.before_graph(batch))


def truncate(ids: np.ndarray, most: int, *, ends: bool = False) -> np.ndarray:
    """At most `most` ids: the first ones, or as many of both ends.

    A text without any token becomes one unknown token, for no row may be empty.
    """
    if not len(ids):
        return np.array([UNKNOWN_ID], np.int32)
    if len(ids) <= most or not ends:
        return ids[:most]
    head = most - most // 2
    return np.concatenate([ids[:head], ids[len(ids) - most // 2 :]])


def batch_ids(text: Text, texts: tf.Tensor, most: int, *, ends: bool = False) -> tf.Tensor:
    """Raw strings to what the model is given, inside the graph: `truncate` for a whole batch.

    Args:
        text: Tokenizer and vocabulary.
        texts: `(batch,)` strings.
        most: As in `truncate`.
        ends: As in `truncate`.

    Returns:
        `(batch, steps)` int32 ids, padded right with zeros, at least one step.
    """
    import tensorflow as tf

    ragged = text(texts)
    if ends:
        head = most - most // 2
        length = ragged.row_lengths()[:, None]
        place = tf.ragged.range(ragged.row_lengths())
        # a place is in the head, or no farther from the end than the tail is long
        kept = (place < head) | (place >= tf.cast(length, place.dtype) - most // 2)
        ragged = tf.ragged.boolean_mask(ragged, kept)
    # a slice of a tensor, for that of a ragged one of no rows fails
    ids = ragged.to_tensor()[:, :most]
    ids = tf.pad(ids, [[0, 0], [0, tf.cast(tf.shape(ids)[1] < 1, tf.int32)]])
    first = tf.where(ids[:, :1] == PAD_ID, UNKNOWN_ID, ids[:, :1])
    return tf.concat([first, ids[:, 1:]], 1)
