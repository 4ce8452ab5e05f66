"""How near written texts are to what should have been written, by the published programs.

Sources: BLEU (Papineni et al. 2002) and chrF (Popović 2015) as sacrebleu reckons them (Post 2018),
ROUGE (Lin 2004) as the rouge-score package does. The programs, not formulas of our own: figures
are comparable only where the tokens are, and sacrebleu's signature says which they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import regex

BLEU_TOKENIZERS = ("13a", "intl", "char", "zh", "none")
ROUGES = ("rouge1", "rouge2", "rougeL")
# a run of letters and digits; each sign of a script without blanks between words by itself
_ALONE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
ROUGE_TOKEN = regex.compile(rf"(?V1)[{_ALONE}]|[[\p{{L}}\p{{M}}\p{{N}}]--[{_ALONE}]]+")


def translation_scores(
    written: Sequence[str], wanted: Sequence[str], *, tokenize: str = "13a", lower: bool = False
) -> dict[str, float]:
    """Corpus BLEU and chrF, 0 to 100, and the share of texts written exactly.

    Args:
        written: One text for each example.
        wanted: What should have been written, as many.
        tokenize: sacrebleu's tokens for BLEU: `13a` for most languages, `zh` for Chinese, `char`
            for texts without blanks, `none` for texts that are tokenised.
        lower: Whether case makes no difference to BLEU and chrF.

    Returns:
        `bleu`, `chrf` and `exact_match` (0 to 1).

    Raises:
        ValueError: If there are none, or not as many of both.
    """
    bleu, chrf = _metrics(tokenize, lower)
    exact = exact_match(written, wanted)
    return {
        "bleu": bleu.corpus_score(list(written), [list(wanted)]).score,
        "chrf": chrf.corpus_score(list(written), [list(wanted)]).score,
        "exact_match": exact,
    }


def signatures(*, tokenize: str = "13a", lower: bool = False) -> dict[str, str]:
    """What to state beside `bleu` and `chrf` so that others can reckon the same (Post 2018)."""
    found = {}
    for name, metric in zip(("bleu", "chrf"), _metrics(tokenize, lower), strict=True):
        # the number of references is known only once there are any
        metric.corpus_score(["a"], [["a"]])
        found[name] = str(metric.get_signature())
    return found


def rouge_scores(written: Sequence[str], wanted: Sequence[str]) -> dict[str, float]:
    """Mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L, 0 to 100.

    Words are compared in lower case and without their endings cut. rouge-score's own tokens are
    English: it drops every letter beyond a to z. Here they are runs of letters and digits of any
    script, and in Chinese, Japanese and Korean single characters; of plain English without
    marks within words both are the same.

    Args:
        written: One text for each example.
        wanted: What should have been written, as many.

    Returns:
        `rouge_1`, `rouge_2` and `rouge_l`.

    Raises:
        ValueError: If there are none, or not as many of both.
    """
    from rouge_score.rouge_scorer import RougeScorer

    _check_lengths(written, wanted)
    scorer = RougeScorer(ROUGES, tokenizer=_Tokens())
    scores = [scorer.score(target, text) for text, target in zip(written, wanted, strict=True)]
    names = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}
    return {
        name: 100 * sum(score[theirs].fmeasure for score in scores) / len(scores)
        for name, theirs in names.items()
    }


def exact_match(written: Sequence[str], wanted: Sequence[str]) -> float:
    """Share of texts that are what was wanted to the letter, white space at the ends aside.

    Raises:
        ValueError: If there are none, or not as many of both.
    """
    _check_lengths(written, wanted)
    both = zip(written, wanted, strict=True)
    return sum(text.strip() == target.strip() for text, target in both) / len(wanted)


class _Tokens:
    """What rouge-score asks for tokens."""

    def tokenize(self, text: str) -> list[str]:
        return ROUGE_TOKEN.findall(text.lower())


def _metrics(tokenize: str, lower: bool) -> tuple[Any, Any]:
    from sacrebleu.metrics import BLEU, CHRF

    if tokenize not in BLEU_TOKENIZERS:
        raise ValueError(f"BLEU tokens {tokenize!r}; choose from {', '.join(BLEU_TOKENIZERS)}")
    return BLEU(tokenize=tokenize, lowercase=lower), CHRF(lowercase=lower)


def _check_lengths(written: Sequence[str], wanted: Sequence[str]) -> None:
    if not len(written) == len(wanted) > 0:
        raise ValueError(f"{len(written)} texts written where {len(wanted)} were wanted")
