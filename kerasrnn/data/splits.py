"""Train, validation and test rows: shuffled for independent rows, in order for time series.

Rows of a series must not be shuffled: neighbours are nearly equal, so a shuffled test set would
be known from training. There the test rows are the latest ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.mixing import mixed

SPLIT_NAMES = ("train", "valid", "test")


def split_shuffled(
    count: int,
    *,
    valid: float,
    test: float,
    seed: int,
    block: int = 1,
    labels: Sequence[str] = (),
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Deals the rows `0 … count - 1` at random into three sets.

    Args:
        count: Rows there are.
        valid: Share for validation, below 1; at least one row is taken, but for 0 none.
        test: Share for the test, likewise.
        seed: The same seed gives the same sets.
        block: Neighbouring rows that stay together, where neighbours are of one origin (reviews
            of the same film, say) and would tell on one another across sets.
        labels: One for each row, whose shares are then nearly the same in all sets, so that
            rare ones are not left out of training; only for single rows, not for blocks.

    Returns:
        Row numbers for training, validation and test: int64, disjoint, together every row.

    Raises:
        BadInput: If a share is not from 0 to 1, or no row is left for a set.
    """
    for name, share in (("validation", valid), ("test", test)):
        if not 0 <= share < 1:
            raise BadInput(f"{name} share {share}; give a number from 0 to 1, such as 0.1")
    valid_count, test_count = (max(1, round(count * s)) if s else 0 for s in (valid, test))
    train_count = count - valid_count - test_count
    if train_count < 1:
        raise BadInput(
            f"{count} rows less {valid_count} for validation and {test_count} for the test leave "
            "none to train on; give more rows or smaller shares"
        )
    rng = np.random.default_rng(seed)
    rows = _deal_evenly(rng, labels) if len(labels) and block == 1 else _deal(rng, count, block)
    train, valid_rows, test_rows = np.split(rows, [train_count, train_count + valid_count])
    return train, valid_rows, test_rows


def deal_rows(
    first: int, count: int, *, valid: float, test: float, seed: int, block: int = 1
) -> np.ndarray:
    """Which part each of the rows `first … first + count - 1` is dealt to, by its number alone.

    Of millions of rows the parts are then of their shares within a tenth of a per cent, and so are
    those of every label that is not rare; nothing need be kept of the other rows.

    Args:
        first: Number of the first row.
        count: How many rows.
        valid: Share for validation.
        test: Share for the test.
        seed: As in `split_shuffled`, likewise `block`.
        block: See there.

    Returns:
        `(count,)` places in `SPLIT_NAMES`.
    """
    block_number = np.arange(first, first + count, dtype=np.uint64) // np.uint64(block)
    key = np.random.default_rng(seed).integers(0, 2**64, 1, np.uint64)
    drawn = mixed(mixed(block_number + key) + key) / 2.0**64
    return np.where(drawn < valid, 1, np.where(drawn < valid + test, 2, 0))


def _deal(rng: np.random.Generator, count: int, block: int) -> np.ndarray:
    """Row numbers in random order, block by block."""
    starts = block * rng.permutation(-(-count // block))
    rows = (starts[:, None] + np.arange(block)).ravel()
    return rows[rows < count]


def _deal_evenly(rng: np.random.Generator, labels: Sequence[str]) -> np.ndarray:
    """Row numbers in an order of which every stretch has each label by its share."""
    rows = rng.permutation(len(labels))
    _, label, counts = np.unique(np.array(labels)[rows], return_inverse=True, return_counts=True)
    by_label = np.argsort(label, kind="stable")
    place = np.empty(len(rows))  # of a row among those of its label, from 0 to 1
    place[by_label] = np.concatenate([(np.arange(count) + 0.5) / count for count in counts])
    return rows[np.argsort(place, kind="stable")]


def split_in_order(count: int, sizes: str) -> tuple[slice, slice, slice]:
    """Cuts the rows `0 … count - 1` into three stretches, oldest first.

    Args:
        count: Rows there are.
        sizes: Train, validation and test size: shares such as `"0.7,0.1,0.2"`, summing to at
            most 1, or rows such as `"8640,2880,2880"`. Rows beyond their sum stay unused.

    Returns:
        Adjoining slices for training, validation and test, none of them empty.

    Raises:
        BadInput: If `sizes` is not three such numbers, or `count` rows are too few for them.
    """
    numbers = _parse_sizes(sizes)
    if any(number >= 1 for number in numbers):
        ends = [int(end) for end in accumulate(numbers)]
        if ends[-1] > count:
            raise BadInput(
                f"split sizes {sizes!r} need {ends[-1]} rows, and there are {count}; "
                "make them smaller"
            )
    else:
        ends = [int(count * end) for end in accumulate(numbers)]
    starts = [0, *ends[:-1]]
    for name, start, end in zip(SPLIT_NAMES, starts, ends, strict=True):
        if start == end:
            raise BadInput(
                f"split sizes {sizes!r} of {count} rows leave no row for {name}; "
                "give more rows or other sizes"
            )
    train, valid, test = (slice(start, end) for start, end in zip(starts, ends, strict=True))
    return train, valid, test


def _parse_sizes(sizes: str) -> list[Fraction]:
    """Three shares or three row counts, exact: 0.7 + 0.1 + 0.2 must not exceed 1."""
    parts = [part.strip() for part in sizes.split(",")]
    # Plain decimals only: Fraction would also read "1e999999999", and never finish.
    plain = all(re.fullmatch(r"\d{0,15}\.?\d{1,15}", part, re.ASCII) for part in parts)
    numbers = [Fraction(part) for part in parts] if plain else []
    shares = all(0 < number < 1 for number in numbers) and sum(numbers) <= 1
    rows = all(number >= 1 and number.denominator == 1 for number in numbers)
    if len(numbers) != len(SPLIT_NAMES) or not (shares or rows):
        raise BadInput(
            f"split sizes {sizes!r}; give train, validation and test as shares summing to at "
            "most 1 ('0.7,0.1,0.2') or as rows ('8640,2880,2880')"
        )
    return numbers
