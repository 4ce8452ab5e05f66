"""Forecaster: many variables in, the next `horizon` rows of the targets out.

Two readings of the past. Step by step: the recurrent stack sees one row after another and a
linear layer turns its last state into the whole horizon. Or segment by segment, after SegRNN
(Lin et al. 2023): the past is cut into stretches that enter one at a time, so that the network
takes `past / segment` steps instead of `past`, and every stretch of the horizon is decoded at
once, by one more step from the last state on a learned vector of the stretch's position.
"""

from collections.abc import Sequence

import keras
from keras import ops

from kerasrnn.layers.pooling import Pooling
from kerasrnn.layers.segments import Positions, Rows
from kerasrnn.layers.stack import Stack
from kerasrnn.registry import CELLS


def forecaster(
    *,
    past: int,
    horizon: int,
    features: int,
    targets: int | None = None,
    known_future: int = 0,
    cell: str = "gru",
    units: int | Sequence[int] = 64,
    layers: int = 1,
    bidirectional: bool = False,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    pooling: str = "last",
    residual: bool = False,
    layer_normalization: bool = False,
    expected_span: int = 0,
    segment: int = 1,
    per_variable: bool = False,
    relative: bool = False,
) -> keras.Model:
    """History to forecast, both in the same (scaled) units.

    Args:
        past: Rows of history the model sees.
        horizon: Rows it predicts.
        features: Columns of the history; the targets are the first `targets` of them.
        targets: Columns predicted; all if left out.
        known_future: Columns known in advance over the horizon (calendar, weather forecast).
        cell: A name from `kerasrnn list`.
        units: Width of each recurrent layer and direction.
        layers: Recurrent layers on top of one another.
        bidirectional: Read the history both ways.
        dropout: Between recurrent layers.
        output_dropout: Before the last linear layer.
        pooling: How a step-by-step history becomes one vector; `last` or as in `Pooling`.
        residual: Add each recurrent layer's input to its output where widths agree.
        layer_normalization: Normalise each recurrent layer's output.
        expected_span: Steps a memory may have to last, by which gated cells start; 0: as usual.
        segment: Rows that enter at once; 1 reads step by step. Must divide `past` and `horizon`.
        per_variable: Forecast each variable from its own past alone, with shared weights.
        relative: Predict the change since the last row, so that level shifts are harmless.

    Returns:
        Model from `past` `(batch, past, features)` to `(batch, horizon, targets)`; with
        `known_future`, from `{"past", "future"}`, `future` being `(batch, horizon, known_future)`.

    Raises:
        ValueError: If the numbers do not fit one another.
    """
    targets = features if targets is None else targets
    by_segment = segment > 1 or per_variable
    _check(past, horizon, features, targets, segment)
    if per_variable and (targets != features or known_future):
        raise ValueError("per_variable forecasts every column from itself: no covariates")
    if by_segment and (bidirectional or pooling != "last"):
        raise ValueError(
            "segments and per_variable read one way to the last state: "
            "leave out bidirectional and pooling"
        )
    stack = Stack(
        cell, units, layers, bidirectional, dropout, residual, layer_normalization, expected_span
    )
    history = keras.Input((past, features), name="past")
    future = keras.Input((horizon, known_future), name="future") if known_future else None
    x = history
    if relative:
        last = history[:, -1:, :]
        x = history - last
    if by_segment:
        y = _by_segment(x, future, stack, horizon, targets, segment, per_variable, output_dropout)
    else:
        y = _by_step(x, future, stack, horizon, targets, pooling, output_dropout)
    if relative:
        y = y + last[:, :, :targets]
    y = keras.layers.Activation("linear", dtype="float32", name="forecast")(y)
    inputs = {"past": history, "future": future} if known_future else history
    return keras.Model(inputs, y, name="forecaster")


def _check(past, horizon, features, targets, segment):
    if min(past, horizon, features, targets, segment) < 1:
        raise ValueError("past, horizon, features, targets and segment must be at least 1")
    if targets > features:
        raise ValueError(f"{targets} targets are more than the {features} features")
    if past % segment or horizon % segment:
        raise ValueError(
            f"a segment of {segment} must divide the past ({past}) and the horizon ({horizon})"
        )


def _by_step(x, future, stack, horizon, targets, pooling, output_dropout):
    if pooling == "last":
        x, _ = stack(x, sequences=False)
    else:
        x, _ = stack(x)
        everywhere = ops.ones_like(x[:, :, 0], dtype="bool")
        x = Pooling(pooling, name="pooling")(x, everywhere)
    if output_dropout:
        x = keras.layers.Dropout(output_dropout, name="output_dropout")(x)
    if future is None:
        y = keras.layers.Dense(horizon * targets, name="head")(x)
        return keras.layers.Reshape((horizon, targets))(y)
    # each row of the horizon: what the past says of it beside what is known of it
    width = max(16, 2 * targets)
    said = keras.layers.Reshape((horizon, width))(keras.layers.Dense(horizon * width)(x))
    y = keras.layers.Concatenate()([said, future])
    y = keras.layers.Dense(64, activation="relu", name="join")(y)
    return keras.layers.Dense(targets, name="head")(y)


def _by_segment(x, future, stack, horizon, targets, segment, per_variable, output_dropout):
    past, features = x.shape[1:]
    variables = features if per_variable else 1
    width = features // variables  # columns that travel together
    positions, units = horizon // segment, stack.widths()[-1]
    # (batch, past, features) -> (batch * variables, past / segment, segment * width)
    x = keras.layers.Permute((2, 1))(x) if per_variable else x
    x = Rows((past // segment, segment * width), name="segments")(x)
    x = keras.layers.Dense(stack.widths()[0], activation="relu", name="segment_embedding")(x)
    _, states = stack(x, sequences=False)
    per_layer = len(states) // stack.layers
    state = [ops.repeat(s, positions, axis=0) for s in states[-per_layer:]]
    like = Rows((variables, units), name="variables")(states[-per_layer])
    query = Positions(positions, units, name="positions")(like)
    y = CELLS.load(stack.cell)(units, name="decoder")(query, initial_state=state)
    if future is not None:
        known = Rows((segment * future.shape[-1],), name="future_segments")(future)
        y = keras.layers.Concatenate()([y, known])
        y = keras.layers.Dense(units, activation="relu", name="join")(y)
    if output_dropout:
        y = keras.layers.Dropout(output_dropout, name="output_dropout")(y)
    y = keras.layers.Dense(segment * (1 if per_variable else targets), name="head")(y)
    if per_variable:
        y = Rows((variables, horizon), name="rows")(y)
        return keras.layers.Permute((2, 1))(y)
    return Rows((horizon, targets), name="rows")(y)
