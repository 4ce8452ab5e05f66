"""The recurrent stack that every model shares: depth, direction, dropout, residuals, states."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kerasrnn.layers.chrono import chrono_settings
from kerasrnn.registry import CELLS


@dataclass(frozen=True)
class Stack:
    """Settings of a pile of recurrent layers, all of one kind.

    Residual connections (He et al. 2016) add a layer's input to its output where the widths
    agree; layer normalisation (Ba, Kiros & Hinton 2016) acts between layers, never inside the
    cell, so that cuDNN stays usable.

    Args:
        cell: A name from `kerasrnn list`.
        units: Width of each layer (each direction, if bidirectional); one number for all
            layers or one for each.
        layers: How many, at least 1.
        bidirectional: Reads both ways; outputs are twice as wide. Only where the future is known.
        dropout: Share of a layer's outputs dropped before the next layer (not after the last).
        residual: Add input to output where widths agree.
        layer_normalization: Normalise each layer's output.
        expected_span: Steps a memory may have to last, by which gated cells start (`Chrono`);
            0 for Keras's usual biases.
        name: What the names of its layers begin with, where a model has several stacks.
    """

    cell: str = "gru"
    units: int | Sequence[int] = 64
    layers: int = 1
    bidirectional: bool = False
    dropout: float = 0.0
    residual: bool = False
    layer_normalization: bool = False
    expected_span: int = 0
    name: str = ""

    def widths(self) -> list[int]:
        """Units of each layer.

        Raises:
            ValueError: If a list of units and the number of layers disagree, or there is none.
        """
        if self.layers < 1:
            raise ValueError(f"layers must be at least 1, not {self.layers}")
        if isinstance(self.units, int):
            return [self.units] * self.layers
        if len(self.units) != self.layers:
            raise ValueError(f"{len(self.units)} widths given for {self.layers} layers")
        return list(self.units)

    def __call__(
        self, x: Any, *, mask: Any = None, sequences: bool = True, states: list | None = None
    ) -> tuple[Any, list]:
        """Applies the stack to symbolic inputs.

        Args:
            x: `(batch, steps, features)`.
            mask: `(batch, steps)` booleans, true first, then false.
            sequences: Whether the last layer gives one vector per step, or its last state.
            states: Initial states, flat, as `state_shapes` lists them; zeros if left out.

        Returns:
            `(batch, steps, width)` or `(batch, width)`, and the flat list of final states.
        """
        kind = CELLS.load(self.cell)
        widths, final = self.widths(), []
        span = self.expected_span
        per_layer = len(states) // self.layers if states else 0
        for index, units in enumerate(widths):
            last = index == self.layers - 1
            layer = kind(
                units,
                return_sequences=sequences or not last,
                return_state=True,
                name=f"{self.name}rnn_{index}",
                **(chrono_settings(self.cell, span) if span else {}),
            )
            if self.bidirectional:
                layer = keras.layers.Bidirectional(layer, name=f"{self.name}bidirectional_{index}")
            initial = states[index * per_layer : (index + 1) * per_layer] if states else None
            y, *state = layer(x, mask=mask, initial_state=initial)
            final += state
            if self.residual and y.shape[1:] == x.shape[1:]:
                y = keras.layers.Add(name=f"{self.name}residual_{index}")([x, y])
            if self.layer_normalization:
                y = keras.layers.LayerNormalization(name=f"{self.name}normalization_{index}")(y)
            if self.dropout and not last:
                y = keras.layers.Dropout(self.dropout, name=f"{self.name}dropout_{index}")(y)
            x = y
        return x, final

    def state_shapes(self) -> list[tuple[int]]:
        """Shape of each state without the batch: LSTM has two a layer (h, c), the others one."""
        kind = CELLS.load(self.cell)
        directions = 2 if self.bidirectional else 1
        sizes = (np.ravel(kind(units).state_size).tolist() for units in self.widths())
        return [(size,) for layer in sizes for size in layer * directions]
