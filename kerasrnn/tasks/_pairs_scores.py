"""How well the next token is known: sums over batches, and the figures made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasrnn.tasks import Metrics


def sums(logits: Any, targets: Any, weights: Any) -> tuple[float, float, float]:
    """Nats, hits and number of the real tokens of a batch."""
    import tensorflow as tf

    logits = tf.convert_to_tensor(logits)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    hits = tf.cast(tf.argmax(logits, -1, tf.int32) == targets, tf.float32)
    return tuple(float(tf.reduce_sum(x * weights)) for x in (losses, hits, 1.0))


def figures(batches: Sequence[tuple[float, float, float]]) -> Metrics:
    """Metrics of the real tokens from the `sums` of batches."""
    from kerasrnn.metrics import language

    nats, hits, count = (sum(part) for part in zip(*batches, strict=True))
    known = language(nats, count, characters=False)
    return {
        "loss": known["loss"],
        "perplexity": known["perplexity"],
        "token_accuracy": hits / count,
    }
