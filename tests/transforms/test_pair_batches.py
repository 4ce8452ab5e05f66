"""Batches of pairs: every pair once an epoch, padded right, the target moved by one."""

import numpy as np
import pytest

from kerasrnn.ids import END_ID, START_ID
from kerasrnn.transforms.orders import epoch_order
from kerasrnn.transforms.pair_batches import PairBatches, with_end

DRAW = np.random.default_rng(1)
SOURCES = [DRAW.integers(4, 99, n).astype(np.int32) for n in DRAW.integers(1, 20, 103)]
TARGETS = [with_end(DRAW.integers(4, 99, n), 15) for n in DRAW.integers(0, 20, 103)]
TEXTS = [f"text {i}" for i in range(103)]
PAIRS = PairBatches(SOURCES, TARGETS, TEXTS)


def unpadded(batches):
    """Source, given, wanted of each row without padding."""
    rows = []
    for inputs, after, weights, *_ in batches:
        source, target = (inputs[name].numpy() for name in ("source", "target"))
        assert target.shape == after.shape == weights.shape
        np.testing.assert_array_equal(weights, after.numpy() != 0)
        for i in range(len(source)):
            rows.append([x[x != 0].tolist() for x in (source[i], target[i], after[i].numpy())])
            assert not source[i, len(rows[-1][0]) :].any()  # right padding alone
    return rows


def test_an_epoch_has_every_pair_once_in_the_order_of_its_seed():
    order = epoch_order(103, seed=1, epoch=0)
    rows = unpadded(PAIRS.dataset(order, 8))
    assert sorted(map(str, rows)) == sorted(
        str([s.tolist(), [START_ID, *t[:-1].tolist()], t.tolist()])
        for s, t in zip(SOURCES, TARGETS, strict=True)
    )
    assert unpadded(PAIRS.dataset(order, 8)) == rows
    assert unpadded(PAIRS.dataset(epoch_order(103, seed=1, epoch=1), 8)) != rows
    batches = list(PAIRS.dataset(order, 8))
    assert len(batches) == PAIRS.steps(8) == 13
    assert len(batches[0]) == 3


def test_pairs_of_like_length_are_together():
    def padding(batches):
        return sum(float((1 - weights).numpy().sum()) for _, _, weights, *_ in batches)

    together = padding(PAIRS.dataset(epoch_order(103, seed=1, epoch=0), 8))
    alone = sum(max(len(t) for t in TARGETS[i : i + 8]) * 8 for i in range(0, 103, 8))
    assert together < 0.3 * (alone - sum(map(len, TARGETS)))


def test_evaluation_has_what_should_be_written_beside_its_pair():
    places = {str(s.tolist()): i for i, s in enumerate(SOURCES)}
    seen = []
    for inputs, _, _, texts in PAIRS.by_length(16):
        source = inputs["source"].numpy()
        for row, text in zip(source, texts.numpy(), strict=True):
            place = places[str(row[row != 0].tolist())]
            assert text.decode() == TEXTS[place]
            seen.append(place)
    assert len(set(seen)) == len(seen) == 103


@pytest.mark.parametrize(
    ("ids", "most", "expected"),
    [([5, 6], 9, [5, 6, END_ID]), ([], 9, [END_ID]), ([5, 6, 7], 3, [5, 6, 7])],
)
def test_a_target_ends_unless_it_is_cut(ids, most, expected):
    assert with_end(np.array(ids, np.int32), most).tolist() == expected
