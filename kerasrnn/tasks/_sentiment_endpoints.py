"""What an exported classifier of texts answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerasrnn.tasks import Endpoint

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.tasks._sentiment_settings import SentimentConfig


def endpoints(
    c: SentimentConfig, model: keras.Model, transforms: Mapping[str, Any]
) -> dict[str, Endpoint]:
    """As `Task.endpoints`: texts, and token ids, to probabilities of labels."""
    import tensorflow as tf

    from kerasrnn.transforms.text import batch_ids

    text, names = transforms["text"], tf.constant(transforms["labels"].names)
    most, ends = c.steps, c.truncate == "ends"

    def probabilities(texts: tf.Tensor) -> tf.Tensor:
        return tf.nn.softmax(model(batch_ids(text, texts, most, ends=ends), training=False))

    def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        p = probabilities(inputs["text"])
        everywhere = tf.tile(names[None], [tf.shape(p)[0], 1])
        return {
            "label": tf.gather(names, tf.argmax(p, -1)),
            "probabilities": p,
            "labels": everywhere,
        }

    def classify(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        example = {"text": tf.io.FixedLenFeature([], tf.string)}
        answers = answer(tf.io.parse_example(inputs["inputs"], example))
        return {"classes": answers["labels"], "scores": answers["probabilities"]}

    def score(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        logits = model(inputs["ids"], training=False)
        return {"logits": logits, "probabilities": tf.nn.softmax(logits)}

    strings = tf.TensorSpec([None], tf.string)
    return {
        "serving_default": Endpoint(
            answer,
            {"text": strings},
            f"{_raw(c)} to the likeliest label, and to the probability of each label",
        ),
        "classify": Endpoint(
            classify,
            {"inputs": strings},
            "tf.train.Example messages with the feature 'text', for Serving's Classify",
            method="classify",
        ),
        "ids": Endpoint(
            score,
            {"ids": tf.TensorSpec([None, None], tf.int32)},
            "token ids, padded right with 0, to logits and probabilities in the labels' order",
            numeric=True,
            steps=most,
        ),
    }


def _raw(c: SentimentConfig) -> str:
    """What a server is given as text."""
    jieba = c.segmenter == "jieba"
    return "texts whose words jieba has set apart by blanks" if jieba else "raw texts"
