"""Settings of forecasting."""

from __future__ import annotations

from dataclasses import dataclass

from kerasrnn.config import (
    ERROR_LOSSES,
    Config,
    LargeDataSettings,
    RecurrentSettings,
    TrainingSettings,
    comma_separated,
    flag,
    redefine,
    setting,
)
from kerasrnn.data.missing import MISSING_POLICIES
from kerasrnn.data.times import check_time_format
from kerasrnn.errors import BadInput
from kerasrnn.registry import POOLINGS

SAMPLES = ("load", "mackey_glass")
COLUMN_FLAGS = (
    "time_column",
    "time_format",
    "ignore_gaps",
    "targets",
    "covariates",
    "known_future",
)


@dataclass(frozen=True, kw_only=True)
class ForecastingConfig(LargeDataSettings, Config):
    """The series and the windows cut from it."""

    sample: str = setting("", "Embedded series; the first if left out.", choices=SAMPLES)
    time_column: str = setting("", "Column of the time; guessed if left out; none: number rows.")
    time_format: str = setting(
        "", "How times are written: %d.%m.%Y, unix; told if left out.", check=check_time_format
    )
    targets: str = setting("", "Columns to forecast, separated by commas; all others if left out.")
    covariates: str = setting("", "Further columns the model sees the past of.")
    known_future: str = setting("", "Columns known over the horizon too (calendar, weather).")
    missing: str = setting(
        "error", "What to do about empty cells and missing rows.", choices=MISSING_POLICIES
    )
    ignore_gaps: bool = setting(
        False, "Rows follow one another whatever their times (trading days)."
    )
    split: str = setting(
        "0.7,0.1,0.2", "Training, validation and test part in time order: shares, or rows."
    )
    past: int = setting(168, "Rows of history the model sees.", low=1)
    horizon: int = setting(24, "Rows it predicts.", low=1)
    season: int = setting(
        0, "Rows of a season for the naive forecast; 0: from the time step.", low=0
    )
    segment: int = setting(1, "Rows that enter the network at once.", low=1)
    per_variable: bool = setting(False, "Each column from its own past, with shared weights.")
    relative: bool = setting(False, "Predict the change since the window's last row.")
    bidirectional: bool = setting(False, "Read the history both ways.")
    pooling: str = setting(
        "last",
        "From the steps of the history to one vector.",
        choices=POOLINGS,
    )
    loss: str = setting("mse", "What training makes small.", choices=ERROR_LOSSES)
    epochs: int = redefine(TrainingSettings, "epochs", 6)
    batch_size: int = redefine(TrainingSettings, "batch_size", 128)
    learning_rate: float = redefine(TrainingSettings, "learning_rate", 2e-3)
    schedule: str = redefine(TrainingSettings, "schedule", "cosine")
    warmup: float = redefine(TrainingSettings, "warmup", 0.05)
    units: int = redefine(RecurrentSettings, "units", 64)

    def __post_init__(self):
        super().__post_init__()
        if self.past % self.segment or self.horizon % self.segment:
            raise BadInput(
                f"--segment {self.segment} must divide --past {self.past} "
                f"and --horizon {self.horizon}"
            )
        by_segment = self.segment > 1 or self.per_variable
        if by_segment and (self.bidirectional or self.pooling != "last"):
            raise BadInput(
                "--segment and --per-variable read one way to the last state: leave out "
                "--bidirectional and --pooling"
            )
        if self.per_variable and (self.covariates or self.known_future):
            raise BadInput("--per-variable forecasts every column from itself: no covariates")
        roles = [
            name
            for text in (self.targets, self.covariates, self.known_future)
            for name in comma_separated(text)
        ]
        if len(set(roles)) < len(roles):
            twice = next(name for name in roles if roles.count(name) > 1)
            raise BadInput(f"column '{twice}' is given two roles")
        described = [f for f in COLUMN_FLAGS if getattr(self, f)]
        if described and not self.data:
            raise BadInput(
                f"{flag(described[0])} needs --data; the embedded samples have their own"
            )
        if self.sample and self.data:
            raise BadInput("--sample and --data both name the series: give one of them")
        self.refuse_dataset("TensorFlow Datasets holds no plain time series", give="FILE.csv")
