"""The classical toy problems, of any length: what a recurrent network can and cannot remember.

Source: adding: Hochreiter & Schmidhuber 1997, "Long short-term memory", section 5.4; it and
copying in the form of Arjovsky, Shah & Bengio 2016, "Unitary evolution recurrent neural
networks", sections 5.1 and 5.2.
"""

import string

import numpy as np

BLANK, DELIMITER = ".", "#"
LARGEST = 9  # of the whole numbers that are summed up


def running_sum(
    rng: np.random.Generator, count: int, *, steps: int, vary: bool
) -> list[np.ndarray]:
    """Whole numbers from -9 to 9.

    Args:
        rng: The same state gives the same sequences.
        count: How many sequences.
        steps: Numbers of each.
        vary: Whether `steps` is only the most, every length being as likely.

    Returns:
        `(steps,)` floats each.
    """
    lengths = _lengths(rng, count, 1, steps, vary)
    return [rng.integers(-LARGEST, LARGEST + 1, n).astype(float) for n in lengths]


def adding(rng: np.random.Generator, count: int, *, steps: int, vary: bool) -> list[np.ndarray]:
    """Numbers drawn from [0, 1], one of each half marked.

    Args:
        rng: The same state gives the same sequences.
        count: How many sequences.
        steps: Numbers of each, at least 2.
        vary: Whether `steps` is only the most, every length being as likely.

    Returns:
        `(steps, 2)` floats each: the number, and 1 if it is marked, else 0.
    """
    rows = []
    for n in _lengths(rng, count, 2, steps, vary):
        row = np.stack([rng.uniform(size=n), np.zeros(n)], axis=1)
        row[[rng.integers(n // 2), rng.integers(n // 2, n)], 1] = 1
        rows.append(row)
    return rows


def copying(
    rng: np.random.Generator, count: int, *, symbols: int, alphabet: int, gap: int, vary: bool
) -> list[list[str]]:
    """Symbols, a gap of blanks, and the delimiter that asks for the symbols.

    Args:
        rng: The same state gives the same sequences.
        count: How many sequences.
        symbols: To be copied.
        alphabet: Different ones there are, at most 26.
        gap: Steps from the last symbol to the first of its copy, at least 1: the delimiter and
            `gap - 1` blanks.
        vary: Whether `symbols` and `gap` are only the most: every number of symbols as likely,
            and every gap on a logarithmic scale, for what is learned over short ones is soon
            found over long ones.

    Returns:
        Words each, the delimiter last; the answer takes as many steps more as there are symbols.
    """
    counts = _lengths(rng, count, 1, symbols, vary)
    log = rng.uniform(0, np.log(gap + 1), count)
    gaps = np.exp(log).astype(int) if vary else np.full(count, gap)
    letters = list(string.ascii_lowercase[:alphabet])
    return [
        [*(letters[i] for i in rng.integers(alphabet, size=n)), *[BLANK] * (g - 1), DELIMITER]
        for n, g in zip(counts, gaps, strict=True)
    ]


def _lengths(rng: np.random.Generator, count: int, least: int, most: int, vary: bool) -> np.ndarray:
    return rng.integers(least, most + 1, count) if vary else np.full(count, most)
