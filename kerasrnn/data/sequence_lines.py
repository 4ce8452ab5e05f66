"""Short sequences as people write them: one a line, what it holds parted by blanks or commas."""

import re
from pathlib import Path

from kerasrnn.data.corpus import file_or_standard_input, read_whole
from kerasrnn.errors import BadInput

Word = tuple[str, str]  # where it stands, for messages, and what it is


def read_sequence_lines(path: str | Path) -> list[list[Word]]:
    """The words of every line of a text file (gzipped too), or of standard input (`-`).

    Raises:
        BadInput: If the file cannot be read, or a line holds nothing.
    """
    path = file_or_standard_input(path)
    lines = re.split(r"\r?\n", read_whole(path))
    lines = lines[:-1] if not lines[-1] else lines
    return [sequence_words(line, f"{path}: line {n}") for n, line in enumerate(lines, 1)]


def sequence_words(text: str, where: str) -> list[Word]:
    """The words of one sequence, each with its place.

    Args:
        text: Words parted by blanks or commas.
        where: What messages call the text.

    Raises:
        BadInput: If there are none.
    """
    words = [
        (f"{where}, column {found.start() + 1}", found[0])
        for found in re.finditer(r"[^\s,]+", text)
    ]
    if not words:
        raise BadInput(f"{where}: nothing there; give a sequence, parted by blanks or commas")
    return words
