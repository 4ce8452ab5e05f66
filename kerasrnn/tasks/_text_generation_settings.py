"""Settings of text generation."""

from __future__ import annotations

from dataclasses import dataclass

from kerasrnn.config import (
    Config,
    LargeDataSettings,
    RecurrentSettings,
    TrainingSettings,
    redefine,
    setting,
)


@dataclass(frozen=True, kw_only=True)
class TextGenerationConfig(LargeDataSettings, Config):
    """The text and how it is read."""

    tokens: str = setting("character", "What is predicted.", choices=("character", "word"))
    vocabulary_size: int = setting(20_000, "Most tokens known.", low=3)
    minimum_count: int = setting(1, "Tokens seen less often are unknown.", low=1)
    valid_share: float = setting(
        0.1, "Share cut from the text's end to choose the best epoch on.", low=0.001, high=0.5
    )
    test_share: float = setting(
        0.0, "Share cut before that part to measure on; 0: none.", low=0, high=0.5
    )
    steps: int = setting(64, "Tokens of each stream in a batch.", low=1)
    embedding: int = setting(64, "Width of a token's vector.", low=1)
    embedding_dropout: float = setting(
        0.0, "Share of embedding features dropped.", low=0, high=0.95
    )
    softmax: str = setting(
        "full",
        "How training scores a large vocabulary: at once, in slices that save memory, or against "
        "words drawn.",
        choices=("full", "sliced", "sampled"),
    )
    softmax_samples: int = setting(1024, "Words drawn each step by --softmax sampled.", low=1)
    cell: str = redefine(RecurrentSettings, "cell", "gru")
    units: int = redefine(RecurrentSettings, "units", 256)
    output_dropout: float = redefine(RecurrentSettings, "output_dropout", 0.2)
    epochs: int = redefine(TrainingSettings, "epochs", 8)
    learning_rate: float = redefine(TrainingSettings, "learning_rate", 4e-3)
    schedule: str = redefine(TrainingSettings, "schedule", "cosine")
    warmup: float = redefine(TrainingSettings, "warmup", 0.05)
