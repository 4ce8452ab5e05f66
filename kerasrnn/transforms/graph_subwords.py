"""The best cut of texts into scored pieces, in TensorFlow's own operators (Viterbi 1967).

All additions are SentencePiece's, in its order and precision, so that even ties fall as there.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasrnn.ids import UNKNOWN_ID

CODES = 1 << 21  # more than there are code points: a node's edges have numbers of their own
BEYOND = -1  # the code after a text's end, which no edge takes


class Trie:
    """Pieces by their characters: node 0 is the root, and an edge takes a code point.

    Args:
        pieces: None empty.
        scores: `(pieces,)` float32.
        first_id: Id of the first piece.
    """

    def __init__(self, pieces: Sequence[str], scores: np.ndarray, first_id: int):
        edges: dict[int, int] = {}
        at_node = {}
        for place, piece in enumerate(pieces):
            node = 0
            for character in piece:
                node = edges.setdefault(node * CODES + ord(character), len(edges) + 1)
            at_node[node] = place
        self.depth = max(map(len, pieces))
        self._edges = edges
        self._nowhere = len(edges) + 1  # the node that no piece leads to
        self.ids = np.full(self._nowhere + 1, UNKNOWN_ID, np.int32)
        self.scores = np.full(self._nowhere + 1, -np.inf, np.float32)
        nodes = list(at_node)
        self.ids[nodes] = first_id + np.array(list(at_node.values()), np.int32)
        self.scores[nodes] = scores[list(at_node.values())]

    @functools.cached_property
    def table(self) -> tf.lookup.StaticHashTable:
        """Node and code point to the next node."""
        # the first use may be inside a graph that does not outlive it
        with tf.init_scope():
            keys = tf.constant(list(self._edges), tf.int64)
            nodes = tf.constant(list(self._edges.values()), tf.int64)
            entries = tf.lookup.KeyValueTensorInitializer(keys, nodes)
            return tf.lookup.StaticHashTable(entries, self._nowhere)

    def walk(self, codes: tf.Tensor) -> list[tf.Tensor]:
        """Where each start leads: `depth` tensors of nodes, `(batch, steps)` each.

        Args:
            codes: `(batch, steps)` int64 code points, `BEYOND` after a text's end.
        """
        node, nodes = tf.zeros_like(codes), []
        for ahead in range(self.depth):
            code = tf.pad(codes[:, ahead:], [[0, 0], [0, ahead]], constant_values=BEYOND)
            # what is padded is too long where a text is shorter than the look ahead
            node = self.table.lookup(node * CODES + code[:, : tf.shape(codes)[1]])
            nodes.append(node)
        return nodes


def best_cut(characters: tf.RaggedTensor, trie: Trie, unknown_score: np.float32) -> tf.RaggedTensor:
    """Ids of the pieces whose scores have the greatest sum.

    Args:
        characters: `(batch, None)`.
        trie: The pieces.
        unknown_score: Of a character that is no piece.

    Returns:
        `(batch, None)` ragged int32; neighbouring unknown characters are one id.
    """
    flat = tf.strings.unicode_decode(characters.flat_values, "UTF-8")
    codes = characters.with_flat_values(tf.cast(flat.flat_values, tf.int64))
    # a step more, for there must be one even if every text is empty
    codes = tf.pad(codes.to_tensor(BEYOND), [[0, 0], [0, 1]], constant_values=BEYOND)
    lengths = tf.cast(characters.row_lengths(), tf.int32)
    scores, ids = _ending_pieces(codes, trie, unknown_score)
    lasting = _forward(scores)
    ends = _backward(lasting, lengths)
    # the longest stands first
    chosen = tf.gather(ids, trie.depth - tf.transpose(lasting), batch_dims=2)
    cut = tf.ragged.boolean_mask(chosen, ends)
    unknown = cut.flat_values == UNKNOWN_ID
    rows = cut.value_rowids()
    again = unknown[1:] & unknown[:-1] & (rows[1:] == rows[:-1])
    again = tf.concat([tf.zeros_like(unknown[:1]), again], 0)
    return tf.ragged.boolean_mask(cut, cut.with_flat_values(~again))


def _ending_pieces(
    codes: tf.Tensor, trie: Trie, unknown_score: np.float32
) -> tuple[tf.Tensor, tf.Tensor]:
    """Scores and ids of the pieces that end at each step, `(batch, steps, depth)`, longest first.

    The order decides ties: the piece that begins first is found first.
    """
    scores, ids = [], []
    for behind, nodes in enumerate(trie.walk(codes)):
        score = tf.gather(tf.constant(trie.scores), nodes)
        if not behind:
            score = tf.where(score == -np.inf, unknown_score, score)
        pad = [[0, 0], [behind, 0]]
        steps = tf.shape(codes)[1]
        scores.append(tf.pad(score, pad, constant_values=-np.inf)[:, :steps])
        ids.append(tf.pad(tf.gather(tf.constant(trie.ids), nodes), pad)[:, :steps])
    return tf.stack(scores[::-1], -1), tf.stack(ids[::-1], -1)


def _forward(scores: tf.Tensor) -> tf.Tensor:
    """Characters of the last piece of the best cut up to each step, `(steps, batch)` int32."""
    by_step = tf.transpose(scores, [1, 0, 2])
    steps, batch, depth = tf.unstack(tf.shape(by_step))
    # best sums up to the starts of the pieces, the farthest first; before the text there is none
    window = tf.concat([tf.fill([batch, depth - 1], -np.inf), tf.zeros([batch, 1])], 1)

    def body(step, window, lasting):
        sums = window + by_step[step]
        lasting = lasting.write(step, depth - tf.argmax(sums, 1, tf.int32))
        window = tf.concat([window[:, 1:], tf.reduce_max(sums, 1, keepdims=True)], 1)
        return step + 1, tf.ensure_shape(window, by_step.shape[1:]), lasting

    window = tf.ensure_shape(window, by_step.shape[1:])
    lasting = tf.TensorArray(tf.int32, steps, element_shape=by_step.shape[1:2])
    loop = (tf.constant(0), window, lasting)
    lasting = tf.while_loop(lambda step, *_: step < steps, body, loop)[2]
    return tf.reshape(lasting.stack(), [steps, batch])


def _backward(lasting: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """At which steps a piece of the whole texts' best cut ends, `(batch, steps)` booleans.

    Args:
        lasting: As `_forward` gives it.
        lengths: `(batch,)` int32 characters.
    """
    steps, batch = tf.unstack(tf.shape(lasting))

    def body(step, last, ends):
        here = last == step
        last = tf.where(here, step - lasting[step], last)
        return step - 1, last, ends.write(step, here)

    ends = tf.TensorArray(tf.bool, steps, element_shape=lengths.shape)
    loop = (steps - 1, lengths - 1, ends)
    ends = tf.while_loop(lambda step, *_: step >= 0, body, loop)[2]
    return tf.transpose(tf.reshape(ends.stack(), [steps, batch]))
