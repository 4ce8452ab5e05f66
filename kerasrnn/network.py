"""A model together with what its task says of running it: compiled once, called everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kerasrnn.tasks import Task

if TYPE_CHECKING:
    import keras


class Carrying:
    """Something in the place of a model, called on batches, carrying what its task says.

    Args:
        task: Says what is carried from batch to batch.
        model: What the task's `forward` calls.
    """

    def __init__(self, task: Task, model: Any):
        self.task = task
        self.model = model
        self._forward = self._call

    def _call(self, inputs: Any, carry: list) -> tuple[Any, list]:
        return self.task.forward(self.model, inputs, carry, training=False)

    def __call__(self, inputs: Any) -> Any:
        """Outputs for one batch that continues nothing."""
        return self._forward(inputs, self._initial_carry(inputs))[0]

    def outputs(self, batches: Iterable[Any]) -> Iterator[tuple]:
        """`(outputs, target, ...)` for each batch, in order, carrying what is to be carried."""
        carry = None
        for inputs, *rest in batches:
            carry = self._initial_carry(inputs) if carry is None else carry
            outputs, carry = self._forward(inputs, carry)
            yield (outputs, *rest)

    def _initial_carry(self, inputs: Any) -> list:
        first = next(iter(inputs.values())) if isinstance(inputs, Mapping) else inputs
        return self.task.initial_carry(self.model, len(first))


class Network(Carrying):
    """A task's training form of a model, compiled.

    Args:
        task: Says what is carried from batch to batch.
        model: As `task.training_model` gives it.
        walked: Whether its layers walk by loops of their own, which pays where batches are many.
    """

    def __init__(self, task: Task, model: keras.Model, *, walked: bool = False):
        import tensorflow as tf

        super().__init__(task, model)
        call = self._walked_call if walked else self._call
        # lengths vary from batch to batch: one trace serves them all
        self._forward = tf.function(call, reduce_retracing=True, autograph=False)

    def _walked_call(self, inputs: Any, carry: list) -> tuple[Any, list]:
        from kerasrnn.layers.scanned import walked_predictions

        with walked_predictions():
            return self._call(inputs, carry)
