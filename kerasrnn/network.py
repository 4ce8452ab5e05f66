"""A model together with what its task says of running it: compiled once, called everywhere."""

from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from kerasrnn.tasks import Task


class Network:
    """A task's training form of a model, callable on batches.

    Args:
        task: Says what is carried from batch to batch.
        model: As `task.training_model` gives it.
    """

    def __init__(self, task: Task, model: keras.Model):
        self.task = task
        self.model = model
        # lengths vary from batch to batch: one trace serves them all
        self._forward = tf.function(self._call, reduce_retracing=True)

    def _call(self, inputs: Any, carry: list[tf.Tensor]) -> tuple[Any, list[tf.Tensor]]:
        return self.task.forward(self.model, inputs, carry, training=False)

    def __call__(self, inputs: Any) -> tf.Tensor:
        """Outputs for one batch that continues nothing."""
        return self._forward(inputs, self._initial_carry(inputs))[0]

    def outputs(self, batches: tf.data.Dataset) -> Iterator[tuple[tf.Tensor, ...]]:
        """`(outputs, target, ...)` for each batch, in order, carrying what is to be carried."""
        carry = None
        for inputs, *rest in batches:
            carry = self._initial_carry(inputs) if carry is None else carry
            outputs, carry = self._forward(inputs, carry)
            yield (outputs, *rest)

    def _initial_carry(self, inputs: Any) -> list[tf.Tensor]:
        return self.task.initial_carry(self.model, len(tf.nest.flatten(inputs)[0]))
