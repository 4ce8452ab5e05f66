"""What an exported network of pairs answers, and that network in the place of the trained one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerasrnn.tasks import Endpoint, Exported, Request
from kerasrnn.tasks._pairs_answers import NO_SCORE

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.tasks._pairs_settings import PairsConfig
    from kerasrnn.translating import GraphTranslator, Searching


def searching(c: PairsConfig) -> Searching:
    """How candidates are searched for."""
    from kerasrnn.translating import Searching

    return Searching(c.beam, c.length_penalty, c.coverage_penalty, c.target_steps)


def endpoints(
    c: PairsConfig, model: keras.Model, transforms: Mapping[str, Any], noun: str
) -> dict[str, Endpoint]:
    """As `Task.endpoints`.

    Args:
        c: Settings.
        model: Of the trained weights.
        transforms: Of `source` and `target`.
        noun: What is written.
    """
    import tensorflow as tf

    from kerasrnn.translating import GraphTranslator

    translate = GraphTranslator(model, searching(c))

    def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        found = _serve(c, translate, transforms, inputs["text"])
        return {"text": found["texts"][:, 0], "score": found["scores"][:, 0]}

    def search(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return _serve(c, translate, transforms, inputs["text"])

    def following(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        encoded = translate.parts.encode(inputs["source"])
        logits, weights, _ = translate.parts.decode(inputs["target"], encoded, encoded.states)
        return {"logits": logits, "attention": weights}

    strings, ids = tf.TensorSpec([None], tf.string), tf.TensorSpec([None, None], tf.int32)
    width = c.beam
    return {
        "serving_default": Endpoint(
            answer,
            {"text": strings},
            f"raw texts to the best {noun} that a beam of {width} finds, and its score: "
            "log-probability over length penalty",
        ),
        "search": Endpoint(
            search,
            {"text": strings},
            f"raw texts to {width} candidates with scores ({NO_SCORE:.0f} where fewer were "
            "found), and of the best its ids and how much each took of each source token",
        ),
        "next": Endpoint(
            following,
            {"source": ids, "target": ids},
            "source ids and the beginning of a target (id 2 first), both padded right with 0, "
            "to the logits of the id after each and how much it took of each source id",
            numeric=True,
            steps=max(c.steps, c.target_steps),
        ),
    }


def _serve(
    c: PairsConfig, translate: GraphTranslator, transforms: Mapping[str, Any], texts: tf.Tensor
) -> dict[str, tf.Tensor]:
    """Raw texts to everything that is known of their translations, of sizes that never vary."""
    import tensorflow as tf

    from kerasrnn.beam_search import STILL
    from kerasrnn.transforms.text import batch_ids

    target = transforms["target"]
    source = batch_ids(transforms["source"], texts, c.steps)
    ids, scores, attention = translate(source)
    written = tf.reshape(target.decode_batch(tf.reshape(ids, [-1, c.target_steps])), [-1, c.beam])
    real = tf.cast(ids[:, 0] != 0, tf.float32)[:, :, None]
    beyond = c.steps - tf.shape(source)[1]
    return {
        "texts": tf.reshape(written, [-1, c.beam]),
        "scores": tf.where(scores > STILL, scores, NO_SCORE),
        "source_ids": _fixed(tf.pad(source, [[0, 0], [0, beyond]]), c.steps),
        "target_ids": _fixed(ids[:, 0], c.target_steps),
        "attention": tf.pad(attention * real, [[0, 0], [0, 0], [0, beyond]]),
    }


class ExportedPairs:
    """An exported model's numeric endpoint, called as the model is.

    Args:
        exported: Takes any steps, or a fixed number of them.
    """

    def __init__(self, exported: Exported):
        self.exported = exported
        self.most = exported.shapes["target"][1]  # -1 where any will do

    def answer(self, request: Request) -> Request:
        """`source` and `target` ids to `logits` and `attention`, at the places that there are."""
        source, target = (request[name].shape[1] for name in ("source", "target"))
        outputs = self.exported.answer(request)
        # a file of fixed steps gives more places
        attention = outputs["attention"][:, :target, :source]
        return {"logits": outputs["logits"][:, :target], "attention": attention}

    def __call__(self, inputs: Mapping[str, Any], training: bool = False) -> Any:
        import numpy as np

        return self.answer({name: np.asarray(ids) for name, ids in inputs.items()})["logits"]


def _fixed(ids: tf.Tensor, steps: int) -> tf.Tensor:
    import tensorflow as tf

    return tf.ensure_shape(ids, [None, steps])
