"""What a task is: it joins data, transforms and a model, and says what its outputs mean.

One file here is one task; its name is what `--task` takes, its `TASK` the class. The modules
import TensorFlow inside their methods only, because their settings make the command's flags.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from kerasrnn.config import Config

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.network import Network

Metrics = dict[str, float]


@dataclass(frozen=True)
class Prepared:
    """What training needs of a task's data.

    Args:
        transforms: Fitted on the training part; each has `save(folder)`.
        train: Epoch number to that epoch's batches, the same for the same seed and epoch.
        steps: Batches in an epoch.
        valid: Batches the best epoch is chosen on.
        test: Batches measured on once, at the end; none if there is no such part.
        baselines: Metrics of trivial answers, by what they are, on the test part (on the
            validation part where there is no test part).
        notes: What a person should know of the data, a line each.
    """

    transforms: Mapping[str, Any]
    train: Callable[[int], tf.data.Dataset]
    steps: int
    valid: tf.data.Dataset
    test: tf.data.Dataset | None
    baselines: dict[str, Metrics]
    notes: Sequence[str] = field(default_factory=list)


class Task(abc.ABC):
    """A kind of work. Settings only; what is fitted is in the transforms.

    Args:
        config: The task's settings.
    """

    config_type: ClassVar[type[Config]]
    monitor: ClassVar[str]  # the validation metric that chooses the best epoch
    higher_is_better: ClassVar[bool] = False
    generates: ClassVar[bool] = False  # whether `generate` lets it write

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
    def load_transforms(self, folder: Path) -> Mapping[str, Any]:
        """Reads what the transforms of `prepare` saved."""

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

    @abc.abstractmethod
    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        """Every metric of the task over batches, whole-set figures rather than batch means."""

    @abc.abstractmethod
    def read_batches(
        self, transforms: Mapping[str, Any], *, data: str
    ) -> tuple[tf.data.Dataset, dict[str, Metrics]]:
        """Batches of a file for `evaluate`, with trivial answers' metrics there."""

    @abc.abstractmethod
    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        """Answers for what a person gives on the command line or in a file (`-`: standard input).

        Raises:
            BadInput: If there is nothing to answer, or it cannot be read.
        """

    def plot(self, network: Network, prepared: Prepared, folder: Path) -> None:
        """Draws the task's own picture into the folder."""

    def next_commands(self, run: str) -> list[str]:
        """What to try after training."""
        return [f"kerasrnn evaluate {run} --data FILE"]


@dataclass(frozen=True)
class Predictions:
    """Answers for a person and for a program.

    Args:
        rows: One JSON-ready object for each answer.
        header: Column names of the table.
        table: Its cells, a row for each answer.
        warnings: What should make one doubt the answers.
    """

    rows: list[dict[str, Any]]
    header: list[str]
    table: list[list[str]]
    warnings: list[str] = field(default_factory=list)


def limit_text(text: str, width: int = 48) -> str:
    """One line of at most `width` characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
