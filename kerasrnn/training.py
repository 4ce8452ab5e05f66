"""Training: one loop that any task goes through, and that can be killed anywhere.

What resuming needs (weights, optimiser, dropout seeds, carried state, averages, the stopping
rule's memory) is one file written in one rename; the order of the data is a function of seed and
epoch; so a run that is killed and goes on ends with the weights of one that was not.
"""

import contextlib
import functools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasrnn.batch_parts import Part, Whole
from kerasrnn.by_shape import ByShape
from kerasrnn.config import Config
from kerasrnn.data_service import served
from kerasrnn.diagnosis import GradientDiagnosis
from kerasrnn.distribution import Alone
from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.layers.scanned import with_keras_layers
from kerasrnn.network import Network
from kerasrnn.optimizers import make_optimizer
from kerasrnn.progress import Progress
from kerasrnn.runs import Run
from kerasrnn.tasks import Metrics, Prepared, Task
from kerasrnn.transforms.static_shapes import static_shapes

LOOK = 25  # steps between looks at the loss: each look waits for the device
PLATEAU_PATIENCE, PLATEAU_FACTOR = 2, 0.5


@dataclass
class State:
    """Where training stands, apart from the arrays."""

    epoch: int = 0  # epochs finished
    step: int = 0  # steps finished of the epoch in progress
    loss_sum: float = 0.0  # over those steps
    seconds: float = 0.0  # of training, all epochs
    epoch_seconds: float = 0.0  # of the epoch in progress
    best: float | None = None
    best_epoch: int = 0
    waited: int = 0  # epochs without a better validation
    plateau_waited: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


def configure(config: Config) -> None:
    """Seeds, determinism and precision, before anything is built."""
    keras.utils.set_random_seed(config.seed)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    keras.mixed_precision.set_global_policy(config.precision)


