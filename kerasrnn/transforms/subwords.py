"""Subwords: frequent pieces of words, so that no word is unknown and the vocabulary stays small.

Source: Kudo 2018, "Subword regularization" (the unigram model and its Viterbi segmentation),
trained by SentencePiece. Of the libraries it is the one whose model is a mere table: each piece
has a score, and a text is cut where the sum of the scores is greatest. A table travels as readable
text, and the cut can be found by a loop of TensorFlow's own operators, which any server has;
those of tensorflow-text it would have to be built with. SentencePiece's normalisation is turned
off, for the tokenizer's rules run in the graph too.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.files import read_lines, write_text
from kerasrnn.ids import END_ID, PAD_ID, START_ID, UNKNOWN_ID
from kerasrnn.transforms.vocabulary import Vocabulary, split_special

if TYPE_CHECKING:
    import tensorflow as tf

UNKNOWN_PENALTY = 10  # an unknown character scores that much less than the worst piece
LONGEST_TEXT = 2**30  # bytes; SentencePiece leaves out those above 4,192 unless told
RESERVED = "▅"  # U+2585, which SentencePiece's trainer keeps for itself: it skips such texts
# Share of the vocabulary up to which every character is a piece; beyond it, as with Chinese, the
# rarest are unknown, as SentencePiece advises for large alphabets.
ALPHABET = 0.25
COVERAGE = 0.9995  # of the occurrences of characters, then
NORMAL, UNKNOWN_TYPE, CONTROL = 1, 2, 3  # kinds of pieces in SentencePiece's model


class Subwords(Vocabulary):
    """Pieces with their scores; takes a text's characters for tokens, as `Tokenizer` gives them.

    Args:
        pieces: Without the special tokens, which are put in front.
        scores: Natural logarithms of the pieces' probabilities, as many.
        ends: As in `Vocabulary`.

    Raises:
        BadInput: If a piece occurs twice or there is none.
    """

    FILE = "subwords.tsv"

    def __init__(self, pieces: Sequence[str], scores: Sequence[float], *, ends: bool = False):
        super().__init__(pieces, ends=ends)
        if not pieces:
            raise BadInput("no subwords: the texts to find them in are empty")
        self.scores = np.array(scores, np.float32)  # of the pieces alone
        self.unknown_score = np.float32(self.scores.min() - np.float32(UNKNOWN_PENALTY))

    @classmethod
    def train(cls, texts: Iterable[str], *, size: int, ends: bool = False) -> Subwords:
        """Finds the pieces of the training texts; the same texts give the same pieces.

        Args:
            texts: As the tokenizer leaves them, joined.
            size: Most ids, the special ones included; fewer if the texts give no more.
            ends: As in `Vocabulary`.

        Raises:
            BadInput: If there is no text, or more different characters than ids.
        """
        import sentencepiece

        model = io.BytesIO()
        # a text with the character it keeps for itself would be skipped whole
        texts = [text.replace(RESERVED, "") for text in texts]
        alphabet = len(set().union(*texts))
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=filter(None, texts),
                character_coverage=1.0 if alphabet <= size * ALPHABET else COVERAGE,
                model_writer=model,
                model_type="unigram",
                vocab_size=size,
                hard_vocab_limit=False,
                normalization_rule_name="identity",
                add_dummy_prefix=False,
                remove_extra_whitespaces=False,
                max_sentence_length=LONGEST_TEXT,
                num_threads=1,  # with more, the order of the sums is a matter of chance
                pad_id=PAD_ID,
                unk_id=UNKNOWN_ID,
                bos_id=START_ID if ends else -1,
                eos_id=END_ID if ends else -1,
                # what a text has of these it would overlook: names with what no text has
                **{f"{kind}_piece": f"\x1f{kind}" for kind in ("pad", "unk", "bos", "eos")},
                minloglevel=2,
            )
        except (RuntimeError, OSError) as error:
            raise BadInput(_complaint(error, size)) from error
        special = Vocabulary((), ends=ends).special  # as a piece, if texts have it often
        found = _proto(model.getvalue()).pieces
        pieces = [p for p in found if p.type == NORMAL and p.piece not in special]
        return cls([p.piece for p in pieces], [p.score for p in pieces], ends=ends)

    @property
    def _pieces(self) -> tuple[str, ...]:
        return self.tokens[len(self.special) :]

    @functools.cached_property
    def _processor(self) -> Any:
        """SentencePiece with these pieces."""
        import sentencepiece

        model = _proto(b"")
        for place, token in enumerate(self.special):
            kind = UNKNOWN_TYPE if place == UNKNOWN_ID else CONTROL
            model.pieces.add(piece=token, score=0.0, type=kind)
        for piece, score in zip(self._pieces, self.scores.tolist(), strict=True):
            model.pieces.add(piece=piece, score=score, type=NORMAL)
        return sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())

    def look_up(self, tokens: Sequence[str]) -> np.ndarray:
        """Ids of the best cut of one text's characters, int32, without TensorFlow."""
        return np.array(self._processor.encode("".join(tokens)), np.int32)

    def encode(self, tokens: tf.RaggedTensor) -> tf.RaggedTensor:
        """The same ids inside the graph.

        Args:
            tokens: `(batch, None)` characters.
        """
        from kerasrnn.transforms.graph_subwords import best_cut

        return best_cut(tokens, self.trie, self.unknown_score)

    @functools.cached_property
    def table(self) -> tf.lookup.StaticHashTable:
        """The edges of the pieces' trie, for a graph."""
        return self.trie.table

    @functools.cached_property
    def trie(self) -> Any:
        """The pieces by their characters, for a graph."""
        from kerasrnn.transforms.graph_subwords import Trie

        return Trie(self._pieces, self.scores, len(self.special))

    def save(self, folder: Path) -> None:
        """Writes `subwords.tsv`: a piece and its score a line."""
        scores = [0.0] * len(self.special) + self.scores.tolist()
        lines = (
            f"{piece}\t{score:.9g}\n" for piece, score in zip(self.tokens, scores, strict=True)
        )
        write_text(folder / self.FILE, "".join(lines))

    @classmethod
    def load(cls, folder: Path) -> Subwords:
        """Reads `subwords.tsv`.

        Raises:
            BadInput: If it is missing or broken, with the line.
        """
        path = folder / cls.FILE
        tokens, scores = [], []
        for number, line in enumerate(read_lines(path), 1):
            piece, _, score = line.rpartition("\t")
            try:
                scores.append(float(score))
            except ValueError:
                scores.append(np.nan)
            if not piece or not np.isfinite(scores[-1]):
                raise BadInput(f"{path}, line {number}: expected a piece, a tab and a number")
            tokens.append(piece)
        pieces, ends = split_special(path, tokens)
        return cls(pieces, scores[len(tokens) - len(pieces) :], ends=ends)


def _proto(data: bytes) -> Any:
    """SentencePiece's model as a message, by default one with no normalisation and no piece."""
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(data)
    model.trainer_spec.model_type = sentencepiece_model_pb2.TrainerSpec.UNIGRAM
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = False
    model.normalizer_spec.remove_extra_whitespaces = False
    return model


def _complaint(error: Exception, size: int) -> str:
    reason = " ".join(str(error).split())
    if "required_chars" in reason or "too small" in reason or "smaller" in reason:
        return (
            f"a vocabulary of {size} is too small for the texts' characters; give more, or read "
            "characters"
        )
    return f"no subwords could be found in the texts ({reason[-120:]})"
