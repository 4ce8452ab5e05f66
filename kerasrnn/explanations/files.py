"""Explanations as a file, of the kind that its name says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kerasrnn.errors import BadInput
from kerasrnn.explanations import Explanation
from kerasrnn.files import write_text

SUFFIXES = (".html", ".png")
NAMED = 10  # characters that a warning lists at most


def check_path(path: str) -> None:
    """Refuses at once what cannot be written in the end.

    Raises:
        BadInput: If the name says neither kind, or is that of a folder.
    """
    if Path(path).suffix.lower() not in SUFFIXES:
        raise BadInput(f"--explain-to {path}: name a file that ends in {' or '.join(SUFFIXES)}")
    if Path(path).is_dir():
        raise BadInput(f"--explain-to {path} is a folder; name a file in it")


def write(path: str, explanations: Sequence[Explanation], *, title: str) -> list[str]:
    """Writes all explanations into one file, whole or not at all.

    Returns:
        What is not right with it, a sentence each.

    Raises:
        BadInput: If it cannot be written, or they are too many for a picture.
    """
    if Path(path).suffix.lower() == ".html":
        from kerasrnn.explanations.page import page

        write_text(path, page(explanations, title=title))
        return []
    from kerasrnn.explanations.picture import draw

    missing = draw(Path(path), explanations)
    if not missing:
        return []
    named = f"{missing[:NAMED]}{'…' * (len(missing) > NAMED)}"
    return [f"no font here draws {named}: {path} has boxes there; a page (.html) has not"]
