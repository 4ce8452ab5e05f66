"""Adding problem: the sum of the two marked numbers in a long sequence, told at its end.

Source: Hochreiter & Schmidhuber 1997, in the form of Arjovsky, Shah & Bengio 2016: numbers drawn
from [0, 1], one of each half marked. Always answering the mean, 1, has an MSE of 1/6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasrnn.config import TrainingSettings, redefine, setting
from kerasrnn.data.samples import toys
from kerasrnn.data.sequence_lines import Word
from kerasrnn.errors import BadInput
from kerasrnn.tasks import Metrics, Predictions, limit_text
from kerasrnn.tasks._generated import Example, GeneratedConfig
from kerasrnn.tasks._numbers import (
    NAMES,
    SUM,
    NumberTask,
    larger_than_seen,
    read_number,
    seen_numbers,
)
from kerasrnn.transforms.scaler import Scaler

if TYPE_CHECKING:
    from kerasrnn.transforms.sequence_batches import SequenceBatches

MARK = "*"  # behind a number that counts
MARKED = 2


@dataclass(frozen=True, kw_only=True)
class AddingConfig(GeneratedConfig):
    """The length of the sequences."""

    steps: int = setting(30, "Numbers of a generated sequence.", low=2, high=100_000)
    epochs: int = redefine(TrainingSettings, "epochs", 10)

    generator = ("steps", *GeneratedConfig.generator)


class Adding(NumberTask):
    """Adds two marked numbers."""

    config_type = AddingConfig
    about = "0.3* 0.1 0.5* 0.2"
    each_step = False
    features = 2
    inputs = ("values", "marks")
    output = "sum"
    config: AddingConfig

    def draw(self, rng: np.random.Generator, count: int, *, vary: bool) -> list[Example]:
        return toys.adding(rng, count, steps=self.config.steps, vary=vary)

    def read(self, words: Sequence[Word]) -> Example:
        marks = [word.endswith(MARK) for _, word in words]
        numbers = [read_number((where, word.removesuffix(MARK))) for where, word in words]
        if sum(marks) != MARKED:
            where = words[0][0].rpartition(",")[0]
            raise BadInput(
                f"{where}: {sum(marks)} numbers are marked, and {MARKED} must be: write a "
                f"{MARK} behind each, as in {self.about}"
            )
        return np.column_stack([numbers, np.array(marks, float)])

    def true(self, example: Example) -> np.ndarray:
        return example[:, :1].T @ example[:, 1]

    def fit(self, examples: Sequence[Example]) -> Mapping[str, Any]:
        columns = (np.concatenate(examples)[:, 0], np.concatenate([self.true(x) for x in examples]))
        mean = np.array([column.mean() for column in columns])
        deviation = np.array([float(column.std()) or 1.0 for column in columns])
        return {"scaler": Scaler(NAMES, mean, deviation), "seen": seen_numbers(examples)}

    def baselines(
        self, sequences: SequenceBatches, transforms: Mapping[str, Any]
    ) -> dict[str, Metrics]:
        mean = np.array([transforms["scaler"].mean[SUM]])
        return {"mean sum": self.trivial([mean] * len(sequences), sequences, transforms)}

    def answers(
        self, examples: Sequence[Example], outputs: Sequence[np.ndarray], transforms: Mapping
    ) -> Predictions:
        scaler = transforms["scaler"]
        rows, table = [], []
        for example, output in zip(examples, outputs, strict=True):
            total = float(output[0]) * float(scaler.deviation[SUM]) + float(scaler.mean[SUM])
            numbers = [f"{x:g}{MARK if marked else ''}" for x, marked in example]
            rows.append({"sequence": " ".join(numbers), "sum": total})
            table.append([f"{total:.4g}", limit_text(" ".join(numbers))])
        seen = transforms["seen"]
        return Predictions(rows, ["sum", "sequence"], table, larger_than_seen(examples, seen))

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        seen = transforms["seen"]
        return [
            f"It adds just two marked numbers of size up to {seen.largest:g}, among up to "
            f"{seen.longest}; what it makes of others is not known.",
            "Its sums are near the true ones and rarely exact.",
        ]


TASK = Adding
