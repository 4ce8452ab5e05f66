"""What an exported language model answers, and that model in the place of the trained one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerasrnn.tasks import Endpoint, Exported
from kerasrnn.tasks._states import state_names, state_shapes

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from kerasrnn.tasks._text_generation_settings import TextGenerationConfig


def endpoints(
    c: TextGenerationConfig, model: keras.Model, transforms: Mapping[str, Any]
) -> dict[str, Endpoint]:
    """As `Task.endpoints`: prompts to what follows them, and ids to what may follow each."""
    import tensorflow as tf

    from kerasrnn.generation import PARAMETERS, write

    text, shapes = transforms["text"], state_shapes(model)

    def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {"text": write(model, text, inputs)}

    def step(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        state = [inputs[name] for name in shapes]
        outputs = model({"ids": inputs["ids"], "state": state}, training=False)
        return {"logits": outputs["logits"], **dict(zip(shapes, outputs["state"], strict=True))}

    states = {n: tf.TensorSpec([None, *shape], tf.float32) for n, shape in shapes.items()}
    kinds = {"prompt": tf.string, **{n: tf.as_dtype(k) for n, k in PARAMETERS.items()}}
    return {
        "serving_default": Endpoint(
            answer,
            {name: tf.TensorSpec([None], kind) for name, kind in kinds.items()},
            f"prompts to what follows them, at most length {c.tokens}s, drawn by "
            "temperature, top_k (0: all), top_p (1: all) and seed",
        ),
        "step": Endpoint(
            step,
            {"ids": tf.TensorSpec([None, None], tf.int32), **states},
            "token ids and the state before them (zeros at first) to the logits after each "
            "and the state to go on with",
            numeric=True,
        ),
    }


# how a text is drawn, of what a request names
DRAWING = ("temperature", "top_k", "top_p")


def written_inside(model: keras.Model, vocabulary_size: int) -> Endpoint:
    """The loop of a TFLite file of one step, as `Task.written_inside`."""
    import tensorflow as tf

    from kerasrnn.generation import PARAMETERS, Drawing
    from kerasrnn.lite_generation import DRAWN, piece_of

    piece, shapes = piece_of(model, vocabulary_size), state_shapes(model)

    def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        how = Drawing(*(inputs[name] for name in DRAWING), seed=tf.constant(0))
        state = [inputs[name] for name in shapes]
        ids, logits, state = piece(inputs["logits"], state, how, inputs["ids"], inputs["chances"])
        return {"ids": ids, "logits": logits, **dict(zip(shapes, state, strict=True))}

    return Endpoint(
        answer,
        {
            "ids": tf.TensorSpec([None, None], tf.int32),
            "chances": tf.TensorSpec([None, None], tf.float32),
            "logits": tf.TensorSpec([None, vocabulary_size], tf.float32),
            **{n: tf.TensorSpec([None, *shape], tf.float32) for n, shape in shapes.items()},
            **{n: tf.TensorSpec([None], tf.as_dtype(PARAMETERS[n])) for n in DRAWING},
        },
        f"token ids ({DRAWN}: to be drawn by temperature, top_k, top_p and a random number of "
        "chances), the logits of the first and the state before it (zeros at first) to all ids, "
        "the logits after them and the state to go on with",
        numeric=True,
    )


class ExportedSteps:
    """An exported language model, called as the training form is."""

    def __init__(self, exported: Exported):
        self.exported = exported
        self.names = state_names(exported)

    def initial_state(self, batch: int) -> list[np.ndarray]:
        """Zeros, as at the beginning of a text."""
        import numpy as np

        shapes = self.exported.shapes
        return [np.zeros((batch, shapes[name][-1]), np.float32) for name in self.names]

    def __call__(self, inputs: Mapping[str, Any], training: bool = False) -> dict[str, Any]:
        import numpy as np

        ids, state = np.asarray(inputs["ids"]), inputs["state"]
        stretch, logits = self.exported.steps or max(ids.shape[1], 1), []
        for first in range(0, ids.shape[1], stretch):
            states = dict(zip(self.names, state, strict=True))
            part = ids[:, first : first + stretch]
            outputs = self.exported.answer({"ids": part, **states})
            logits.append(outputs["logits"][:, : part.shape[1]])
            state = [outputs[name] for name in self.names]
        return {"logits": np.concatenate(logits, 1), "state": state}
