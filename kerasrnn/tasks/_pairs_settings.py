"""Settings that translation, summarisation and dialogue share."""

from __future__ import annotations

from dataclasses import dataclass

from kerasrnn.config import Config, RecurrentSettings, TrainingSettings, redefine, setting
from kerasrnn.registry import ATTENTIONS
from kerasrnn.text_metrics import BLEU_TOKENIZERS


@dataclass(frozen=True, kw_only=True)
class PairsConfig(Config):
    """The texts, how they are read, and how they are written."""

    source_column: str = setting("", "Column that is read; guessed from usual names if left out.")
    target_column: str = setting("", "Column that is written; guessed likewise.")
    tokens: str = setting(
        "",
        "What the network reads and writes; left out: subwords, of the sample what suits it.",
        choices=("subword", "word", "character"),
    )
    lower: bool = setting(False, "Read and write lower case alone.")
    vocabulary_size: int = setting(8_000, "Most tokens known on each side.", low=5)
    minimum_count: int = setting(1, "Words seen less often are unknown.", low=1)
    shared_vocabulary: bool = setting(False, "One vocabulary, and its vectors, for both sides.")
    steps: int = setting(100, "Most tokens of a source that are read.", low=1)
    target_steps: int = setting(100, "Most tokens written, the end among them.", low=2)
    embedding: int = setting(128, "Width of a token's vector.", low=1)
    tied: bool = setting(True, "The target's vectors also score the outputs.")
    embedding_dropout: float = setting(
        0.0, "Share of embedding features dropped.", low=0, high=0.95
    )
    bidirectional: bool = setting(True, "Read the source both ways.")
    attention: str = setting("dot", "How source steps are scored.", choices=ATTENTIONS)
    input_feeding: bool = setting(
        False, "Tell each step what the one before attended to; slower to train."
    )
    label_smoothing: float = setting(
        0.1, "Share of the target spread over all tokens.", low=0, high=0.9
    )
    beam: int = setting(5, "Sequences searched side by side; 1 is greedy.", low=1, high=1000)
    length_penalty: float = setting(1.0, "Above 0: longer outputs.", low=0, high=10)
    coverage_penalty: float = setting(
        0.0, "Above 0: against leaving out parts of the source.", low=0, high=10
    )
    bleu_tokens: str = setting("13a", "sacrebleu's tokens for BLEU.", choices=BLEU_TOKENIZERS)
    units: int = redefine(RecurrentSettings, "units", 128)
    output_dropout: float = redefine(RecurrentSettings, "output_dropout", 0.1)
    epochs: int = redefine(TrainingSettings, "epochs", 5)
    learning_rate: float = redefine(TrainingSettings, "learning_rate", 3e-3)
    schedule: str = redefine(TrainingSettings, "schedule", "cosine")
    warmup: float = redefine(TrainingSettings, "warmup", 0.05)
