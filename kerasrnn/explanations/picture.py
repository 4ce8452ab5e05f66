"""Explanations as one picture: the texts laid out line by line, each token on its colour."""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font, get_font_names
from matplotlib.patches import Rectangle

from kerasrnn.errors import BadInput
from kerasrnn.explanations import BETWEEN, LEGEND, Explanation, colours
from kerasrnn.files import replacing

DPI = 120
WIDTH = 9 * DPI  # pixels, of the text
LINE = 30  # pixels from line to line, at 11 points
SIZE, SMALL = 11, 9  # points
MOST_LINES = 400  # beyond that it is no picture any more
HANGING = 2  # signs that may stand beyond a line's end rather than begin the next
# matplotlib's own font has no ideographs; the first of these that is here lends them
IDEOGRAPHS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Arial Unicode MS",
)


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
    figure = Figure(dpi=DPI)
    FigureCanvasAgg(figure)  # draws into memory, no screen needed
    blocks = [*(block for e in explanations for block in _blocks(e)), [_note(LEGEND)]]
    lines = [line for block in blocks for line in _wrap(figure, block)]
    if len(lines) > MOST_LINES:
        raise BadInput(
            f"{len(explanations)} texts make {len(lines)} lines, and a picture holds "
            f"{MOST_LINES}: --explain-to {path.with_suffix('.html')} holds any number"
        )
    height = (len(lines) + 1) * LINE
    figure.set_size_inches((WIDTH + 2 * LINE) / DPI, height / DPI)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-LINE, WIDTH + LINE), ylim=(height, 0))
    axes.axis("off")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # told by what is returned
        for number, line in enumerate(lines):
            for x, piece in line:
                _put(axes, x, (number + 1) * LINE, piece, _width(figure, piece))
        with replacing(path) as temporary:
            figure.savefig(temporary)
    shown = {c for line in lines for _, piece in line for c in piece.text}
    return "".join(sorted(c for c in shown - _drawable() if not c.isspace()))


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
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")
        renderer = figure.canvas.get_renderer()
        return renderer.get_text_width_height_descent(piece.text, _font(piece), ismath=False)[0]


def _font(piece: Piece) -> FontProperties:
    weight = "bold" if piece.bold else "normal"
    return FontProperties(family=_families(), weight=weight, size=piece.size)


@functools.cache
def _families() -> list[str]:
    here = set(get_font_names())
    return ["DejaVu Sans", *[name for name in IDEOGRAPHS if name in here][:1]]


def _drawable() -> set[str]:
    """Every character that a font taken here has."""
    fonts = (get_font(findfont(family)) for family in _families())
    return {chr(code) for font in fonts for code in font.get_charmap()}
