"""Summarisation: the gist of a text, written anew by encoder and decoder with attention.

Source: Rush, Chopra & Weston 2015 and Nallapati et al. 2016 for the network on this work; ROUGE:
Lin 2004.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerasrnn.config import redefine
from kerasrnn.data.pairs import Pairs
from kerasrnn.tasks import Metrics
from kerasrnn.tasks._pairs import PairsConfig, SequenceToSequence


@dataclass(frozen=True, kw_only=True)
class SummarisationConfig(PairsConfig):
    """Texts and their summaries, which share their words."""

    shared_vocabulary: bool = redefine(PairsConfig, "shared_vocabulary", True)
    steps: int = redefine(PairsConfig, "steps", 400)
    epochs: int = redefine(PairsConfig, "epochs", 4)


class Summarisation(SequenceToSequence):
    """Summarises."""

    config_type = SummarisationConfig
    config: SummarisationConfig
    noun = "summary"
    sample_tokens = "word"

    def read_sample(self) -> dict[str, Pairs]:
        from kerasrnn.data.samples.match_reports import sample

        return sample(seed=self.config.seed)

    def text_scores(self, written: Sequence[str], wanted: Sequence[str]) -> Metrics:
        from kerasrnn.text_metrics import rouge_scores

        return {**rouge_scores(written, wanted), **super().text_scores(written, wanted)}


TASK = Summarisation
