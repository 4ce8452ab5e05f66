"""Pictures of a run, each written whole; the colours are told apart by the colour-blind."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from kerasrnn.files import replacing

mpl.use("Agg")  # no screen is needed, nor asked for

from matplotlib import pyplot as plt

# Okabe & Ito 2008
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#7F7F7F"
MOST_TARGETS = MOST_WINDOWS = 4  # panels that a page holds below one another
MOST_POINTS = 3000  # beyond that they cover one another
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
