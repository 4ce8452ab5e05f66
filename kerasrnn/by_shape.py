"""A training step as a graph for each shape of a batch, every size in it a known number.

That is what XLA compiles, and the one thing a TPU runs. TensorFlow's own retracing would do the
same and warn of it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from kerasrnn.progress import Progress


class ByShape:
    """Takes the next batches and runs, for each, the step that is made for its shape.

    Args:
        step: Takes a batch and what is carried, gives what is carried on.
        jit_compile: Whether XLA compiles it, which then happens once for each shape. Batches are
            fetched outside, for XLA cannot compile tf.data.
        progress: Is told of every shape, for compiling takes seconds.
    """

    def __init__(
        self, step: Callable[[tuple, list], list], *, jit_compile: bool, progress: Progress
    ):
        self._step = tf.function(step, jit_compile=jit_compile, autograph=False)
        self._done = "compiled" if jit_compile else "traced"
        self._progress = progress
        self.graphs: dict[tuple, Callable[[tuple, list], list]] = {}

    def __call__(self, batches: Iterator[tuple], carry: list, count: int) -> list[Any]:
        for _ in range(count):
            carry = self._run(next(batches), carry)
        return carry

    def _run(self, batch: tuple, carry: list) -> list[Any]:
        shapes = tuple(tuple(x.shape) for x in tf.nest.flatten(batch))
        if shapes not in self.graphs:
            self.graphs[shapes] = self._step.get_concrete_function(batch, carry)
            told = " and ".join("×".join(map(str, shape)) for shape in dict.fromkeys(shapes))
            self._progress.say(f"  shape {len(self.graphs)} {self._done}: {told}")
        return self.graphs[shapes](batch, carry)
