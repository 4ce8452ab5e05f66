"""What is told of what was written for a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn.tasks import limit_text

if TYPE_CHECKING:
    import numpy as np

    from kerasrnn.transforms.text import Text
    from kerasrnn.translating import Written

NO_SCORE = -1e4  # in the place of a candidate that was not found


def answer(text: str, target: Text, written: Written, row: int) -> dict[str, Any]:
    """What is told of one source: the best candidate, and all with their scores."""
    from kerasrnn.beam_search import STILL

    found = [
        {"output": target.decode(ids), "score": round(float(score), 6)}
        for ids, score in zip(written.ids[row], written.scores[row], strict=True)
        if score > STILL
    ]
    best = found[0] if found else {"output": "", "score": NO_SCORE}  # of a broken network
    return {"text": text, **best, "candidates": found}


def doubts(noun: str, text: str, ids: np.ndarray) -> list[str]:
    """A warning if what was written took every place there is."""
    if not ids.all():
        return []
    return [
        f"'{limit_text(text)}': its {noun} has the {len(ids)} tokens that are written at "
        "most, so it may lack its end"
    ]


def picture(
    transforms: Mapping[str, Any], source: np.ndarray, written: Written, row: int
) -> Callable[[Path], list[str]]:
    """What draws the alignment of one source."""
    import numpy as np

    ids = np.asarray(written.ids)[row, 0]
    kept = {"source": source[source != 0], "target": ids[ids != 0]}
    names = {
        side: [transforms[side].vocabulary.tokens[i] for i in kept[side].tolist()] for side in kept
    }
    weights = np.asarray(written.attention)[row, : len(kept["target"]), : len(kept["source"])]

    def draw(path: Path) -> list[str]:
        from kerasrnn.plots import alignment

        return alignment(path, weights, source=names["source"], target=names["target"])

    return draw
