"""The labels of a task, in the order of the network's outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kerasrnn.errors import BadInput

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Labels:
    """Names of the classes, in the order of the model's outputs."""

    names: tuple[str, ...]

    def encode(self, labels: Sequence[str]) -> np.ndarray:
        """Names to int32 class numbers, -1 for a name that is none of them."""
        import numpy as np

        index = {name: i for i, name in enumerate(self.names)}
        return np.array([index.get(label, -1) for label in labels], np.int32)

    def save(self, folder: Path) -> None:
        """Writes `labels.json`."""
        from kerasrnn.files import write_json

        write_json(folder / "labels.json", list(self.names))

    @classmethod
    def load(cls, folder: Path) -> Labels:
        """Reads `labels.json`.

        Raises:
            BadInput: If it is missing or broken.
        """
        from kerasrnn.files import read_json

        names = read_json(folder / "labels.json")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise BadInput(f"{folder / 'labels.json'} is broken: it is no list of labels")
        return cls(tuple(names))
