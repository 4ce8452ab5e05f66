"""Settings of text classification."""

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
from kerasrnn.registry import POOLINGS


@dataclass(frozen=True, kw_only=True)
class SentimentConfig(LargeDataSettings, Config):
    """The text and its words."""

    text_column: str = setting("", "Column of the text; guessed from usual names if left out.")
    label_column: str = setting("", "Column of the label; guessed likewise.")
    block: int = setting(
        1, "Neighbouring rows kept together when parts are cut (texts of one origin).", low=1
    )
    tokens: str = setting("word", "What the network reads.", choices=("word", "character"))
    segmenter: str = setting(
        "none", "jieba finds Chinese words (extra 'chinese').", choices=("none", "jieba")
    )
    vocabulary_size: int = setting(20_000, "Most tokens known.", low=3)
    minimum_count: int = setting(2, "Tokens seen less often are unknown.", low=1)
    steps: int = setting(400, "Most tokens of a text that are read.", low=1)
    truncate: str = setting(
        "head", "Of longer texts keep the head, or both ends.", choices=("head", "ends")
    )
    embedding: int = setting(128, "Width of a token's vector.", low=1)
    vectors: str = setting(
        "", "GloVe or word2vec file (.txt, .bin) to start the embedding from.", path=True
    )
    word_dropout: float = setting(0.3, "Share of tokens dropped whole.", low=0, high=0.95)
    embedding_dropout: float = setting(
        0.0, "Share of embedding features dropped.", low=0, high=0.95
    )
    bidirectional: bool = setting(True, "Read the text both ways.")
    pooling: str = setting(
        "mean_max",
        "From steps to one vector.",
        choices=POOLINGS,
    )
    bigrams: int = setting(
        0, "Buckets of hashed token pairs pooled beside the network; 0: none.", low=0, high=2**24
    )
    label_smoothing: float = setting(
        0.1, "Share of the target spread over all labels.", low=0, high=0.9
    )
    epochs: int = redefine(TrainingSettings, "epochs", 4)
    optimizer: str = redefine(TrainingSettings, "optimizer", "adamw")
    learning_rate: float = redefine(TrainingSettings, "learning_rate", 3e-3)
    schedule: str = redefine(TrainingSettings, "schedule", "cosine")
    warmup: float = redefine(TrainingSettings, "warmup", 0.1)
    output_dropout: float = redefine(RecurrentSettings, "output_dropout", 0.3)
