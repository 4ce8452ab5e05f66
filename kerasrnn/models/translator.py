"""Encoder and decoder with attention: one sequence of ids to another of any length.

Source: Sutskever, Vinyals & Le 2014 and Cho et al. 2014 for encoder and decoder; the encoder both
ways and attention: Bahdanau, Cho & Bengio 2015; the attentional vector and input feeding: Luong,
Pham & Manning 2015; one matrix for words in and out: Press & Wolf 2017.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from kerasrnn.layers.attention import Attention
from kerasrnn.layers.feeding import FeedingDecoder
from kerasrnn.layers.masking import PaddingMask, Unmasked
from kerasrnn.layers.stack import Stack


def translator(
    *,
    source_size: int,
    target_size: int,
    cell: str = "gru",
    units: int = 256,
    layers: int = 1,
    bidirectional: bool = True,
    attention: str = "dot",
    input_feeding: bool = False,
    embedding: int = 256,
    shared: bool = False,
    tied: bool = False,
    embedding_dropout: float = 0.0,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    residual: bool = False,
    layer_normalization: bool = False,
    expected_span: int = 0,
) -> keras.Model:
    """Source ids and the target so far to the scores of every next target id.

    Args:
        source_size: Number of source ids.
        target_size: Number of target ids.
        cell: A name from `kerasrnn list`.
        units: Width of each recurrent layer and encoder direction.
        layers: Of the encoder, and of the decoder.
        bidirectional: Whether the encoder reads both ways.
        attention: `dot`, `scaled_dot` or `additive`, on projected encoder states.
        input_feeding: Whether each step is given the attentional vector of the one before.
        embedding: Width of an id's vector.
        shared: Whether source and target ids are the same and have the same vectors.
        tied: Whether the target's vectors also score the outputs.
        embedding_dropout: Share of embedding features zeroed while training.
        dropout: Between recurrent layers.
        output_dropout: Of the attentional vectors before the scores.
        residual: Add each recurrent layer's input to its output where widths agree.
        layer_normalization: Normalise each recurrent layer's output.
        expected_span: Steps a memory may have to last, by which gated cells start; 0: as usual.

    Returns:
        Model from `{"source": (batch, source_steps), "target": (batch, steps)}` int32 ids, the
        source padded right with zeros, to `(batch, steps, target_size)` logits: those at a step
        are of the id after it. `Parts` runs it step by step.

    Raises:
        ValueError: If a number is out of range, a name unknown, or `shared` ids differ in number.
    """
    if min(source_size, target_size) < 2:
        raise ValueError(f"needs at least 2 ids, got {source_size} and {target_size}")
    if shared and source_size != target_size:
        raise ValueError(f"shared vectors need as many ids: {source_size} and {target_size}")
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    words = keras.layers.ReversibleEmbedding(
        target_size, embedding, tie_weights=True, reverse_dtype="float32", name="target_embedding"
    )
    source_words = words
    if not shared:
        source_words = keras.layers.Embedding(source_size, embedding, name="source_embedding")
    pile = (cell, units, layers)
    extras = (dropout, residual, layer_normalization, expected_span)
    encoder = Stack(*pile, bidirectional, *extras, name="encoder_")
    decoder = Stack(*pile, False, *extras, name="decoder_")

    mask = PaddingMask(name="mask")(source)
    x = _dropped(source_words(source), embedding_dropout, "source_dropout")
    memory, final = encoder(x, mask=mask)
    memory = Unmasked(name="memory")(memory)
    keys = keras.layers.Dense(units, use_bias=False, name="keys")(memory)
    states = _bridge(final, units, layers, directions=2 if bidirectional else 1)

    x = _dropped(words(target), embedding_dropout, "target_dropout")
    # tied scores are products with the words' vectors, so as wide
    width = embedding if tied else units
    if input_feeding:
        fed = keras.layers.Dense(width, activation="tanh", name="bridge_fed")(
            states[-len(states) // layers]
        )
        y, *_ = FeedingDecoder(*pile, width, attention, *extras, name="decoder")(
            x, memory, keys, mask, [*states, fed]
        )
    else:
        queries, _ = decoder(x, states=states)
        context, _ = Attention(attention, name="attention")(queries, keys, memory, mask)
        y = keras.layers.Concatenate(name="attended")([context, queries])
        y = keras.layers.Dense(width, use_bias=False, activation="tanh", name="combine")(y)
    y = _dropped(y, output_dropout, "output_dropout")
    if tied:
        logits = words(y, reverse=True)
    else:
        logits = keras.layers.Dense(target_size, dtype="float32", name="logits")(y)
    return keras.Model({"source": source, "target": target}, logits, name="translator")


def _dropped(x: Any, share: float, name: str) -> Any:
    return keras.layers.Dropout(share, name=name)(x) if share else x


def _bridge(final: list, units: int, layers: int, *, directions: int) -> list:
    """The decoder's first states from the encoder's last, layer by layer (Bahdanau et al. 2015)."""
    per_layer = len(final) // layers
    kinds = per_layer // directions  # LSTM has two states, h and c
    states = []
    for index in range(layers):
        ways = final[index * per_layer : (index + 1) * per_layer]
        for kind in range(kinds):
            both = ways[kind::kinds]
            x = keras.layers.Concatenate(name=f"ends_{index}_{kind}")(both) if both[1:] else both[0]
            bridge = keras.layers.Dense(units, activation="tanh", name=f"bridge_{index}_{kind}")
            states.append(bridge(x))
    return states


@dataclass(frozen=True)
class Encoded:
    """A batch of sources, read once."""

    memory: Any  # (rows, source_steps, width) encoder states
    keys: Any  # (rows, source_steps, units)
    mask: Any  # (rows, source_steps)
    states: list  # the decoder's first, each (rows, …)

    def map(self, function: Callable[[Any], Any]) -> "Encoded":
        """The same of every part."""
        parts = (function(part) for part in (self.memory, self.keys, self.mask))
        return Encoded(*parts, [function(state) for state in self.states])


class Parts:
    """Encoder and decoder of a translator apart, to be run step by step; the layers are its own.

    Args:
        model: Made by `translator`, or its twin for export; cannot be saved any more, for Keras
            loses its way among the layers' other uses.
    """

    def __init__(self, model: keras.Model):
        names = {layer.name for layer in model.layers}
        fed = "bridge_fed" in names
        bridges = [name for name in _in_order(model) if name.startswith("bridge_")]
        read = [model.get_layer(name).output for name in ("memory", "keys", "mask", *bridges)]
        if fed:
            _, weights, *after = model.get_layer("decoder").output
        else:
            _, weights = model.get_layer("attention").output
            layers = [name for name in _in_order(model) if name.startswith("decoder_rnn_")]
            after = [state for name in layers for state in model.get_layer(name).output[1:]]
        self._encoder = keras.Model(model.input["source"], read)
        self._decoder = keras.Model([model.input["target"], *read], [model.output, weights, *after])

    def encode(self, source: Any) -> Encoded:
        """`(rows, source_steps)` ids."""
        memory, keys, mask, *states = self._encoder(source, training=False)
        return Encoded(memory, keys, mask, states)

    def decode(self, target: Any, encoded: Encoded, states: list) -> tuple[Any, Any, list]:
        """Target ids and the states before them to what comes after.

        Args:
            target: `(rows, steps)` ids.
            encoded: Of as many rows.
            states: As `encoded.states`, or from the step before.

        Returns:
            `(rows, steps, target_size)` logits, `(rows, steps, source_steps)` attention weights
            and the states after the last step.
        """
        read = [encoded.memory, encoded.keys, encoded.mask, *states]
        logits, weights, *after = self._decoder([target, *read], training=False)
        return logits, weights, after


def _in_order(model: keras.Model) -> list[str]:
    """Layers' names, numbers in them by size, the attentional vector's bridge last."""
    return sorted(
        (layer.name for layer in model.layers),
        key=lambda name: [part.zfill(9) for part in name.split("_")],
    )
