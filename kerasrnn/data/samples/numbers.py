"""Whole numbers in figures, and the same in English or in Chinese words.

Source: generated.  English as in the United States, without "and" and with hyphens below a
hundred.  Chinese by fours (万, 亿): one 零 for any row of noughts between figures, none at the end;
十 at the very beginning without 一; a 2 is 两 before 千, and 两 before 万 and 亿 where it stands
alone, else 二.
"""

from __future__ import annotations

import random

from kerasrnn.data.pairs import Pairs
from kerasrnn.data.samples.parts import parts
from kerasrnn.errors import BadInput

MOST = 10**9
LANGUAGES = ("english", "chinese")
ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
TENS = (*("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),)
THOUSANDS = ("", " thousand", " million", " billion")
FIGURES = "零一二三四五六七八九"
PLACES = ("", "十", "百", "千")
MYRIADS = ("", "万", "亿")


def in_english(number: int) -> str:
    """`one million two hundred three thousand forty-five` for 1203045.

    Args:
        number: From 0 to 10^9.
    """
    if not number:
        return ONES[0]
    groups = []
    for name in THOUSANDS:
        number, group = divmod(number, 1000)
        if group:
            groups.append(_hundreds(group) + name)
    return " ".join(reversed(groups))


def _hundreds(number: int) -> str:
    """From 1 to 999."""
    hundreds, rest = divmod(number, 100)
    words = [f"{ONES[hundreds]} hundred"] if hundreds else []
    if rest >= len(ONES):
        tens, ones = divmod(rest, 10)
        words.append(f"{TENS[tens]}-{ONES[ones]}" if ones else TENS[tens])
    elif rest:
        words.append(ONES[rest])
    return " ".join(words)


def in_chinese(number: int) -> str:
    """`一百二十万三千零四十五` for 1203045.

    Args:
        number: From 0 to 10^9.
    """
    if not number:
        return FIGURES[0]
    text, gap = "", False
    for power in (2, 1, 0):
        group = number // 10_000**power % 10_000
        if group:
            # a nought before this group's first figure, or a whole group of them
            zero = FIGURES[0] if text and (gap or group < 1000) else ""
            alone = "两" if group == 2 and power else _thousands(group)
            text += zero + alone + MYRIADS[power]
        gap = not group
    return text.removeprefix("一") if text.startswith("一十") else text


def _thousands(number: int) -> str:
    """From 1 to 9999, without noughts before the first figure."""
    text, gap = "", False
    for place in (3, 2, 1, 0):
        figure = number // 10**place % 10
        if figure:
            zero = FIGURES[0] if text and gap else ""
            text += zero + ("两" if figure == 2 and place == 3 else FIGURES[figure]) + PLACES[place]
        gap = not figure
    return text


def sample(count: int = 20_000, *, language: str = "english", seed: int = 0) -> dict[str, Pairs]:
    """Parts `train`, `valid` and `test`; no number stands in two of them.

    Args:
        count: Numbers in all, small ones as often as there are any: the lengths in figures are
            evenly drawn.
        language: `english` or `chinese`.
        seed: The same seed gives the same sample.

    Raises:
        BadInput: If the language is neither, or there are too few for three parts.
    """
    if language not in LANGUAGES:
        raise BadInput(f"numbers in {language!r}; choose from {', '.join(LANGUAGES)}")
    if count > MOST // 10:
        raise BadInput(f"{count:,} numbers; give at most {MOST // 10:,}")
    draw, chosen = random.Random(seed), {}
    while len(chosen) < count:
        figures = draw.randint(1, len(str(MOST - 1)))
        chosen[draw.randint(0 if figures == 1 else 10 ** (figures - 1), 10**figures)] = None
    write = in_english if language == "english" else in_chinese
    numbers = list(chosen)
    pairs = Pairs(
        [str(n) for n in numbers], [write(n) for n in numbers], origin=f"numbers in {language}"
    )
    return parts(pairs, seed=seed)
