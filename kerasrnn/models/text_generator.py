"""Language model: predicts every next character or word from all before it.

Source: Mikolov et al. 2010, "Recurrent neural network based language model"; dropout on the
non-recurrent connections only: Zaremba, Sutskever & Vinyals 2014.
"""

from collections.abc import Sequence

import keras

from kerasrnn.layers.embedding import make_embedding
from kerasrnn.layers.masking import PaddingMask
from kerasrnn.layers.stack import Stack


def text_generator(
    *,
    vocabulary_size: int,
    cell: str = "lstm",
    units: int | Sequence[int] = 256,
    layers: int = 1,
    embedding: int = 64,
    embedding_dropout: float = 0.0,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    residual: bool = False,
    layer_normalization: bool = False,
    expected_span: int = 0,
    state: bool = False,
    masked: bool = False,
) -> keras.Model:
    """Ids to the scores of every next id.

    Args:
        vocabulary_size: Number of ids.
        cell: A name from `kerasrnn list`.
        units: Width of each recurrent layer.
        layers: Recurrent layers on top of one another.
        embedding: Width of an id's vector.
        embedding_dropout: Share of embedding features zeroed while training.
        dropout: Between recurrent layers.
        output_dropout: Before the last linear layer.
        residual: Add each recurrent layer's input to its output where widths agree.
        layer_normalization: Normalise each recurrent layer's output.
        expected_span: Steps a memory may have to last, by which gated cells start; 0: as usual.
        state: Whether the state goes in and comes out, for text that continues from call to
            call. The weights, and their order, are the same either way.
        masked: Whether rows may end early, padded right with zeros, which leave the state as it
            was; slower.

    Returns:
        Model from `(batch, steps)` int32 ids to `(batch, steps, vocabulary_size)` logits; with
        `state`, from `{"ids", "state"}` to `{"logits", "state"}`, where `state` is a list of
        `(batch, units)`, zeros at the beginning of a text (`initial_state`).

    Raises:
        ValueError: If a number is out of range or a name unknown.
    """
    if vocabulary_size < 2:
        raise ValueError(f"needs vocabulary_size of at least 2, got {vocabulary_size}")
    stack = Stack(cell, units, layers, False, dropout, residual, layer_normalization, expected_span)
    ids = keras.Input((None,), dtype="int32", name="ids")
    before = [
        keras.Input(shape, name=f"state_{i}")
        for i, shape in enumerate(stack.state_shapes() if state else [])
    ]
    x = make_embedding(vocabulary_size, embedding, name="embedding")(ids)
    if embedding_dropout:
        x = keras.layers.Dropout(embedding_dropout, name="embedding_dropout")(x)
    mask = PaddingMask(name="mask")(ids) if masked else None
    x, after = stack(x, mask=mask, states=before or None)
    if output_dropout:
        x = keras.layers.Dropout(output_dropout, name="output_dropout")(x)
    logits = keras.layers.Dense(vocabulary_size, dtype="float32", name="logits")(x)
    if not state:
        return keras.Model(ids, logits, name="text_generator")
    return keras.Model(
        {"ids": ids, "state": before}, {"logits": logits, "state": after}, name="text_generator"
    )


def initial_state(model: keras.Model, batch: int) -> list:
    """Zeros for a model made with `state=True`, one `(batch, units)` per state."""
    return [
        keras.ops.zeros((batch, tensor.shape[-1]), model.compute_dtype)
        for tensor in model.input["state"]
    ]
