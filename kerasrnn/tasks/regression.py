"""Sequence regression: numbers for sequences of any length, such as the life a machine has left.

Source: remaining useful life as in Saxena et al. 2008 (C-MAPSS); training on windows against a
target that is flat while nothing has worn yet is Heimes 2008, "Recurrent neural networks for
remaining useful life estimation", section III.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasrnn.config import RecurrentSettings, TrainingSettings, flag, redefine, setting
from kerasrnn.data.sequences import Sequences, open_table
from kerasrnn.data.times import check_time_format
from kerasrnn.errors import BadInput, listed
from kerasrnn.registry import POOLINGS
from kerasrnn.tasks import Endpoint, Exported, Metrics, Predictions, Prepared, Request
from kerasrnn.tasks._sequence_files import REMAINING, read_inputs, read_part, read_training
from kerasrnn.tasks._sequences import (
    Layout,
    SequenceConfig,
    SequenceTask,
    require_targets,
    targets_first,
)

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.scaler import Scaler
    from kerasrnn.transforms.stretches import Stretches

SAMPLE_MACHINES = 60
OWN_FLAGS = ("time_column", "time_format", "features", "target", "remaining_life")
FEATURES = slice(1, None)  # of the scaler's columns; the target is the first
ONE_NUMBER = ("steps", "every", "pooling")


@dataclass(frozen=True, kw_only=True)
class RegressionConfig(SequenceConfig):
    """The sequences and the numbers wanted."""

    time_column: str = setting(
        "", "Column that orders a sequence's rows; guessed if left out; none: as they stand."
    )
    time_format: str = setting(
        "", "How times are written: %d.%m.%Y, unix; told if left out.", check=check_time_format
    )
    features: str = setting("", "Columns to read, separated by commas; all numbers if left out.")
    target: str = setting("", "Column to answer; guessed from usual names if left out.")
    remaining_life: bool = setting(
        False, "Answer how many rows are left; every sequence in --data runs to its end."
    )
    test_targets: str = setting(
        "", "File with one number for each sequence of --test-data.", path=True
    )
    target_cap: float = setting(
        0.0, "Targets above this are this (piecewise linear life); 0: none.", low=0
    )
    per_step: bool = setting(False, "A number for every row, rather than one for the sequence.")
    steps: int = setting(0, "Most rows read before one number, the last ones; 0: all.", low=0)
    every: int = setting(
        0,
        "Examples end at every so many rows; 0: at the last alone, or 1 for remaining life.",
        low=0,
    )
    bidirectional: bool = setting(False, "Read the sequence both ways.")
    pooling: str = setting("last", "From steps to one vector.", choices=POOLINGS)
    epochs: int = redefine(TrainingSettings, "epochs", 8)
    batch_size: int = redefine(TrainingSettings, "batch_size", 128)
    learning_rate: float = redefine(TrainingSettings, "learning_rate", 3e-3)
    schedule: str = redefine(TrainingSettings, "schedule", "cosine")
    warmup: float = redefine(TrainingSettings, "warmup", 0.05)
    units: int = redefine(RecurrentSettings, "units", 32)

    def __post_init__(self):
        super().__post_init__()
        self.refuse_without_data(*OWN_FLAGS)
        if self.target and self.remaining_life:
            raise BadInput("--target and --remaining-life both say what to answer: give one")
        if self.test_targets and not self.test_data:
            raise BadInput("--test-targets needs --data and --test-data")
        unused = [n for n in ONE_NUMBER if getattr(self, n) != getattr(RegressionConfig, n)]
        if self.per_step and unused:
            raise BadInput(f"{flag(unused[0])} is for one number a sequence, not for --per-step")
        if self.per_step and self.test_targets:
            raise BadInput("--test-targets has one number a sequence, and --per-step needs more")


class Regression(SequenceTask):
    """Answers one number for a sequence, or one for each of its rows."""

    config_type = RegressionConfig
    asks = "--input FILE"
    config: RegressionConfig

    @property
    def each_step(self) -> bool:
        return self.config.per_step

    @functools.cached_property
    def parts(self) -> dict[str, Sequences]:
        return self._read[1]

    @functools.cached_property
    def _read(self) -> tuple[Layout, dict[str, Sequences], list[str]]:
        """What the columns are, the parts without columns that never change, and those columns."""
        c = self.config
        whole, layout = read_training(c) if c.data else _sample(c.seed)
        parts = self.cut(whole)
        if not c.data and "test" in parts:
            parts["test"] = _cut_off(parts["test"], c.seed)
        inputs = parts["train"].inputs
        changing = (inputs != inputs[0]).any(0)
        if not changing.any():
            raise BadInput(f"{whole.source}: none of the columns {listed(layout.inputs)} changes")
        named = list(zip(layout.inputs, changing, strict=True))
        longest = int(parts["train"].lengths.max())
        layout = replace(
            layout,
            inputs=tuple(name for name, changes in named if changes),
            longest=min(longest, c.steps or longest),
        )
        parts = {n: replace(part, inputs=part.inputs[:, changing]) for n, part in parts.items()}
        if c.valid_data:
            parts["valid"] = read_part(c, layout, c.valid_data, to_its_end=True)
        if c.test_data:
            targets = f",{c.test_targets}" if c.test_targets else ""
            parts["test"] = read_part(c, layout, c.test_data + targets)
        for part in parts.values():
            self.examples(layout, part)
        return layout, parts, [name for name, changes in named if not changes]

    def examples(self, layout: Layout, part: Sequences) -> tuple[np.ndarray, np.ndarray]:
        c = self.config
        if c.per_step:
            return super().examples(layout, part)
        require_targets(part, part.ends - 1, layout.targets)
        back = np.repeat(part.ends, part.lengths) - 1 - np.arange(len(part.inputs))
        every = c.every or (1 if _is_life(layout.targets[0]) else part.lengths.max())
        chosen = np.isfinite(part.targets[:, 0]) & (back % every == 0)
        ends = np.flatnonzero(chosen) + 1
        first = np.repeat(part.starts, part.lengths)[ends - 1]
        return (np.maximum(first, ends - c.steps) if c.steps else first), ends

    def as_trained(self, truth: np.ndarray) -> np.ndarray:
        cap = self.config.target_cap
        return np.minimum(truth, cap) if cap else truth

    def fit(self, train: Sequences) -> Mapping[str, Any]:
        from kerasrnn.transforms.scaler import Scaler

        layout = self._read[0]
        answered = self.examples(layout, train)[1] - 1
        if self.each_step:
            answered = np.arange(len(train.inputs))
        targets = self.as_trained(train.targets[answered])
        if (targets == targets[0]).all():
            raise BadInput(
                f"{train.source}: every target of training is {targets[0, 0]:g}, so there is "
                "nothing to learn; --every 1 makes each row with the rows before it an example"
            )
        features = Scaler.fit(layout.inputs, train.inputs)
        return {"layout": layout, "scaler": targets_first(layout.targets, targets, features)}

    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        from kerasrnn.transforms.scaler import Scaler

        return {"layout": Layout.load(folder), "scaler": Scaler.load(folder)}

    def rows(self, transforms: Mapping[str, Any], part: Sequences) -> np.ndarray:
        return transforms["scaler"].part(FEATURES).scale(part.inputs).astype(np.float32)

    def read_file(self, transforms: Mapping[str, Any], path: str) -> Sequences:
        return read_part(self.config, transforms["layout"], path)

    def notes(self, transforms: Mapping[str, Any]) -> list[str]:
        c, (layout, parts, constant) = self.config, self._read
        examples = {n: len(self.examples(layout, part)[0]) for n, part in parts.items()}
        read = f", {c.steps} rows at most" if c.steps else ""
        lines = [
            f"{', '.join(f'{count:,} {name}' for name, count in examples.items())} examples{read}, "
            f"answering {layout.targets[0]} from {', '.join(layout.inputs)}"
        ]
        if constant:
            lines.append(f"left out, for they never change in training: {', '.join(constant)}")
        if c.target_cap:
            lines.append(
                f"targets above {c.target_cap:g} count as {c.target_cap:g}, in training and in "
                "every figure but those called uncapped"
            )
        return lines

    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        from kerasrnn.models import sequence_regressor

        c = self.config
        return sequence_regressor(
            features=len(transforms["layout"].inputs),
            per_step=c.per_step,
            bidirectional=c.bidirectional,
            pooling=c.pooling,
            **c.recurrent(),
        )

    def errors(self, predicted: np.ndarray, truth: np.ndarray, scaler: Scaler) -> Metrics:
        from kerasrnn.metrics import forecast_errors, phm08_score

        def figures(true: np.ndarray) -> Metrics:
            found = forecast_errors(predicted, true)
            life = {"phm08": phm08_score(predicted, true)} if _is_life(scaler.names[0]) else {}
            return {"rmse": found["rmse"], "mae": found["mae"], **life}

        trained = figures(self.as_trained(truth))
        if not self.config.target_cap:
            return trained
        return {**trained, **{f"{n}_uncapped": value for n, value in figures(truth).items()}}

    def stronger_baseline(
        self, train: Stretches, measured: Stretches, scaler: Scaler
    ) -> tuple[str, np.ndarray]:
        def rows(part: Stretches) -> np.ndarray:
            here = part.rows[part.answered].astype(np.float64)
            return np.concatenate([here, np.ones((len(here), 1))], 1)

        weights = np.linalg.lstsq(rows(train), train.targets[train.answered], rcond=None)[0]
        which = "each" if self.each_step else "the last"
        return f"linear in {which} row", scaler.restore(rows(measured) @ weights, 1)

    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        if texts:
            raise BadInput(f"sequences come from a table: --input FILE, not '{texts[0]}'")
        layout, c = transforms["layout"], self.config
        part = read_inputs(c, layout, open_table(file)) if file else self.held_out
        rows = part.split(self.rows(transforms, part))
        if not c.per_step and c.steps:
            rows = [row[-c.steps :] for row in rows]
        answers = self.answers(network, rows, transforms["scaler"])
        [name] = layout.targets
        found: list[dict[str, Any]] = []
        truths = part.split(part.targets[:, 0])
        for key, times, answer, truth in zip(
            part.ids, part.split(part.times), answers, truths, strict=True
        ):
            if c.per_step:
                lines = zip(times, answer[:, 0], truth, strict=True)
            else:
                lines = [(times[-1], answer[0], truth[-1])]
            for time, value, true in lines:
                row = {"id": key, "row": time, name: float(value)}
                found.append(row if np.isnan(true) else {**row, "truth": float(true)})
        header = list(found[0])
        table = [[_cell(row[column]) for column in header] for row in found]
        long = [key for key, row in zip(part.ids, rows, strict=True) if len(row) > layout.longest]
        warnings = [
            f"sequence '{key}' is longer than the {layout.longest:,} rows of any in training"
            + (f"; {len(long):,} sequences in all are" if len(long) > 1 else "")
            for key in long[:1]
        ]
        return Predictions(found, header, table, warnings)

    def endpoints(self, model: keras.Model, transforms: Mapping[str, Any]) -> dict[str, Endpoint]:
        import tensorflow as tf

        layout, scaler = transforms["layout"], transforms["scaler"]
        features = scaler.part(FEATURES)
        mean, deviation = (tf.constant(a, tf.float32) for a in (features.mean, features.deviation))

        def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            rows, lengths = inputs["features"], inputs["lengths"]
            real = tf.range(tf.shape(rows)[1])[None] < lengths[:, None]
            # zeros in own units may be hundreds of deviations off, which would set the scale by
            # which int8 rounds; and without a choice here the division joins the weights
            scaled = tf.where(tf.expand_dims(real, -1), (rows - mean) / deviation, 0.0)
            outputs = model({"features": scaled, "lengths": lengths}, training=False)
            own = outputs[..., 0] * float(scaler.deviation[0]) + float(scaler.mean[0])
            return {"prediction": tf.where(real, own, 0.0) if self.each_step else own}

        specs = {
            "features": tf.TensorSpec([None, None, len(layout.inputs)], tf.float32),
            "lengths": tf.TensorSpec([None], tf.int32),
        }
        which = "each row" if self.each_step else "each sequence"
        about = (
            f"sequences of {', '.join(layout.inputs)} in the data's own units, padded right, and "
            f"how many rows of each are real, to {layout.targets[0]} for {which}"
        )
        if self.config.steps:
            about += f"; give the last {self.config.steps} rows of longer ones"
        endpoint = Endpoint(answer, specs, about, numeric=True, steps=layout.longest)
        return {"serving_default": endpoint}

    def requests(
        self,
        transforms: Mapping[str, Any],
        prepared: Prepared,
        count: int,
        *,
        training: bool = False,
    ) -> dict[str, Request]:
        from kerasrnn.transforms.padding import pad

        part = self.parts["train"] if training else self.held_out
        starts, ends = self.examples(transforms["layout"], part)
        chosen = np.linspace(0, len(starts) - 1, count).astype(int)
        rows = [part.inputs[starts[i] : ends[i]] for i in chosen]
        lengths = np.array([len(row) for row in rows], np.int32)
        return {"serving_default": {"features": pad(rows), "lengths": lengths}}

    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        features = transforms["scaler"].part(FEATURES)
        target = transforms["scaler"].part(slice(1))

        def model(inputs: Any, training: bool = False) -> np.ndarray:
            lengths = np.asarray(inputs["lengths"])
            rows = features.restore(np.asarray(inputs["features"])).astype(np.float32)
            width = rows.shape[1]
            answer = exported.answer({"features": rows, "lengths": lengths})["prediction"]
            answer = answer[:, :width] if self.each_step else answer
            return target.scale(answer[..., None]).astype(np.float32)

        return model

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        c, layout = self.config, transforms["layout"]
        read = f"the last {c.steps} rows" if c.steps else "every row"
        lines = [
            f"It reads {read} of a sequence and takes rows to be as far apart as in training.",
            f"It gives {layout.targets[0]} without saying how sure it is.",
            "Values far from those of its training data are answered as readily, and less rightly.",
        ]
        if c.target_cap:
            lines.append(
                f"Targets above {c.target_cap:g} counted as {c.target_cap:g} in training: an "
                "answer near it says that much or more."
            )
        return lines

    def next_commands(self, run: str) -> list[str]:
        return [
            f"kerasrnn predict {run}" + (" --input FILE" if self.config.data else ""),
            *super().next_commands(run),
        ]


def _sample(seed: int) -> tuple[Sequences, Layout]:
    from kerasrnn.data.samples.run_to_failure import NAMES, run_to_failure

    layout = Layout("id", "hour", NAMES, (REMAINING,), True, 0)
    return run_to_failure(SAMPLE_MACHINES, seed=seed), layout


def _is_life(target: str) -> bool:
    """Whether a target is remaining life, told by its name."""
    return target.lower() in (REMAINING, "rul", "remaining_useful_life")


def _cut_off(part: Sequences, seed: int) -> Sequences:
    """Machines as one meets them: still running, at any place of their lives."""
    kept = np.random.default_rng(seed).integers(1, part.lengths, endpoint=True)
    return part.take(np.arange(len(part.ids)), kept)


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


TASK = Regression
