"""Attention: each decoder state looks at all encoder states and takes their weighted mean.

    e_ij = score(q_i, k_j)
    a_i  = softmax of e_i over the real source steps
    o_i  = sum of a_ij v_j over them

    dot         q . k                       Luong, Pham & Manning 2015, equation 8
    scaled_dot  q . k / sqrt(width)         Vaswani et al. 2017, equation 1
    additive    v . tanh(W q + k)           Bahdanau, Cho & Bengio 2015, appendix A.1.2

Keys are given already projected, once for a whole source: with keys W h, `dot` is what Luong et
al. call general, and `additive` has the U h of Bahdanau et al.
"""

from typing import Any

import keras
from keras import ops

from kerasrnn.registry import ATTENTIONS

LOWEST = -1e9  # in float32: far below any score, and still a number


def attention_weights(kind: str, queries: Any, keys: Any, mask: Any, projection: Any) -> Any:
    """How much each query takes of each source step.

    Args:
        kind: One of `ATTENTIONS`.
        queries: `(batch, steps, width)`.
        keys: `(batch, source_steps, width)`.
        mask: `(batch, source_steps)` booleans, true where a source step is real.
        projection: `(W, v)` of additive attention, `(width, width)` and `(width,)`; else empty.

    Returns:
        `(batch, steps, source_steps)` float32, each row summing to 1, 0 where the mask is false.
    """
    if kind == "additive":
        kernel, vector = projection
        # (batch, steps, 1, width) + (batch, 1, source_steps, width)
        hidden = ops.tanh(
            ops.expand_dims(ops.matmul(queries, kernel), 2) + ops.expand_dims(keys, 1)
        )
        scores = ops.sum(hidden * vector, -1)
    else:
        scores = ops.matmul(queries, ops.transpose(keys, (0, 2, 1)))
        if kind == "scaled_dot":
            scores = scores / keys.shape[-1] ** 0.5
    scores = ops.cast(scores, "float32")
    real = ops.expand_dims(mask, 1)
    scores = ops.where(real, scores, ops.full_like(scores, LOWEST))
    # written out, for Keras's softmax warns of a source of a single step
    exponents = ops.exp(scores - ops.max(scores, -1, keepdims=True))
    return exponents / ops.sum(exponents, -1, keepdims=True)


def contexts(weights: Any, values: Any) -> Any:
    """`(batch, steps, source_steps)` weights and the values there to their weighted means."""
    return ops.matmul(ops.cast(weights, values.dtype), values)


@keras.saving.register_keras_serializable(package="kerasrnn")
class Attention(keras.layers.Layer):
    """Queries, keys, values and the source's mask to contexts and weights.

    `(batch, steps, width)`, `(batch, source_steps, width)`, `(batch, source_steps, features)` and
    `(batch, source_steps)` to `(batch, steps, features)` and `(batch, steps, source_steps)`.

    Args:
        kind: `dot`, `scaled_dot` or `additive`.

    Raises:
        ValueError: If `kind` is none of these, or queries and keys differ in width.
    """

    def __init__(self, kind: str = "dot", **kwargs):
        super().__init__(**kwargs)
        self.kind = checked_kind(kind)
        self.projection: tuple = ()

    def build(self, queries_shape, keys_shape, *others, **named):
        self.projection = add_projection(self, self.kind, queries_shape[-1], keys_shape[-1])

    def call(self, queries, keys, values, mask):
        weights = attention_weights(self.kind, queries, keys, mask, self.projection)
        return contexts(weights, values), weights

    def compute_output_spec(self, queries, keys, values, mask):
        rows = queries.shape[:2]
        return (
            keras.KerasTensor((*rows, values.shape[-1]), self.compute_dtype),
            keras.KerasTensor((*rows, keys.shape[1]), "float32"),
        )

    def get_config(self):
        return {**super().get_config(), "kind": self.kind}


def checked_kind(kind: str) -> str:
    """The kind itself.

    Raises:
        ValueError: If there is none of that name.
    """
    if kind not in ATTENTIONS:
        raise ValueError(f"unknown attention {kind!r}; choose from {', '.join(ATTENTIONS)}")
    return kind


def add_projection(layer: keras.layers.Layer, kind: str, queries: int, keys: int) -> tuple:
    """Gives a layer the weights that scores of this kind need; `()` where they need none.

    Args:
        layer: Gets them.
        kind: One of `ATTENTIONS`.
        queries: Width of the queries.
        keys: Width of the keys.

    Raises:
        ValueError: If the widths differ where a product wants them alike.
    """
    if kind == "additive":
        kernel = layer.add_weight(
            shape=(queries, keys), initializer="glorot_uniform", name="query_kernel"
        )
        limit = (3 / keys) ** 0.5  # a variance of 1 / keys, as of a matrix from keys to 1
        vector = layer.add_weight(
            shape=(keys,),
            initializer=keras.initializers.RandomUniform(-limit, limit),
            name="score_vector",
        )
        return kernel, vector
    if queries != keys:
        raise ValueError(f"{kind} attention: queries are {queries} wide and keys {keys}")
    return ()
