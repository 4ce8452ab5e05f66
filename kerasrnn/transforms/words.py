"""Sentences to words and characters: ids of whole words beside those of their letters.

What a text's tokens are is a rule of its own here, for labels belong to tokens as they are
written, with their capitals, and to punctuation too.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.files import read_json, write_json
from kerasrnn.ids import PAD_ID
from kerasrnn.transforms import plain_strings
from kerasrnn.transforms.tokenizer import IDEOGRAPH
from kerasrnn.transforms.vocabulary import Vocabulary

if TYPE_CHECKING:
    import tensorflow as tf

CHARACTERS = "characters_"  # what the name of their vocabulary begins with
BLANKS = r"[\p{Z}\p{Cc}]+"
# cut off before a blank, a mark or the end, as the Penn treebank does; the sign keeps a cut-off 's
# from being taken for a quote and an s
CUT = "\x1f"
FOLLOWS = r"([ !-/:-@\[-`{-~‘’“”…–—]|$)"
CLITICS = (
    (r"([^ ])([Nn]['’][Tt])" + FOLLOWS, r"\1 \2\3"),
    (r"([^ ])(['’](?:[SsDdMm]|[Rr][Ee]|[Vv][Ee]|[Ll][Ll]))" + FOLLOWS, r"\1 " + CUT + r"\2\3"),
)
# the first that fits: a cut-off 's; U.S.; 1,000.5; 12:30; don't as one; ... and --; any other sign
TOKEN = (
    r"(\x1f['’]\p{L}+|(?:\p{L}\.){2,}|\p{N}+(?:[.,:/]\p{N}+)*"
    r"|[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*|\.{2,}|-{2,}|[^ ])"
)


@dataclass(frozen=True)
class Words:
    """Texts to tokens, tokens to ids.

    Args:
        tokens: `word` for the rule above, `character` for every character but blanks.
        lower_case: Whether words are looked up without their capitals; their characters keep them.
        word_length: Most characters of a word that are read, of longer ones as many of both ends;
            0 where characters are not read.
        words: Words to ids.
        characters: Characters to ids.
    """

    tokens: str
    lower_case: bool
    word_length: int
    words: Vocabulary
    characters: Vocabulary

    @classmethod
    def fit(
        cls,
        sentences: Iterable[Sequence[str]],
        *,
        tokens: str,
        lower_case: bool,
        word_length: int,
        minimum_count: int = 1,
        size: int | None = None,
    ) -> Words:
        """Counts the words and characters of the training part.

        Args:
            sentences: Their tokens.
            tokens: As in the class; likewise the next two.
            lower_case: See there.
            word_length: See there.
            minimum_count: Words seen less often are unknown.
            size: Most words known.
        """
        words: Counter = Counter()
        characters: Counter = Counter()
        for sentence in sentences:
            words.update(_form(token, lower_case) for token in sentence)
            if word_length:
                characters.update("".join(sentence))
        return cls(
            tokens,
            lower_case,
            word_length,
            Vocabulary.fit(words, minimum_count=minimum_count, size=size),
            Vocabulary.fit(characters),
        )

    def split(self, text: str) -> list[str]:
        """The tokens of a text, without TensorFlow."""
        text = plain_strings.replace(text, BLANKS, " ")
        if self.tokens == "character":
            return plain_strings.characters(text.replace(" ", ""))
        text = plain_strings.replace(text, IDEOGRAPH, r" \1 ")
        for pattern, by in CLITICS:
            text = plain_strings.replace(text, pattern, by)
        return [token.replace(CUT, "") for token in plain_strings.matches(text, TOKEN)]

    def split_in_graph(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """The tokens of `(batch,)` texts, `(batch, None)`."""
        from kerasrnn.transforms import graph_strings

        texts = graph_strings.replace(texts, BLANKS, " ")
        if self.tokens == "character":
            return graph_strings.characters(graph_strings.replace(texts, " ", ""))
        texts = graph_strings.replace(texts, IDEOGRAPH, r" \1 ")
        for pattern, by in CLITICS:
            texts = graph_strings.replace(texts, pattern, by)
        texts = graph_strings.replace(texts, TOKEN, r"\1 ")
        return graph_strings.words(graph_strings.replace(texts, CUT, ""))

    def encode(self, sentences: Sequence[Sequence[str]]) -> list[dict[str, np.ndarray]]:
        """What the network is given of each sentence, without TensorFlow.

        Returns:
            `ids`, `(tokens,)` int32, and `characters`, `(tokens, word_length)` int32, if any.
        """
        rows = []
        for tokens in sentences:
            row = {"ids": self.words.look_up([_form(t, self.lower_case) for t in tokens])}
            if self.word_length:
                letters = [self._letters[token] for token in tokens]
                row["characters"] = np.array(letters, np.int32).reshape(-1, self.word_length)
            rows.append(row)
        return rows

    def encode_in_graph(self, tokens: tf.RaggedTensor) -> dict[str, tf.Tensor]:
        """The same for `(batch, None)` tokens, padded right, one step at least."""
        import tensorflow as tf

        from kerasrnn.transforms import graph_strings

        forms = tokens
        if self.lower_case:
            forms = tf.ragged.map_flat_values(graph_strings.lower, tokens)
        steps = tf.maximum(tf.reduce_max(tokens.row_lengths(), keepdims=True), 1)
        ids = self.words.encode(forms).to_tensor(shape=tf.concat([[-1], steps], 0))
        inputs = {"ids": tf.ensure_shape(ids, [None, None])}
        if self.word_length:
            letters = tokens.with_values(self._letters_in_graph(tokens.values))
            shape = tf.concat([[-1], steps, [self.word_length]], 0)
            inputs["characters"] = letters.to_tensor(shape=shape)
        return inputs

    @functools.cached_property
    def _letters(self) -> Mapping[str, np.ndarray]:
        return _Letters(self.characters, self.word_length)

    def _letters_in_graph(self, tokens: tf.Tensor) -> tf.Tensor:
        """`(tokens,)` strings to `(tokens, word_length)` ids."""
        import tensorflow as tf

        most = self.word_length
        ids = self.characters.encode(tf.strings.unicode_split(tokens, "UTF-8", errors="ignore"))
        lengths = tf.cast(ids.row_lengths(), tf.int32)[:, None]
        wide = ids.to_tensor()
        wide = tf.pad(wide, [[0, 0], [0, most]])  # so that there are `most` of them
        place = tf.range(most)[None]
        tail = lengths - most + place
        place = tf.where((lengths > most) & (place >= most - most // 2), tail, place)
        return tf.ensure_shape(tf.gather(wide, place, batch_dims=1), [None, most])

    def trackables(self) -> list:
        """What a SavedModel with the graph's half must keep."""
        return [self.words.table, self.characters.table]

    def save(self, folder: Path) -> None:
        """Writes `words.json`, `vocabulary.txt` and `characters_vocabulary.txt`."""
        settings = {name: getattr(self, name) for name in ("tokens", "lower_case", "word_length")}
        write_json(folder / "words.json", settings)
        self.words.save(folder)
        self.characters.save(folder, CHARACTERS)

    @classmethod
    def load(cls, folder: Path) -> Words:
        """Reads what `save` wrote.

        Raises:
            BadInput: If a file is missing, broken or from another version.
        """
        path = folder / "words.json"
        try:
            return cls(
                **read_json(path),
                words=Vocabulary.load(folder),
                characters=Vocabulary.load(folder, CHARACTERS),
            )
        except TypeError as error:
            raise BadInput(f"{path} does not say how words are read: {error}") from error


class _Letters(dict):
    """Character ids of tokens, each worked out once."""

    def __init__(self, characters: Vocabulary, most: int):
        self.characters, self.most = characters, most

    def __missing__(self, token: str) -> np.ndarray:
        most, letters = self.most, token
        if len(token) > most:
            letters = token[: most - most // 2] + token[len(token) - most // 2 :]
        ids = np.full(most, PAD_ID, np.int32)
        ids[: len(letters)] = self.characters.look_up(letters)
        self[token] = ids
        return ids


def _form(token: str, lower_case: bool) -> str:
    return plain_strings.lower(token) if lower_case else token
