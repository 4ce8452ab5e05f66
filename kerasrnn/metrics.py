"""The figures that are reported, in NumPy, over whole sets."""

import math
from collections.abc import Iterable

import numpy as np


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Nats of each target.

    Args:
        logits: `(examples, classes)`.
        targets: `(examples,)` class numbers.

    Returns:
        `(examples,)`.
    """
    shifted = logits - logits.max(-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return -np.take_along_axis(log_p, targets[:, None], -1)[:, 0]


def classification(logits: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """Accuracy, macro F1 and cross-entropy.

    Macro F1 is the plain mean of the classes' F1 over the classes that occur in the targets or
    the predictions.

    Args:
        logits: `(examples, classes)`.
        targets: `(examples,)` class numbers.
    """
    predicted = logits.argmax(-1)
    f1 = []
    for label in np.union1d(targets, predicted):
        hits = np.sum((predicted == label) & (targets == label))
        f1.append(2 * hits / (np.sum(predicted == label) + np.sum(targets == label)))
    return {
        "accuracy": float(np.mean(predicted == targets)),
        "macro_f1": float(np.mean(f1)),
        "loss": float(np.mean(cross_entropy(logits, targets))),
    }


def language(nats: float, tokens: float, *, characters: bool) -> dict[str, float]:
    """Cross-entropy of a text in the usual units.

    Args:
        nats: Summed over the tokens.
        tokens: How many were predicted.
        characters: Whether the tokens are characters, which have `bits_per_character` as well.
    """
    loss = nats / tokens
    bits = {"bits_per_character": loss / math.log(2)} if characters else {}
    return {"loss": loss, **bits, "perplexity": math.exp(min(loss, 700.0))}


def phm08_score(predicted: np.ndarray, true: np.ndarray) -> float:
    """The asymmetric score of the PHM'08 challenge, summed: late predictions cost more.

    exp(-d / 13) - 1 for d = predicted - true below 0, exp(d / 10) - 1 otherwise (Saxena et al.
    2008, "Damage propagation modeling for aircraft engine run-to-failure simulation", equation 11).

    Args:
        predicted: Remaining life, any shape.
        true: The same shape and units.
    """
    d = predicted.astype(np.float64) - true
    # beyond 300 the sum is astronomical anyhow, and must stay a number that JSON has
    exponent = np.minimum(np.where(d < 0, -d / 13, d / 10), 300.0)
    return float(np.sum(np.expm1(exponent)))


def forecast_errors(forecast: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Mean absolute error, mean squared error and its root, over every number.

    Args:
        forecast: `(windows, horizon, targets)`, or any shape.
        truth: The same shape and units.
    """
    error = forecast.astype(np.float64) - truth
    mse = float(np.mean(error**2))
    return {"mae": float(np.mean(np.abs(error))), "mse": mse, "rmse": math.sqrt(mse)}


def scale_free_errors(
    forecast: np.ndarray, truth: np.ndarray, *, naive_error: np.ndarray
) -> dict[str, float]:
    """Errors that do not depend on the series' units.

    Args:
        forecast: `(windows, horizon, targets)`, in the series' own units.
        truth: The same shape and units.
        naive_error: `(targets,)` mean absolute error of the seasonal naive forecast on the
            training part, by which MASE divides (Hyndman & Koehler 2006).

    Returns:
        `smape` in per cent, 0 to 200 (Makridakis 1993), and `mase`.
    """
    error = np.abs(forecast - truth)
    size = np.abs(forecast) + np.abs(truth)
    smape = np.divide(2 * error, size, out=np.zeros_like(error), where=size > 0)
    mase = np.mean(error.mean((0, 1)) / naive_error)
    return {"smape": 100 * float(np.mean(smape)), "mase": float(mase)}


def mean_of_batches(batches: Iterable[tuple[dict[str, float], int]]) -> dict[str, float]:
    """Metrics of the whole from those of its batches, each with its number of examples.

    Means are weighted by the numbers; a root of a mean is the root of the whole's mean.
    """
    sums: dict[str, float] = {}
    total = 0
    for metrics, count in batches:
        total += count
        for name, value in metrics.items():
            square = value**2 if name.startswith("rmse") else value
            sums[name] = sums.get(name, 0.0) + count * square
    means = {name: value / total for name, value in sums.items()}
    return {n: math.sqrt(v) if n.startswith("rmse") else v for n, v in means.items()}
