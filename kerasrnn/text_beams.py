"""Beam search for a text of a given length: of all continuations one of the likeliest.

`beam_search` wants sequences that begin with one id and end with another. A text begins with the
scores that its prompt left, and ends where it is long enough: padding, which is never written,
stands for that end, at no price.
"""

from types import ModuleType
from typing import Any

import numpy as np

from kerasrnn.beam_search import NEVER, Rules, Step, beam_search
from kerasrnn.ids import PAD_ID


def likeliest(
    arrays: ModuleType, step: Step, logits: Any, state: list, *, width: int, length: Any
) -> Any:
    """`(rows, length)` ids, for each row those of the likeliest text that was found.

    Args:
        arrays: `plain_arrays` or `graph_arrays`.
        step: Of the network, with what may not be written, padding among it, out of reach.
        logits: `(rows * width, size)` scores of the first id, a row's beams side by side.
        state: Arrays `(rows * width, …)`.
        width: Live texts of each row.
        length: How many ids, at least 1.
    """
    a = arrays
    count, size = a.sizes(logits)[0], logits.shape[-1]
    closing = np.full((1, size), NEVER, np.float32)
    closing[:, PAD_ID] = 0

    def next_step(ids: Any, carried: list) -> tuple[Any, list]:
        time, first, *before = carried
        scores, after = step(ids, before)
        begun = time > 0
        scores = a.where(time == length, closing, a.where(begun, scores, first))
        kept = [a.where(begun, new, old) for new, old in zip(after, before, strict=True)]
        return scores, [time + 1, first, *kept]

    rules = Rules(width, 0.0, start=PAD_ID, end=PAD_ID)
    most = a.full([count // width], 1, "int32") * (length + 1)
    carried = [a.full([count, 1], 0, "int32"), logits, *state]
    found = beam_search(a, next_step, carried, most=most, rules=rules)
    return found.ids[:, 0, :length]
