"""Every picture is drawn whole, whatever its labels are called."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from kerasrnn import plots

NAMES = ["plain", "$", "a $\\frac$ b", "$$", "a_b^c"]


@pytest.fixture
def drawn(tmp_path):
    """The path to draw to; checks that one picture is there and no figure is left open."""
    path = tmp_path / "plots" / "picture.png"
    before = plt.get_fignums()
    yield path
    assert path.read_bytes().startswith(b"\x89PNG")
    height, width, _ = plt.imread(path).shape
    assert min(height, width) > 100
    assert list(path.parent.iterdir()) == [path]
    assert plt.get_fignums() == before


@pytest.mark.parametrize("monitor", ["loss", "accuracy"])
@pytest.mark.parametrize("epochs", [1, 3])
def test_the_history_is_drawn(drawn, monitor, epochs):
    rows = [
        {"epoch": i + 1, "loss": 1 / (i + 1), "valid_loss": 1.1, "valid_accuracy": 0.5}
        for i in range(epochs)
    ]
    plots.history(drawn, rows, monitor=monitor, best=1)


def test_a_history_without_a_validation_loss_is_drawn(drawn):
    plots.history(drawn, [{"epoch": 1, "loss": 2.0, "valid_mae": 1.0}], monitor="mae", best=1)


@pytest.mark.parametrize("names", [NAMES, [f"label {i}" for i in range(40)]])
def test_the_confusion_is_drawn(drawn, names):
    random = np.random.default_rng(1)
    targets, predicted = random.integers(0, len(names) - 1, (2, 50))
    plots.confusion(drawn, targets, predicted, names)


@pytest.mark.parametrize("windows", [1, 2, 9])
@pytest.mark.parametrize("name", NAMES)
def test_forecasts_are_drawn(drawn, windows, name):
    random = np.random.default_rng(1)
    truth, forecast = random.normal(size=(2, windows, 3, 2))
    history = random.normal(size=(windows, 20, 2))
    plots.forecasts(drawn, history=history, truth=truth, forecast=forecast, names=[name, "b"])
