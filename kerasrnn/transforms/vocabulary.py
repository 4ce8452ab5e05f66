"""Tokens to ids and back; kept as a text file, one token a line, in order of frequency."""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.files import read_lines, write_text
from kerasrnn.ids import PAD_ID, UNKNOWN_ID

if TYPE_CHECKING:
    import tensorflow as tf

PAD, UNKNOWN = "<pad>", "<unknown>"
START, END = "<start>", "<end>"  # of sequences that are written, ids 2 and 3
FILE = "vocabulary.txt"

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}


class Vocabulary:
    """Known tokens; id 0 is padding, id 1 every unknown token.

    Args:
        tokens: Without the special ones, which are put in front.
        ends: Whether start and end are among these: ids 2 and 3, which no text is encoded to.

    Raises:
        BadInput: If a token occurs twice.
    """

    def __init__(self, tokens: Sequence[str], *, ends: bool = False):
        self.special = (PAD, UNKNOWN, START, END) if ends else (PAD, UNKNOWN)
        self.tokens = (*self.special, *tokens)
        if len(set(self.tokens)) != len(self.tokens):
            twice = next(token for token, n in Counter(self.tokens).items() if n > 1)
            raise BadInput(f"the vocabulary holds {twice!r} twice")

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def fit(
        cls,
        counts: Counter,
        *,
        minimum_count: int = 1,
        size: int | None = None,
        ends: bool = False,
    ) -> Vocabulary:
        """The most frequent tokens; equal counts in the order of the tokens, so that it repeats.

        Args:
            counts: Occurrences of each token in the training part.
            minimum_count: Tokens seen less often are unknown.
            size: Most ids, the special ones included.
            ends: As for a new one.
        """
        special = cls((), ends=ends).special
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept = [t for t, n in ranked if n >= minimum_count and t not in ("", *special)]
        return cls(kept[: max(size - len(special), 0)] if size else kept, ends=ends)

    @functools.cached_property
    def table(self) -> tf.lookup.StaticHashTable:
        """Tokens to ids inside a graph."""
        import tensorflow as tf

        # the first use may be inside a graph that does not outlive it
        with tf.init_scope():
            # with the unknown token, for a table may not be empty
            keys = tf.constant(self.tokens[UNKNOWN_ID:], tf.string)
            ids = tf.range(UNKNOWN_ID, len(self.tokens), dtype=tf.int32)
            entries = tf.lookup.KeyValueTensorInitializer(keys, ids)
            return tf.lookup.StaticHashTable(entries, UNKNOWN_ID)

    def trackables(self) -> list:
        """What a SavedModel of `encode` must keep."""
        return [self.table]

    def encode(self, tokens: tf.RaggedTensor) -> tf.RaggedTensor:
        """Tokens to int32 ids of the same shape, inside the graph."""
        import tensorflow as tf

        return tf.ragged.map_flat_values(self.table.lookup, tokens)

    @functools.cached_property
    def _ids(self) -> dict[str, int]:
        # without padding, which is no token of a text
        return {token: i for i, token in enumerate(self.tokens) if i != PAD_ID}

    def look_up(self, tokens: Sequence[str]) -> np.ndarray:
        """The same ids of one text's tokens as an int32 array, without TensorFlow."""
        return np.array([self._ids.get(token, UNKNOWN_ID) for token in tokens], np.int32)

    @functools.cached_property
    def _character_ids(self) -> np.ndarray:
        """An id for every code point there may be."""
        ids = np.full(sys.maxunicode + 1, UNKNOWN_ID, np.int32)
        for token, i in self._ids.items():
            if len(token) == 1:
                ids[ord(token)] = i
        return ids

    def look_up_characters(self, text: str) -> np.ndarray:
        """The ids of a text's characters, int32: what `look_up` gives, many times as fast."""
        return self._character_ids[code_points(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """Ids to the tokens joined, padding left out."""
        return "".join(self.tokens[i] for i in np.asarray(list(ids)).tolist() if i != PAD_ID)

    def save(self, folder: Path, name: str = "") -> None:
        """Writes `vocabulary.txt`, its name begun by `name`; line breaks in a token are escaped."""
        table = str.maketrans(_ESCAPES)
        lines = (token.translate(table) for token in self.tokens)
        write_text(folder / f"{name}{FILE}", "".join(line + "\n" for line in lines))

    @classmethod
    def load(cls, folder: Path, name: str = "") -> Vocabulary:
        """Reads what `save` wrote.

        Raises:
            BadInput: If it is missing or does not begin with padding and unknown.
        """
        path = folder / f"{name}{FILE}"
        tokens = [_unescaped(line) for line in read_lines(path)]
        tokens, ends = split_special(path, tokens)
        return cls(tokens, ends=ends)


def split_special(path: Path, tokens: Sequence[str]) -> tuple[Sequence[str], bool]:
    """The tokens of a saved vocabulary without the special ones, and whether ends are among these.

    Raises:
        BadInput: If the tokens do not begin with padding and unknown.
    """
    if tuple(tokens[:2]) != (PAD, UNKNOWN):
        raise BadInput(f"{path} is broken: it must begin with {PAD} and {UNKNOWN}")
    ends = tuple(tokens[2:4]) == (START, END)
    return tokens[4 if ends else 2 :], ends


def _unescaped(line: str) -> str:
    plain = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}
    parts, i = [], 0
    while i < len(line):
        pair = line[i : i + 2]
        parts.append(plain.get(pair, line[i]))
        i += 2 if pair in plain else 1
    return "".join(parts)


def code_points(text: str) -> np.ndarray:
    """`(characters,)` uint32; surrogates, which are no characters, are left out."""
    return np.frombuffer(text.encode("utf-32-le", "ignore"), "<u4")


def count_characters(texts: Iterable[str]) -> Counter:
    """Occurrences of each character over texts."""
    counts = np.zeros(sys.maxunicode + 1, np.int64)
    for text in texts:
        seen = np.bincount(code_points(text))
        counts[: len(seen)] += seen
    return Counter({chr(i): int(counts[i]) for i in np.flatnonzero(counts)})


def count_tokens(batches: Iterable[tf.RaggedTensor]) -> Counter:
    """Occurrences of each token over batches of ragged tokens."""
    import tensorflow as tf

    counts: Counter = Counter()
    for tokens in batches:
        unique, _, n = tf.unique_with_counts(tokens.flat_values)
        counts.update(
            {
                t.decode("utf-8", "replace"): int(c)
                for t, c in zip(unique.numpy(), n.numpy(), strict=True)
            }
        )
    return counts
