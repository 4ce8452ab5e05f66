"""Explanations on a terminal: coloured where it has colours, else a table of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from kerasrnn.explanations import BETWEEN, LEGEND, UNITS, Explanation, colours, printable

FAINT = 0.08  # share of the largest weight below which a token is left as it is
STRONG = 0.5  # share above which a token has paper where there are no shades
STRONGEST = 6  # tokens that are named with their weights


def show(explanations: Sequence[Explanation]) -> None:
    """Prints each answer with its text and what carried it, on standard output."""
    console = Console(highlight=False, markup=False)
    coloured = console.is_terminal and console.color_system and not console.no_color
    for explanation in explanations:
        console.print(Text(explanation.heading, "bold"))
        if coloured:
            for name in explanation.shown:
                console.print(_coloured(explanation, name, few=console.color_system == "standard"))
            console.print(_named(explanation))
        else:
            console.print(Text(_one_line(printable(explanation.text))))
            console.print(_table(explanation))
        console.print(explanation.sum)
        console.print()
    console.print(f"{LEGEND}; {UNITS}" if coloured else UNITS)


def _coloured(explanation: Explanation, name: str, *, few: bool) -> Text:
    text = Text("" if name == "weight" else f"{name}: ")
    for piece, strength in explanation.pieces(name, most=BETWEEN):
        style = Style()
        if strength is not None and abs(strength) >= FAINT:
            style = _one_of_few(strength, name) if few else _shade(strength, name)
        text.append(_one_line(piece), style)
    return text


def _shade(strength: float, name: str) -> Style:
    paper, ink = colours(strength, name)
    return Style(color=ink, bgcolor=paper)


def _one_of_few(strength: float, name: str) -> Style:
    """Where there are sixteen colours and no shades: paper for the strong, ink for the others."""
    colour = "yellow" if strength < 0 else "blue" if name == "weight" else "green"
    if abs(strength) < STRONG:
        return Style(color=colour, bold=True)
    return Style(color="black" if colour == "yellow" else "bright_white", bgcolor=colour)


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
