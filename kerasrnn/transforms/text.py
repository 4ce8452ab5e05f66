"""The text transform of a task: tokenizer and vocabulary, fitted together, saved together."""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasrnn.ids import END_ID, PAD_ID, START_ID, UNKNOWN_ID
from kerasrnn.transforms.subwords import Subwords
from kerasrnn.transforms.tokenizer import SUBWORD_BLANK, Tokenizer
from kerasrnn.transforms.vocabulary import UNKNOWN, Vocabulary, count_characters, count_tokens

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
        name: What its files' names begin with, where a task has several texts.
    """

    tokenizer: Tokenizer
    vocabulary: Vocabulary
    graph: bool = True
    name: str = ""

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        tokenizer: Tokenizer,
        *,
        minimum_count: int = 1,
        size: int | None = None,
        ends: bool = False,
    ) -> Text:
        """Counts the tokens of the training texts, streamed.

        Args:
            texts: Of the training part.
            tokenizer: Strings to tokens.
            minimum_count: Tokens seen less often are unknown; not for subwords.
            size: Most ids; subwords must have it.
            ends: Whether the vocabulary has ids of a sequence's start and end.

        Raises:
            BadInput: If there are no subwords to be found, or more characters than `size`.
        """
        if tokenizer.tokens == "subword":
            joined = ("".join(tokenizer.plain(text)) for text in texts)
            return cls(tokenizer, Subwords.train(joined, size=size, ends=ends))
        if tokenizer.plain_characters:
            counts = count_characters(texts)
        elif tokenizer.reversible:
            counts = Counter()
            for text in texts:
                counts.update(tokenizer.plain(text))
        else:
            counts = count_tokens(tokenizer(batch) for batch in _batches(texts, tokenizer))
        vocabulary = Vocabulary.fit(counts, minimum_count=minimum_count, size=size, ends=ends)
        return cls(tokenizer, vocabulary)

    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """`(batch,)` strings to `(batch, None)` ragged int32 ids, inside the graph."""
        return self.vocabulary.encode(self.tokenizer(texts))

    def encode(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        """One int32 array of ids per text, streamed."""
        if self.tokenizer.plain_characters:
            yield from (self.vocabulary.look_up_characters(text) for text in texts)
            return
        # of long texts and for subwords Python is the faster even where the graph may be used
        if not self.graph or self.tokenizer.reversible or self.tokenizer.tokens == "subword":
            yield from (self.vocabulary.look_up(self.tokenizer.plain(text)) for text in texts)
            return
        import tensorflow as tf

        texts_in = tf.TensorSpec([None], tf.string)
        encode = tf.function(self, input_signature=[texts_in], autograph=False)
        for batch in _batches(texts, self.tokenizer):
            ragged = encode(batch)
            yield from np.split(ragged.flat_values.numpy(), ragged.row_splits.numpy()[1:-1])

    def decode(self, ids: Iterable[int]) -> str:
        """What a sequence of ids says, without TensorFlow.

        Nothing is written for padding and start, nor from the first end on; an unknown token is
        written as `<unknown>`.
        """
        written = []
        for i in np.asarray(list(ids), np.int64).tolist():
            if self._ends and i == END_ID:
                break
            written.append(self._written[i])
        return "".join(written).removeprefix(self._before)

    def decode_batch(self, ids: tf.Tensor) -> tf.Tensor:
        """The same inside the graph: `(batch, steps)` integers to `(batch,)` strings."""
        import tensorflow as tf

        if self._ends:
            ended = tf.cumsum(tf.cast(ids == END_ID, tf.int32), axis=1) > 0
            ids = tf.where(ended, tf.cast(PAD_ID, ids.dtype), ids)
        texts = tf.strings.reduce_join(tf.gather(tf.constant(self._written), ids), -1)
        return tf.strings.regex_replace(texts, f"^{self._before}", "") if self._before else texts

    @property
    def _ends(self) -> bool:
        return len(self.vocabulary.special) > END_ID

    @property
    def _before(self) -> str:
        """What stands before the first token and not before the text."""
        t = self.tokenizer
        return " " if t.tokens == "subword" or (t.sentences and t.tokens == "word") else ""

    @functools.cached_property
    def _written(self) -> list[str]:
        """Each token as it stands in a text."""
        written = list(self.vocabulary.tokens)
        if self.tokenizer.tokens == "subword":
            written = [token.replace(SUBWORD_BLANK, " ") for token in written]
        written[PAD_ID] = ""
        if self._ends:
            written[START_ID] = written[END_ID] = ""
        if self.tokenizer.sentences and self.tokenizer.tokens == "word":
            written[UNKNOWN_ID] = f" {UNKNOWN}"
        return written

    def digest(self) -> str:
        """What tells this transform from others: two of one digest give the same ids."""
        said = json.dumps([asdict(self.tokenizer), self.vocabulary.tokens])
        return hashlib.sha256(said.encode()).hexdigest()

    def trackables(self) -> list:
        """What a SavedModel of `__call__` must keep."""
        return self.vocabulary.trackables()

    def save(self, folder: Path) -> None:
        """Writes `tokenizer.json` and `vocabulary.txt`, or `subwords.tsv`."""
        self.tokenizer.save(folder, self.name)
        self.vocabulary.save(folder, self.name)

    @classmethod
    def load(cls, folder: Path, *, graph: bool = True, name: str = "") -> Text:
        """Reads what `save` wrote."""
        tokenizer = Tokenizer.load(folder, name)
        kind = Subwords if tokenizer.tokens == "subword" else Vocabulary
        return cls(tokenizer, kind.load(folder, name), graph, name)


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
