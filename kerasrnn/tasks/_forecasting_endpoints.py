"""What an exported forecaster answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kerasrnn.tasks import Endpoint

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.tasks._columns import Columns
    from kerasrnn.tasks._forecasting_settings import ForecastingConfig


def endpoints(
    c: ForecastingConfig, model: keras.Model, transforms: Mapping[str, Any]
) -> dict[str, Endpoint]:
    """As `Task.endpoints`: rows in their own units to rows in their own units."""
    import tensorflow as tf

    roles, scaler = transforms["columns"], transforms["scaler"]
    known, n = len(roles.known_future), len(roles.targets)
    mean, deviation = (tf.constant(a, tf.float32) for a in (scaler.mean, scaler.deviation))

    def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        scaled: Any = (inputs["past"] - mean) / deviation
        if known:
            future = (inputs["future"] - mean[-known:]) / deviation[-known:]
            scaled = {"past": scaled, "future": future}
        return {"forecast": model(scaled, training=False) * deviation[:n] + mean[:n]}

    specs = {"past": tf.TensorSpec([None, c.past, len(roles.names)], tf.float32)}
    if known:
        specs["future"] = tf.TensorSpec([None, c.horizon, known], tf.float32)
    future = f" and {', '.join(roles.known_future)} of the {c.horizon} to come" if known else ""
    return {
        "serving_default": Endpoint(
            answer,
            specs,
            f"{c.past} rows of {', '.join(roles.names)}{future} to {c.horizon} rows of "
            f"{', '.join(roles.targets)}, all in the data's own units",
            numeric=True,
        ),
        **(_regression(answer, specs) if is_single(c, roles) else {}),
    }


def is_single(c: ForecastingConfig, roles: Columns) -> bool:
    """Whether the answer is one number, as Serving's Regress wants it."""
    return c.horizon * len(roles.targets) == 1


def _regression(answer: Callable, specs: Mapping[str, tf.TensorSpec]) -> dict[str, Endpoint]:
    """The same forecast, asked by messages."""
    import tensorflow as tf

    features = {
        name: tf.io.FixedLenFeature(spec.shape[1:], tf.float32) for name, spec in specs.items()
    }

    def regress(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        forecast = answer(tf.io.parse_example(inputs["inputs"], features))["forecast"]
        return {"outputs": tf.reshape(forecast, [-1, 1])}

    about = f"tf.train.Example messages with {', '.join(specs)}, row by row, for Serving's Regress"
    inputs = {"inputs": tf.TensorSpec([None], tf.string)}
    return {"regress": Endpoint(regress, inputs, about, method="regress")}
