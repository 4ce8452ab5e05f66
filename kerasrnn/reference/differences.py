"""Finite differences: gradients by trying every number, slow and beyond doubt.

    dw ≈ (8 (loss(w + ε) - loss(w - ε)) - (loss(w + 2ε) - loss(w - 2ε))) / 12ε

Four points rather than two: the error is of the order of ε⁴ and of rounding over ε, which in
float64 balance near ε = 1e-3, at about twelve digits.

Source: Abramowitz & Stegun 1964, formula 25.3.6 at its middle point.
"""

from collections.abc import Callable

import numpy as np

from kerasrnn.reference.network import Network

EPSILON = 1e-3


def numeric_gradient(function: Callable[[], float], array: np.ndarray) -> np.ndarray:
    """Gradient of `function`, which reads `array` anew at every call, with respect to `array`."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        before, values = array[index], {}
        for shift in (-2, -1, 1, 2):
            array[index] = before + shift * EPSILON
            values[shift] = function()
        array[index] = before
        near, far = values[1] - values[-1], values[2] - values[-2]
        gradient[index] = (8 * near - far) / (12 * EPSILON)
    return gradient


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """Norm of the difference against the norms of both; 0 if both are zero."""
    size = np.linalg.norm(a) + np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / size) if size else 0.0


def check_gradients(
    network: Network, ids: np.ndarray, targets: np.ndarray, *, lengths: np.ndarray | None = None
) -> dict[str, float]:
    """Relative error of the network's gradients, by the names of the weights."""
    _, gradients, _ = network.gradients(ids, targets, lengths=lengths)

    def loss() -> float:
        return network.gradients(ids, targets, lengths=lengths)[0]

    return {
        name: relative_error(gradients[name], numeric_gradient(loss, weight))
        for name, weight in network.weights.items()
    }
