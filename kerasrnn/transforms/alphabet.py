"""Characters of transcripts to class numbers and back; class 0 is the blank of CTC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.files import read_json, write_json

BLANK = 0  # and what pads rows of class numbers, for no transcript has it
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


class Alphabet:
    """The characters of the training part's transcripts.

    Args:
        characters: In the order of the classes from 1 on.

    Raises:
        BadInput: If one occurs twice, or is not one character.
    """

    def __init__(self, characters: Sequence[str]):
        self.characters = ("", *characters)
        if len(set(self.characters)) != len(self.characters) or any(
            len(c) != 1 for c in characters
        ):
            raise BadInput("an alphabet holds single characters, each once")
        self._classes = {character: i for i, character in enumerate(self.characters)}

    def __len__(self) -> int:
        """Classes, with the blank."""
        return len(self.characters)

    @classmethod
    def fit(cls, transcripts: Iterable[str]) -> Alphabet:
        """Every character that occurs, sorted."""
        return cls(sorted(set().union(*transcripts)))

    def encode(self, transcript: str) -> np.ndarray:
        """int32 classes; `len(self)` for characters of which training had none."""
        unknown = len(self)
        return np.array([self._classes.get(c, unknown) for c in transcript], np.int32)

    def unknown(self, transcripts: Iterable[str]) -> str:
        """The characters, sorted, that can never be recognised."""
        return "".join(sorted(set().union(*transcripts) - set(self._classes)))

    def decode(self, classes: Iterable[int]) -> str:
        """Class numbers to text; unknown ones as U+FFFD."""
        return "".join((*self.characters, UNKNOWN)[int(c)] for c in classes)

    def save(self, folder: Path) -> None:
        """Writes `alphabet.json`."""
        write_json(folder / "alphabet.json", list(self.characters[1:]))

    @classmethod
    def load(cls, folder: Path) -> Alphabet:
        """Reads `alphabet.json`.

        Raises:
            BadInput: If it is missing or broken.
        """
        path = folder / "alphabet.json"
        characters = read_json(path)
        if not isinstance(characters, list) or not all(isinstance(c, str) for c in characters):
            raise BadInput(f"{path} is broken: it is no list of characters")
        return cls(characters)
