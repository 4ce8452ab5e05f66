"""Dialogue: an answer to what was said, given the utterances before it.

Source: Vinyals & Le 2015, "A neural conversational model"; dialogues as Li et al. 2017 write them
(DailyDialog).
"""

from __future__ import annotations

from dataclasses import dataclass

from kerasrnn.config import redefine, setting
from kerasrnn.data.pairs import TURN, Pairs, holds_dialogues, read_dialogues
from kerasrnn.tasks._pairs import PairsConfig, SequenceToSequence


@dataclass(frozen=True, kw_only=True)
class DialogueConfig(PairsConfig):
    """What was said, and how much of it is read."""

    context: int = setting(
        5, "Most utterances before an answer that are read (of a file of dialogues).", low=1
    )
    shared_vocabulary: bool = redefine(PairsConfig, "shared_vocabulary", True)
    epochs: int = redefine(PairsConfig, "epochs", 6)


class Dialogue(SequenceToSequence):
    """Answers."""

    config_type = DialogueConfig
    config: DialogueConfig
    noun = "answer"
    sample_tokens = "word"

    def check_data(self) -> None:
        super().check_data()
        c = self.config
        files = [path for path in (c.data, c.valid_data, c.test_data) if path]
        if c.dataset or (files and not any(map(holds_dialogues, files))):
            c.refuse_given("context", f"{c.source} has pairs, each with its own source")

    def read_file(self, path: str) -> Pairs:
        if holds_dialogues(path):
            return read_dialogues(path, context=self.config.context)
        return super().read_file(path)

    def read_sample(self) -> dict[str, Pairs]:
        from kerasrnn.data.samples.exchanges import sample

        return sample(seed=self.config.seed, context=self.config.context)

    def next_commands(self, run: str) -> list[str]:
        first, *others = super().next_commands(run)
        own = self.config.data or self.config.dataset
        said = f"what was said{TURN}and said last" if own else f"Hello.{TURN}How are you?"
        return [first.replace("your text", said), *others]


TASK = Dialogue
