"""The tokenizer's steps in TensorFlow, on `(batch,)` UTF-8 strings; `plain_strings` is the twin."""

import tensorflow as tf


def replace(texts: tf.Tensor, pattern: str, by: str) -> tf.Tensor:
    """Every match of an RE2 pattern replaced."""
    return tf.strings.regex_replace(texts, pattern, by)


def lower(texts: tf.Tensor) -> tf.Tensor:
    return tf.strings.lower(texts, encoding="utf-8")


def strip(texts: tf.Tensor) -> tf.Tensor:
    """Without ASCII white space at the ends."""
    return tf.strings.strip(texts)


def hide_unknown(texts: tf.Tensor) -> tf.Tensor:
    """Letters that RE2 does not know are none to it as they are."""
    return texts


def characters(texts: tf.Tensor) -> tf.RaggedTensor:
    return tf.strings.unicode_split(texts, "UTF-8", errors="ignore")


def words(texts: tf.Tensor) -> tf.RaggedTensor:
    """What stands between blanks."""
    return tf.strings.split(texts)


def set_apart(texts: tf.Tensor, pattern: str, separator: str) -> tf.Tensor:
    """A separator on both sides of every match of a pattern with one group around it."""
    return tf.strings.regex_replace(texts, pattern, rf"{separator}\1{separator}")


def pieces(texts: tf.Tensor, pattern: str, separator: str) -> tf.RaggedTensor:
    """The matches of a pattern with one group around it, which together are the whole text.

    Args:
        texts: `(batch,)`.
        pattern: What a piece is.
        separator: A character that no text has.
    """
    texts = tf.strings.regex_replace(texts, pattern, r"\1" + separator)
    parts = tf.strings.split(texts, separator)
    # after the last separator there is an empty one
    return tf.ragged.boolean_mask(parts, tf.strings.length(parts) > 0)
