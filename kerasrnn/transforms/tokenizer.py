"""Text to tokens inside the TensorFlow graph, so that an exported model takes raw strings.

Classification reads words in lower case without markup; generation must give the text back
exactly, so its tokens joined are the text. The same steps run in Python where TensorFlow is not
wanted: a pattern must mean the same to RE2, which TensorFlow runs, and to `regex`.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from kerasrnn.errors import BadInput
from kerasrnn.files import read_json, write_json

if TYPE_CHECKING:
    import tensorflow as tf

TOKENS = ("word", "character", "subword", "element")
SEGMENTERS = ("none", "jieba")
# <br />, <a href="...">; "a < b", "<3" are none; a NUL would end the text for tf.strings.lower
NOT_TEXT = r"<[/!]?[A-Za-z-][^<>]{0,200}>|\x00"
# A, B: characters that stand alone as a word in Chinese, Japanese and Korean
IDEOGRAPH = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}])"
APOSTROPHES = "[‘’]"
BLANKS = r"[\t\n\f\r ]+"  # RE2's \s; to others that is more
NOT_WORD = r"[^\p{L}\p{M}\p{N}']+"
# 'quoted' loses its quotes, don't keeps its own; two steps, for neighbours share a blank
EDGE_QUOTES = ("(^| )'+", "'+( |$)")
# a word or a run of marks with the blank before it, or one blank: joined they are the text
PIECES = r"( ?[\p{L}\p{M}\p{N}']+| ?[^\t\n\f\r \p{L}\p{M}\p{N}']+|[\t\n\f\r ])"
# what a sentence has between words: controls and white space of every kind
SENTENCE_BLANKS = "[\\x00-\\x20\\x7f\x85\\p{Z}]+"
LONE_IDEOGRAPH = r"( ?[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}])"
SUBWORD_BLANK = "▁"  # U+2581, as SentencePiece writes the blank before a word
FIRST = "^(.)"
WHITE = "\t\n\f\r "  # what RE2 takes \s for
SEPARATOR = "\x1f"  # ASCII unit separator: no text has it


def ends_piece(before: str, after: str) -> bool:
    """Whether one of `PIECES` ends between two neighbouring characters."""
    if after in WHITE or before in WHITE:
        return after in WHITE or before != " "
    return _in_word(before) != _in_word(after)


def _in_word(character: str) -> bool:
    return character == "'" or unicodedata.category(character)[0] in "LMN"


@dataclass(frozen=True)
class Tokenizer:
    """Strings to ragged tokens.

    Args:
        tokens: `word`, `character`, `subword` or `element`. Subwords are characters that `Subwords`
            takes, `SUBWORD_BLANK` in front of every word; an element is what stands between
            blanks, as it is.
        reversible: Whether the tokens joined must be the text again (generation), or case and
            markup are dropped (classification).
        segmenter: `jieba` to find Chinese words before the graph (the extra `chinese`); `none`
            to take every ideograph for a word.
        sentences: Whether texts are sentences to be read and written (translation): white space
            of any kind is one blank, with none at the ends, and everything else stays. A word
            takes the blank before it, and the first one has one too, so that the tokens joined,
            less that first blank, are the sentence; signs and single ideographs are words.
        lower: Whether sentences lose their case, which the others always or never do.

    Raises:
        BadInput: If a setting is none of these, or jieba is not installed.
    """

    tokens: str = "word"
    reversible: bool = False
    segmenter: str = "none"
    sentences: bool = False
    lower: bool = False

    def __post_init__(self):
        if self.tokens not in TOKENS or self.segmenter not in SEGMENTERS:
            raise BadInput(f"no such tokenizer: tokens {self.tokens}, segmenter {self.segmenter}")
        if self.reversible and (self.sentences or self.tokens == "subword"):
            raise BadInput("a reversible tokenizer reads words or characters of running text")
        if self.sentences and self.segmenter != "none":
            raise BadInput("words set apart by a segmenter could not be joined to a sentence again")
        if self.lower and not self.sentences:
            raise BadInput("only a tokenizer of sentences can be told about case")
        if self.tokens == "element" and (self.reversible or self.sentences):
            raise BadInput("elements joined are not the text again: blanks are between them")
        if self.segmenter == "jieba" and not importlib.util.find_spec("jieba"):
            raise BadInput("jieba is not installed; pip install 'kerasrnn[chinese]'")

    @property
    def plain_characters(self) -> bool:
        """Whether the tokens are a text's characters just as they stand in it."""
        return self.reversible and self.tokens == "character" and self.segmenter == "none"

    def before_graph(self, texts: Sequence[str]) -> list[str]:
        """What neither patterns nor TensorFlow can do: Chinese words set apart by blanks."""
        return [" ".join(self._cut(text)) for text in texts]

    def _cut(self, text: str) -> list[str]:
        """A text where jieba finds words, else whole; joined, the pieces are the text."""
        if self.segmenter == "none":
            return [text]
        import jieba

        jieba.setLogLevel("ERROR")
        return jieba.lcut(text)

    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """`(batch,)` UTF-8 strings to `(batch, None)` ragged tokens."""
        from kerasrnn.transforms import graph_strings

        return self._split(texts, graph_strings)

    def plain(self, text: str) -> list[str]:
        """The very tokens of one text, without TensorFlow; `before_graph` is done as well."""
        from kerasrnn.transforms import plain_strings

        return self._split(self.before_graph([text])[0], plain_strings)

    def locate(self, text: str) -> list[tuple[str, int, int]]:
        """The tokens of `plain`, each with where it begins and ends in the text, in code points.

        A letter that lower-cases to two may be in two tokens, which then share its place; a blank
        that the segmenter put in has none, and begins where it ends.
        """
        from kerasrnn.transforms import located_strings

        return self._split(located_strings.locate(self._cut(text)), located_strings)

    def _split(self, texts: Any, strings: ModuleType) -> Any:
        """Tokens by the steps of `graph_strings`, or of `plain_strings` or `located_strings`."""
        if self.sentences:
            return self._split_sentences(texts, strings)
        if self.tokens == "element":
            return strings.words(texts)
        if self.reversible:
            if self.tokens == "character":
                return strings.characters(texts)
            return strings.pieces(texts, PIECES, SEPARATOR)
        texts = strings.lower(strings.replace(texts, NOT_TEXT, " "))
        # typographic apostrophes are the same letter to a reader
        texts = strings.replace(texts, APOSTROPHES, "'")
        if self.tokens == "subword":
            texts = strings.strip(strings.replace(texts, SENTENCE_BLANKS, " "))
            return self._subword_characters(texts, strings)
        if self.tokens == "character":
            return strings.characters(strings.replace(strings.strip(texts), BLANKS, " "))
        texts = strings.replace(strings.hide_unknown(texts), NOT_WORD, " ")
        if self.segmenter == "none":
            texts = strings.replace(texts, IDEOGRAPH, r" \1 ")
        for quote in EDGE_QUOTES:
            texts = strings.replace(texts, quote, " ")
        return strings.words(texts)

    def _split_sentences(self, texts: Any, strings: ModuleType) -> Any:
        texts = strings.strip(strings.replace(texts, SENTENCE_BLANKS, " "))
        if self.lower:
            texts = strings.lower(texts)
        if self.tokens == "character":
            return strings.characters(texts)
        if self.tokens == "subword":
            return self._subword_characters(texts, strings)
        texts = strings.replace(texts, FIRST, r" \1")
        return strings.pieces(
            strings.set_apart(texts, LONE_IDEOGRAPH, SEPARATOR), PIECES, SEPARATOR
        )

    def _subword_characters(self, texts: Any, strings: ModuleType) -> Any:
        texts = strings.replace(texts, FIRST, r" \1")
        return strings.characters(strings.replace(texts, " ", SUBWORD_BLANK))

    def save(self, folder: Path, name: str = "") -> None:
        """Writes `tokenizer.json`, a name in front of it if there is one."""
        write_json(folder / f"{name}tokenizer.json", asdict(self))

    @classmethod
    def load(cls, folder: Path, name: str = "") -> Tokenizer:
        """Reads `tokenizer.json`.

        Raises:
            BadInput: If it is missing, broken or from another version.
        """
        path = folder / f"{name}tokenizer.json"
        try:
            return cls(**read_json(path))
        except TypeError as error:
            raise BadInput(f"{path} does not describe a tokenizer: {error}") from error
