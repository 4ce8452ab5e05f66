"""Tagger: words beside their characters, a recurrent stack, one score for each step and label.

Source: Huang, Xu & Yu 2015, "Bidirectional LSTM-CRF models for sequence tagging"; characters by
convolution as in Ma & Hovy 2016, with filters of several widths as in Kim et al. 2016, or by a
recurrent layer as in Lample et al. 2016.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from kerasrnn.layers.crf import CRF
from kerasrnn.layers.embedding import make_embedding
from kerasrnn.layers.masking import PaddingMask
from kerasrnn.layers.pairs import HashedPairs
from kerasrnn.layers.pooling import Pooling
from kerasrnn.layers.stack import Stack
from kerasrnn.layers.words import WordDropout, WordRows, WordSteps
from kerasrnn.registry import CELLS, CHARACTERS, DECODERS

KERNELS = (2, 3, 4, 5)  # characters that filters see, as endings are of all lengths
PAIR_WIDTH = 32  # there are many pairs and each says little


def tagger(
    *,
    vocabulary_size: int,
    labels: int,
    cell: str = "lstm",
    units: int | Sequence[int] = 128,
    layers: int = 1,
    bidirectional: bool = True,
    embedding: int = 100,
    characters: str = "none",
    alphabet_size: int = 0,
    word_length: int = 0,
    character_embedding: int = 32,
    character_units: int = 64,
    bigrams: int = 0,
    decoder: str = "crf",
    rules: Mapping[str, Any] | None = None,
    word_dropout: float = 0.0,
    embedding_dropout: float = 0.0,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    residual: bool = False,
    layer_normalization: bool = False,
    expected_span: int = 0,
) -> keras.Model:
    """Ids of words, and of their characters, to one score for each word and label.

    Args:
        vocabulary_size: Ids run from 0 (padding) to `vocabulary_size - 1`.
        labels: At least 2.
        cell: A name from `kerasrnn list`.
        units: Width of each recurrent layer and direction.
        layers: Recurrent layers on top of one another.
        bidirectional: Read the sentence both ways.
        embedding: Width of a word's vector.
        characters: How a word's characters become a vector: `convolution`, `recurrent`, `none`.
        alphabet_size: Different character ids.
        word_length: Characters given of each word.
        character_embedding: Width of a character's vector.
        character_units: Filters of each of the widths `KERNELS`, or units of each direction.
        bigrams: Buckets of hashed pairs of neighbouring words, whose vectors stand beside both; 0
            for none. They are for tokens of one character.
        decoder: `crf`, `max_entropy` (a softmax at each step, the best sequence that the rules
            allow) or `greedy` (a softmax at each step). All but greedy have a layer `crf`.
        rules: What `CRF` takes for the labels that may follow one another.
        word_dropout: Share of words made unknown while training.
        embedding_dropout: Share of single features of words and characters zeroed while training.
        dropout: Between recurrent layers.
        output_dropout: Before the last linear layer.
        residual: Add each recurrent layer's input to its output where widths agree.
        layer_normalization: Normalise each recurrent layer's output.
        expected_span: Steps a memory may have to last, by which gated cells start; 0: as usual.

    Returns:
        Model from `ids` `(batch, steps)` and, unless there are none, `characters` `(batch, steps,
        word_length)`, int32, to `(batch, steps, labels)` float32 logits.

    Raises:
        ValueError: If a number is out of range or a name unknown.
    """
    if vocabulary_size < 2 or labels < 2:
        raise ValueError(
            f"needs vocabulary_size and labels of at least 2, got {vocabulary_size} and {labels}"
        )
    for name, choices in ((characters, CHARACTERS), (decoder, DECODERS)):
        if name not in choices:
            raise ValueError(f"unknown {name!r}; choose from {', '.join(choices)}")
    if characters != "none" and (alphabet_size < 2 or word_length < 1):
        raise ValueError("characters need an alphabet_size of at least 2 and a word_length")
    if bigrams and bigrams < 2:
        raise ValueError(f"bigrams must be 0 or at least 2 buckets, got {bigrams}")
    ids = keras.Input((None,), dtype="int32", name="ids")
    inputs, mask = {"ids": ids}, PaddingMask(name="mask")(ids)
    words = WordDropout(word_dropout, name="word_dropout")(ids) if word_dropout else ids
    parts = [make_embedding(vocabulary_size, embedding, name="embedding")(words)]
    if characters != "none":
        letters = keras.Input((None, word_length), dtype="int32", name="characters")
        inputs["characters"] = letters
        rows = WordRows(name="word_rows")(letters)
        vectors = make_embedding(alphabet_size, character_embedding, name="character_embedding")(
            rows
        )
        read = _convolved if characters == "convolution" else _read
        vector = read(vectors, PaddingMask(name="character_mask")(rows), cell, character_units)
        parts.append(WordSteps(name="word_steps")(vector, ids))
    if bigrams:
        parts += _pairs(ids, bigrams)
    x = keras.layers.Concatenate(name="word")(parts) if len(parts) > 1 else parts[0]
    if embedding_dropout:
        x = keras.layers.Dropout(embedding_dropout, name="embedding_dropout")(x)
    stack = Stack(
        cell, units, layers, bidirectional, dropout, residual, layer_normalization, expected_span
    )
    x, _ = stack(x, mask=mask)  # (batch, steps, width)
    if output_dropout:
        x = keras.layers.Dropout(output_dropout, name="output_dropout")(x)
    logits = keras.layers.Dense(labels, dtype="float32", name="logits")(x)
    if decoder != "greedy":
        logits = CRF(labels, decoder == "crf", **(rules or {}), name="crf")(logits)
    return keras.Model(inputs, logits, name="tagger")


def _pairs(ids, buckets):
    """Vectors of each word with the next one, and of the word before with it."""
    pairs = HashedPairs(buckets, name="pairs")(ids)
    after = make_embedding(buckets, PAIR_WIDTH, name="pair_embedding")(pairs)
    before = keras.layers.ZeroPadding1D((1, 0), name="pairs_moved")(after)
    return [after, keras.layers.Cropping1D((0, 1), name="pairs_before")(before)]


def _convolved(vectors, mask, cell, units):
    """The strongest answer of each filter anywhere in the word, `(words, 4 * units)`.

    What lies behind the word is padding, which has a vector too, so that filters see its end.
    """
    x = [
        keras.layers.Conv1D(units, width, padding="same", name=f"filters_{width}")(vectors)
        for width in KERNELS
    ]
    x = keras.layers.Concatenate(name="character_filters")(x)
    return Pooling("max", name="character_pooling")(x, mask)


def _read(vectors, mask, cell, units):
    """The last states of both directions, `(words, 2 * units)`."""
    layer = CELLS.load(cell)(units, name="character_rnn")
    return keras.layers.Bidirectional(layer, name="character_layer")(vectors, mask=mask)
