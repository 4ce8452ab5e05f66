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


@pytest.mark.parametrize("count", [1, 2, 9000])
@pytest.mark.parametrize("names", [[name] for name in NAMES] + [NAMES])
def test_predictions_are_drawn(drawn, count, names):
    truth, predicted = np.random.default_rng(1).normal(size=(2, count, len(names)))
    plots.predictions(drawn, truth=truth, predicted=predicted, names=names)


@pytest.mark.parametrize("windows", [1, 2, 9])
@pytest.mark.parametrize("names", [[name] for name in NAMES] + [NAMES])
@pytest.mark.parametrize("begin", [0, np.datetime64("2024-01-01T00:00:00")])
def test_forecasts_are_drawn(drawn, windows, names, begin):
    random = np.random.default_rng(1)
    truth, forecast = random.normal(size=(2, windows, 3, len(names)))
    history = random.normal(size=(windows, 20, len(names)))
    times = begin + (np.arange(windows)[:, None] + np.arange(23)) * 3600
    figures = {"history": history, "truth": truth, "forecast": forecast}
    plots.forecasts(drawn, **figures, names=names, times=times)


@pytest.mark.parametrize("layers", [["rnn_0"], ["$", "b", "c", "d", "e"]])
@pytest.mark.parametrize("epochs", [1, 30])
@pytest.mark.parametrize("steps", [1, 50])
def test_gradients_are_drawn(drawn, layers, epochs, steps):
    rows = [
        {"epoch": e, "layer": layer, "steps_back": k, "norm": 0.0 if k > 40 else 0.5**k}
        | {"clipped": 0.5 if e else None}
        for e in range(epochs)
        for layer in layers
        for k in range(steps)
    ]
    plots.gradients(drawn, rows)


@pytest.fixture
def axes(monkeypatch, tmp_path):
    """The panels of a picture, with the text of their ticks."""

    def of(draw, *arguments, **settings):
        kept = []
        monkeypatch.setattr(plots, "_write", lambda figure, path: kept.append(figure))
        draw(tmp_path / "x.png", *arguments, **settings)
        [figure] = kept
        figure.canvas.draw()
        plt.close(figure)
        return figure.axes

    return of


def test_one_epoch_has_one_tick(axes):
    row = {"epoch": 1, "loss": 1.0, "valid_loss": 1.1, "valid_mse": 0.5}
    for panel in axes(plots.history, [row], monitor="mse", best=1):
        low, high = panel.get_xlim()
        assert [tick for tick in panel.get_xticks() if low <= tick <= high] == [1]


def test_every_target_up_to_four_has_a_row_of_panels_over_its_times(axes):
    values = np.arange(2 * 10 * 5.0).reshape(2, 10, 5)
    times = np.datetime64("2024-03-01") + np.arange(10) + np.arange(2)[:, None]
    panels = axes(
        plots.forecasts,
        history=values[:, :7],
        truth=values[:, 7:],
        forecast=values[:, 7:] + 1,
        names=list("abcde"),
        times=times,
    )
    assert [panel.get_ylabel() for panel in panels] == ["a", "", "b", "", "c", "", "d", ""]
    for place, panel in enumerate(panels):
        history, truth, forecast, _ = panel.lines
        target, window = divmod(place, 2)
        np.testing.assert_array_equal(history.get_ydata(), values[window, :7, target])
        np.testing.assert_array_equal(truth.get_ydata(), values[window, 7:, target])
        np.testing.assert_array_equal(forecast.get_ydata(), values[window, 7:, target] + 1)
        np.testing.assert_array_equal(truth.get_xdata(), times[window, 7:])
    assert "2024-Mar" in panels[0].xaxis.get_offset_text().get_text()


@pytest.mark.parametrize("steps", [1, 30])
def test_a_recording_is_drawn(drawn, steps):
    logits = np.random.default_rng(0).normal(size=(steps, 4)) * 5
    plots.spoken(
        drawn,
        frames=np.zeros((3 * steps, 12)),
        logits=logits,
        characters=("", " ", "$", "é"),
        text="a $\\frac$ b",
        seconds=0.5,
    )


def test_an_alignment_has_the_tokens_on_both_sides(drawn, monkeypatch):
    panels = []
    monkeypatch.setattr(plots, "_write", _keeping(panels, plots._write))
    weights = np.eye(3, 4)
    source, target = ["▁ein", "$x$", " ", "_b"], ["a", "$", "</b>"]
    assert plots.alignment(drawn, weights, source=source, target=target) == []
    [axis, _] = panels[0]
    assert [t.get_text() for t in axis.get_xticklabels()] == ["▁ein", "$x$", "␣", "_b"]
    assert [t.get_text() for t in axis.get_yticklabels()] == target
    np.testing.assert_array_equal(axis.images[0].get_array(), weights)


def _keeping(panels, write):
    def keep(figure, path):
        panels.append(figure.axes)
        write(figure, path)

    return keep


def test_names_and_characters_are_drawn_by_fonts_that_have_them(drawn, monkeypatch):
    panels = []
    monkeypatch.setattr(plots, "fonts_for", lambda text: (["DejaVu Sans"], set(text) & {"世"}))
    monkeypatch.setattr(plots, "_write", _keeping(panels, plots._write))
    plots.confusion(drawn, np.array([0, 1]), np.array([0, 1]), ["世", "good"])
    assert [t.get_text() for t in panels[0][0].get_xticklabels()] == ["U+4E16", "good"]
    logits = np.eye(3)[[0, 1, 2]] * 9
    frames = np.zeros((9, 12))
    plots.spoken(
        drawn, frames=frames, logits=logits, characters=("", " ", "世"), text="世 a", seconds=0.5
    )
    assert [t.get_text() for t in panels[1][1].texts] == ["␣", "U+4E16"]
    assert panels[1][0].figure.get_suptitle() == "“U+4E16 a”"
