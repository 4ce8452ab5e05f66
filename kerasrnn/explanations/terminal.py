"""Explanations on a terminal: coloured where it has colours, else a table of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from kerasrnn.explanations import BETWEEN, LEGEND, UNITS, Explanation, colours

FAINT = 0.08  # share of the largest weight below which a token is left as it is
STRONGEST = 6  # tokens that are named with their weights


def show(explanations: Sequence[Explanation]) -> None:
    """Prints each answer with its text and what carried it, on standard output."""
    console = Console(highlight=False, markup=False)
    coloured = console.is_terminal and console.color_system and not console.no_color
    for explanation in explanations:
        console.print(Text(explanation.heading, "bold"))
        if coloured:
            for name in explanation.shown:
                console.print(_coloured(explanation, name))
            console.print(_named(explanation))
        else:
            console.print(Text(_one_line(explanation.text)))
            console.print(_table(explanation))
        console.print(explanation.sum)
        console.print()
    console.print(f"{LEGEND}; {UNITS}" if coloured else UNITS)


def _coloured(explanation: Explanation, name: str) -> Text:
    text = Text("" if name == "weight" else f"{name}: ")
    for piece, strength in explanation.pieces(name, most=BETWEEN):
        style = Style()
        if strength is not None and abs(strength) >= FAINT:
            paper, ink = colours(strength, name)
            style = Style(color=ink, bgcolor=paper)
        text.append(_one_line(piece), style)
    return text


def _named(explanation: Explanation) -> str:
    found = explanation.strongest(STRONGEST)
    return ", ".join(f"{_one_line(explanation.typed(e))} {e.weight:+.2f}" for e in found)


def _table(explanation: Explanation) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("token", overflow="fold")
    for name in explanation.shown:
        table.add_column(name, justify="right", no_wrap=True)
    for e in explanation.evidence:
        numbers = [f"{e.weight:+.3f}"]
        if e.attention is not None:
            numbers.append(f"{e.attention:.3f}")
        table.add_row(_one_line(explanation.typed(e)), *numbers)
    return table


def _one_line(text: str) -> str:
    """White space of any kind as single blanks, those at the ends too."""
    lines = "".join(" " if character.isspace() else character for character in text)
    while "  " in lines:
        lines = lines.replace("  ", " ")
    return lines
