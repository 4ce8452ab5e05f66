"""The tokenizer's steps in Python, on one text: what `graph_strings` does without TensorFlow.

The patterns are the same. What differs is how new a Unicode each side knows: RE2 15.0, ICU's
lower-casing in TensorFlow 13, `regex` and Python later ones. Characters that only Python's side
knows are listed here and kept from it; the tests go through every code point.
"""

import functools

import regex

# Letters, marks and digits since Unicode 16, and ideographs since 15.1, to RE2 mere signs; a
# range also covers what is no letter on either side, here and below.
LATER_LETTERS = """
    558 58b-58c 5c8-5c9 88f-897 b53-b54 c5c cdc 1acf-1af0 1c89-1c8a 208f 209d-209f a7cb-a7cf a7d2
    a7d4 a7da-a7f1 ab6c-ab6d 105c0-105f3 107bb-107bf 10940-10959 10d40-10d85 10ec2-10efc
    11380-113e2 116d0-116e3 11b0a-11bf9 11db0-11df1 11f5a 1246f-1247f 12550-12686 13460-143fa
    16100-16139 16d40-16d79 16ea0-16ed3 16ff2-16ff6 187f8-187ff 18cd6-18cff 18d09-191d2
    1b123-1b128 1b168 1ccf0-1ccf9 1d127-1d128 1d250-1d281 1d6a6 1df1f-1df24 1df2b-1dfff
    1e5d0-1e6ff 2b73a-2b73f 2b81e 2cea2-2cead 2ebf0-2ee5d 323b0-3fc3f
"""
# Letters and marks since Unicode 14 that have case or (a final sigma must know) are seen through
# by it. One more, U+1734, was a mark to see through until 14: a sigma beside it may differ.
LATER_CASE = """
    558 58b-58c 5c8-5c9 888-8d2 b53-b54 c3c ece 180f 1ac1-1af0 1c89-1c8a 1dfa 208f 209d-209f 2c2f
    2c5f a7c0-a7c1 a7cb-a7f4 ab6c-ab6d fbc2 10570-107bf 10d4e-10d85 10ec5-10eff 10f82-10f85
    11070-11074 110c2 11241 113bb-113e2 11b60-11b66 11dd9-11df0 11f00-11f5a 13439-1612f
    16d40-16d6c 16ea0-16ed3 16ff2-1affe 1cf00-1d128 1d25b-1d25c 1d6a6 1df00-1dfff 1e030-1e08f
    1e2ae 1e4eb-1e6ff
"""
ASCII_SPACE = " \t\n\v\f\r"

compiled = functools.cache(regex.compile)


def characters_of(ranges: str) -> str:
    """Hexadecimal code points and ranges of them as the inside of a character class."""
    ends = (part.split("-") for part in ranges.split())
    return "".join("-".join(chr(int(end, 16)) for end in pair) for pair in ends)


_LATER_LETTER = regex.compile(f"[{characters_of(LATER_LETTERS)}]")
_WITHOUT_LATER_CASE = regex.compile(f"[^{characters_of(LATER_CASE)}]+")


def replace(text: str, pattern: str, by: str) -> str:
    """Every match of a pattern replaced."""
    return compiled(pattern).sub(by, text)


def lower(text: str) -> str:
    if text.isascii():
        return text.lower()
    return _WITHOUT_LATER_CASE.sub(lambda found: found[0].lower(), text)


def strip(text: str) -> str:
    """Without ASCII white space at the ends."""
    return text.strip(ASCII_SPACE)


def hide_unknown(text: str) -> str:
    """A sign in the place of every letter that is none to RE2."""
    return text if text.isascii() else _LATER_LETTER.sub("!", text)


def characters(text: str) -> list[str]:
    return list(text)


def words(text: str) -> list[str]:
    """What stands between blanks, ASCII white space alone."""
    return [word for word in regex.split(f"[{ASCII_SPACE}]+", text) if word]


def set_apart(text: str, pattern: str, separator: str) -> str:
    """A separator on both sides of every match of a pattern."""
    parts, end = [], 0
    for match in compiled(pattern).finditer(hide_unknown(text)):
        found = text[match.start() : match.end()]
        parts += [text[end : match.start()], separator, found, separator]
        end = match.end()
    return "".join([*parts, text[end:]])


def matches(text: str, pattern: str) -> list[str]:
    """What a pattern finds in a text, letters that RE2 does not know being none to it."""
    found = compiled(pattern).finditer(hide_unknown(text))
    return [text[match.start() : match.end()] for match in found]


def pieces(text: str, pattern: str, separator: str) -> list[str]:
    """The matches of a pattern with one group around it, which together are the whole text.

    Args:
        text: One text.
        pattern: What a piece is.
        separator: Parts pieces where it stands in them, and is dropped, as in the graph.
    """
    if separator not in text and hide_unknown(text) == text:
        return compiled(pattern).findall(text)  # the same, and many times as fast
    return [part for piece in matches(text, pattern) for part in piece.split(separator) if part]
