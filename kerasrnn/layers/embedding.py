"""Embeddings whose gradients are those of the rows looked up, in mixed precision too."""

from typing import Any

import keras


def make_embedding(rows: int, width: int, **settings: Any) -> keras.layers.Embedding:
    """Keras's embedding, which looks up numbers of full precision.

    In mixed precision Keras would round all of its rows in every step and then look some of them
    up, and give a gradient of all. The layer that takes its outputs rounds what was looked up.
    """
    return keras.layers.Embedding(
        rows, width, dtype=keras.config.dtype_policy().variable_dtype, **settings
    )
