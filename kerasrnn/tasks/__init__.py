"""What a task is: it joins data, transforms and a model, and says what its outputs mean.

One file here is one task; its name is what `--task` takes, its `TASK` the class. The modules
import TensorFlow inside their methods only, because their settings make the command's flags.
"""

from __future__ import annotations

import abc
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from kerasrnn.config import Config
from kerasrnn.errors import BadInput

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.explanations import Decisions, Explanation
    from kerasrnn.network import Network

Metrics = dict[str, float]


@dataclass(frozen=True)
class Prepared:
    """What training needs of a task's data.

    Args:
        transforms: Fitted on the training part; each has `save(folder)`.
        train: Epoch number to that epoch's batches, the same for the same seed and epoch; if it
            takes a second number, the step to begin at, without making the batches before it.
        steps: Batches in an epoch.
        valid: Batches the best epoch is chosen on.
        test: Batches measured on once, at the end; none if there is no such part.
        baselines: Metrics of trivial answers, by what they are, on the test part (on the
            validation part where there is no test part).
        notes: What a person should know of the data, a line each.
        sizes: Numbers of steps, ascending, to the next of which a training batch is padded where
            its shape is fixed.
        padding: Share of the steps of an epoch's batches that is padding, where there is any.
        pass_steps: Batches in a pass over the data, where an epoch is something else.
    """

    transforms: Mapping[str, Any]
    train: Callable[..., tf.data.Dataset]
    steps: int
    valid: tf.data.Dataset
    test: tf.data.Dataset | None
    baselines: dict[str, Metrics]
    notes: Sequence[str] = field(default_factory=list)
    sizes: Sequence[int] = ()
    padding: float | None = None
    pass_steps: int = 0

    def batches(self, epoch: int, step: int = 0) -> tf.data.Dataset:
        """The batches of an epoch that are left after `step` of them."""
        if len(inspect.signature(self.train).parameters) > 1:
            return self.train(epoch, step)
        return self.train(epoch).skip(step) if step else self.train(epoch)

    def goes_on(self, epoch: int) -> bool:
        """Whether an epoch begins within a pass over the data, where the last one stopped."""
        return bool(self.pass_steps) and epoch * self.steps % self.pass_steps != 0

    def in_epochs_of(self, steps: int) -> Prepared:
        """The like with so many steps an epoch, each going on where the last stopped.

        Pass follows upon pass as epoch upon epoch would; 0 leaves everything as it is.
        """
        if not steps:
            return self

        def train(epoch: int, step: int = 0) -> tf.data.Dataset:
            number, within = divmod(epoch * steps + step, self.steps)
            batches, there = self.batches(number, within), self.steps - within
            while there < steps - step:
                number += 1
                batches, there = batches.concatenate(self.batches(number)), there + self.steps
            return batches.take(steps - step)

        return replace(self, train=train, steps=steps, pass_steps=self.steps)

    @property
    def held_out(self) -> tf.data.Dataset:
        """Batches of the part that is measured on: the test part, or else the validation part."""
        return self.valid if self.test is None else self.test


@dataclass(frozen=True)
class Measured:
    """A file to measure on.

    Args:
        batches: Of all of it.
        baselines: Metrics there of trivial answers, by what they are.
        notes: What a person should know of the file, a line each.
    """

    batches: tf.data.Dataset
    baselines: dict[str, Metrics]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Endpoint:
    """One thing a server answers: named tensors in, named tensors out, the batch first.

    Args:
        answer: Takes the tensors by name and gives them by name; runs inside a graph, and with
            Keras's layers as well as with their twins for export.
        inputs: Type and shape by name, the batch unknown.
        about: What it is for, one line.
        method: What TensorFlow Serving calls it: `predict`, `classify` or `regress`.
        numeric: Whether it is the task's one endpoint of numbers alone, which TFLite takes.
        steps: How many where a form of the network has a fixed number, unless told otherwise.
    """

    answer: Callable[[Mapping[str, tf.Tensor]], dict[str, tf.Tensor]]
    inputs: Mapping[str, tf.TensorSpec]
    about: str
    method: str = "predict"
    numeric: bool = False
    steps: int = 1


# what an endpoint is asked: arrays by the names of its inputs
Request = dict[str, Any]


class Exported(Protocol):
    """A numeric endpoint, wherever it runs."""

    shapes: Mapping[str, tuple[int, ...]]  # of its inputs, -1 where any size will do
    steps: int | None  # the only number it takes, if there is one

    def answer(self, request: Request) -> Request:
        """Arrays by name to arrays by name, the batch first."""


