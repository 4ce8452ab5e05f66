"""What a server asks of a tagger: raw texts, tokens or ids in, labels out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kerasrnn.tasks import Endpoint, Request
from kerasrnn.tasks._tagging_answers import decoded

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.transforms.words import Words

FIXED_STEPS = 64  # of a network with a fixed number of steps, unless told otherwise


def endpoints(
    model: keras.Model, words: Words, names: Sequence[str], *, decoder: str
) -> dict[str, Endpoint]:
    """The endpoints of a tagger.

    Args:
        model: From ids to logits, or its twin for export.
        words: What makes the ids.
        names: Of the labels.
        decoder: How labels are chosen.
    """
    import tensorflow as tf

    from kerasrnn.transforms import graph_strings

    names = tf.constant(names)

    def numbers(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        logits = model(dict(inputs), training=False)
        return decoded(model, inputs["ids"], logits, decoder=decoder)

    def labelled(tokens: tf.RaggedTensor) -> dict[str, tf.Tensor]:
        inputs = words.encode_in_graph(tokens)
        outputs = numbers(inputs)
        lengths = tokens.row_lengths()
        real = tf.sequence_mask(lengths, tf.shape(inputs["ids"])[1])
        p = tf.gather(outputs["probabilities"], outputs["labels"], batch_dims=2)
        count = tf.cast(tf.maximum(lengths, 1), tf.float32)
        chosen = tf.where(real, tf.gather(names, outputs["labels"]), "")
        return {
            "tokens": _joined(tokens.to_tensor(default_value="")),
            "labels": _joined(chosen),
            "confidence": tf.reduce_sum(tf.where(real, p, 0.0), 1) / count,
        }

    ids = {"ids": tf.TensorSpec([None, None], tf.int32)}
    if words.word_length:
        ids["characters"] = tf.TensorSpec([None, None, words.word_length], tf.int32)
    given = "labels, both joined by blanks, and the mean probability of the labels"
    return {
        "serving_default": Endpoint(
            lambda inputs: labelled(words.split_in_graph(inputs["text"])),
            {"text": tf.TensorSpec([None], tf.string)},
            f"raw texts to their tokens ({words.tokens}s) and {given}",
        ),
        "tokens": Endpoint(
            lambda inputs: labelled(graph_strings.words(inputs["tokens"])),
            {"tokens": tf.TensorSpec([None], tf.string)},
            f"tokens joined by blanks to the same tokens and {given}",
        ),
        "ids": Endpoint(
            numbers,
            ids,
            "word ids, padded right with 0, and the character ids of each word, to label "
            "numbers, their probabilities and logits",
            numeric=True,
            steps=FIXED_STEPS,
        ),
    }


def requests(words: Words, sentences: Sequence[Sequence[str]]) -> dict[str, Request]:
    """The same sentences, asked of every endpoint.

    Args:
        words: What makes the ids.
        sentences: Their tokens.
    """
    import numpy as np

    from kerasrnn.transforms.padding import pad

    joined = np.array([" ".join(tokens).encode() for tokens in sentences], object)
    rows = words.encode(sentences)
    return {
        "serving_default": {"text": joined},
        "tokens": {"tokens": joined},
        "ids": {name: pad([row[name] for row in rows]) for name in rows[0]},
    }


def _joined(strings: tf.Tensor) -> tf.Tensor:
    """`(batch, steps)` strings, those at the end perhaps empty, to `(batch,)` with blanks."""
    import tensorflow as tf

    return tf.strings.strip(tf.strings.reduce_join(strings, 1, separator=" "))
