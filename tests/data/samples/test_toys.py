"""What the generators of the toy problems draw."""

import numpy as np
import pytest

from kerasrnn.data.samples import toys


def rng(seed=0):
    return np.random.default_rng(seed)


def test_one_number_of_each_half_is_marked():
    for row in toys.adding(rng(), 500, steps=9, vary=False):
        assert row.shape == (9, 2)
        first, second = np.flatnonzero(row[:, 1])
        assert first < 4 <= second
        assert ((row[:, 0] >= 0) & (row[:, 0] < 1)).all()
    marked = np.sum([row[:, 1] for row in toys.adding(rng(), 5000, steps=6, vary=False)], axis=0)
    np.testing.assert_allclose(marked / 5000, 1 / 3, atol=0.03)


def test_sequences_to_copy_have_the_lengths_of_the_paper():
    for words in toys.copying(rng(), 100, symbols=10, alphabet=8, gap=100, vary=False):
        assert len(words) == 10 + 100
        assert set(words[:10]) <= set("abcdefgh")
        assert words[10:] == ["."] * 99 + ["#"]


@pytest.mark.parametrize(
    ("draw", "sizes", "least", "most"),
    [
        (toys.running_sum, {"steps": 5}, 1, 5),
        (toys.adding, {"steps": 5}, 2, 5),
        (toys.copying, {"symbols": 2, "alphabet": 3, "gap": 3}, 2, 5),
    ],
)
def test_lengths_vary_up_to_those_given_or_not_at_all(draw, sizes, least, most):
    varied = {len(row) for row in draw(rng(), 300, **sizes, vary=True)}
    assert varied == set(range(least, most + 1))
    assert {len(row) for row in draw(rng(), 300, **sizes, vary=False)} == {most}


def test_short_gaps_are_as_likely_as_long_ones():
    rows = toys.copying(rng(), 4000, symbols=1, alphabet=2, gap=99, vary=True)
    gaps = np.array([len(words) - 1 for words in rows])
    assert (gaps.min(), gaps.max()) == (1, 99)
    assert np.mean(gaps < 10) == pytest.approx(0.5, abs=0.03)


def test_the_generators_state_decides():
    for draw in (toys.running_sum, toys.adding):
        one, same, other = (draw(rng(s), 5, steps=4, vary=True) for s in (1, 1, 2))
        assert all((a == b).all() for a, b in zip(one, same, strict=True))
        assert any(a.shape != b.shape or (a != b).any() for a, b in zip(one, other, strict=True))
