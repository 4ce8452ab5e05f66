"""Columns, parts, units and baselines of the forecasting task."""

import io
import json

import numpy as np
import pytest
from small_runs import small_config, write_series

from kerasrnn import cli, commands
from kerasrnn.errors import BadInput
from kerasrnn.network import Network
from kerasrnn.registry import TASKS


def make(tmp_path, **settings):
    return TASKS.load("forecasting")(small_config("forecasting", tmp_path, **settings))


def stacked(batches):
    """Histories and true horizons of all windows."""
    pairs = [(x["past"] if isinstance(x, dict) else x, y) for x, y in batches]
    return np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])


def counting(path, count=100, *, empty=(), gone=()):
    """A daily series 0, 1, 2 … with its square beside it."""
    days = np.datetime64("2024-01-01") + np.arange(count)
    lines = {i: f"{d},{'' if i in empty else i},{i * i}" for i, d in enumerate(days)}
    rows = [line for i, line in lines.items() if i not in gone]
    path.write_text("date,x,square\n" + "\n".join(rows) + "\n")
    return str(path)


def horizons_in_rows(task, prepared, part):
    """First and last row that a part forecasts, for the counting series."""
    scaler = prepared.transforms["scaler"]
    _, truth = stacked(getattr(prepared, part))
    rows = scaler.restore(truth, truth.shape[-1])[..., 0]
    return round(rows.min()), round(rows.max()), len(truth)


PLAIN = {"known_future": "", "past": 5, "horizon": 2}


def test_parts_forecast_their_own_rows_only_with_the_rows_before_as_history(tmp_path):
    task = make(tmp_path, data=counting(tmp_path / "x.csv"), split="0.6,0.2,0.2", **PLAIN)
    prepared = task.prepare()
    assert horizons_in_rows(task, prepared, "valid") == (60, 79, 19)
    assert horizons_in_rows(task, prepared, "test") == (80, 99, 19)
    _, truth = stacked(prepared.train(0))
    assert len(truth) == 60 - 5 - 2 + 1
    assert prepared.transforms["scaler"].restore(truth, 2)[..., 0].max() == pytest.approx(59)


def test_files_of_their_own_take_the_place_of_the_cut_parts(tmp_path):
    train, other = counting(tmp_path / "x.csv"), counting(tmp_path / "y.csv", 30)
    task = make(tmp_path, data=train, valid_data=other, test_data=other, **PLAIN)
    prepared = task.prepare()
    assert horizons_in_rows(task, prepared, "valid") == (5, 29, 24)
    assert horizons_in_rows(task, prepared, "test") == (5, 29, 24)
    _, truth = stacked(prepared.train(0))
    assert len(truth) == 100 - 5 - 2 + 1


def test_the_scale_is_that_of_the_training_part(tmp_path):
    task = make(tmp_path, data=counting(tmp_path / "x.csv"), split="0.5,0.2,0.3", **PLAIN)
    scaler = task.prepare().transforms["scaler"]
    np.testing.assert_allclose(scaler.mean, [np.mean(range(50)), np.mean(np.arange(50) ** 2)])
    np.testing.assert_allclose(scaler.deviation[0], np.std(range(50)))


@pytest.mark.parametrize(
    ("settings", "targets", "columns"),
    [
        ({"known_future": ""}, ("load", "price", "hour"), ("load", "price", "hour")),
        ({"known_future": "hour"}, ("load", "price"), ("load", "price", "hour")),
        ({"known_future": "", "targets": "price"}, ("price",), ("price",)),
        (
            {"known_future": "", "targets": "price", "covariates": "load"},
            ("price",),
            ("price", "load"),
        ),
        (
            {"known_future": "hour", "targets": "price", "covariates": "load"},
            ("price",),
            ("price", "load", "hour"),
        ),
        ({"known_future": "", "covariates": "load"}, ("price", "hour"), ("price", "hour", "load")),
    ],
    ids=str,
)
def test_columns_play_the_roles_they_are_given(tmp_path, settings, targets, columns):
    task = make(tmp_path, **settings)
    prepared = task.prepare()
    roles = prepared.transforms["columns"]
    assert roles.targets == targets
    assert roles.names == columns
    inputs, truth = next(iter(prepared.valid))
    past = inputs["past"] if settings["known_future"] else inputs
    assert past.shape[1:] == (8, len(columns))
    assert truth.shape[1:] == (4, len(targets))
    if settings["known_future"]:
        assert inputs["future"].shape[1:] == (4, 1)
    model = task.build_model(prepared.transforms)
    assert model(inputs).shape == truth.shape


