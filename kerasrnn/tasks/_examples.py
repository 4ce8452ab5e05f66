"""Rows as `tf.train.Example` messages, which Serving's Classify and Regress take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf


def serialized(features: Mapping[str, np.ndarray]) -> np.ndarray:
    """One message for each row of the arrays: texts as bytes, numbers flat.

    Args:
        features: `(rows, ...)` arrays by name, of `bytes` objects or of numbers.

    Returns:
        `(rows,)` objects, `bytes`.
    """
    import tensorflow as tf

    rows = len(next(iter(features.values())))
    messages = np.empty(rows, object)
    for i in range(rows):
        fields = {name: _feature(values[i]) for name, values in features.items()}
        message = tf.train.Example(features=tf.train.Features(feature=fields))
        messages[i] = message.SerializeToString()
    return messages


def _feature(value: bytes | np.ndarray) -> tf.train.Feature:
    import tensorflow as tf

    if isinstance(value, bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
    return tf.train.Feature(float_list=tf.train.FloatList(value=np.ravel(value)))
