"""From a score for every class and step to the text: CTC decoding, without TensorFlow and in it.

Source: Graves et al. 2006, "Connectionist temporal classification", sections 3.1 and 3.2. A path
is a class for each step; its text has repetitions made one and blanks taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kerasrnn.transforms.alphabet import BLANK

if TYPE_CHECKING:
    import tensorflow as tf

    from kerasrnn.transforms.lexicon import Lexicon


def collapse(path: np.ndarray) -> list[int]:
    """The classes of the text that a path stands for."""
    changes = np.flatnonzero(np.diff(path, prepend=-1))
    return [int(c) for c in path[changes] if c != BLANK]


def decode(logits: np.ndarray, *, beam: int = 1, lexicon: Lexicon | None = None) -> list[int]:
    """The classes of the text of one recording.

    Args:
        logits: `(steps, classes)` of the recording's own steps alone.
        beam: Texts kept at each step. With 1, the text of the likeliest path; with more, the
            likeliest text that the search finds, the sum over all of its paths.
        lexicon: Words of which the text is made, then that of the likeliest path that has them.
    """
    if lexicon:
        return collapse(lexicon.path(logits))
    if beam == 1:
        return collapse(logits.argmax(-1))
    shifted = logits - logits.max(-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return _search(log_p.astype(np.float64), beam)


def _search(log_p: np.ndarray, beam: int) -> list[int]:
    """Prefix beam search (Graves 2012, "Sequence transduction", algorithm 1, without its model).

    Of every text so far it keeps the probability of the paths that end in a blank and of those
    that end in its last class: only after a blank may that class come again as another one.
    """
    nothing = -np.inf
    texts: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, nothing)}
    for row in log_p:
        grown: dict[tuple[int, ...], tuple[float, float]] = {}

        def add(text, blank, last, grown=grown):
            old = grown.get(text, (nothing, nothing))
            grown[text] = (np.logaddexp(old[0], blank), np.logaddexp(old[1], last))

        for text, (blank, last) in texts.items():
            whole = np.logaddexp(blank, last)
            add(text, whole + row[BLANK], last + row[text[-1]] if text else nothing)
            for c in range(1, len(row)):
                before = blank if text and c == text[-1] else whole
                add((*text, c), nothing, before + row[c])
        ranked = sorted(grown, key=lambda text: -np.logaddexp(*grown[text]))
        texts = {text: grown[text] for text in ranked[:beam]}
    return list(next(iter(texts)))


def texts_in_graph(
    logits: tf.Tensor,
    lengths: tf.Tensor,
    characters: Sequence[str],
    *,
    beam: int = 1,
    lexicon: Lexicon | None = None,
) -> tf.Tensor:
    """The same for a batch inside the graph, as `(batch,)` strings.

    Args:
        logits: `(batch, steps, classes)`.
        lengths: `(batch,)` int32, steps of each row.
        characters: Of the classes.
        beam: As for `decode`.
        lexicon: Likewise.
    """
    import tensorflow as tf

    names = tf.constant(list(characters))
    if lexicon or beam == 1:
        if lexicon:
            path = lexicon.graph_path(logits, lengths)
        else:
            path = tf.argmax(logits, -1, output_type=tf.int32)
        before = tf.pad(path[:, :-1], [[0, 0], [1, 0]], constant_values=-1)
        real = tf.sequence_mask(lengths, tf.shape(logits)[1])
        kept = real & (path != before) & (path != BLANK)
        return tf.strings.reduce_join(tf.where(kept, tf.gather(names, path), ""), -1)
    # this operator has its blank last
    scores = tf.transpose(tf.concat([logits[..., 1:], logits[..., :1]], -1), [1, 0, 2])
    [best], _ = tf.nn.ctc_beam_search_decoder(scores, lengths, beam, top_paths=1)
    classes = tf.sparse.to_dense(best, default_value=-1) + 1
    return tf.strings.reduce_join(tf.gather(names, classes), -1)