def test_errors_in_own_units_are_those_of_standardised_values_scaled_back(tmp_path):
    task = make(tmp_path, targets="load", known_future="")
    prepared = task.prepare()
    network = Network(task, task.build_model(prepared.transforms))
    scores = task.score(network, prepared.valid, prepared.transforms)
    scale = prepared.transforms["scaler"].deviation[0]
    assert scores["mae_original"] == pytest.approx(scores["mae"] * scale, rel=1e-5)
    assert scores["mse_original"] == pytest.approx(scores["mse"] * scale**2, rel=1e-5)
    assert scores["rmse"] == pytest.approx(scores["mse"] ** 0.5, rel=1e-6)
    history, truth = stacked(prepared.valid)
    error = np.asarray(network.model(history)) - truth
    assert scores["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-5)
    assert scores["mse"] == pytest.approx((error**2).mean(), rel=1e-5)


def test_the_seasonal_naive_forecast_is_that_of_a_slow_loop(tmp_path):
    task = make(tmp_path, known_future="", season=3, targets="load")
    prepared = task.prepare()
    history, truth = stacked(prepared.test)
    errors = []
    for window in range(len(truth)):
        for row in range(4):
            repeated = history[window, 8 - 3 + row % 3, 0]
            errors.append(repeated - truth[window, row, 0])
    figures = prepared.baselines["seasonal naive (3)"]
    assert figures["mse"] == pytest.approx(np.mean(np.square(errors)), rel=1e-5)
    assert figures["mae"] == pytest.approx(np.mean(np.abs(errors)), rel=1e-5)
    last = prepared.baselines["last value"]
    assert last["mse"] == pytest.approx(np.mean((history[:, -1:, :] - truth) ** 2), rel=1e-5)


def test_mase_divides_by_the_naive_error_of_training(tmp_path):
    task = make(tmp_path, known_future="", season=3, targets="load")
    prepared = task.prepare()
    train = task._parts["train"]
    values = train.series.values[: train.last, 0]
    naive = np.mean([abs(values[i] - values[i - 3]) for i in range(3, len(values))])
    figures = prepared.baselines["seasonal naive (3)"]
    assert figures["mase"] == pytest.approx(figures["mae_original"] / naive, rel=1e-5)


@pytest.mark.parametrize(
    ("step", "season"), [("h", 24), ("D", 7), ("M", 12)], ids=["hours", "days", "months"]
)
def test_the_season_follows_from_the_time_step(tmp_path, step, season):
    times = np.datetime64("2020-01", step) + np.arange(120)
    days = times.astype("datetime64[s]").astype(str)
    rows = [f"{day.replace('T', ' ')},{i % 5}" for i, day in enumerate(days)]
    (tmp_path / "x.csv").write_text("date,x\n" + "\n".join(rows) + "\n")
    task = make(tmp_path, data=str(tmp_path / "x.csv"), known_future="")
    assert task.prepare().transforms["columns"].season == season


def test_the_season_of_trading_days_is_their_week(tmp_path):
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-06-01"))
    rows = [f"{day},{i % 5}" for i, day in enumerate(days[np.is_busday(days)])]
    (tmp_path / "x.csv").write_text("date,x\n" + "\n".join(rows) + "\n")
    task = make(tmp_path, data=str(tmp_path / "x.csv"), known_future="", ignore_gaps=True)
    prepared = task.prepare()
    assert prepared.transforms["columns"].season == 5
    assert prepared.baselines["seasonal naive (5)"]["mse"] < 1e-9


def test_empty_cells_are_treated_as_the_settings_say(tmp_path):
    data = counting(tmp_path / "x.csv", 60, empty=(10, 11))
    with pytest.raises(BadInput, match=r"line 12, column 'x'"):
        make(tmp_path, data=data, **PLAIN).check_data()
    between = make(tmp_path, data=data, missing="interpolate", **PLAIN)._parts["train"].series
    np.testing.assert_allclose(between.values[:, 0], range(60))
    dropped = make(tmp_path, data=data, missing="drop", **PLAIN)._parts["train"].series
    assert dropped.values[:, 0].tolist() == [i for i in range(60) if i not in (10, 11)]


@pytest.mark.parametrize("lacking", [{"empty": (30, 70)}, {"gone": (30, 70)}], ids=str)
def test_no_window_and_no_naive_forecast_crosses_a_gap(tmp_path, lacking):
    data = counting(tmp_path / "x.csv", **lacking)
    task = make(tmp_path, data=data, missing="drop", split="0.6,0.2,0.2", **PLAIN, season=3)
    prepared = task.prepare()
    restore = prepared.transforms["scaler"].restore
    for part, windows in (("train", prepared.train(0)), ("valid", prepared.valid)):
        history, truth = (restore(x, 2)[..., 0] for x in stacked(windows))
        rows = np.concatenate([history, truth], 1)
        np.testing.assert_allclose(np.diff(rows), 1, atol=1e-3, err_msg=part)
    assert len(stacked(prepared.train(0))[1]) == (30 - 6) + (28 - 6)
    assert task._windows(prepared.transforms, task._parts["train"]).breaks == (30,)
    # three days apart in every pair, so exactly 3 on the mean
    assert prepared.transforms["columns"].naive_error[0] == pytest.approx(3)


def test_missing_rows_are_treated_as_the_settings_say(tmp_path):
    data = counting(tmp_path / "x.csv", 60, gone=(10, 11))
    says = r"x.csv: line 12, column 'date': '2024-01-13': 2 rows are missing.*--ignore-gaps"
    with pytest.raises(BadInput, match=says):
        make(tmp_path, data=data, **PLAIN).check_data()
    filled = make(tmp_path, data=data, missing="interpolate", **PLAIN)._parts["train"].series
    np.testing.assert_allclose(filled.values[:, 0], range(60))
    assert (np.diff(filled.times).astype(int) == 86400).all()
    joined = make(tmp_path, data=data, ignore_gaps=True, **PLAIN)._parts["train"].series
    assert (len(joined.values), joined.breaks) == (58, ())


def test_pieces_too_short_for_a_window_are_refused(tmp_path):
    data = counting(tmp_path / "x.csv", 60, empty=range(5, 60, 6))
    with pytest.raises(BadInput, match=r"x.csv: no stretch of the train part without a gap"):
        make(tmp_path, data=data, missing="drop", **PLAIN).check_data()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that knows the hours to come, and its file."""
    folder = tmp_path_factory.mktemp("known")
    config = small_config("forecasting", folder, epochs=1)
    commands.train("forecasting", config, output=str(folder / "run"), as_json=True)
    return folder


def predict(capsys, run, *arguments):
    capsys.readouterr()
    assert cli.main(["predict", str(run), *map(str, arguments), "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_rows_with_empty_targets_are_forecast_from_their_known_columns(run, tmp_path, capsys):
    lines = (run / "series.csv").read_text().splitlines()
    cut = [line.split(",") for line in lines[-4:]]
    ahead = [f"{date},,,{hour}" for date, _, _, hour in cut]
    (tmp_path / "y.csv").write_text("\n".join([*lines[:-4], *ahead]) + "\n")
    rows = predict(capsys, run / "run", "--input", tmp_path / "y.csv")
    assert [row["time"] for row in rows] == [f"{cells[0]}:00" for cells in cut]
    # the run's own last stretch is the same forecast
    own = predict(capsys, run / "run")
    for row, other in zip(rows, own, strict=True):
        assert row["load"] == pytest.approx(other["load"], rel=1e-5)
    truth = [row["truth"]["load"] for row in own]
    assert truth == [pytest.approx(float(cells[1])) for cells in cut]
    # other hours to come, another forecast
    other = [f"{date},,,{(int(hour) + 9) % 24}" for date, _, _, hour in cut]
    (tmp_path / "z.csv").write_text("\n".join([*lines[:-4], *other]) + "\n")
    changed = predict(capsys, run / "run", "--input", tmp_path / "z.csv")
    assert [row["load"] for row in changed] != [row["load"] for row in rows]


def test_a_gap_in_the_last_rows_is_no_history(tmp_path, capsys):
    settings = {**PLAIN, "missing": "drop", "epochs": 1}
    data = counting(tmp_path / "x.csv")
    config = small_config("forecasting", tmp_path, data=data, **settings)
    commands.train("forecasting", config, output=str(tmp_path / "run"), as_json=True)
    earlier = counting(tmp_path / "y.csv", 40, gone=(34,))
    assert len(predict(capsys, tmp_path / "run", "--input", earlier)) == 2
    within = counting(tmp_path / "z.csv", 40, gone=(35,))
    assert cli.main(["predict", str(tmp_path / "run"), "--input", within]) == 2
    assert "z.csv: a gap lies in the last 5 rows" in capsys.readouterr().err


def test_a_missing_target_before_the_end_is_no_row_to_come(run, tmp_path, capsys):
    lines = (run / "series.csv").read_text().splitlines()
    ahead = [f"{line.split(',')[0]},,,{line.split(',')[3]}" for line in lines[-4:]]
    lines[50] = "{0},,{2},{3}".format(*lines[50].split(","))
    (tmp_path / "y.csv").write_text("\n".join([*lines[:-4], *ahead]) + "\n")
    assert cli.main(["predict", str(run / "run"), "--input", str(tmp_path / "y.csv")]) == 2
    assert "y.csv: line 51, column 'load': '' is a missing value" in capsys.readouterr().err


def test_without_known_columns_a_forecast_goes_on_after_the_last_row(tmp_path, capsys):
    config = small_config("forecasting", tmp_path, known_future="", targets="price", epochs=1)
    commands.train("forecasting", config, output=str(tmp_path / "run"), as_json=True)
    rows = predict(capsys, tmp_path / "run", "--input", config.data)
    assert [row["time"] for row in rows] == [f"2024-01-06 0{hour}:00:00" for hour in range(4)]
    assert all(row.keys() == {"time", "price"} for row in rows)
    assert rows == predict(capsys, tmp_path / "run")


def test_a_table_may_come_from_standard_input(run, tmp_path, capsys, monkeypatch):
    lines = (run / "series.csv").read_text().splitlines()
    ahead = [f"{line.split(',')[0]},,,{line.split(',')[3]}" for line in lines[-4:]]
    (tmp_path / "y.csv").write_text("\n".join([*lines[:-4], *ahead]) + "\n")
    expected = predict(capsys, run / "run", "--input", tmp_path / "y.csv")
    for arguments in (["--input", "-"], ["-"]):
        with open(tmp_path / "y.csv") as file:
            monkeypatch.setattr("sys.stdin", file)
            assert predict(capsys, run / "run", *arguments) == expected
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"date,load\n2024,x\n")))
    assert cli.main(["predict", str(run / "run"), "-"]) == 2
    assert "kerasrnn: standard input: no column 'price'" in capsys.readouterr().err


def test_a_forecast_depends_on_the_last_rows_only(run, tmp_path, capsys):
    lines = (run / "series.csv").read_text().splitlines()
    ahead = [f"{line.split(',')[0]},,,{line.split(',')[3]}" for line in lines[-4:]]
    (tmp_path / "all.csv").write_text("\n".join([*lines[:-4], *ahead]) + "\n")
    (tmp_path / "last.csv").write_text("\n".join([lines[0], *lines[-12:-4], *ahead]) + "\n")
    whole = predict(capsys, run / "run", "--input", tmp_path / "all.csv")
    assert predict(capsys, run / "run", "--input", tmp_path / "last.csv") == whole


@pytest.mark.parametrize(
    "settings",
    [
        {"segment": 4, "known_future": ""},
        {"segment": 4},
        {"segment": 4, "per_variable": True, "relative": True, "known_future": ""},
        {"relative": True, "loss": "mae"},
        {"bidirectional": True, "pooling": "attention", "loss": "huber"},
    ],
    ids=str,
)
def test_every_way_of_reading_learns_a_wave(tmp_path, settings):
    data = write_series(tmp_path / "series.csv", count=300)
    config = small_config(
        "forecasting", tmp_path, data=data, units=12, epochs=5, learning_rate=0.02, **settings
    )
    output = tmp_path / "run"
    commands.train("forecasting", config, output=str(output), as_json=True)
    metrics = json.loads((output / "metrics.json").read_text())
    assert metrics["test"]["mse"] < 0.5 * metrics["baselines"]["last value"]["mse"]
