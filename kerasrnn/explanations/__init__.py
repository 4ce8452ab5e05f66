"""Which parts of an input carried a decision: what is shown of it, whoever found it out.

`integrated_gradients` finds it, `terminal`, `page` and `picture` show it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

BETWEEN = 60  # characters between tokens that are shown where there is little room
# red, green and blue (Okabe & Ito 2008: told apart by the colour-blind)
FOR, AGAINST, ATTENTION = (0, 114, 178), (213, 94, 0), (0, 158, 115)
LEGEND = (
    "blue speaks for the answer, orange against it; green is attention; the deepest colour is the "
    "largest of its text"
)
UNITS = (
    "weights are nats of log-odds, by integrated gradients from a blank text: as many tokens, "
    "their vectors zero"
)


@dataclass(frozen=True)
class Evidence:
    """One token of a text, and what it counted for.

    Args:
        start: Where it begins in the text, in code points.
        end: Where it ends.
        weight: What it adds to the score of the answer; against it if negative.
        attention: Its attention weight, in a model that has them.
    """

    start: int
    end: int
    weight: float
    attention: float | None = None


@dataclass(frozen=True)
class Explanation:
    """An answer for a text or about a part of it, and what carried it.

    Args:
        text: As it was given.
        answer: What was answered.
        certainty: The answer's probability.
        evidence: Of each token that the model read, in their order.
        score: The answer's log-odds, in nats.
        blank: The same of the text with the vectors of all tokens zero.
        points: At how many points between the two the gradient was taken.
        complete: Whether the weights sum to the difference of the two, within the tolerance.
        about: Where the part begins and ends that was decided about; none: the whole text.
    """

    text: str
    answer: str
    certainty: float
    evidence: Sequence[Evidence]
    score: float
    blank: float
    points: int
    complete: bool
    about: tuple[int, int] | None = None

    @property
    def heading(self) -> str:
        """The answer, how sure it is, and of what, if not of the text."""
        part = f": {_in_line(self.text[slice(*self.about)])}" if self.about else ""
        return f"{printable(self.answer)} {self.certainty:.3f}{part}"

    @property
    def decisions(self) -> list[Explanation]:
        """Itself: there was but one."""
        return [self]

    @property
    def warnings(self) -> list[str]:
        """What is not right with it."""
        if self.complete:
            return []
        return [
            f"the weights of '{_limited(_in_line(self.text), BETWEEN)}' sum to {self.total:.3f} "
            f"and not to {self.score - self.blank:.3f}: take them as rough"
        ]

    @property
    def shown(self) -> list[str]:
        """The names of the numbers that there are, to be shown one below the other."""
        attended = any(e.attention is not None for e in self.evidence)
        return ["weight", "attention"] if attended else ["weight"]

    @property
    def sum(self) -> str:
        """How the weights make up the answer's log-odds."""
        if not self.evidence:
            return "no token was read: the answer has no evidence"
        rough = "" if self.complete else " (rough: they do not add up)"
        return (
            f"log-odds {self.score:+.2f}: tokens {self.total:+.2f}, "
            f"blank text {self.blank:+.2f}{rough}"
        )

    @property
    def total(self) -> float:
        """The sum of all weights."""
        return sum(e.weight for e in self.evidence)

    def typed(self, evidence: Evidence) -> str:
        """A token as it stands in the text."""
        return printable(self.text[evidence.start : evidence.end])

    def strongest(self, count: int) -> list[Evidence]:
        """The tokens of the largest weights, for or against, the strongest first."""
        return sorted(self.evidence, key=lambda e: -abs(e.weight))[:count]

    def as_json(self) -> dict[str, Any]:
        """What a row of `--json` gets in addition."""
        return {
            **self._part(),
            "explanation": [
                {
                    "token": self.text[e.start : e.end],
                    "start": e.start,
                    "end": e.end,
                    "weight": round(e.weight, 6),
                    **({} if e.attention is None else {"attention": round(e.attention, 6)}),
                }
                for e in self.evidence
            ],
            "log_odds": round(self.score, 6),
            "blank_log_odds": round(self.blank, 6),
            "points": self.points,
            "complete": self.complete,
        }

    def _part(self) -> dict[str, Any]:
        if not self.about:
            return {}  # the row itself has the answer
        start, end = self.about
        return {
            "text": self.text[start:end],
            "start": start,
            "end": end,
            "label": self.answer,
            "probability": round(self.certainty, 6),
        }

    def pieces(self, name: str, *, most: int = 0) -> list[tuple[str, float | None]]:
        """The text cut up to be coloured.

        Args:
            name: Of the number to show: `weight` or `attention`.
            most: Characters between two tokens beyond which their middle is left out; 0: never.

        Returns:
            What stands there, and its number as a share of the largest, -1 to 1; none for what is
            between the tokens. Joined, the pieces are the text, if nothing was left out.
        """
        merged: list[list] = []
        for e in self.evidence:
            if merged and e.start < merged[-1][1]:
                # a letter that became two tokens is one to the eye
                merged[-1][1] = max(e.end, merged[-1][1])
                merged[-1][2] += getattr(e, name)
            elif e.start < e.end:
                merged.append([e.start, e.end, getattr(e, name)])
        largest = max((abs(value) for *_, value in merged), default=0) or 1
        pieces: list[tuple[str, float | None]] = []
        place = 0
        for start, end, value in [*merged, [len(self.text), len(self.text), None]]:
            if start > place:
                pieces.append((_limited(printable(self.text[place:start]), most), None))
            if value is not None:
                pieces.append((printable(self.text[start:end]), value / largest))
            place = end
        return pieces


@dataclass(frozen=True)
class Decisions:
    """Several answers about parts of one text, each explained.

    Args:
        decisions: In their order.
        notes: What a person should know of them.
    """

    decisions: Sequence[Explanation]
    notes: Sequence[str] = ()

    @property
    def warnings(self) -> list[str]:
        """The notes, and what is not right with one of them."""
        return [*self.notes, *(line for each in self.decisions for line in each.warnings)]

    def as_json(self) -> dict[str, Any]:
        """What a row of `--json` gets in addition."""
        return {"explanations": [each.as_json() for each in self.decisions]}


def printable(text: str) -> str:
    """A sign in the place of each character that steers a terminal and is not seen."""
    return "".join(c if c in "\n\t" or unicodedata.category(c) != "Cc" else "\ufffd" for c in text)


def _in_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _limited(text: str, most: int) -> str:
    if not most or len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} … {text[len(text) - half :]}"


def colours(strength: float, name: str) -> tuple[str, str]:
    """Background and ink for a piece of text, as `#rrggbb`.

    Args:
        strength: -1 to 1, from white to the full colour.
        name: `weight` or `attention`.
    """
    full = AGAINST if strength < 0 else FOR if name == "weight" else ATTENTION
    parts = np.array([round(255 + abs(strength) * (part - 255)) for part in full])
    # how light the paper is (WCAG 2, relative luminance); at this much, both inks do equally
    linear = np.where(parts > 10, ((parts / 255 + 0.055) / 1.055) ** 2.4, parts / 255 / 12.92)
    light = linear @ (0.2126, 0.7152, 0.0722) > 0.179
    return "#" + "".join(f"{part:02x}" for part in parts), "#000000" if light else "#ffffff"
