"""Softmax cross-entropy: how surprised the network is, in nats.

    p = softmax(logits)          loss = -ln p[target], the mean over the real steps
    d logits = p - y, where y is 1 at the target and 0 elsewhere, over the number of real steps

The softmax and the logarithm are taken together: the logarithm of a softmax that has come out as
zero would be infinite.

Source: Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs".
"""

import numpy as np

from kerasrnn.errors import BadInput


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of the probabilities, over the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)  # the same result, and exp cannot overflow
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def cross_entropy(
    logits: np.ndarray, targets: np.ndarray, real: np.ndarray
) -> tuple[float, np.ndarray]:
    """Mean loss over the real steps, and its gradient.

    Args:
        logits: `(batch, steps, classes)`.
        targets: `(batch, steps)` ids; what they are at padded steps does not matter.
        real: `(batch, steps)` booleans.

    Returns:
        The loss in nats and the gradient of the logits.

    Raises:
        BadInput: If no step is real.
    """
    if not real.any():
        raise BadInput("there is no loss: no row has a real step")
    log_p = log_softmax(logits)
    y = np.arange(logits.shape[-1]) == targets[..., None]  # one-hot
    share = real[..., None] / real.sum()
    loss = -np.sum(log_p, where=y & real[..., None]) / real.sum()
    return float(loss), (np.exp(log_p) - y) * share.astype(logits.dtype)