class Trainer:
    """Trains one model for one run.

    Args:
        task: The kind of work.
        prepared: Its data.
        model: The model that is saved, as `task.build_model` gives it.
        run: Where everything is written.
        progress: What a person sees meanwhile.
        distribution: The devices that train; the model was made in its scope.
    """

    def __init__(
        self,
        task: Task,
        prepared: Prepared,
        model: keras.Model,
        run: Run,
        progress: Progress,
        distribution: Alone | None = None,
    ):
        self.distribution = distribution or Alone()
        self.task, self.prepared, self.run, self.progress = task, prepared, run, progress
        self.config: Config = task.config
        if self.config.static_shapes:
            self.prepared = _in_static_shapes(prepared, self.config.batch_size)
        layers = model._flatten_layers(include_self=False, recursive=True)
        if self.config.lazy_rows and not any(isinstance(x, keras.layers.Embedding) for x in layers):
            raise BadInput("--lazy-rows would do nothing: this network has no embedding")
        self.built = model
        self.public: keras.Model | None = None  # as it is saved
        with self.distribution.scope():
            self.model = task.training_model(model, prepared.transforms)
            self.optimizer = make_optimizer(self.config, steps=self.config.epochs * prepared.steps)
            self.optimizer.build(self.model.trainable_variables)
        self.network = Network(task, self.model, walked=True)
        self.loss = task.objective(self.model)["loss"]
        self.distribution.prepare(self.model, self.optimizer, self.loss)
        self.average = self._copies() if self.config.average else []
        self.carry = self._initial_carry()
        self.loss_sum = tf.Variable(0.0, dtype=tf.float64, trainable=False)
        self.diagnosis: GradientDiagnosis | None = None
        if self.config.diagnose == "gradients":
            self.diagnosis = GradientDiagnosis(task, prepared, self.model, run)
        self.state = State()
        if self.config.static_shapes:
            compiled = {"jit_compile": self.config.jit_compile, "progress": progress}
            self._run_steps = ByShape(self._step, **compiled)
        else:
            self._run_steps = tf.function(functools.partial(_steps, self._step), autograph=False)

    def train(self) -> State:
        """Runs the epochs that are left, saving after each.

        Raises:
            RunFailed: If the loss is no longer a number.
        """
        self._restore()
        if self.diagnosis:
            self.diagnosis.begin(self.state.epoch)
        while self.state.epoch < self.config.epochs and not self._patience_is_over():
            self._train_epoch()
            self._finish_epoch()
        return self.state

    def _step(self, batch: tuple, carry: list) -> list:
        loss, carry = self.distribution.run(self._learn, batch, carry)
        self._update_average()
        self.loss_sum.assign_add(tf.cast(loss, tf.float64))
        return carry

    def _learn(
        self, batch: tuple, carry: list[tf.Tensor], part: Whole | Part
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """A replica's part of a step."""
        inputs, *target = batch
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            outputs, carry = self.task.forward(self.model, inputs, carry, training=True)
            # (target, weights if any)
            loss = part.weigh(self.loss(target[0], outputs, *target[1:]))
            scaled = self.optimizer.scale_loss(loss)
        gradients = part.total(tape.gradient(scaled, variables))
        if self.diagnosis:
            self.diagnosis.count_clipped(gradients, self.config.clip_norm)
        self.optimizer.apply(gradients, variables)
        return loss, carry

    def _update_average(self) -> None:
        if not self.average:
            return
        # short memory at first, so that the random beginning is soon forgotten
        step = tf.cast(self.optimizer.iterations, tf.float32)
        keep = tf.minimum(self.config.average, (1 + step) / (10 + step))
        for average, variable in zip(self.average, self.model.trainable_variables, strict=True):
            value = tf.cast(variable.value, average.dtype)
            average.assign_add((1 - tf.cast(keep, average.dtype)) * (value - average))

    def _copies(self) -> list[tf.Variable]:
        variables = self.model.trainable_variables
        return [tf.Variable(v.value, trainable=False) for v in variables]

    def _train_epoch(self) -> None:
        state = self.state
        batches = iter(self._batches())
        if state.step == 0:
            if not self.prepared.goes_on(state.epoch):
                self.carry = self._initial_carry()
            self.loss_sum.assign(0.0)
            if self.diagnosis:
                self.diagnosis.clipped.assign(0)
        self.progress.begin_epoch(state.epoch + 1, state.step)
        begun, before = time.perf_counter(), state.epoch_seconds
        every, steps = self.config.checkpoint_steps, self.prepared.steps
        while state.step < steps:
            ends = (steps, state.step + self.config.steps_per_execution)
            end = min(*ends, state.step + every - state.step % every) if every else min(ends)
            looks = state.step // LOOK != end // LOOK
            self.carry = self._run_steps(batches, self.carry, self._in_graph(end - state.step))
            state.step = end
            last = state.step == steps
            due = every and state.step % every == 0 and not last
            if looks or last or due:
                state.loss_sum = float(self.loss_sum)
                self._check_finite()
                self.progress.advance(state.step, state.loss_sum / state.step)
            state.epoch_seconds = before + time.perf_counter() - begun
            if due:
                self._checkpoint()

    def _batches(self) -> tf.data.Dataset:
        """What is left of the epoch."""
        batches = self.prepared.batches(self.state.epoch, self.state.step)
        address = self.config.data_service
        return served(batches, address) if address else batches

    def _in_graph(self, steps: int) -> int | tf.Tensor:
        """A number of steps as `_steps` takes it."""
        # what replicas add up in a loop would have to be of the same shape in all its rounds
        unrolled = self.config.steps_per_execution == 1 or self.distribution.replicas > 1
        return steps if unrolled else tf.constant(steps)

    def _check_finite(self) -> None:
        if math.isfinite(self.state.loss_sum):
            return
        rate = float(keras.ops.convert_to_numpy(self.optimizer.learning_rate))
        raise RunFailed(
            f"the loss is no longer a number in epoch {self.state.epoch + 1}, by step "
            f"{self.state.step} (learning rate {rate:.3g}): try a smaller --learning-rate, "
            f"--clip-norm 1, some --warmup, or --precision float32; "
            f"{self.run.folder} keeps the best epoch so far"
        )

    def _finish_epoch(self) -> None:
        state = self.state
        with self._averaged():
            scores = self.distribution.told_scores(self._watch)
            state.epoch += 1
            row = {
                "epoch": state.epoch,
                "seconds": round(state.epoch_seconds, 3),
                "loss": state.loss_sum / self.prepared.steps,
                **{f"valid_{name}": value for name, value in scores.items()},
            }
            if self._is_better(scores):
                state.best, state.best_epoch = scores[self.task.monitor], state.epoch
                state.waited = state.plateau_waited = 0
                self._save_model()
            else:
                state.waited += 1
                state.plateau_waited += 1
        if self.diagnosis:
            self.diagnosis.record(state.epoch, steps=self.prepared.steps)
        state.history.append(row)
        state.seconds += state.epoch_seconds
        state.step, state.loss_sum, state.epoch_seconds = 0, 0.0, 0.0
        self._reduce_on_plateau()
        if self.distribution.is_chief:
            self.run.save_history(state.history)
        self._checkpoint()
        self.progress.end_epoch(row, best=state.best_epoch == state.epoch)

    def _watch(self) -> Metrics:
        return self.task.watch(self.network, self.prepared.valid, self.prepared.transforms)

    def _is_better(self, scores: Metrics) -> bool:
        """Whether an epoch is better than the best so far.

        Of equal ones that with the lower loss is, and of equal losses the earliest: on few
        examples many epochs make the same errors.
        """
        state, value = self.state, scores[self.task.monitor]
        if state.best is None or math.isnan(state.best):
            return True
        if value == state.best:
            then = state.history[state.best_epoch - 1]
            return scores.get("loss", 0.0) < then.get("valid_loss", 0.0)
        return value > state.best if self.task.higher_is_better else value < state.best

    def _patience_is_over(self) -> bool:
        return bool(self.config.patience) and self.state.waited >= self.config.patience

    def _reduce_on_plateau(self) -> None:
        if self.config.schedule == "plateau" and self.state.plateau_waited >= PLATEAU_PATIENCE:
            rate = self.optimizer.learning_rate
            rate.assign(rate * PLATEAU_FACTOR)
            self.state.plateau_waited = 0

    def _initial_carry(self) -> list:
        carry = self.task.initial_carry(self.model, self.config.batch_size)
        return self.distribution.split(carry)

    def _save_model(self) -> None:
        if not self.distribution.is_chief:
            return
        if self.public is None:
            self.public = with_keras_layers(self.built)
        self.public.set_weights(self.model.get_weights())
        self.run.save_model(self.public)

    @contextlib.contextmanager
    def _averaged(self) -> Iterator[None]:
        """The averaged weights in place of the trained ones, for as long as the block lasts."""
        if not self.average:
            yield
            return
        variables = self.model.trainable_variables
        trained = [v.numpy() for v in variables]
        for variable, average in zip(variables, self.average, strict=True):
            variable.assign(average)
        try:
            yield
        finally:
            for variable, value in zip(variables, trained, strict=True):
                variable.assign(value)

    def _variables(self) -> dict[str, Any]:
        """Everything that resuming must find again; dropout's seeds are among the model's."""
        groups = {
            "model": self.model.variables,
            "optimizer": self.optimizer.variables,
            "average": self.average,
            "loss": [self.loss_sum],
            "diagnosis": [self.diagnosis.clipped] if self.diagnosis else [],
        }
        return {f"{g}/{i}": v for g, members in groups.items() for i, v in enumerate(members)}

    def _checkpoint(self) -> None:
        carry = self.distribution.join(self.carry)
        if not self.distribution.is_chief:
            return
        arrays = {name: np.asarray(v) for name, v in self._variables().items()}
        arrays |= {f"carry/{i}": _to_numpy(value) for i, value in enumerate(carry)}
        self.run.save_checkpoint(arrays, asdict(self.state))

    def _restore(self) -> None:
        loaded = self.run.load_checkpoint(self.distribution.told)
        if loaded is None:
            return
        arrays, meta = loaded
        variables = self._variables()
        like = self.task.initial_carry(self.model, self.config.batch_size)
        carried = [arrays.pop(f"carry/{i}", np.zeros(0)) for i in range(len(like))]
        if set(arrays) != set(variables) or any(
            arrays[name].shape != tuple(v.shape) for name, v in variables.items()
        ):
            raise BadInput(
                f"{self.run.checkpoint_path} does not fit the settings or the data of this run; "
                "put back what has changed, or begin a new run"
            )
        for name, variable in variables.items():
            variable.assign(arrays[name])
        carried = [
            tf.cast(tf.constant(value), begun.dtype)
            for value, begun in zip(carried, like, strict=True)
        ]
        self.carry = self.distribution.split(carried)
        self.state = State(**meta)


def _in_static_shapes(prepared: Prepared, batch_size: int) -> Prepared:
    def train(epoch: int, step: int = 0) -> tf.data.Dataset:
        batches = prepared.batches(epoch, step)
        return static_shapes(batches, batch_size=batch_size, sizes=prepared.sizes)

    return replace(prepared, train=train)


def _steps(step: Callable, batches: Iterator, carry: list, count: int | tf.Tensor) -> list:
    """So many steps in one graph: a loop in it, or, for a plain number, one after another."""
    if not tf.is_tensor(count):
        for _ in range(count):
            carry = step(next(batches), carry)
        return carry

    def body(i, carry):
        return i + 1, step(next(batches), carry)

    return tf.while_loop(lambda i, _: i < count, body, (tf.constant(0), carry))[1]


def _to_numpy(value: tf.Tensor) -> np.ndarray:
    # bfloat16 is no type of NumPy's own files; float32 holds it exactly
    return np.asarray(tf.cast(value, tf.float32))
