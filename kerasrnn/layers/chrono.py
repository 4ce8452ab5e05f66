"""Biases by which a gated cell begins with memories that last as long as the data ask.

A gate with sigmoid(b) = 1 - 1/T keeps a memory for about T steps. Drawn so that these times are
spread evenly from 1 to the longest expected, some units remember over the whole span at once:

    b_keep = log(u), u ~ U(1, span - 1), and b_take = -b_keep where that is a gate of its own

Source: Tallec & Ollivier 2018, "Can recurrent neural networks warp time?", equation 16 (LSTM);
for the GRU in Keras's convention, where z keeps the old state, b_z takes the part of b_f.
"""

from typing import Any

import keras
from keras import ops

from kerasrnn.registry import CELLS


@keras.saving.register_keras_serializable(package="kerasrnn")
class Chrono(keras.initializers.Initializer):
    """Biases `(gates * units,)`, or `(2, gates * units)` with those of the state second.

    Args:
        span: Steps a memory may have to last, at least 2.
        gates: Blocks of columns.
        keep: The block of the gate that keeps the old state.
        take: The block of the gate that takes the new in; none if `keep` decides both.
        seed: Of the draw; by Keras's global seed if left out.

    Raises:
        ValueError: If the span is below 2.
    """

    def __init__(self, span: int, gates: int, keep: int, take: int | None, seed: int | None = None):
        if span < 2:
            raise ValueError(f"a span of {span} steps is no memory; give at least 2")
        self.span, self.gates, self.keep, self.take, self.seed = span, gates, keep, take, seed
        self._times = keras.initializers.RandomUniform(1.0, span - 1.0, seed=seed)

    def __call__(self, shape, dtype=None):
        units = shape[-1] // self.gates
        keep = ops.log(ops.cast(self._times((units,)), dtype or keras.config.floatx()))
        none = ops.zeros_like(keep)
        blocks = {self.keep: keep, self.take: -keep}
        bias = ops.concatenate([blocks.get(gate, none) for gate in range(self.gates)])
        # the GRU's second row is added to the state's part, behind the same gates
        return bias if len(shape) == 1 else ops.stack([bias, ops.zeros_like(bias)])

    def get_config(self) -> dict[str, Any]:
        names = ("span", "gates", "keep", "take", "seed")
        return {name: getattr(self, name) for name in names}


def chrono_settings(cell: str, span: int) -> dict[str, Any]:
    """Arguments of a gated Keras layer that starts with memories of up to `span` steps.

    Raises:
        ValueError: If the cell has no gate that keeps its state.
    """
    module = CELLS.module(cell)
    if not hasattr(module, "KEEP"):
        raise ValueError(f"{cell} has no gate that keeps its state: leave out expected_span")
    bias = Chrono(span, module.GATES, module.KEEP, module.TAKE)
    own = {"unit_forget_bias": False} if cell == "lstm" else {}  # else Keras puts 1 in its place
    return {"bias_initializer": bias, **own}
