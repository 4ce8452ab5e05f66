"""What trivial answers know of the training part, so that any file is measured against them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn.errors import BadInput
from kerasrnn.file_arrays import FileArray, blocks
from kerasrnn.files import read_json, write_text

if TYPE_CHECKING:
    import numpy as np

FILE = "trivial.json"


@dataclass(frozen=True)
class Trivial:
    """Answers of training, counted.

    Args:
        counts: How often each was right, in the order of the numbers that the network answers
            with, or by the answers themselves.
    """

    counts: Sequence[int] | Mapping[str, int]

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> Trivial:
        """Counts the most frequent text alone: all of them could be as much as the data."""
        return cls(dict(Counter(texts).most_common(1)))

    @classmethod
    def of_numbers(cls, numbers: np.ndarray | FileArray, size: int) -> Trivial:
        """Counts numbers below `size`; those below zero are of nothing that can be answered."""
        return cls(counted(numbers, size).tolist())

    def nats(self) -> np.ndarray:
        """What guessing by these frequencies costs for each number."""
        import numpy as np

        counts = np.array(self.counts) + 1.0  # add one: every number is possible
        return -np.log(counts / counts.sum())

    def save(self, folder: Path) -> None:
        """Writes `trivial.json`."""
        write_text(folder / FILE, json.dumps(self.counts, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, folder: Path) -> dict[str, Trivial]:
        """Reads `trivial.json` as one of the transforms; none for a run that was made without it.

        Raises:
            BadInput: If it is broken.
        """
        if not (folder / FILE).is_file():
            return {}
        counts = read_json(folder / FILE)
        values = counts.values() if isinstance(counts, dict) else counts
        if not isinstance(counts, dict | list) or not all(type(n) is int for n in values):
            raise BadInput(f"{folder / FILE} is broken: it holds no counts of answers")
        return {"trivial": cls(counts)}


def counted(numbers: np.ndarray | FileArray, size: int) -> np.ndarray:
    """How often each number from 0 on and below `size` occurs, `(size,)` int64."""
    import numpy as np

    counts = np.zeros(size, np.int64)
    for block in blocks(numbers):
        counts += np.bincount(block[block >= 0], minlength=size)
    return counts


def trivial_of(
    transforms: Mapping[str, Any], here: Callable[[], Trivial]
) -> tuple[Trivial, Callable[[str], str]]:
    """What trivial answers know, and what they are then called.

    Args:
        transforms: Of the run.
        here: Counts the answers of the file that is measured, for runs that know none.
    """
    if found := transforms.get("trivial"):
        return found, str
    return here(), "{} of this file itself".format
