"""What regression of whole sequences and of their elements share: parts, batches, scores.

Sequences are split whole: rows of one sequence on both sides would tell on one another.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasrnn.config import ERROR_LOSSES, Config, setting
from kerasrnn.data.sequences import ID_NAMES, Sequences, choose_column
from kerasrnn.data.splits import split_shuffled
from kerasrnn.data.tables import Table
from kerasrnn.errors import BadInput, listed
from kerasrnn.files import read_fields, write_json
from kerasrnn.tasks import Measured, Metrics, Prepared, Task
from kerasrnn.tasks._parts import refuse_shares
from kerasrnn.transforms.padding import padded_batches

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.scaler import Scaler
    from kerasrnn.transforms.stretches import Stretches

SCORE_BATCH = 512


@dataclass(frozen=True, kw_only=True)
class SequenceConfig(Config):
    """The sequences and their parts."""

    id_column: str = setting("", "Column that tells whose a row is; guessed if left out.")
    valid_share: float = setting(
        0.1, "Share of the sequences for validation, where no file is given.", low=0.001, high=0.9
    )
    test_share: float = setting(
        0.1,
        "Share of the sequences for the test, where no file is given; 0: none.",
        low=0,
        high=0.9,
    )
    loss: str = setting("mse", "What training makes small.", choices=ERROR_LOSSES)

    def __post_init__(self):
        super().__post_init__()
        self.refuse_dataset("TensorFlow Datasets holds no sequences of this kind", give="FILE.csv")
        self.refuse_without_data("id_column")


@dataclass(frozen=True)
class Layout:
    """Which column is what, as training found it.

    Args:
        id_column: Tells whose a row is.
        time_column: Orders the rows of a sequence; empty if there is none.
        inputs: What the network reads of a row: columns of numbers, or one of elements.
        targets: What it answers.
        remaining: Whether the target is counted: the rows that follow.
        longest: Rows of the longest sequence that training read.
    """

    id_column: str
    time_column: str
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    remaining: bool
    longest: int

    def save(self, folder: Path) -> None:
        """Writes `layout.json`."""
        write_json(folder / "layout.json", asdict(self))

    @classmethod
    def load(cls, folder: Path) -> Layout:
        """Reads `layout.json`.

        Raises:
            BadInput: If it is missing or broken.
        """
        return read_fields(folder / "layout.json", cls)


class SequenceTask(Task):
    """Numbers for sequences or for their steps."""

    monitor = "rmse"
    config: SequenceConfig

    @property
    @abc.abstractmethod
    def each_step(self) -> bool:
        """Whether every step is answered, or the whole once."""

    @property
    @abc.abstractmethod
    def parts(self) -> dict[str, Sequences]:
        """Training, validation and perhaps test part, read once for checking and for training."""

    @abc.abstractmethod
    def fit(self, train: Sequences) -> Mapping[str, Any]:
        """Transforms: `layout`, `scaler` (the targets' columns first) and the task's own."""

    @abc.abstractmethod
    def rows(self, transforms: Mapping[str, Any], part: Sequences) -> np.ndarray:
        """What the network is to read of each row: floats or ids."""

    @abc.abstractmethod
    def read_file(self, transforms: Mapping[str, Any], path: str) -> Sequences:
        """A file to measure on, with its targets."""

    @abc.abstractmethod
    def errors(self, predicted: np.ndarray, truth: np.ndarray, scaler: Scaler) -> Metrics:
        """Metrics of `(answers, values)` in own units."""

    @abc.abstractmethod
    def stronger_baseline(
        self, train: Stretches, measured: Stretches, scaler: Scaler
    ) -> tuple[str, np.ndarray]:
        """What a simpler model is, and its answers in own units for the measured part."""

    @abc.abstractmethod
    def notes(self, transforms: Mapping[str, Any]) -> list[str]:
        """What a person should know of the data."""

    def examples(self, layout: Layout, part: Sequences) -> tuple[np.ndarray, np.ndarray]:
        """First row of every example, and the row after its last: whole sequences.

        Raises:
            BadInput: With the first row that lacks a target.
        """
        require_targets(part, np.arange(len(part.inputs)), layout.targets)
        return part.starts, part.ends

    def as_trained(self, truth: np.ndarray) -> np.ndarray:
        """The targets that the network is to give."""
        return truth

    @property
    def held_out(self) -> Sequences:
        """The part that is measured on."""
        return self.parts.get("test", self.parts["valid"])

    def check_data(self) -> None:
        refuse_shares(self.config, self.config.parts_given())
        if self.config.data:
            _ = self.parts

    def prepare(self) -> Prepared:
        from kerasrnn.transforms.orders import epoch_order
        from kerasrnn.transforms.static_shapes import step_sizes

        seed, parts = self.config.seed, self.parts
        transforms = self.fit(parts["train"])
        all_parts = {name: self.stretches(transforms, part) for name, part in parts.items()}
        train, valid, test = (all_parts.get(name) for name in ("train", "valid", "test"))
        measured = test or valid
        name, answers = self.stronger_baseline(train, measured, transforms["scaler"])
        truth = measured.truth[measured.answered]
        sizes = ", ".join(f"{len(part.ids):,} {name}" for name, part in parts.items())
        lengths = np.concatenate([part.lengths for part in parts.values()])
        return Prepared(
            transforms=transforms,
            train=lambda epoch: train.dataset(
                epoch_order(len(train.starts), seed=seed, epoch=epoch)
            ),
            steps=train.steps(),
            sizes=step_sizes([train.longest]),
            padding=train.padding(epoch_order(len(train.starts), seed=seed, epoch=0)),
            valid=valid.by_length(SCORE_BATCH),
            test=test.by_length(SCORE_BATCH) if test else None,
            baselines={
                "mean of training": self.mean_errors(measured, transforms["scaler"]),
                name: self.errors(answers, truth, transforms["scaler"]),
            },
            notes=[
                f"{sizes} sequences of {lengths.min():,} to {lengths.max():,} rows",
                *self.notes(transforms),
            ],
        )

    def objective(self, model: keras.Model) -> dict[str, Any]:
        from kerasrnn.losses import error_loss

        # over the real steps, of which a padded batch has fewer than it has places
        return {"loss": error_loss(self.config.loss, reduction="mean_with_sample_weight")}

    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        predicted, truth = self.collect(network, batches, transforms["scaler"])
        return self.errors(predicted, truth, transforms["scaler"])

    def read_batches(self, transforms: Mapping[str, Any], *, data: str) -> Measured:
        part = self.stretches(transforms, self.read_file(transforms, data))
        baselines = {"mean of training": self.mean_errors(part, transforms["scaler"])}
        return Measured(part.by_length(SCORE_BATCH), baselines)

    def stretches(self, transforms: Mapping[str, Any], part: Sequences) -> Stretches:
        """A part's examples as they are batched."""
        from kerasrnn.transforms.stretches import Stretches

        starts, ends = self.examples(transforms["layout"], part)
        scaler, n = transforms["scaler"], part.targets.shape[1]
        targets = scaler.part(slice(n)).scale(self.as_trained(part.targets))
        return Stretches(
            rows=self.rows(transforms, part),
            starts=starts,
            ends=ends,
            targets=targets.astype(np.float32),
            truth=part.targets.astype(np.float32),
            per_step=self.each_step,
            batch_size=self.config.batch_size,
        )

    def mean_errors(self, measured: Stretches, scaler: Scaler) -> Metrics:
        """Metrics of always answering the mean of the training targets."""
        truth = measured.truth[measured.answered]
        means = np.broadcast_to(scaler.mean[: truth.shape[1]], truth.shape)
        return self.errors(means, truth, scaler)

    def collect(
        self, network: Network, batches: tf.data.Dataset, scaler: Scaler
    ) -> tuple[np.ndarray, np.ndarray]:
        """Answers and truth of all batches, `(answers, values)` in own units."""
        pairs = []
        for outputs, _, *rest in network.outputs(batches):
            predicted, true = np.asarray(outputs), rest[-1].numpy()
            if self.each_step:
                real = rest[0].numpy() > 0
                predicted, true = predicted[real], true[real]
            pairs.append((scaler.restore(predicted, predicted.shape[-1]), true))
        predicted, truth = zip(*pairs, strict=True)
        return np.concatenate(predicted), np.concatenate(truth)

    def answers(
        self, network: Network, rows: Sequence[np.ndarray], scaler: Scaler
    ) -> list[np.ndarray]:
        """Of each sequence `(values,)`, or per step `(steps, values)`, in own units."""
        found: list[Any] = [None] * len(rows)
        for places, batch in padded_batches(rows, SCORE_BATCH):
            lengths = np.array([len(rows[place]) for place in places], np.int32)
            outputs = np.asarray(network(as_inputs(batch, lengths)))
            own = scaler.restore(outputs, outputs.shape[-1])
            for place, length, row in zip(places, lengths, own, strict=True):
                found[place] = row[:length] if self.each_step else row
        return found

    def plot(self, network: Network, prepared: Prepared, folder: Path) -> None:
        from kerasrnn.plots import predictions

        transforms = prepared.transforms
        predicted, truth = self.collect(network, prepared.held_out, transforms["scaler"])
        names = transforms["layout"].targets
        predictions(folder / "predictions.png", truth=truth, predicted=predicted, names=names)

    def cut(self, whole: Sequences) -> dict[str, Sequences]:
        """Draws whole sequences for the parts that no file is given for."""
        c = self.config
        shares = {
            "valid": 0 if c.valid_data else c.valid_share,
            "test": 0 if c.test_data else c.test_share,
        }
        least = 1 + sum(share > 0 for share in shares.values())
        if len(whole.ids) < least:
            raise BadInput(
                f"{whole.source}: {len(whole.ids)} sequences are too few to cut parts from; give "
                f"at least {least}, or a file for each part (--valid-data, --test-data)"
            )
        drawn = split_shuffled(len(whole.ids), **shares, seed=c.seed)
        parts = zip(("train", "valid", "test"), drawn, strict=True)
        # in the order of the file, whatever the draw
        return {name: whole.take(np.sort(rows)) for name, rows in parts if len(rows)}


def find_id_column(table: Table, name: str) -> str:
    """The column of the ids, by its name or guessed.

    Raises:
        BadInput: If there is none.
    """
    found = choose_column(table, name, ID_NAMES, "id")
    if not found:
        raise BadInput(
            f"{table.path}: no id column among {listed(table.names)}; name the one that tells "
            "whose a row is with --id-column"
        )
    return found


def as_inputs(batch: np.ndarray, lengths: np.ndarray) -> Any:
    """A padded batch as the network takes it: ids as they are, rows of numbers with lengths."""
    return {"features": batch, "lengths": lengths} if batch.ndim == 3 else batch


def targets_first(names: Sequence[str], targets: np.ndarray, *others: Scaler) -> Scaler:
    """One scale of `(examples, targets)` and of what follows them."""
    from kerasrnn.transforms.scaler import Scaler

    parts = [Scaler.fit(tuple(names), targets), *others]
    return Scaler(
        tuple(name for part in parts for name in part.names),
        np.concatenate([part.mean for part in parts]),
        np.concatenate([part.deviation for part in parts]),
    )


def require_targets(part: Sequences, rows: np.ndarray, names: Sequence[str]) -> None:
    """Refuses rows without a target.

    Raises:
        BadInput: With line and column of the first.
    """
    lacking = np.isnan(part.targets[rows])
    if lacking.any():
        row, column = np.argwhere(lacking)[0]
        raise BadInput(
            f"{part.source}: line {part.lines[rows[row]]}, column {names[column]!r} is a missing "
            "value, and this row's is needed; fill it in, or remove the sequence"
        )
