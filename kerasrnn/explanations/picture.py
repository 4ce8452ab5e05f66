"""Explanations as one picture: the texts laid out line by line, each token on its colour."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle

from kerasrnn.errors import BadInput
from kerasrnn.explanations import BETWEEN, LEGEND, Explanation, colours
from kerasrnn.files import replacing
from kerasrnn.fonts import fonts_for

DPI = 120
WIDTH = 9 * DPI  # pixels, of the text
LINE = 30  # pixels from line to line, at 11 points
SIZE, SMALL = 11, 9  # points
MOST_LINES = 400  # beyond that it is no picture any more
HANGING = 2  # signs that may stand beyond a line's end rather than begin the next


@dataclass(frozen=True)
class Piece:
    """Some of a line: what stands there and how."""

    text: str
    paper: str = ""
    ink: str = "#000000"
    bold: bool = False
    size: int = SIZE


Line = list[tuple[float, Piece]]  # with how far from the left


def draw(path: Path, explanations: Sequence[Explanation]) -> str:
    """Draws all explanations below one another.

    Returns:
        The characters that no font here has: boxes stand for them.

    Raises:
        BadInput: If they are too many, or the file cannot be written.
    """
    blocks = [*(block for e in explanations for block in _blocks(e)), [_note(LEGEND)]]
    text = "".join(piece.text for block in blocks for piece in block)
    families, missing = fonts_for(text)
    with mpl.rc_context({"font.family": families}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # told by what is returned
        _draw(path, blocks, len(explanations))
    return "".join(sorted(missing))


def _draw(path: Path, blocks: Sequence[Sequence[Piece]], count: int) -> None:
    figure = Figure(dpi=DPI)
    FigureCanvasAgg(figure)  # draws into memory, no screen needed
    lines = [line for block in blocks for line in _wrap(figure, block)]
    if len(lines) > MOST_LINES:
        raise BadInput(
            f"{count} texts make {len(lines)} lines, and a picture holds "
            f"{MOST_LINES}: --explain-to {path.with_suffix('.html')} holds any number"
        )
    height = (len(lines) + 1) * LINE
    figure.set_size_inches((WIDTH + 2 * LINE) / DPI, height / DPI)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-LINE, WIDTH + LINE), ylim=(height, 0))
    axes.axis("off")
    for number, line in enumerate(lines):
        for x, piece in line:
            _put(axes, x, (number + 1) * LINE, piece, _width(figure, piece))
    with replacing(path) as temporary:
        figure.savefig(temporary)


def _blocks(explanation: Explanation) -> list[list[Piece]]:
    """What each begins a line of its own."""
    blocks = [[Piece(explanation.heading, bold=True)]]
    for name in explanation.shown:
        block = [] if name == "weight" else [_note(f"{name}: ")]
        for text, strength in explanation.pieces(name, most=BETWEEN):
            paper, ink = ("", "#000000") if strength is None else colours(strength, name)
            # a line may break at a blank, and anywhere in what is longer than a line
            for part in re.findall(rf"\s|\S{{1,{BETWEEN}}}", text):
                block.append(Piece(" " if part.isspace() else part, paper, ink))
        blocks.append(block)
    return [*blocks, [_note(explanation.sum)], []]


def _note(text: str) -> Piece:
    return Piece(text, ink="#555555", size=SMALL)


def _wrap(figure: Figure, block: Sequence[Piece]) -> list[Line]:
    lines: list[Line] = [[]]
    x = 0.0
    for piece in block:
        width = _width(figure, piece)
        hangs = not piece.paper and len(piece.text) <= HANGING
        if lines[-1] and x + width > WIDTH and not hangs:
            lines.append([])
            x = 0.0
        if lines[-1] or piece.text != " ":
            lines[-1].append((x, piece))
            x += width
    return lines


def _put(axes, x: float, y: float, piece: Piece, width: float) -> None:
    if piece.paper:
        box = Rectangle((x, y - 0.62 * LINE), width, 0.84 * LINE, color=piece.paper, lw=0)
        axes.add_patch(box)
    axes.text(
        x,
        y,
        piece.text,
        color=piece.ink,
        fontproperties=_font(piece),
        parse_math=False,
        verticalalignment="baseline",
    )


def _width(figure: Figure, piece: Piece) -> float:
    """In pixels; of a blank too, which has no ink."""
    renderer = figure.canvas.get_renderer()
    return renderer.get_text_width_height_descent(piece.text, _font(piece), ismath=False)[0]


def _font(piece: Piece) -> FontProperties:
    return FontProperties(weight="bold" if piece.bold else "normal", size=piece.size)
