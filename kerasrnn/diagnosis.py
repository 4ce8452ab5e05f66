"""What gradient reaches each step back in time, over training: whether a network can learn from
what lies far back.

The loss is that of the last step alone where every step has one, so that what is seen at a step
has come back to it through the recurrence. Source: Pascanu, Mikolov & Bengio 2013, "On the
difficulty of training recurrent neural networks", section 2.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasrnn.errors import BadInput
from kerasrnn.layers.probe import probed
from kerasrnn.runs import Run
from kerasrnn.tasks import Prepared, Task

ROWS = 32  # validation sequences that are looked at


class GradientDiagnosis:
    """Records gradients of a model in training.

    Args:
        task: The kind of work.
        prepared: Its data; a batch in the middle of the validation part is looked at, or the first
            after it that has targets seen in training.
        model: The training form.
        run: Has `gradients.csv`.

    Raises:
        BadInput: If the model has no recurrent layer that can be followed, or the validation part
            no target that was seen in training.
    """

    def __init__(self, task: Task, prepared: Prepared, model: keras.Model, run: Run):
        self.task, self.model, self.run = task, model, run
        self.loss = task.objective(model)["loss"]
        self.clipped = tf.Variable(0, dtype=tf.int64, trainable=False)  # steps of this epoch
        self.rows: list[dict[str, Any]] = []
        try:
            self.twin, self.probes = probed(model)
        except ValueError as error:
            raise BadInput(f"--diagnose gradients: {error}; leave it out") from error
        if not self.probes.names:
            raise BadInput(
                "--diagnose gradients follows recurrent layers, and this network has none among "
                "its own layers: leave it out"
            )
        self.batch = _middle(task, prepared)
        self._norms = tf.function(self._gradients, autograph=False)

    def begin(self, epoch: int) -> None:
        """Takes up what was recorded up to an epoch, or records the untrained network."""
        self.rows = [row for row in self.run.gradients() if row["epoch"] <= epoch]
        if not self.rows:
            self._look(epoch, None)

    def count_clipped(self, gradients: list[tf.Tensor], most: float) -> None:
        """Counts a training step whose gradients' global norm is above `most`, if that is set."""
        if most:
            above = tf.linalg.global_norm(gradients) > most
            self.clipped.assign_add(tf.cast(above, tf.int64))

    def record(self, epoch: int, *, steps: int) -> None:
        """Adds an epoch of so many training steps."""
        self._look(epoch, int(self.clipped) / steps)

    def summary(self) -> list[str]:
        """What a person should know at the end, a line a layer."""
        last = self.rows[-1]["epoch"]
        lines = []
        for layer in dict.fromkeys(self.probes.names):
            norms = [r["norm"] for r in self.rows if r["layer"] == layer and r["epoch"] == last]
            if len(norms) > 1 and norms[0] > 0:
                lines.append(
                    f"gradients: of what reaches the last state of {layer}, "
                    f"{norms[-1] / norms[0]:.1e} times as much reaches the one "
                    f"{len(norms) - 1} steps back"
                )
        return lines

    def _look(self, epoch: int, clipped: float | None) -> None:
        self.twin.set_weights(self.model.get_weights())
        for layer, norms in zip(self.probes.names, self._norms(), strict=True):
            for steps_back, norm in enumerate(_by_steps_back(norms.numpy())):
                self.rows.append(
                    {
                        "epoch": epoch,
                        "layer": layer,
                        "steps_back": steps_back,
                        "norm": float(norm),
                        "clipped": clipped,
                    }
                )
        self.run.save_gradients(self.rows)

    def _gradients(self) -> list[tf.Tensor]:
        """`(rows, steps)` norms for each layer, of each row's own loss."""
        inputs, target, *others = self.batch
        # what else there is of a row is for the metrics
        weights = others[:1] if self.task.each_step else []
        rows = len(target)
        with tf.GradientTape() as tape:
            self.probes.begin(tape)
            carry = self.task.initial_carry(self.twin, rows)
            outputs, _ = self.task.forward(self.twin, inputs, carry, training=False)
            if self.task.each_step:
                last = _last_steps(target, weights)
                outputs, target, weights = tf.nest.map_structure(
                    lambda x: tf.gather(x, last, batch_dims=1), (outputs, target, weights)
                )
            loss = self.loss(target, outputs, *weights)
        # the loss is a mean over the rows
        return [rows * norm for norm in self.probes.norms(tape, loss)]


def _middle(task: Task, prepared: Prepared) -> Any:
    """Some sequences from the middle of the validation part, whose loss can be told."""
    valid, middle = prepared.valid, sum(1 for _ in prepared.valid) // 2
    for batch in valid.skip(middle).concatenate(valid.take(middle)):
        known = task.known_targets(batch, prepared.transforms)
        if len(known[1]):
            return tf.nest.map_structure(lambda x: x[:ROWS], known)
    raise BadInput(
        "--diagnose gradients: nothing that the validation part asks for was seen in training, so "
        "it has no loss to follow: leave it out"
    )


def _last_steps(target: tf.Tensor, weights: list[tf.Tensor]) -> tf.Tensor:
    """`(rows, 1)` number of each row's last step that counts."""
    steps = tf.range(tf.shape(target)[1])
    counts = tf.ones_like(target[..., 0] if len(target.shape) > 2 else target)
    counts = tf.cast((weights[0] if weights else counts) > 0, tf.int32)
    return tf.reduce_max(counts * steps, axis=1, keepdims=True)


def _by_steps_back(norms: np.ndarray) -> np.ndarray:
    """Mean of the rows' norms by steps before each row's end.

    Args:
        norms: `(rows, steps)`. A row ends with its last gradient that is not zero: the loss sees
            nothing of the padding behind it.

    Returns:
        `(steps of the longest row,)`, the end first.
    """
    there = norms != 0
    ends = np.where(there.any(1), norms.shape[1] - np.argmax(there[:, ::-1], axis=1), 1)
    back = np.full((len(norms), int(ends.max())), np.nan)
    for row, (values, end) in enumerate(zip(norms, ends, strict=True)):
        back[row, :end] = values[:end][::-1]
    return np.nanmean(back, axis=0)
