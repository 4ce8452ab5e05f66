"""Translation: one text into another, by encoder and decoder with attention.

Source: Bahdanau, Cho & Bengio 2015 and Luong, Pham & Manning 2015 for the network, Wu et al. 2016
for the search, Post 2018 for how BLEU is to be reported.
"""

from __future__ import annotations

from dataclasses import dataclass

from kerasrnn.config import setting
from kerasrnn.data.pairs import Pairs
from kerasrnn.tasks._pairs import PairsConfig, SequenceToSequence

SAMPLES = ("dates", "numbers", "chinese_numbers")


@dataclass(frozen=True, kw_only=True)
class TranslationConfig(PairsConfig):
    """The embedded sample."""

    sample: str = setting("dates", "Sample to train on where no data is given.", choices=SAMPLES)


class Translation(SequenceToSequence):
    """Translates."""

    config_type = TranslationConfig
    config: TranslationConfig

    def check_data(self) -> None:
        c = self.config
        if c.data or c.dataset:
            c.refuse_given("sample", f"{c.source} is trained on")
        super().check_data()

    def read_sample(self) -> dict[str, Pairs]:
        from kerasrnn.data.samples import dates, numbers

        c = self.config
        if c.sample == "dates":
            return dates.sample(seed=c.seed)
        language = "chinese" if c.sample == "chinese_numbers" else "english"
        return numbers.sample(language=language, seed=c.seed)


TASK = Translation
