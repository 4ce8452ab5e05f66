"""Fonts of this machine that have the characters of a picture."""

import functools

import matplotlib as mpl
from matplotlib import font_manager

PLACEHOLDERS = "Last Resort"  # Matplotlib's own font, with a box for every character


def fonts_for(text: str) -> tuple[list[str], set[str]]:
    """Families that together have every character, the usual one first, and what none has."""
    usual = mpl.rcParams["font.family"] + mpl.rcParams["font.sans-serif"][:1]
    missing = {c for c in text if c.isprintable() and not c.isspace()}
    families = ["sans-serif"]
    missing -= _characters(font_manager.findfont(font_manager.FontProperties(family=usual)))
    # by name, the same ones each time
    known = {f.name: f.fname for f in reversed(font_manager.fontManager.ttflist)}
    faces = sorted(
        ((name, file) for name, file in known.items() if not name.startswith(PLACEHOLDERS)),
        key=lambda face: ("Sans" not in face[0], face[0]),
    )
    for name, file in faces if missing else []:
        if found := missing & _characters(file):
            families.append(name)
            missing -= found
    return families, missing


@functools.cache
def _characters(file: str) -> frozenset[str]:
    """What a font has glyphs for."""
    return frozenset(map(chr, font_manager.get_font(file).get_charmap()))


def spelled(token: str, missing: set[str]) -> str:
    """A token with marks for its blanks, and code points for what cannot be drawn."""
    shown = (f"U+{ord(c):04X}" if c in missing else "␣" if c == " " else c for c in token)
    return "".join(shown)


def limited(text: str, most: int = 20) -> str:
    """At most so many characters."""
    return text if len(text) <= most else text[:most] + "…"
