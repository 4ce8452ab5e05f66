"""What an exported recogniser answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerasrnn.tasks import Endpoint
from kerasrnn.tasks._states import state_shapes

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.tasks._speech_settings import SpeechConfig


def endpoints(
    c: SpeechConfig, model: keras.Model, transforms: Mapping[str, Any]
) -> dict[str, Endpoint]:
    """As `Task.endpoints`: waveforms to text, and frames to logits."""
    import tensorflow as tf

    from kerasrnn.transforms.ctc import texts_in_graph

    log_mel, alphabet = transforms["log_mel"], transforms["alphabet"]
    states = {} if c.bidirectional else state_shapes(model)

    def run(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        sound = {name: inputs[name] for name in ("frames", "lengths")}
        if c.bidirectional:
            return {"logits": model(sound, training=False)}
        outputs = model({**sound, "state": [inputs[n] for n in states]}, training=False)
        return {"logits": outputs["logits"], **dict(zip(states, outputs["state"], strict=True))}

    def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        frames, lengths = log_mel.graph(inputs["waveform"], inputs["lengths"])
        zeros = {n: tf.zeros([tf.shape(frames)[0], *shape]) for n, shape in states.items()}
        logits = run({"frames": frames, "lengths": lengths, **zeros})["logits"]
        steps = -(-lengths // c.stride)
        how = {"beam": c.beam, "lexicon": transforms.get("lexicon")}
        return {"text": texts_in_graph(logits, steps, alphabet.characters, **how)}

    # a whole number of steps that holds any recording of the training part
    whole_steps = -(-log_mel.longest // c.stride) * c.stride
    rows = {"lengths": tf.TensorSpec([None], tf.int32)}
    sound = {"frames": tf.TensorSpec([None, None, c.mels], tf.float32), **rows}
    given = {n: tf.TensorSpec([None, *shape], tf.float32) for n, shape in states.items()}
    about = (
        "frames and the state before them (zeros at first) to logits and the state to go on "
        f"with; multiples of {c.stride} frames until the end"
        if states
        else "frames of log-mel energies, as transforms/log_mel.json shifts and scales them, "
        "to logits"
    )
    return {
        "serving_default": Endpoint(
            answer,
            {"waveform": tf.TensorSpec([None, None], tf.float32), **rows},
            f"samples from -1 to 1, {log_mel.rate:,} a second, and how many there are of each "
            "recording, to text",
        ),
        "step" if states else "frames": Endpoint(
            run, {**sound, **given}, about, numeric=True, steps=whole_steps
        ),
    }
