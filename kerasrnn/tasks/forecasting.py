"""Time-series forecasting: the next rows of one or more columns from the rows before them.

Source: the windowed set-up and the naive forecasts to beat are Hyndman & Athanasopoulos,
"Forecasting: principles and practice", chapter 5.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn import cache
from kerasrnn.config import comma_separated
from kerasrnn.data.long_series import open_series, write_series
from kerasrnn.data.series import Series, read_series
from kerasrnn.errors import BadInput
from kerasrnn.file_arrays import FileArray
from kerasrnn.tasks import (
    Endpoint,
    Exported,
    Measured,
    Metrics,
    Predictions,
    Prepared,
    Request,
    Task,
)
from kerasrnn.tasks._columns import Columns, columns_of
from kerasrnn.tasks._forecasting_endpoints import endpoints, is_single
from kerasrnn.tasks._forecasting_settings import SAMPLES, ForecastingConfig
from kerasrnn.tasks._latest import Latest, latest_of_file, latest_of_run
from kerasrnn.tasks._series_parts import Part, check_windows, cut, entire, sample

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.batches import Windows

SCORE_BATCH = 512


class Forecasting(Task):
    """Forecasts columns of a table in time order."""

    config_type = ForecastingConfig
    asks = "--input FILE"
    monitor = "mse"
    config: ForecastingConfig

    def check_data(self) -> None:
        if self.config.data:
            check_windows(self._parts, past=self.config.past, horizon=self.config.horizon)

    def prepare(self) -> Prepared:
        from kerasrnn.transforms.orders import epoch_order
        from kerasrnn.transforms.scaler import Scaler

        c, parts = self.config, self._parts
        check_windows(parts, past=c.past, horizon=c.horizon)
        train = parts["train"]
        roles = columns_of(train, c)
        scaler = Scaler.fit(roles.names, train.series.values, train.first, train.last)
        transforms = {"scaler": scaler, "columns": roles}
        windows = {name: self._windows(transforms, part) for name, part in parts.items()}
        measured = windows.get("test", windows["valid"])
        sizes = ", ".join(f"{len(w):,} {name}" for name, w in windows.items())
        notes = [
            f"{sizes} windows of {c.past} rows, forecasting {c.horizon} of "
            f"{', '.join(roles.targets)}"
        ]
        for name, held_out in windows.items():
            if name != "train" and (count := len(self._chosen(held_out))) < len(held_out):
                notes.append(f"measured on {count:,} windows of {name}, evenly spread")
        if any(part.breaks for part in parts.values()):
            notes.append("no window crosses a gap in the series")

        def batches(epoch: int, step: int = 0) -> tf.data.Dataset:
            order = epoch_order(len(windows["train"]), seed=c.seed, epoch=epoch)
            return windows["train"].dataset(order, c.batch_size, step)

        return Prepared(
            transforms=transforms,
            train=batches,
            steps=-(-len(windows["train"]) // c.batch_size),
            valid=self._in_order(windows["valid"]),
            test=self._in_order(windows["test"]) if "test" in windows else None,
            baselines=self._baselines(self._in_order(measured), transforms),
            notes=[*notes, *self._cached],
        )

    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        from kerasrnn.transforms.scaler import Scaler

        return {"scaler": Scaler.load(folder), "columns": Columns.load(folder)}

    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        from kerasrnn.models import forecaster

        c, roles = self.config, transforms["columns"]
        return forecaster(
            past=c.past,
            horizon=c.horizon,
            features=len(roles.names),
            targets=len(roles.targets),
            known_future=len(roles.known_future),
            bidirectional=c.bidirectional,
            pooling=c.pooling,
            **c.recurrent(),
            segment=c.segment,
            per_variable=c.per_variable,
            relative=c.relative,
        )

    def objective(self, model: keras.Model) -> dict[str, Any]:
        from kerasrnn.losses import error_loss, rows_mean

        errors = error_loss(self.config.loss, reduction=None)
        return {"loss": lambda truth, forecast, *w: rows_mean(errors(truth, forecast), *w)}

    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        import numpy as np

        from kerasrnn.metrics import mean_of_batches

        return mean_of_batches(
            (self._errors(np.asarray(forecast), truth.numpy(), transforms), len(truth))
            for forecast, truth in network.outputs(batches)
        )

    def read_batches(self, transforms: Mapping[str, Any], *, data: str) -> Measured:
        roles = transforms["columns"]
        series = self._read_columns(data, roles.names)
        part = Part(series, 0, len(series.values))
        check_windows({"file": part}, past=self.config.past, horizon=self.config.horizon)
        batches = self._in_order(self._windows(transforms, part))
        return Measured(batches, self._baselines(batches, transforms))

    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        import numpy as np

        if texts:
            raise BadInput(f"a forecast goes on from a table: --input FILE, not '{texts[0]}'")
        roles, scaler = transforms["columns"], transforms["scaler"]
        latest = self._latest(roles, file)
        known = len(roles.known_future)
        inputs: Any = scaler.scale(latest.history)[None].astype(np.float32)
        if known:
            scaled = scaler.part(slice(-known, None)).scale(latest.future)
            inputs = {"past": inputs, "future": scaled[None].astype(np.float32)}
        values = scaler.restore(np.asarray(network(inputs))[0], len(roles.targets))
        rows = [
            {"time": time, **dict(zip(roles.targets, map(float, row), strict=True))}
            for time, row in zip(latest.times, values, strict=True)
        ]
        warnings = []
        if latest.truth is not None:
            for row, true in zip(rows, latest.truth, strict=True):
                row["truth"] = dict(zip(roles.targets, map(float, true), strict=True))
            warnings.append(
                "the columns known in advance end with the data, so this is its last stretch again"
            )
        table = [[row["time"], *(f"{row[name]:.4g}" for name in roles.targets)] for row in rows]
        return Predictions(rows, ["time", *roles.targets], table, warnings)

    def endpoints(self, model: keras.Model, transforms: Mapping[str, Any]) -> dict[str, Endpoint]:
        return endpoints(self.config, model, transforms)

    def requests(
        self,
        transforms: Mapping[str, Any],
        prepared: Prepared,
        count: int,
        *,
        training: bool = False,
    ) -> dict[str, Request]:
        import numpy as np
        import tensorflow as tf

        batches = prepared.train(0) if training else prepared.held_out
        rows = next(iter(batches.map(lambda inputs, _: inputs).unbatch().batch(count)))
        request = self._own_units(tf.nest.map_structure(np.asarray, rows), transforms)
        if not is_single(self.config, transforms["columns"]):
            return {"serving_default": request}
        from kerasrnn.tasks._examples import serialized

        return {"serving_default": request, "regress": {"inputs": serialized(request)}}

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        c, roles = self.config, transforms["columns"]
        return [
            f"It sees the last {c.past} rows and nothing before them, and takes them to be evenly "
            "spaced as in training.",
            f"It gives one number for each of {', '.join(roles.targets)} and each of the "
            f"{c.horizon} rows to come, without saying how sure it is.",
            "Values far from those of its training data are forecast badly.",
        ]

    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        import numpy as np

        scaler, n = transforms["scaler"], len(transforms["columns"].targets)

        def model(inputs: Any, training: bool = False) -> np.ndarray:
            forecast = exported.answer(self._own_units(inputs, transforms))["forecast"]
            return ((forecast - scaler.mean[:n]) / scaler.deviation[:n]).astype(np.float32)

        return model

    def _own_units(self, inputs: Any, transforms: Mapping[str, Any]) -> Request:
        """The model's inputs as the endpoint takes them."""
        import numpy as np

        scaler, known = transforms["scaler"], len(transforms["columns"].known_future)
        past = np.asarray(inputs["past"] if known else inputs)
        request = {"past": scaler.restore(past).astype(np.float32)}
        if known:
            own = scaler.part(slice(-known, None)).restore(np.asarray(inputs["future"]))
            request["future"] = own.astype(np.float32)
        return request

    def plot(self, network: Network, prepared: Prepared, folder: Path) -> None:
        import numpy as np

        from kerasrnn.plots import forecasts

        c = self.config
        scaler, roles = prepared.transforms["scaler"], prepared.transforms["columns"]
        inputs, truth = next(iter(prepared.held_out.take(1)))
        history = inputs["past"] if roles.known_future else inputs
        n = len(roles.targets)
        part = self._parts["valid" if prepared.test is None else "test"]
        windows = self._windows(prepared.transforms, part)
        starts = windows.starts[self._chosen(windows)[: len(truth)]]
        forecasts(
            folder / "forecast.png",
            history=scaler.restore(history.numpy()[..., :n], n),
            truth=scaler.restore(truth.numpy(), n),
            forecast=scaler.restore(network(inputs).numpy(), n),
            names=roles.targets,
            times=part.series.times[starts[:, None] + np.arange(c.past + c.horizon)],
        )

    def next_commands(self, run: str) -> list[str]:
        return [f"kerasrnn predict {run}", *super().next_commands(run)]

    @functools.cached_property
    def _parts(self) -> dict[str, Part]:
        """The rows of each part, read once for checking and for training."""
        c = self.config
        if c.valid_data and c.test_data:
            c.refuse_given("split", "--valid-data and --test-data are given, so no part is cut")
        if not c.data:
            return cut(sample(c.sample or SAMPLES[0], c.seed), c.split)
        others = (*comma_separated(c.covariates), *comma_separated(c.known_future))
        series = self._read_columns(c.data, comma_separated(c.targets), last=others)
        given = {"valid": c.valid_data, "test": c.test_data}
        parts = {
            name: entire(self._read_columns(path, series.names))
            for name, path in given.items()
            if path
        }
        if len(parts) == 2:
            return {"train": entire(series), **parts}
        return {**cut(series, c.split), **parts}

    @functools.cached_property
    def _cached(self) -> list[str]:
        """What was said of the cache."""
        return []

    def _read_columns(
        self, path: str, names: Sequence[str], *, last: Sequence[str] = (), known_ahead: int = 0
    ) -> Series:
        c = self.config
        settings = {
            "columns": list(names),
            "last": list(last),
            "time_column": c.time_column,
            "time_format": c.time_format,
            "missing": c.missing,
            "ignore_gaps": c.ignore_gaps,
        }
        # to interpolate, and to go on from the end, the whole series is wanted at once
        whole = c.missing == "interpolate" or known_ahead or not Path(path).is_file()
        if whole or not (cache.is_large([path]) or c.cache not in ("", cache.OFF)):
            return read_series(path, **settings, known_ahead=known_ahead)
        return cache.prepared(
            cache.Recipe("series", [Path(path)], {"path": path, **settings}),
            lambda folder: write_series(folder, Path(path), **settings),
            open_series,
            where=c.cache,
            say=self._cached.append,
        )

    def _latest(self, roles: Columns, file: str) -> Latest:
        size = {"past": self.config.past, "horizon": self.config.horizon}
        if not file:
            return latest_of_run(list(self._parts.values())[-1], roles, **size)
        series = self._read_columns(file, roles.names, known_ahead=len(roles.known_future))
        return latest_of_file(series, roles, **size)

    def _windows(self, transforms: Mapping[str, Any], part: Part) -> Windows:
        from kerasrnn.transforms.batches import Windows
        from kerasrnn.transforms.scaler import ScaledRows

        roles, scaler = transforms["columns"], transforms["scaler"]
        known = len(roles.known_future)
        width = len(roles.names)
        values = part.series.values
        in_file = isinstance(values, FileArray)
        return Windows(
            ScaledRows(values, scaler, part.last)
            if in_file
            else scaler.scale(values[: part.last]).astype("float32"),
            past=self.config.past,
            horizon=self.config.horizon,
            targets=len(roles.targets),
            future=tuple(range(width - known, width)),
            first=part.first,
            breaks=part.breaks,
        )

    def _chosen(self, windows: Windows) -> range:
        """The windows that are measured on: all, or as many as are asked for, evenly spread."""
        most = self.config.valid_steps * SCORE_BATCH
        return range(0, len(windows), -(-len(windows) // most) if most else 1)

    def _in_order(self, windows: Windows) -> tf.data.Dataset:
        return windows.dataset(self._chosen(windows), SCORE_BATCH)

    def _errors(
        self, forecast: np.ndarray, truth: np.ndarray, transforms: Mapping[str, Any]
    ) -> Metrics:
        """Errors of standardised values; `_original` in the series' own units."""
        import numpy as np

        from kerasrnn.metrics import forecast_errors, scale_free_errors

        scaler, roles = transforms["scaler"], transforms["columns"]
        n = len(roles.targets)
        own, own_truth = scaler.restore(forecast, n), scaler.restore(truth, n)
        errors = forecast_errors(own, own_truth)
        return {
            **forecast_errors(forecast, truth),
            **{f"{name}_original": value for name, value in errors.items()},
            **scale_free_errors(own, own_truth, naive_error=np.array(roles.naive_error)),
        }

    def _baselines(
        self, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> dict[str, Metrics]:
        """Repeating the last row, and repeating the last season."""
        import numpy as np

        from kerasrnn.metrics import mean_of_batches

        c, roles = self.config, transforms["columns"]
        lags = {"last value": 1}
        if 1 < roles.season <= c.past:
            lags[f"seasonal naive ({roles.season})"] = roles.season

        def figures(lag: int):
            for inputs, truth in batches:
                past = (inputs["past"] if roles.known_future else inputs).numpy()
                season = past[:, -lag:, : len(roles.targets)]
                repeated = np.tile(season, (1, -(-c.horizon // lag), 1))[:, : c.horizon]
                yield self._errors(repeated, truth.numpy(), transforms), len(truth)

        return {name: mean_of_batches(figures(lag)) for name, lag in lags.items()}


TASK = Forecasting
