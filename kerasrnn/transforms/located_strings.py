"""The tokenizer's steps in Python, each character keeping its place: `plain_strings` with offsets.

What is lower-cased, replaced or left out on the way to a token can thus be shown as it was typed.
Places are counted in code points, as Python indexes a string.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kerasrnn.transforms import plain_strings

LocatedToken = tuple[str, int, int]  # the token, and where in the text it begins and ends


@dataclass(frozen=True)
class Located:
    """A text on its way to tokens.

    Args:
        text: As it is by now.
        spans: For each of its characters, where what it came from begins and ends.
    """

    text: str
    spans: Sequence[tuple[int, int]]

    def __getitem__(self, part: slice) -> Located:
        return Located(self.text[part], self.spans[part])

    def token(self, start: int, end: int) -> LocatedToken:
        """What stands between two places of the text as it is by now."""
        return self.text[start:end], self.spans[start][0], self.spans[end - 1][1]


def locate(pieces: Iterable[str]) -> Located:
    """The pieces of a text with a blank between each two, which takes no place in it."""
    characters: list[str] = []
    spans: list[tuple[int, int]] = []
    end = 0
    for piece in pieces:
        if characters:
            characters.append(" ")
            spans.append((end, end))
        characters.append(piece)
        spans += [(place, place + 1) for place in range(end, end + len(piece))]
        end += len(piece)
    return Located("".join(characters), spans)


def replace(located: Located, pattern: str, by: str) -> Located:
    """Every match of a pattern replaced; what is put in comes from the whole match."""
    parts, end = [], 0
    for match in plain_strings.compiled(pattern).finditer(located.text):
        parts.append(located[end : match.start()])
        end = match.end()
        _, *whole = located.token(match.start(), end)
        for piece in re.split(r"(\\1)", by):
            if piece == r"\1":
                parts.append(located[slice(*match.span(1))])
            else:
                parts.append(Located(piece, [tuple(whole)] * len(piece)))
    return _joined([*parts, located[end:]])


def _joined(parts: Sequence[Located]) -> Located:
    spans = itertools.chain.from_iterable(part.spans for part in parts)
    return Located("".join(part.text for part in parts), list(spans))


def lower(located: Located) -> Located:
    # one letter may become two, alone as among others; only which sigma it is depends on those
    counts = [len(plain_strings.lower(character)) for character in located.text]
    pairs = zip(located.spans, counts, strict=True)
    return Located(
        plain_strings.lower(located.text), [span for span, count in pairs for _ in range(count)]
    )


def strip(located: Located) -> Located:
    """Without ASCII white space at the ends."""
    kept = plain_strings.strip(located.text)
    start = located.text.index(kept)
    return located[start : start + len(kept)]


def hide_unknown(located: Located) -> Located:
    """A sign in the place of every letter that is none to RE2."""
    return Located(plain_strings.hide_unknown(located.text), located.spans)


def characters(located: Located) -> list[LocatedToken]:
    return [located.token(place, place + 1) for place in range(len(located.text))]


def words(located: Located) -> list[LocatedToken]:
    """What stands between blanks."""
    return _found(located, plain_strings.words(located.text))


def pieces(located: Located, pattern: str, separator: str) -> list[LocatedToken]:
    """The matches of a pattern, which together are the whole text; see `plain_strings.pieces`."""
    return _found(located, plain_strings.pieces(located.text, pattern, separator))


def _found(located: Located, tokens: Sequence[str]) -> list[LocatedToken]:
    """Tokens that stand in the text in this order, where each is."""
    places, end = [], 0
    for token in tokens:
        start = located.text.index(token, end)
        end = start + len(token)
        places.append(located.token(start, end))
    return places
