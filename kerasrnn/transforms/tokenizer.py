"""Text to tokens inside the TensorFlow graph, so that an exported model takes raw strings.

Classification reads words in lower case without markup; generation must give the text back
exactly, so its tokens joined are the text. The patterns are RE2's, which TensorFlow runs.
"""

import importlib.util
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import tensorflow as tf

from kerasrnn.errors import BadInput
from kerasrnn.files import read_json, write_json

TOKENS = ("word", "character")
SEGMENTERS = ("none", "jieba")
MARKUP = r"<[/!]?[A-Za-z-][^<>]{0,200}>"  # <br />, <a href="...">; "a < b", "<3" are none
# A, B: characters that stand alone as a word in Chinese, Japanese and Korean
IDEOGRAPH = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}])"
NOT_WORD = r"[^\p{L}\p{M}\p{N}']+"
# 'quoted' loses its quotes, don't keeps its own; two steps, for neighbours share a blank
EDGE_QUOTES = (r"(^|\s)'+", r"'+(\s|$)")
# a word or a run of marks with the blank before it, or one blank: joined they are the text
PIECES = r"( ?[\p{L}\p{M}\p{N}']+| ?[^\s\p{L}\p{M}\p{N}']+|\s)"
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
        tokens: `word` or `character`.
        reversible: Whether the tokens joined must be the text again (generation), or case and
            markup are dropped (classification).
        segmenter: `jieba` to find Chinese words before the graph (the extra `chinese`); `none`
            to take every ideograph for a word.

    Raises:
        BadInput: If a setting is none of these, or jieba is not installed.
    """

    tokens: str = "word"
    reversible: bool = False
    segmenter: str = "none"

    def __post_init__(self):
        if self.tokens not in TOKENS or self.segmenter not in SEGMENTERS:
            raise BadInput(f"no such tokenizer: tokens {self.tokens}, segmenter {self.segmenter}")
        if self.segmenter == "jieba" and not importlib.util.find_spec("jieba"):
            raise BadInput("jieba is not installed; pip install 'kerasrnn[chinese]'")

    def before_graph(self, texts: Sequence[str]) -> list[str]:
        """What TensorFlow cannot do: Chinese words set apart by blanks."""
        if self.segmenter == "none":
            return list(texts)
        import jieba

        jieba.setLogLevel("ERROR")
        return [" ".join(jieba.cut(text)) for text in texts]

    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """`(batch,)` UTF-8 strings to `(batch, None)` ragged tokens."""
        if self.reversible:
            return self._pieces(texts)
        texts = tf.strings.regex_replace(texts, MARKUP, " ")
        texts = tf.strings.lower(texts, encoding="utf-8")
        # typographic apostrophes are the same letter to a reader
        texts = tf.strings.regex_replace(texts, "[‘’]", "'")
        if self.tokens == "character":
            texts = tf.strings.regex_replace(tf.strings.strip(texts), r"\s+", " ")
            return tf.strings.unicode_split(texts, "UTF-8", errors="ignore")
        texts = tf.strings.regex_replace(texts, NOT_WORD, " ")
        if self.segmenter == "none":
            texts = tf.strings.regex_replace(texts, IDEOGRAPH, r" \1 ")
        for quote in EDGE_QUOTES:
            texts = tf.strings.regex_replace(texts, quote, " ")
        return tf.strings.split(texts)

    def _pieces(self, texts: tf.Tensor) -> tf.RaggedTensor:
        if self.tokens == "character":
            return tf.strings.unicode_split(texts, "UTF-8", errors="ignore")
        texts = tf.strings.regex_replace(texts, PIECES, r"\1" + SEPARATOR)
        texts = tf.strings.regex_replace(texts, SEPARATOR + "$", "")
        pieces = tf.strings.split(texts, SEPARATOR)
        # an empty text splits into one empty piece
        return tf.ragged.boolean_mask(pieces, tf.strings.length(pieces) > 0)

    def save(self, folder: Path) -> None:
        """Writes `tokenizer.json`."""
        write_json(folder / "tokenizer.json", asdict(self))

    @classmethod
    def load(cls, folder: Path) -> "Tokenizer":
        """Reads `tokenizer.json`.

        Raises:
            BadInput: If it is missing, broken or from another version.
        """
        path = folder / "tokenizer.json"
        try:
            return cls(**read_json(path))
        except TypeError as error:
            raise BadInput(f"{path} does not describe a tokenizer: {error}") from error
