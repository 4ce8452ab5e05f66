"""Running sum: after every number the sum of all so far, 3 and 5 to 3 and 8.

The simplest thing that no network without a state can do. Trivial answers: the number itself, as
if nothing had come before, and the mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasrnn.config import TrainingSettings, redefine, setting
from kerasrnn.data.samples import toys
from kerasrnn.data.sequence_lines import Word
from kerasrnn.tasks import Metrics, Predictions, limit_text
from kerasrnn.tasks._generated import Example, GeneratedConfig, Seen
from kerasrnn.tasks._numbers import (
    NAMES,
    VALUE,
    NumberTask,
    larger_than_seen,
    read_number,
    seen_numbers,
)
from kerasrnn.transforms.scaler import Scaler

if TYPE_CHECKING:
    from kerasrnn.transforms.sequence_batches import SequenceBatches


@dataclass(frozen=True, kw_only=True)
class RunningSumConfig(GeneratedConfig):
    """The length of the sequences."""

    steps: int = setting(10, "Numbers of a generated sequence.", low=1, high=100_000)
    epochs: int = redefine(TrainingSettings, "epochs", 12)

    generator = ("steps", *GeneratedConfig.generator)


class RunningSum(NumberTask):
    """Sums numbers up as they come."""

    config_type = RunningSumConfig
    about = "3 5"
    features = 1
    inputs = ("values",)
    output = "sums"
    config: RunningSumConfig

    def draw(self, rng: np.random.Generator, count: int, *, vary: bool) -> list[Example]:
        rows = toys.running_sum(rng, count, steps=self.config.steps, vary=vary)
        return [row[:, None] for row in rows]

    def read(self, words: Sequence[Word]) -> Example:
        return np.array([[read_number(word)] for word in words])

    def true(self, example: Example) -> np.ndarray:
        return np.cumsum(example, axis=0)

    def fit(self, examples: Sequence[Example]) -> Mapping[str, Any]:
        # no mean is taken away, or the network would have to count the steps
        columns = (np.concatenate(examples), np.concatenate([self.true(row) for row in examples]))
        size = np.array([float(np.sqrt(np.mean(column**2))) or 1.0 for column in columns])
        return {"scaler": Scaler(NAMES, np.zeros(2), size), "seen": seen_numbers(examples)}

    def figures(self, answers: np.ndarray, truth: np.ndarray, seen: Seen) -> Metrics:
        errors = super().figures(answers, truth, seen)
        if not seen.whole:
            return errors
        return {**errors, "accuracy": float(np.mean(np.round(answers) == np.round(truth)))}

    def baselines(
        self, sequences: SequenceBatches, transforms: Mapping[str, Any]
    ) -> dict[str, Metrics]:
        scaler = transforms["scaler"]
        numbers = [row[:, 0] * scaler.deviation[VALUE] for row in sequences.inputs]
        none = [np.zeros(len(row)) for row in numbers]
        return {
            "the number itself": self.trivial(numbers, sequences, transforms),
            "zero": self.trivial(none, sequences, transforms),
        }

    def answers(
        self, examples: Sequence[Example], outputs: Sequence[np.ndarray], transforms: Mapping
    ) -> Predictions:
        scaler, seen = transforms["scaler"], transforms["seen"]
        rows, table = [], []
        for example, output in zip(examples, outputs, strict=True):
            numbers, sums = example[:, 0], scaler.restore(output[:, 0].astype(float)[:, None], 2)
            sums = sums[:, 1]
            rows.append({"numbers": numbers.tolist(), "sums": sums.tolist()})
            # sums of whole numbers are whole
            whole = (numbers == np.round(numbers)).all()
            told = " ".join(f"{x:.0f}" if whole else f"{x:.4g}" for x in sums + 0.0)
            table.append([told, limit_text(" ".join(f"{x:g}" for x in numbers))])
        return Predictions(rows, ["sums", "numbers"], table, larger_than_seen(examples, seen))

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        seen = transforms["seen"]
        return [
            f"It has learned sums of up to {seen.longest} numbers of size up to {seen.largest:g}; "
            "beyond, its sums fall short.",
            "Its sums are near the true ones and rarely exact.",
        ]


TASK = RunningSum
