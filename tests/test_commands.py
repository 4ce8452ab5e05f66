"""What is said at the end of a run."""

import pytest

from kerasrnn.commands import _doubt
from kerasrnn.registry import TASKS


@pytest.mark.parametrize(
    ("task", "monitor", "ours", "says"),
    [
        ("sentiment", "accuracy", 0.6, ""),
        ("sentiment", "accuracy", 0.5, "'strong' has the same accuracy"),
        ("sentiment", "accuracy", 0.1, "'strong' has a better accuracy"),
        ("forecasting", "mse", 0.4, ""),
        ("forecasting", "mse", 0.5, "'strong' has the same mse"),
        ("forecasting", "mse", 9.0, "'strong' has a better mse"),
    ],
)
@pytest.mark.parametrize("part", ["valid", "test"])
def test_a_network_no_better_than_a_trivial_answer_is_told_so(task, monitor, ours, says, part):
    strong, weak = {monitor: 0.5}, {monitor: 0.2 if task == "sentiment" else 3.0}
    scores = {"valid": {monitor: -1}, "test": {}, part: {monitor: ours}}
    metrics = {**scores, "baseline": strong, "baselines": {"weak": weak, "strong": strong}}
    said = _doubt(metrics, TASKS.load(task))
    assert says in said
    assert bool(said) == bool(says)
