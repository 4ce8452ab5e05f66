"""Text classifier: embedding, recurrent stack, pooling over the steps, one linear layer.

Whole words are dropped from the embedded text (Gal & Ghahramani 2016, section 4.2), which is
what keeps so large an embedding from learning the training texts by heart.
"""

from collections.abc import Sequence

import keras

from kerasrnn.layers.embedding import make_embedding
from kerasrnn.layers.masking import PaddingMask
from kerasrnn.layers.pairs import HashedPairs
from kerasrnn.layers.pooling import Pooling
from kerasrnn.layers.stack import Stack

BIGRAM_WIDTH = 16  # there are many pairs and each says little


def text_classifier(
    *,
    vocabulary_size: int,
    classes: int,
    cell: str = "gru",
    units: int | Sequence[int] = 64,
    layers: int = 1,
    bidirectional: bool = True,
    embedding: int = 128,
    word_dropout: float = 0.0,
    embedding_dropout: float = 0.0,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    pooling: str = "mean_max",
    bigrams: int = 0,
    residual: bool = False,
    layer_normalization: bool = False,
    expected_span: int = 0,
) -> keras.Model:
    """Ids of right-padded texts to one score per class.

    Args:
        vocabulary_size: Ids run from 0 (padding) to `vocabulary_size - 1`.
        classes: At least 2.
        cell: A name from `kerasrnn list`.
        units: Width of each recurrent layer and direction.
        layers: Recurrent layers on top of one another.
        bidirectional: Read the text both ways.
        embedding: Width of a word vector.
        word_dropout: Share of words zeroed whole while training.
        embedding_dropout: Share of single embedding features zeroed while training.
        dropout: Between recurrent layers.
        output_dropout: Before the last linear layer.
        pooling: `last`, `max`, `mean`, `mean_max`, `sqrtn` or `attention`.
        bigrams: Buckets of hashed pairs of neighbouring tokens, whose vectors are pooled beside
            the recurrent outputs, and the word vectors with them; 0 for neither.
        residual: Add each recurrent layer's input to its output where widths agree.
        layer_normalization: Normalise each recurrent layer's output.
        expected_span: Steps a memory may have to last, by which gated cells start; 0: as usual.

    Returns:
        Model from `(batch, steps)` int32 ids to `(batch, classes)` float32 logits.

    Raises:
        ValueError: If a number is out of range or a name unknown.
    """
    if bigrams and bigrams < 2:
        raise ValueError(f"bigrams must be 0 or at least 2 buckets, got {bigrams}")
    if vocabulary_size < 2 or classes < 2:
        raise ValueError(
            f"needs vocabulary_size and classes of at least 2, got {vocabulary_size} and {classes}"
        )
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = PaddingMask(name="mask")(ids)
    x = make_embedding(vocabulary_size, embedding, name="embedding")(ids)
    if word_dropout:
        x = keras.layers.Dropout(word_dropout, noise_shape=(None, None, 1), name="word_dropout")(x)
    wide = _wide(ids, x, mask, bigrams, word_dropout) if bigrams else []
    if embedding_dropout:
        x = keras.layers.Dropout(embedding_dropout, name="embedding_dropout")(x)
    stack = Stack(
        cell, units, layers, bidirectional, dropout, residual, layer_normalization, expected_span
    )
    x, _ = stack(x, mask=mask)  # (batch, steps, width)
    x = Pooling(pooling, name="pooling")(x, mask)  # (batch, width)
    if wide:
        x = keras.layers.Concatenate(name="deep_and_wide")([x, *wide])
    if output_dropout:
        x = keras.layers.Dropout(output_dropout, name="output_dropout")(x)
    logits = keras.layers.Dense(classes, dtype="float32", name="logits")(x)
    return keras.Model(ids, logits, name="text_classifier")


def _wide(ids, words, mask, buckets, dropout):
    """Word vectors and vectors of word pairs, each pooled to `(batch, width)`.

    A short way past the recurrent layers: single telling words and phrases need no memory
    (Cheng et al. 2016, "Wide & deep learning").
    """
    pairs = HashedPairs(buckets, name="pairs")(ids)
    x = make_embedding(buckets, BIGRAM_WIDTH, name="pair_embedding")(pairs)
    if dropout:
        x = keras.layers.Dropout(dropout, noise_shape=(None, None, 1), name="pair_dropout")(x)
    pair_mask = PaddingMask(name="pair_mask")(pairs)
    return [
        Pooling("sqrtn", name="word_pooling")(words, mask),
        Pooling("sqrtn", name="pair_pooling")(x, pair_mask),
    ]
