"""Texts read piece by piece, and parts of them, so that none need be in memory whole."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator

from kerasrnn.data.corpus import find_text_files, read_chunks

Chunks = Callable[[], Iterable[str]]  # a text that can be read again from its beginning


def of_files(path: str) -> Chunks:
    """The text of one file or more, or of all below a folder."""
    files = find_text_files(path)
    return lambda: read_chunks(files)


def of_text(text: str) -> Chunks:
    """A text that is in memory."""
    return lambda: [text]


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
