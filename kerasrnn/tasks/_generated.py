"""What the toy problems share: endless generated sequences whose answers follow from them.

A file for them holds sequences alone, one a line; their answers are computed as those of the
generated ones are.
"""

from __future__ import annotations

import abc
import functools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from kerasrnn.config import Config, TrainingSettings, flag, redefine, setting
from kerasrnn.data.sequence_lines import Word, read_sequence_lines, sequence_words
from kerasrnn.errors import BadInput
from kerasrnn.tasks import Measured, Metrics, Predictions, Prepared, Task
from kerasrnn.tasks._parts import LEAST_ROWS, TEST_SHARE, VALID_SHARE

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.sequence_batches import SequenceBatches

STREAMS = {"train": 0, "valid": 1, "test": 2}  # of the seed: no part draws what another drew
SCORE_BATCH = 256
Example = Any  # one sequence as a person gives it, read


@dataclass(frozen=True, kw_only=True)
class GeneratedConfig(Config):
    """The generated sequences."""

    examples: int = setting(6400, "Sequences generated anew for every epoch.", low=1)
    held_out: int = setting(1000, "Sequences for validation, and as many for the test.", low=1)
    vary: bool = setting(
        True, "Train on lengths up to those given, all as likely; measure on just those."
    )
    batch_size: int = redefine(TrainingSettings, "batch_size", 32)
    learning_rate: float = redefine(TrainingSettings, "learning_rate", 5e-3)
    schedule: str = redefine(TrainingSettings, "schedule", "cosine")

    # settings that act on generated sequences alone; no annotation, so that it is none itself
    generator = ("examples", "held_out", "vary")

    def __post_init__(self):
        super().__post_init__()
        self.refuse_dataset("the sequences of this task are generated", give="FILE for your own")
        usual = {field.name: field.default for field in fields(self)}
        changed = [name for name in self.generator if getattr(self, name) != usual[name]]
        if self.data and changed:
            raise BadInput(
                f"{flag(changed[0])} is for generated sequences, and --data names a file of "
                "others: give one of them"
            )


@dataclass(frozen=True)
class Seen:
    """What the training sequences were like.

    Args:
        longest: Steps of the longest as the network reads it.
        largest: Size of the largest number.
        whole: Whether all numbers were whole.
    """

    longest: int
    largest: float = 0.0
    whole: bool = False

    def save(self, folder: Path) -> None:
        """Writes `seen.json`."""
        from kerasrnn.files import write_json

        write_json(folder / "seen.json", asdict(self))

    @classmethod
    def load(cls, folder: Path) -> Seen:
        """Reads `seen.json`.

        Raises:
            BadInput: If it is missing or broken.
        """
        from kerasrnn.files import read_fields

        return read_fields(folder / "seen.json", cls)


