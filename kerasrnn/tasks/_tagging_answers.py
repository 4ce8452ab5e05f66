"""From a tagger's scores to labels: of batches of sentences, of an exported tagger too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kerasrnn.tasks import Exported

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

SCORE_BATCH = 128


def decoded(
    model: keras.Model, ids: tf.Tensor, logits: tf.Tensor, *, decoder: str
) -> dict[str, Any]:
    """Labels of a batch by the decoder, each label's probability, and the logits.

    Numbers are zero where there is no token.
    """
    import tensorflow as tf

    mask = model.get_layer("mask")(ids)
    if decoder == "greedy":
        labels = tf.argmax(logits, -1, output_type=tf.int32) * tf.cast(mask, tf.int32)
    else:
        labels = model.get_layer("crf").best(logits, mask)
    if decoder == "crf":
        p = model.get_layer("crf").marginals(logits, mask)
    else:
        p = tf.nn.softmax(logits)
    numbers = {"probabilities": p, "logits": logits}
    return {
        "labels": labels,
        **{n: tf.where(tf.expand_dims(mask, -1), x, 0.0) for n, x in numbers.items()},
    }


def logits_of(outputs: Any) -> Any:
    """The logits among outputs, be they decoded or not."""
    return outputs["logits"] if isinstance(outputs, Mapping) else outputs


def sentence_batches(
    encoded: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[list[int], dict[str, Any]]]:
    """Batches of sentences of like length, those without tokens left out.

    Yields:
        Places of the sentences, and their inputs, padded.
    """
    from kerasrnn.transforms.padding import pad, padded_batches

    full = [place for place, row in enumerate(encoded) if len(row["ids"])]
    if not full:
        return
    for index, _ in padded_batches([encoded[place]["ids"] for place in full], SCORE_BATCH):
        places = [full[i] for i in index]
        yield places, {name: pad([encoded[p][name] for p in places]) for name in encoded[0]}


class Answers:
    """An exported tagger, called as the network is."""

    def __init__(self, exported: Exported):
        self.exported = exported

    def __call__(self, inputs: Mapping[str, Any], training: bool = False) -> dict[str, Any]:
        import numpy as np

        arrays = {name: np.asarray(array) for name, array in inputs.items()}
        steps = arrays["ids"].shape[1]
        stretch, parts = self.exported.steps or steps, []
        for first in range(0, steps, stretch):
            piece = {name: array[:, first : first + stretch] for name, array in arrays.items()}
            width = piece["ids"].shape[1]
            answers = self.exported.answer(piece)
            parts.append({name: array[:, :width] for name, array in answers.items()})
        return {name: np.concatenate([part[name] for part in parts], 1) for name in parts[0]}
