"""Explanations as one HTML page that needs nothing else, whatever the texts hold."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from kerasrnn.explanations import LEGEND, UNITS, Explanation, colours, printable

STYLE = """
body { font: 16px/1.7 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em;
  color: #000; background: #fff }
h2 { font-size: 1.1em; margin: 2em 0 0 }
h2 + p { margin-top: .3em }
p { white-space: pre-wrap; overflow-wrap: anywhere }
p.note { color: #555; font-size: .9em }
span { border-radius: .2em; padding: .1em 0 }
table { border-collapse: collapse; font-size: .9em }
td, th { padding: 0 1em 0 0; text-align: right }
td:first-child, th:first-child { text-align: left }
"""
# a page opened from a file fetches nothing and runs nothing
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(explanations: Sequence[Explanation], *, title: str) -> str:
    """The page as text, to be written as UTF-8."""
    heading = escape(printable(title))
    parts = [
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{heading}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        f"<h1>{heading}</h1>",
        f'<p class="note">{escape(LEGEND)}; {escape(UNITS)}</p>',
        *map(_section, explanations),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _section(explanation: Explanation) -> str:
    lines = [f"<h2>{escape(explanation.heading)}</h2>"]
    for name in explanation.shown:
        label = "" if name == "weight" else f"{name}: "
        lines.append(f"<p>{label}{_text(explanation, name)}</p>")
    lines.append(f'<p class="note">{escape(explanation.sum)}</p>')
    lines.append(f"<details><summary>numbers</summary>{_table(explanation)}</details>")
    return "\n".join(lines)


def _text(explanation: Explanation, name: str) -> str:
    return "".join(_piece(piece, strength, name) for piece, strength in explanation.pieces(name))


def _piece(piece: str, strength: float | None, name: str) -> str:
    if strength is None:
        return escape(piece)
    paper, ink = colours(strength, name)
    return f'<span style="background:{paper};color:{ink}">{escape(piece)}</span>'


def _table(explanation: Explanation) -> str:
    header = "".join(f"<th>{name}</th>" for name in ("token", *explanation.shown))
    rows = [f"<tr>{header}</tr>"]
    for e in explanation.evidence:
        numbers = [f"{e.weight:+.4f}"]
        if e.attention is not None:
            numbers.append(f"{e.attention:.4f}")
        cells = "".join(f"<td>{cell}</td>" for cell in (escape(explanation.typed(e)), *numbers))
        rows.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(rows)}</table>"