class Generated(Task):
    """Answers sequences that a generator makes without end."""

    each_step = True
    asks = "sequences or --input FILE"
    about: ClassVar[str]  # one example, as one writes it
    config: GeneratedConfig

    @abc.abstractmethod
    def draw(self, rng: np.random.Generator, count: int, *, vary: bool) -> list[Example]:
        """Sequences from the generator, of lengths up to those of the settings or of just those."""

    @abc.abstractmethod
    def read(self, words: Sequence[Word]) -> Example:
        """One sequence from the words of a line.

        Raises:
            BadInput: If they are none, with the place.
        """

    @abc.abstractmethod
    def fit(self, examples: Sequence[Example]) -> Mapping[str, Any]:
        """Transforms for the training sequences, `seen` among them."""

    @abc.abstractmethod
    def encode(self, examples: Sequence[Example], transforms: Mapping[str, Any]) -> SequenceBatches:
        """Sequences and their true answers as the network has them.

        Raises:
            BadInput: If something in them was never seen in training.
        """

    @abc.abstractmethod
    def baselines(
        self, sequences: SequenceBatches, transforms: Mapping[str, Any]
    ) -> dict[str, Metrics]:
        """Metrics of trivial answers."""

    @abc.abstractmethod
    def answers(
        self, examples: Sequence[Example], outputs: Sequence[np.ndarray], transforms: Mapping
    ) -> Predictions:
        """What is told of sequences, from the network's output for each, padding cut off."""

    def check_data(self) -> None:
        if self.config.data:
            transforms = self.fit(self._files["train"])
            for part in self._files.values():
                self.encode(part, transforms)

    def prepare(self) -> Prepared:
        from kerasrnn.transforms.static_shapes import step_sizes

        c = self.config
        parts = self._files if c.data else {n: self._drawn(n) for n in STREAMS}
        transforms = self.fit(parts["train"])
        encoded = {name: self.encode(part, transforms) for name, part in parts.items()}
        count = len(encoded["train"])

        def train(epoch: int) -> tf.data.Dataset:
            part = encoded["train"]
            if epoch and not c.data:
                part = self.encode(self._drawn("train", epoch), transforms)
            order = part.shuffled(c.batch_size, seed=c.seed, epoch=epoch)
            return part.dataset(order, c.batch_size)

        sizes = ", ".join(f"{len(part):,} {name}" for name, part in parts.items())
        longest = transforms["seen"].longest
        return Prepared(
            transforms=transforms,
            train=train,
            steps=-(-count // c.batch_size),
            sizes=step_sizes([transforms["seen"].longest]),
            valid=_in_order(encoded["valid"]),
            test=_in_order(encoded["test"]),
            baselines=self.baselines(encoded["test"], transforms),
            notes=[
                f"{sizes} sequences of {'up to ' * (c.vary or bool(c.data))}{longest} steps"
                + ("" if c.data else ", other training sequences every epoch")
            ],
        )

    def read_batches(self, transforms: Mapping[str, Any], *, data: str) -> Measured:
        sequences = self.encode(self._read_file(data), transforms)
        return Measured(_in_order(sequences), self.baselines(sequences, transforms))

    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        lines = [sequence_words(text, f"sequence {n}") for n, text in enumerate(texts, 1)]
        lines += read_sequence_lines(file) if file else []
        if not lines:
            raise BadInput(f'nothing to answer: give sequences such as "{self.about}", or --input')
        examples = [self.read(words) for words in lines]
        sequences = self.encode(examples, transforms)
        order = np.argsort([len(row) for row in sequences.inputs], kind="stable")
        outputs: list[Any] = [None] * len(examples)
        for first in range(0, len(order), SCORE_BATCH):
            places = order[first : first + SCORE_BATCH]
            answers = np.asarray(network(sequences.batch(places)[0]))
            for place, answer in zip(places, answers, strict=True):
                steps = len(sequences.inputs[place])
                outputs[place] = answer[:steps] if self.each_step else answer
        predictions = self.answers(examples, outputs, transforms)
        longest = max(len(row) for row in sequences.inputs)
        if longest > transforms["seen"].longest:
            predictions.warnings.append(
                f"a sequence takes {longest} steps, and none in training took more than "
                f"{transforms['seen'].longest}: its answer may be worth less"
            )
        return predictions

    def next_commands(self, run: str) -> list[str]:
        return [f'kerasrnn predict {run} "{self.known()}"', *super().next_commands(run)]

    def known(self) -> str:
        """An example that any run can answer, as one writes it."""
        return self.about

    def reader(self, **sizes: Any) -> keras.Model:
        """A `sequence_reader` of the settings."""
        from kerasrnn.models import sequence_reader

        c = self.config
        return sequence_reader(
            each_step=self.each_step,
            **c.recurrent(),
            **sizes,
        )

    def some(self, count: int, *, training: bool) -> list[Example]:
        """`count` sequences of the training part or of a held-out one, spread over it."""
        part = "train" if training else "test"
        rows = self._files[part] if self.config.data else self._drawn(part)
        chosen = np.linspace(0, len(rows) - 1, count).astype(int)
        return [rows[i] for i in chosen]

    def _drawn(self, part: str, epoch: int = 0) -> list[Example]:
        c = self.config
        rng = np.random.default_rng([c.seed, STREAMS[part], epoch])
        if part == "train":
            return self.draw(rng, c.examples, vary=c.vary)
        return self.draw(rng, c.held_out, vary=False)

    @functools.cached_property
    def _files(self) -> dict[str, list[Example]]:
        """The parts from files, read once for checking and for training."""
        from kerasrnn.data.splits import split_shuffled

        c = self.config
        whole = self._read_file(c.data)
        given = {"valid": c.valid_data, "test": c.test_data}
        parts = {name: self._read_file(path) for name, path in given.items() if path}
        if len(parts) < len(given) and len(whole) < LEAST_ROWS:
            raise BadInput(
                f"{c.data}: {len(whole)} sequences are too few to cut parts from; give at least "
                f"{LEAST_ROWS}, or a file for each part (--valid-data, --test-data)"
            )
        shares = {"valid": VALID_SHARE, "test": TEST_SHARE}
        shares = {name: 0.0 if name in parts else share for name, share in shares.items()}
        cut = dict(zip(STREAMS, split_shuffled(len(whole), seed=c.seed, **shares), strict=True))
        return {name: parts.get(name) or [whole[i] for i in rows] for name, rows in cut.items()}

    def _read_file(self, path: str) -> list[Example]:
        return [self.read(words) for words in read_sequence_lines(path)]


def _in_order(sequences: SequenceBatches) -> tf.data.Dataset:
    return sequences.dataset(np.arange(len(sequences)), SCORE_BATCH)
