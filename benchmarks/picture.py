"""The picture of all benchmarks: a panel each, bars of ratios to the peers, longer being better."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

from benchmarks.reporting import KERAS, PYTORCH
from kerasrnn.files import replacing
from kerasrnn.fonts import limited
from kerasrnn.plots import BLUE, GREY, ORANGE, plt

WIDTH, DPI = 13.4, 120  # 1600 pixels
ROW, AROUND = 0.2, 1.3  # inches: of a bar, of a panel's title and axis
LONGEST, TITLE = 40, 40  # characters of a name, of a line of a title
COLOURS = {KERAS: BLUE, PYTORCH: ORANGE}  # another peer is blue too, a second one grey
MANY = 6  # beyond that ratio only powers of two are marked on an axis


def draw(path: Path, panels: Sequence[Mapping[str, Any]]) -> None:
    """Draws what `reporting.tell` printed, those with bars, two panels beside one another.

    Args:
        path: Where the picture goes.
        panels: Each with `title`, `ratio` and `bars`.
    """
    panels = [panel for panel in panels if panel["bars"]]
    if not panels:
        path.unlink(missing_ok=True)
        return
    across = min(2, len(panels))
    down = -(-len(panels) // across)
    # the longest first, so that those beside one another are of like length
    panels = sorted(panels, key=_count, reverse=True)
    heights = [ROW * _count(panels[row * across]) + AROUND for row in range(down)]
    figure, axes = plt.subplots(
        down,
        across,
        figsize=(WIDTH, sum(heights)),
        height_ratios=heights,
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, panel in zip(axes.flat, panels, strict=False):
        _panel(axis, panel)
    figure.get_layout_engine().set(hspace=0.04, wspace=0.04)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=DPI)
    plt.close(figure)


def _count(panel: Mapping[str, Any]) -> int:
    """Lines that the bars of a panel take, one between groups."""
    return sum(len(bar) for bar in panel["bars"])


def _panel(axis, panel: Mapping[str, Any]) -> None:
    peers = list(dict.fromkeys(peer for bar in panel["bars"] for peer in bar if peer != "name"))
    free = [colour for colour in (BLUE, GREY, ORANGE) if colour not in map(COLOURS.get, peers)]
    colours = {peer: COLOURS.get(peer) or free.pop(0) for peer in peers}
    line, places, named = 0, [], set()
    for bar in panel["bars"]:
        own = [peer for peer in peers if peer in bar]
        places.append(line + (len(own) - 1) / 2)
        for peer in own:
            ratio = bar[peer]
            label = None if peer in named else limited(peer, LONGEST)
            named.add(peer)
            # from 1, the peer, to the right where we are better and to the left where it is
            axis.barh(line, ratio - 1, 0.85, left=1, color=colours[peer], label=label)
            axis.annotate(
                f"{ratio:.3g}",
                (ratio, line),
                (4 if ratio >= 1 else -4, 0),
                textcoords="offset points",
                ha="left" if ratio >= 1 else "right",
                va="center",
                fontsize="small",
            )
            line += 1
        line += 1
    names = [limited(bar["name"], LONGEST) for bar in panel["bars"]]
    axis.set_yticks(places, names, parse_math=False)
    axis.set_ylim(line - 1 + 0.2, -1.2)
    _ratio_axis(axis, [bar[peer] for bar in panel["bars"] for peer in peers if peer in bar])
    axis.set_xlabel(panel["ratio"] + (" " + peers[0] if len(peers) == 1 else " the peer"))
    title = textwrap.fill(panel["title"], TITLE)
    axis.set_title(title, loc="left", fontweight="bold", pad=24, parse_math=False)
    axis.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1), borderpad=0)


def _ratio_axis(axis, ratios: Sequence[float]) -> None:
    """Twice as good is as far from the line at 1 as half as good."""
    lowest, highest = min(1.0, *ratios), max(1.0, *ratios)
    axis.set_xscale("log", base=2)
    room = 1.15 * (highest / lowest) ** 0.12  # for the figures beside the bars
    axis.set_xlim(lowest / (room if lowest < 1 else 1.0), highest * room)
    marks = (1.0, 1.5) if highest / lowest < MANY else (1.0,)
    axis.xaxis.set_major_locator(mpl.ticker.LogLocator(2, subs=marks))
    axis.xaxis.set_minor_locator(mpl.ticker.NullLocator())
    axis.xaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axis.axvline(1, color="black", linewidth=1)
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.tick_params(axis="y", length=0)
