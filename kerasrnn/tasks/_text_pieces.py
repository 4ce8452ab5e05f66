"""Texts read piece by piece, and parts of them, so that none need be in memory whole."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn.data.corpus import find_text_files, read_chunks
from kerasrnn.errors import BadInput
from kerasrnn.file_arrays import ArrayWriter, FileArray

if TYPE_CHECKING:
    from kerasrnn.transforms.text import Text

Chunks = Callable[[], Iterable[str]]  # a text that can be read again from its beginning


def of_files(path: str) -> Chunks:
    """The text of one file or more, or of all below a folder."""
    files = find_text_files(path)
    return lambda: read_chunks(files)


def of_text(text: str) -> Chunks:
    """A text that is in memory."""
    return lambda: [text]


def write_ids(folder: Path, text: Text, parts: Mapping[str, Chunks]) -> dict[str, Any]:
    """Writes the transform and each part's ids, in as few bytes as hold one; says what was written.

    Raises:
        BadInput: If a part has no ids at all.
    """
    import numpy as np

    kind = np.min_scalar_type(len(text.vocabulary))
    text.save(folder)
    rows = {}
    for name, chunks in parts.items():
        with ArrayWriter(folder / f"{name}.ids", kind) as writer:
            for piece in text.encode(chunks()):
                writer.append(piece)
        rows[name] = writer.rows
        if not writer.rows:
            raise BadInput("the text is empty")
    return {"type": kind.name, "rows": rows}


def read_ids(folder: Path, told: Mapping[str, Any]) -> tuple[Text, dict[str, FileArray]]:
    """What `write_ids` wrote: the transform, and each part's ids."""
    from kerasrnn.transforms.text import Text

    ids = {name: FileArray(folder / f"{name}.ids", told["type"]) for name in told["rows"]}
    return Text.load(folder), ids


def next_border(chunks: Chunks, position: int) -> int:
    """The first place from `position` on where a word ends."""
    from kerasrnn.transforms.tokenizer import ends_piece

    before = ""
    begin = max(position - 1, 0)
    rest = between(chunks, begin, sys.maxsize)()
    for place, after in enumerate(itertools.chain.from_iterable(rest), begin):
        if before and ends_piece(before, after):
            return place
        before = after
    return position  # nothing but one word


def between(chunks: Chunks, first: int, last: int) -> Chunks:
    """The characters from `first` up to `last`."""

    def cut() -> Iterator[str]:
        position = 0
        for chunk in chunks():
            piece = chunk[max(first - position, 0) : max(last - position, 0)]
            position += len(chunk)
            if piece:
                yield piece
            if position >= last:
                return

    return cut
