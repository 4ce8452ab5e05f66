"""What is chosen of a tagger: its sentences, their words, its network, how labels are decided."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from kerasrnn.config import Config, RecurrentSettings, TrainingSettings, flag, redefine, setting
from kerasrnn.errors import BadInput
from kerasrnn.registry import CHARACTERS, DECODERS

OF_CHARACTERS = ("word_length", "character_embedding", "character_units")


@dataclass(frozen=True, kw_only=True)
class TaggingConfig(Config):
    """The sentences, their words and their labels."""

    text_column: str = setting(
        "", "Column of the tokens: a number from 1, a CoNLL-U name or a JSON key."
    )
    label_column: str = setting("", "Column of the labels, likewise; upos or the last if left out.")
    block: int = setting(
        1, "Neighbouring sentences kept together when parts are cut (of one document).", low=1
    )
    tokens: str = setting(
        "word", "How texts without given tokens are split.", choices=("word", "character")
    )
    scheme: str = setting(
        "auto", "Whether labels such as B-X mark entities; none: never.", choices=("auto", "none")
    )
    decoder: str = setting(
        "crf",
        "How labels are chosen: by a conditional random field, by softmax as the best sequence "
        "that the scheme allows, or by softmax one by one.",
        choices=DECODERS,
    )
    vocabulary_size: int = setting(50_000, "Most words known.", low=3)
    minimum_count: int = setting(1, "Words seen less often are unknown.", low=1)
    lower_case: bool = setting(True, "Look words up without their capitals.")
    embedding: int = setting(100, "Width of a word's vector.", low=1)
    vectors: str = setting(
        "", "GloVe or word2vec file (.txt, .bin) to start the embedding from.", path=True
    )
    characters: str = setting(
        "convolution", "How a word's characters are read beside it.", choices=CHARACTERS
    )
    word_length: int = setting(
        16, "Most characters of a word that are read; of longer ones both ends.", low=1
    )
    character_embedding: int = setting(32, "Width of a character's vector.", low=1)
    character_units: int = setting(
        32, "Filters of 2, 3, 4 and 5 characters each, or units of each direction.", low=1
    )
    bigrams: int = setting(
        0, "Buckets of hashed pairs of neighbouring tokens beside them; 0: none.", low=0, high=2**24
    )
    word_dropout: float = setting(
        0.1, "Share of words made unknown while training.", low=0, high=0.95
    )
    embedding_dropout: float = setting(
        0.3, "Share of features of words and characters dropped.", low=0, high=0.95
    )
    bidirectional: bool = setting(True, "Read the sentence both ways.")
    cell: str = redefine(RecurrentSettings, "cell", "lstm")
    units: int = redefine(RecurrentSettings, "units", 128)
    output_dropout: float = redefine(RecurrentSettings, "output_dropout", 0.4)
    epochs: int = redefine(TrainingSettings, "epochs", 6)
    batch_size: int = redefine(TrainingSettings, "batch_size", 32)
    optimizer: str = redefine(TrainingSettings, "optimizer", "adamw")
    learning_rate: float = redefine(TrainingSettings, "learning_rate", 4e-3)
    schedule: str = redefine(TrainingSettings, "schedule", "cosine")
    warmup: float = redefine(TrainingSettings, "warmup", 0.05)

    def __post_init__(self):
        super().__post_init__()
        self.refuse_dataset("tagging reads files", give="FILE")
        if self.characters == "none":
            for field in dataclasses.fields(TaggingConfig):
                value = getattr(self, field.name)
                if field.name in OF_CHARACTERS and value != field.default:
                    raise BadInput(
                        f"{flag(field.name)} {value} is for characters, which --characters none "
                        "leaves unread: leave out one of them"
                    )
