"""Pictures of a run, each written whole; the colours are told apart by the colour-blind."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from kerasrnn.files import replacing
from kerasrnn.fonts import fonts_for, limited, spelled

mpl.use("Agg")  # no screen is needed, nor asked for

from matplotlib import pyplot as plt

# Okabe & Ito 2008
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#7F7F7F"
MOST_TARGETS = MOST_WINDOWS = 4  # panels that a page holds below one another
MOST_POINTS = 3000  # beyond that they cover one another
MOST_LAYERS, MOST_EPOCHS = 4, 5  # of gradients: panels beside one another, lines in each
MOST_CLASSES = 30  # beyond that a number in each cell cannot be read


def history(path: Path, rows: Sequence[Mapping[str, float]], *, monitor: str, best: int) -> None:
    """Loss of both parts over the epochs, and the metric that chooses the best one.

    Args:
        path: Where the picture goes.
        rows: Of `history.csv`.
        monitor: Name of the validation metric.
        best: The best epoch, marked.
    """
    epochs = [row["epoch"] for row in rows]
    both = monitor != "loss"
    figure, axes = plt.subplots(1, 2 if both else 1, figsize=(9 if both else 5.5, 3.6))
    axis = axes[0] if both else axes
    axis.plot(epochs, [row["loss"] for row in rows], "o-", color=BLUE, label="training")
    if "valid_loss" in rows[0]:
        axis.plot(epochs, [r["valid_loss"] for r in rows], "s-", color=ORANGE, label="validation")
    _label(axis, "epoch", "loss")
    axis.legend(frameon=False)
    if both:
        values = [row[f"valid_{monitor}"] for row in rows]
        axes[1].plot(epochs, values, "s-", color=ORANGE)
        _label(axes[1], "epoch", f"validation {monitor}")
    for panel in np.atleast_1d(axes):
        panel.axvline(best, color=GREY, linewidth=1, linestyle=":")
        panel.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, min_n_ticks=1))
    _write(figure, path)


def confusion(path: Path, targets: np.ndarray, predicted: np.ndarray, names: Sequence[str]) -> None:
    """How often each label was taken for each other, in per cent of the true label."""
    n = len(names)
    counts = np.zeros((n, n))
    np.add.at(counts, (targets, predicted), 1)
    share = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    size = min(3 + 0.5 * n, 14)
    families, missing = fonts_for("".join(names))
    names = [spelled(name, missing) for name in names]
    with mpl.rc_context({"font.family": families}):
        figure, axis = plt.subplots(figsize=(size + 0.6, size))
        image = axis.imshow(share, cmap="Blues", vmin=0, vmax=100)
        axis.set_xticks(range(n), names, rotation=45, ha="right", parse_math=False)
        axis.set_yticks(range(n), names, parse_math=False)
        _label(axis, "predicted", "true")
        if n <= MOST_CLASSES:
            for i, j in np.ndindex(n, n):
                colour = "white" if share[i, j] > 60 else "black"
                axis.text(j, i, f"{share[i, j]:.0f}", ha="center", va="center", color=colour)
        figure.colorbar(image, ax=axis, shrink=0.8, label="% of the true label")
        _write(figure, path)


def predictions(
    path: Path, *, truth: np.ndarray, predicted: np.ndarray, names: Sequence[str]
) -> None:
    """Predicted against true values, a panel for each target.

    Args:
        path: Where the picture goes.
        truth: `(answers, targets)`, in the targets' own units.
        predicted: The same shape.
        names: Of the targets.
    """
    shown = min(len(names), MOST_TARGETS)
    figure, axes = plt.subplots(1, shown, figsize=(4.2 * shown, 4), squeeze=False)
    chosen = np.unique(np.linspace(0, len(truth) - 1, MOST_POINTS).astype(int))
    for target, axis in enumerate(axes[0]):
        x, y = truth[chosen, target], predicted[chosen, target]
        axis.plot(x, y, ".", color=BLUE, alpha=0.5, markersize=4)
        ends = [min(x.min(), y.min()), max(x.max(), y.max())]
        axis.plot(ends, ends, color=GREY, linewidth=1)
        _label(axis, f"true {names[target]}", f"predicted {names[target]}")
    figure.tight_layout()
    _write(figure, path)


def forecasts(
    path: Path,
    *,
    history: np.ndarray,
    truth: np.ndarray,
    forecast: np.ndarray,
    names: Sequence[str],
    times: np.ndarray,
) -> None:
    """A few windows of the first targets: what was seen, what came, what was forecast.

    Args:
        path: Where the picture goes.
        history: `(windows, past, targets)`, in the series' own units.
        truth: `(windows, horizon, targets)`.
        forecast: The same shape.
        names: Of the targets.
        times: `(windows, past + horizon)` datetimes or row numbers.
    """
    targets = min(len(names), MOST_TARGETS)
    panels = MOST_WINDOWS if targets == 1 else 2
    windows = np.unique(np.linspace(0, len(truth) - 1, panels).astype(int))
    # one target: windows below one another; several: a row each
    shape = (len(windows), 1) if targets == 1 else (targets, len(windows))
    figure, axes = plt.subplots(*shape, figsize=(8, 2.1 * shape[0]), squeeze=False)
    horizon = truth.shape[1]
    shown = min(history.shape[1], 3 * horizon)
    pairs = itertools.product(range(targets), windows)
    for axis, (target, window) in zip(axes.ravel(), pairs, strict=True):
        past, ahead = times[window, -horizon - shown : -horizon], times[window, -horizon:]
        axis.plot(past, history[window, -shown:, target], color=GREY, label="history")
        axis.plot(ahead, truth[window, :, target], color=BLUE, label="truth")
        axis.plot(ahead, forecast[window, :, target], color=ORANGE, ls="--", label="forecast")
        axis.axvline(past[-1], color=GREY, linewidth=0.5)
        _label(axis, "", names[target] if window == windows[0] or targets == 1 else "")
        _mark_times(axis, times)
    axes[0, 0].legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
    figure.tight_layout()
    _write(figure, path)


def gradients(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """What gradient reaches each step back in time, a panel a layer, and the share clipped.

    Args:
        path: Where the picture goes.
        rows: Of `gradients.csv`.
    """
    layers = list(dict.fromkeys(row["layer"] for row in rows))[:MOST_LAYERS]
    epochs = sorted({row["epoch"] for row in rows})
    shown = sorted({epochs[round(i)] for i in np.linspace(0, len(epochs) - 1, MOST_EPOCHS)})
    panels = len(layers) + 1
    figure, axes = plt.subplots(1, panels, figsize=(4.4 * panels, 3.6))
    for axis, layer in zip(axes, layers, strict=False):
        for place, epoch in enumerate(shown):
            points = [r for r in rows if r["layer"] == layer and r["epoch"] == epoch]
            norms = np.array([r["norm"] for r in points])
            # from the beginning of training, light, to its end, dark
            colour = plt.get_cmap("viridis_r")(0.15 + 0.85 * place / max(len(shown) - 1, 1))
            label = f"epoch {epoch}" if epoch else "untrained"
            # a logarithm has no place for a gradient that is nothing at all
            seen = np.where(norms > 0, norms, np.nan)
            marker = "o" if len(points) == 1 else ""
            steps = [r["steps_back"] for r in points]
            axis.plot(steps, seen, color=colour, label=label, marker=marker)
        axis.set_yscale("log")
        axis.set_title(layer, fontsize="medium", parse_math=False)
        _label(axis, "steps back", "gradient norm at the state")
        axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=True, min_n_ticks=1))
    axes[0].legend(frameon=False, fontsize="small")
    clipped = {r["epoch"]: r["clipped"] for r in rows if r["clipped"] is not None}
    axes[-1].plot(list(clipped), [100 * share for share in clipped.values()], "o-", color=ORANGE)
    axes[-1].set_ylim(-3, 103)
    axes[-1].xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, min_n_ticks=1))
    _label(axes[-1], "epoch", "% of the steps clipped")
    figure.tight_layout()
    _write(figure, path)


def spoken(
    path: Path,
    *,
    frames: np.ndarray,
    logits: np.ndarray,
    characters: Sequence[str],
    text: str,
    seconds: float,
) -> None:
    """A recording's frames, and below them when the network is how sure of which character.

    Args:
        path: Where the picture goes.
        frames: `(frames, bands)`.
        logits: `(steps, classes)`; class 0 is the blank.
        characters: Of the classes.
        text: What was recognised.
        seconds: How long the recording is.
    """
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    families, missing = fonts_for("".join([*characters, text]))
    with mpl.rc_context({"font.family": families}):
        figure, (above, below) = plt.subplots(2, 1, figsize=(9, 4.6), sharex=True)
        extent = (0, seconds, 0, len(frames.T))
        above.imshow(frames.T, origin="lower", aspect="auto", cmap="Blues", extent=extent)
        _label(above, "", "mel band")
        times = (np.arange(len(p)) + 0.5) * seconds / len(p)
        below.plot(times, p[:, 0], color=GREY, linewidth=0.8, label="blank")
        for k in filter(None, np.unique(p.argmax(-1))):
            [line] = below.plot(times, p[:, k], linewidth=1)
            peak = p[:, k].argmax()
            name, at = spelled(characters[k], missing), (times[peak], p[peak, k])
            below.annotate(name, at, color=line.get_color(), ha="center", parse_math=False)
        _label(below, "seconds", "probability")
        below.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1))
        shown = "".join(spelled(c, missing) if c in missing else c for c in text)
        figure.suptitle(f"“{shown}”", parse_math=False)
        _write(figure, path)


def alignment(
    path: Path, weights: np.ndarray, *, source: Sequence[str], target: Sequence[str]
) -> list[str]:
    """How much each token written took of each token read.

    Args:
        path: Where the picture goes.
        weights: `(target, source)`, each row summing to 1.
        source: Tokens read, from left to right.
        target: Tokens written, from top to bottom.

    Returns:
        What is amiss: characters that no font here has, which stand there as their code points.
    """
    families, missing = fonts_for("".join([*source, *target]))
    read, written = ([spelled(token, missing) for token in side] for side in (source, target))
    size = (min(1.5 + 0.28 * len(source), 20), min(1.2 + 0.28 * len(target), 20))
    with mpl.rc_context({"font.family": families}):
        figure, axis = plt.subplots(figsize=size)
        image = axis.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        axis.xaxis.tick_top()
        axis.xaxis.set_label_position("top")
        axis.set_xticks(range(len(source)), read, rotation=90, parse_math=False)
        axis.set_yticks(range(len(target)), written, parse_math=False)
        axis.tick_params(length=0)
        _label(axis, "read", "written")
        figure.colorbar(image, ax=axis, shrink=0.8, label="attention")
        _write(figure, path)
    if not missing:
        return []
    return [
        f"no font here has {limited(''.join(sorted(missing)))}: they stand as code points in "
        f"{path.name}; install one that does, Noto Sans CJK for Chinese, Japanese and Korean "
        "(apt-get install fonts-noto-cjk)"
    ]


def _mark_times(axis, times: np.ndarray) -> None:
    if np.issubdtype(times.dtype, np.datetime64):
        locator = mpl.dates.AutoDateLocator(minticks=3, maxticks=6)
        axis.xaxis.set_major_locator(locator)
        axis.xaxis.set_major_formatter(mpl.dates.ConciseDateFormatter(locator))
    else:
        axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=True, min_n_ticks=1))
        axis.set_xlabel("row")


def _label(axis, x: str, y: str) -> None:
    axis.set_xlabel(x, parse_math=False)  # names come from the data: "$" is no formula
    axis.set_ylabel(y, parse_math=False)
    axis.spines[["top", "right"]].set_visible(False)


def _write(figure, path: Path) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120, bbox_inches="tight")
    plt.close(figure)
