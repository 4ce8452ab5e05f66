"""Beam search: of all sequences a network may write, one of the likeliest, many at a time.

Each round continues every live sequence by every id and keeps the `width` best. A sequence that
ends by the end's id is put aside with its score, of which a longer one would otherwise have the
worse for its length alone:

    score = log P(ids | source) / ((5 + length) / 6) ** length_penalty + bonus

Source: Wu et al. 2016, "Google's neural machine translation system", equation 14, where the bonus
is a penalty for what of the source was not attended to (`coverage_bonus`). The length counts the
end. A width of 1 is greedy search: always the likeliest next id.

One text for NumPy and for TensorFlow: `plain_arrays` and `graph_arrays` have the same functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

NEVER = np.float32(-1e9)  # the score of what may not be
STILL = NEVER / 2  # what may be is above it
LEAST = np.float32(1e-6)  # of attention that counts as none: a logarithm needs some

# `(rows * width,)` ids and the state before them to `(rows * width, size)` logits and the state
Step = Callable[[Any, list], tuple[Any, list]]


@dataclass(frozen=True)
class Rules:
    """How to search.

    Args:
        width: Live sequences of each row.
        length_penalty: 0 or more; 0 prefers short ones.
        start: The id before a sequence's first.
        end: The id that ends it, its last.
        forbidden: Ids that are never written.

    Raises:
        ValueError: If the width or the penalty is too small.
    """

    width: int
    length_penalty: float
    start: int
    end: int
    forbidden: tuple[int, ...] = ()

    def __post_init__(self):
        if self.width < 1 or not self.length_penalty >= 0:
            raise ValueError(f"no such search: {self}")


class Found(NamedTuple):
    """What a search found, the best first."""

    ids: Any  # `(rows, width, most)` int32, each ended by the end's id, then zeros
    scores: Any  # `(rows, width)` float32; `NEVER` where fewer were found


class _Beams(NamedTuple):
    """Where a search stands after `time` ids."""

    time: Any
    ids: Any  # (rows, width, most) live
    scores: Any  # (rows, width) log-probabilities
    last: Any  # (rows * width,) ids to go on from
    state: list
    found: Any  # (rows, width, most)
    found_scores: Any  # (rows, width)
    over: Any  # (rows,) whether nothing can change any more


def beam_search(
    arrays: ModuleType,
    step: Step,
    state: list,
    *,
    most: Any,
    rules: Rules,
    bonus: Callable[[list], Any] | None = None,
) -> Found:
    """The likeliest sequences that end within `most` ids.

    A row is over when it has `width` sequences, or when no live one can overtake the best: the
    others do not change with it, nor with what else is in the batch.

    Args:
        arrays: `plain_arrays` or `graph_arrays`.
        step: Of the network.
        state: Arrays `(rows * width, …)`, the rows' beams side by side.
        most: `(rows,)` int32, at least 1: by that many ids a sequence must have ended.
        rules: How to search.
        bonus: The state after a step to what `(rows * width,)` sequences get on top of their
            scores if they end there, at most 0.
    """
    a, width = arrays, rules.width
    rows, longest = a.sizes(most)[0], a.largest(most)
    nothing = a.full([rows, width, longest], 0, "int32")
    never = a.full([rows, width], NEVER, "float32")
    # all beams of a row are the same at first: one of them counts
    first = a.where(a.arange(width)[None] == 0, a.full([rows, width], 0, "float32"), never)
    start = _Beams(
        time=a.full([], 0, "int32"),
        ids=nothing,
        scores=first,
        last=a.full([rows * width], rules.start, "int32"),
        state=list(state),
        found=nothing,
        found_scores=never,
        over=a.full([rows], False, "bool"),
    )

    def body(beams: _Beams) -> _Beams:
        logits, after = step(beams.last, beams.state)
        extra = a.reshape(bonus(after), (-1, width)) if bonus else None
        return _advance(a, beams, logits, after, extra, most, rules)

    end = a.repeat(lambda beams: ~a.everything(beams.over), body, start)
    return Found(end.found, end.found_scores)


def coverage_bonus(arrays: ModuleType, coverage: Any, mask: Any, penalty: float) -> Any:
    """`penalty` times the sum of log min(attention, 1) over the source steps (Wu et al. 2016).

    Args:
        arrays: `plain_arrays` or `graph_arrays`.
        coverage: `(rows, source_steps)` attention each source step had from all ids together.
        mask: `(rows, source_steps)` booleans, true where a source step is real.
        penalty: 0 or more.

    Returns:
        `(rows,)`, at most 0.
    """
    a = arrays
    lost = a.log(a.minimum(a.maximum(coverage, LEAST), np.float32(1)))
    return penalty * a.total(a.where(mask, lost, np.float32(0)))


def _advance(
    a: ModuleType, beams: _Beams, logits: Any, state: list, extra: Any, most: Any, rules: Rules
) -> _Beams:
    """One more id for every live sequence."""
    width, size, length = rules.width, logits.shape[-1], beams.time + 1
    last = length >= most
    allowed, closing = _to_add(size, rules)
    log_p = a.reshape(a.log_softmax(logits), (-1, width, size))
    log_p = log_p + a.where(last[:, None, None], closing, allowed)
    flat = a.reshape(beams.scores[:, :, None] + log_p, (-1, width * size))
    # of twice as many at least `width` do not end, for each live one can end but once
    best, place = a.top_k(flat, 2 * width)
    parent, ids = place // size, place % size
    ends = ids == rules.end
    grown = a.where(
        a.arange(a.sizes(beams.ids)[2])[None, None] == beams.time,
        ids[:, :, None],
        a.pick(beams.ids, parent),
    )

    scores = best / _penalty(a.number(length, "float32"), rules)
    scores = scores if extra is None else scores + a.pick(extra, parent)
    counts = ends & (a.arange(2 * width)[None] < width) & (best > STILL) & ~beams.over[:, None]
    pool = a.concatenate([beams.found_scores, a.where(counts, scores, NEVER)], 1)
    found_scores, kept = a.top_k(pool, width)
    found = a.pick(a.concatenate([beams.found, grown], 1), kept)

    going, kept = a.top_k(a.where(ends, NEVER, best), width)
    rows = a.arange(a.sizes(most)[0])[:, None]
    origin = a.reshape(rows * width + a.pick(parent, kept), (-1,))
    # a log-probability only falls, and the longest has the mildest penalty
    ceiling = going[:, 0] / _penalty(a.number(most, "float32"), rules)
    enough = a.count_true(found_scores > STILL) >= width
    return _Beams(
        time=length,
        ids=a.pick(grown, kept),
        scores=going,
        last=a.reshape(a.pick(ids, kept), (-1,)),
        state=[a.take(array, origin) for array in state],
        found=found,
        found_scores=found_scores,
        over=beams.over | last | enough | (ceiling <= found_scores[:, 0]),
    )


def _penalty(length: Any, rules: Rules) -> Any:
    return ((5 + length) / 6) ** rules.length_penalty


def _to_add(size: int, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """To the `(size,)` scores of all ids: as a rule, and where only the end is left."""
    allowed, closing = np.zeros(size, np.float32), np.full(size, NEVER, np.float32)
    allowed[list(rules.forbidden)] = NEVER
    closing[rules.end] = 0
    return allowed, closing
