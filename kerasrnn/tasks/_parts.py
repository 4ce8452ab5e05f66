"""Parts cut from a training part of independent examples."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from kerasrnn.config import Config
from kerasrnn.errors import BadInput

if TYPE_CHECKING:
    import numpy as np

VALID_SHARE = TEST_SHARE = 0.1  # of the data, where no file is given for the part
LEAST_ROWS = 10  # of which that share is one
Part = TypeVar("Part")  # examples with their `source`


def refuse_shares(config: Config, given: Collection[str]) -> None:
    """Refuses shares to cut of parts that are there already.

    Args:
        config: Has a `valid_share` and a `test_share`.
        given: The parts that are there.

    Raises:
        BadInput: If the share of one of them was given too.
    """
    for part in ("valid", "test"):
        if part in given:
            config.refuse_given(f"{part}_share", "that part is given, so it is not cut")


def of_splits(dataset: str, splits: Mapping[str, Part]) -> dict[str, Part]:
    """The splits of a TensorFlow data set by the parts that they are.

    Args:
        dataset: Its name.
        splits: By their names.

    Raises:
        BadInput: If none is for training.
    """
    if "train" not in splits:
        raise BadInput(f"{dataset} has no split 'train', only {', '.join(splits)}")
    names = {"train": "train", "valid": "validation", "test": "test"}
    return {part: splits[name] for part, name in names.items() if name in splits}


def complete_parts(
    parts: dict[str, Part],
    count: int,
    take: Callable[[Part, np.ndarray], Part],
    *,
    test: bool,
    seed: int,
    block: int = 1,
    labels: Sequence[str] = (),
) -> dict[str, Part]:
    """Cuts the parts that were not given from the training part, drawn by the seed.

    Args:
        parts: `train`, and what else was given.
        count: Examples of the training part.
        take: Some examples of a part, by their numbers.
        test: Whether a test part is wanted where none was given.
        seed: As in `split_shuffled`, likewise the next two.
        block: See there.
        labels: See there.

    Raises:
        BadInput: If there are too few examples to cut from.
    """
    import numpy as np

    from kerasrnn.data.splits import split_shuffled

    whole = parts["train"]
    if "valid" in parts and not test:
        return parts
    if count < LEAST_ROWS:
        raise BadInput(
            f"{whole.source}: {count} rows are too few to cut parts from; give at "
            f"least {LEAST_ROWS}, or a file for each part (--valid-data, --test-data)"
        )
    shares = {"valid": VALID_SHARE, "test": TEST_SHARE}
    train, valid, held = split_shuffled(count, **shares, seed=seed, block=block, labels=labels)
    given = [rows for rows, cut in ((valid, "valid" not in parts), (held, test)) if not cut]
    train = np.concatenate([train, *given])  # a part that was given needs none of these rows
    cut = {"train": take(whole, train)}
    cut["valid"] = parts.get("valid") or take(whole, valid)
    if test:
        cut["test"] = take(whole, held)
    elif "test" in parts:
        cut["test"] = parts["test"]
    return cut
