"""Examples that overlap, in batches of like length."""

import numpy as np
import pytest

from kerasrnn.transforms.orders import epoch_order
from kerasrnn.transforms.stretches import Stretches


def prefixes(per_step=False, *, lengths=(1, 5, 2, 7), batch_size=3):
    """Every row of some sequences with the rows before it, all numbers telling their row."""
    ends = np.cumsum(lengths)
    first = np.repeat(ends - lengths, lengths)
    rows = np.arange(ends[-1], dtype=np.float32)
    stops = ends if per_step else np.arange(1, ends[-1] + 1)
    return Stretches(
        rows=np.stack([rows, rows + 100], 1),
        starts=ends - lengths if per_step else first,
        ends=stops,
        targets=rows[:, None] * 2,
        truth=rows[:, None] * 3,
        per_step=per_step,
        batch_size=batch_size,
    )


def test_an_epoch_visits_each_example_once_with_its_rows_and_its_last_target():
    made = prefixes()
    seen = []
    for inputs, targets in made.dataset(epoch_order(15, seed=1, epoch=0)):
        features, lengths = inputs["features"].numpy(), inputs["lengths"].numpy()
        assert lengths.dtype == np.int32
        assert features.shape[1] == lengths.max()
        for rows, length, target in zip(features, lengths, targets.numpy(), strict=True):
            last = int(target[0]) // 2
            seen.append(last)
            example = last  # examples end at every row
            assert length == made.ends[example] - made.starts[example]
            expected = np.arange(made.starts[example], last + 1)
            np.testing.assert_array_equal(rows[:length, 0], expected)
            assert not rows[length:].any()
    assert sorted(seen) == list(range(15))


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("epoch", range(3))
def test_an_epoch_has_the_batches_announced_and_depends_on_its_order_alone(per_step, epoch):
    made = prefixes(per_step, lengths=(3, 1, 4, 1, 5, 9, 2, 6), batch_size=3)
    order = epoch_order(len(made.starts), seed=1, epoch=epoch)
    first, again = (list(made.dataset(order)) for _ in range(2))
    assert len(first) == made.steps()
    for (a, *x), (b, *y) in zip(first, again, strict=True):
        np.testing.assert_array_equal(a["features"], b["features"])
        np.testing.assert_array_equal(x[0], y[0])
    other = list(made.dataset(epoch_order(len(made.starts), seed=1, epoch=epoch + 1)))
    lengths = [[i["lengths"].numpy().tolist() for i, *_ in batches] for batches in (first, other)]
    assert lengths[0] != lengths[1]


def test_per_step_every_real_row_has_its_target_and_its_weight():
    made = prefixes(True)
    rows = []
    for inputs, targets, weights, truth in made.by_length(2):
        real = weights.numpy() > 0
        assert real.sum(1).tolist() == inputs["lengths"].numpy().tolist()
        np.testing.assert_array_equal(targets.numpy()[real] * 1.5, truth.numpy()[real])
        assert not targets.numpy()[~real].any()
        rows += (truth.numpy()[real][:, 0] / 3).tolist()
    assert sorted(rows) == list(range(15))
    assert sorted(made.answered.tolist()) == list(range(15))


def test_ids_are_batched_without_lengths():
    made = Stretches(
        rows=np.array([1, 2, 3, 4, 5], np.int32),
        starts=np.array([0, 2]),
        ends=np.array([2, 5]),
        targets=np.zeros((5, 2), np.float32),
        truth=np.zeros((5, 2), np.float32),
        per_step=True,
        batch_size=4,
    )
    [(ids, targets, weights, truth)] = made.by_length(4)
    assert ids.numpy().tolist() == [[1, 2, 0], [3, 4, 5]]
    assert weights.numpy().tolist() == [[1, 1, 0], [1, 1, 1]]
    assert targets.shape == truth.shape == (2, 3, 2)


def test_measuring_goes_by_length():
    made = prefixes()
    lengths = [int(n) for inputs, *_ in made.by_length(4) for n in inputs["lengths"]]
    assert lengths == sorted(made.lengths.tolist())
    last = [int(v) for *_, truth in made.by_length(4) for v in truth.numpy()[:, 0] / 3]
    assert last == np.argsort(made.lengths, kind="stable").tolist()
