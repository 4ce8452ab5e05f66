"""An exported recogniser in the place of the trained one, for whole recordings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.tasks import Exported
from kerasrnn.tasks._states import state_names


class Heard:
    """An exported recogniser, called as the training form is.

    Args:
        exported: Its numeric endpoint; with a state, it goes on from call to call.
        stride: Frames of a step.
    """

    def __init__(self, exported: Exported, stride: int):
        self.exported, self.stride = exported, stride
        self.states = state_names(exported)

    def __call__(self, inputs: Mapping[str, Any], training: bool = False) -> np.ndarray:
        """`frames` and `lengths` to logits.

        Raises:
            BadInput: If the file takes a fixed number of frames that does not do.
        """
        frames, lengths = np.asarray(inputs["frames"]), np.asarray(inputs["lengths"])
        stretch = self.exported.steps or frames.shape[1]
        if not self.states and frames.shape[1] > stretch:
            raise BadInput(
                f"a recording has {frames.shape[1]:,} frames of 10 ms and this file takes "
                f"{stretch:,}: export it with more --steps, or with --rnn loop"
            )
        if self.states and stretch % self.stride and frames.shape[1] > stretch:
            raise BadInput(
                f"this file takes {stretch} frames at a time, not a multiple of {self.stride}: "
                "export it with other --steps"
            )
        shapes = self.exported.shapes
        state = {n: np.zeros((len(frames), *shapes[n][1:]), np.float32) for n in self.states}
        logits = []
        for first in range(0, frames.shape[1], stretch):
            part = frames[:, first : first + stretch]
            left = np.clip(lengths - first, 0, stretch).astype(np.int32)
            outputs = self.exported.answer({"frames": part, "lengths": left, **state})
            logits.append(outputs["logits"][:, : -(-part.shape[1] // self.stride)])
            state = {name: outputs[name] for name in self.states}
        return np.concatenate(logits, 1)