class Task(abc.ABC):
    """A kind of work. Settings only; what is fitted is in the transforms.

    Args:
        config: The task's settings.
    """

    config_type: ClassVar[type[Config]]
    monitor: ClassVar[str]  # the validation metric that chooses the best epoch
    higher_is_better: ClassVar[bool] = False
    writes: ClassVar[bool] = False  # whether `generate` runs it
    asks: ClassVar[str] = "texts or --input FILE"  # what `predict` answers for
    explains: ClassVar[bool] = False  # whether `predict --explain` runs it: it has `explain`
    each_step: ClassVar[bool] = False  # whether every step of the input has a target of its own

    def __init__(self, config: Config):
        self.config = config

    def check_data(self) -> None:
        """Reads what can be read without TensorFlow, so that bad input is answered at once.

        Raises:
            BadInput: If the data cannot be used.
        """

    @abc.abstractmethod
    def prepare(self) -> Prepared:
        """Reads and splits the data, fits the transforms on the training part, makes batches.

        Raises:
            BadInput: If the data cannot be used.
        """

    @abc.abstractmethod
    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        """Reads what the transforms of `prepare` saved.

        Args:
            folder: Where they are.
            graph: Whether TensorFlow may do their work. If not, neither they nor `predict` with
                them import it, and the answers are the same.
        """

    @abc.abstractmethod
    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        """The model that is saved: plain inputs, plain outputs."""

    def initial_weights(self, model: keras.Model, transforms: Mapping[str, Any]) -> list[str]:
        """Puts weights known beforehand (pretrained vectors) into a new model; says which."""
        return []

    def training_model(self, model: keras.Model, transforms: Mapping[str, Any]) -> keras.Model:
        """The form that is trained and scored: the same weights, perhaps with a state."""
        return model

    def initial_carry(self, model: keras.Model, batch: int) -> list[tf.Tensor]:
        """What goes from batch to batch, as it is before the first of `batch` rows."""
        return []

    def forward(
        self, model: keras.Model, inputs: Any, carry: list[tf.Tensor], *, training: bool
    ) -> tuple[Any, list[tf.Tensor]]:
        """Outputs for a batch, and what the next batch is to be given."""
        return model(inputs, training=training), carry

    @abc.abstractmethod
    def objective(self, model: keras.Model) -> dict[str, Any]:
        """Loss (and metrics) for `compile`."""

    def known_targets(self, batch: tuple, transforms: Mapping[str, Any]) -> tuple:
        """What of a batch that is measured on has a loss: without targets never seen in training.

        Args:
            batch: Inputs, target, and what else there is.
            transforms: Fitted on the training part.

        Returns:
            The like, perhaps with fewer rows, perhaps with none.
        """
        return batch

    @abc.abstractmethod
    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        """Every metric of the task over batches, whole-set figures rather than batch means."""

    def watch(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        """What an epoch is judged by, `monitor` among it: less than `score` where that is dear."""
        return self.score(network, batches, transforms)

    @abc.abstractmethod
    def read_batches(self, transforms: Mapping[str, Any], *, data: str) -> Measured:
        """A file for `evaluate`."""

    @abc.abstractmethod
    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        """Answers for what a person gives on the command line or in a file (`-`: standard input).

        Args:
            network: Called on NumPy arrays; what it returns is taken as one.
            transforms: From `prepare` or `load_transforms`.
            texts: From the command line.
            file: Its path, or empty.

        Raises:
            BadInput: If there is nothing to answer, or it cannot be read.
        """

    def explain(
        self, network: Network, transforms: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
    ) -> Sequence[Explanation | Decisions]:
        """What of each input carried its answer, or answers; for tasks whose `explains` is true.

        Args:
            network: Of the run, for its gradients are needed.
            transforms: From `prepare` or `load_transforms`.
            rows: As `predict` answered.

        Returns:
            As many as there are rows.

        Raises:
            BadInput: If the task has no such explanations.
        """
        raise BadInput("--explain is for decisions about a text, of which this task makes none")

    def serving_model(self, model: keras.Model, transforms: Mapping[str, Any]) -> keras.Model:
        """The form that is exported: the same weights, perhaps with other inputs."""
        return model

    @abc.abstractmethod
    def endpoints(self, model: keras.Model, transforms: Mapping[str, Any]) -> dict[str, Endpoint]:
        """What a server exposes, raw inputs to final answers; one of them is numeric.

        Args:
            model: As `serving_model` gives it, or its twin for export.
            transforms: The fitted transforms.
        """

    def written_inside(self, model: keras.Model, transforms: Mapping[str, Any]) -> Endpoint | None:
        """The loop that writes inside a TFLite file of one step, for a task that writes."""
        return None

    @abc.abstractmethod
    def requests(
        self,
        transforms: Mapping[str, Any],
        prepared: Prepared,
        count: int,
        *,
        training: bool = False,
    ) -> dict[str, Request]:
        """`count` examples for every endpoint: to compare by, to warm a server up.

        Args:
            transforms: The fitted transforms.
            prepared: What `prepare` gave.
            count: How many.
            training: Whether they come from the training part rather than from one held out.
        """

    @abc.abstractmethod
    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        """The numeric endpoint in the shape of the training form of the model.

        Args:
            exported: Answers the numeric endpoint's requests, wherever it runs.
            transforms: The fitted transforms.

        Returns:
            What may be called as `forward` calls a model.
        """

    def plot(self, network: Network, prepared: Prepared, folder: Path) -> None:
        """Draws the task's own picture into the folder."""

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        """What one must not expect of the model, a sentence each."""
        return []

    def evaluation_sample(self, batches: tf.data.Dataset, most: int) -> tf.data.Dataset:
        """Some of the batches, spread over all, with not many more than `most` examples."""
        sizes = [len(target) for _, target, *_ in batches]
        every = -(-sum(sizes) // most)
        return batches.shard(every, every // 2) if every <= len(sizes) else batches.take(1)

    def next_commands(self, run: str) -> list[str]:
        """What to try after training."""
        return [f"kerasrnn evaluate {run} --data FILE", f"kerasrnn export {run}"]


@dataclass(frozen=True)
class Predictions:
    """Answers for a person and for a program.

    Args:
        rows: One JSON-ready object for each answer.
        header: Column names of the table.
        table: Its cells, a row for each answer.
        warnings: What should make one doubt the answers.
        pictures: For each answer what draws it into a file and says what is amiss with the
            drawing; none if there is nothing to draw.
    """

    rows: list[dict[str, Any]]
    header: list[str]
    table: list[list[str]]
    warnings: list[str] = field(default_factory=list)
    pictures: Sequence[Callable[[Path], list[str]]] = ()


def limit_text(text: str, width: int = 48) -> str:
    """One line of at most `width` characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
