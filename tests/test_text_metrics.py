"""Figures of texts, against the programs' own published examples and the definitions."""

import math
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.text_metrics import exact_match, rouge_scores, signatures, translation_scores

LINES = st.lists(st.sampled_from(["the", "a", "dog", "man", "sat"]), min_size=1, max_size=9)
TEXTS = st.lists(st.tuples(LINES.map(" ".join), LINES.map(" ".join)), min_size=1, max_size=4)
# of sacrebleu's README, with the first of its references
WRITTEN = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
WANTED = ["The dog bit the man.", "It was not unexpected.", "The man bit him first."]


def ngrams(items, n):
    return Counter(tuple(items[i : i + n]) for i in range(len(items) - n + 1))


def slow_bleu(pairs):
    """Papineni et al. 2002, with the smoothing of sacrebleu: the k-th precision of 0 is 1/2^k."""
    written, wanted = ([text.split() for text in side] for side in zip(*pairs, strict=True))
    logs, zeros = [], 0
    for n in (1, 2, 3, 4):
        both = list(zip(written, wanted, strict=True))
        hits = sum((ngrams(text, n) & ngrams(target, n)).total() for text, target in both)
        total = sum(ngrams(text, n).total() for text in written)
        if not total:
            return 0.0
        zeros += not hits
        logs.append(math.log(hits / total if hits else 1 / (2**zeros * total)))
        if n == 1 and not hits:
            return 0.0
    sizes = [sum(map(len, side)) for side in (written, wanted)]
    brevity = min(0.0, 1 - sizes[1] / sizes[0])
    return 100 * math.exp(brevity + sum(logs) / 4)


def slow_chrf(pairs):
    """Popović 2015: mean of precisions and recalls over 1 to 6 characters, recall twice as dear."""
    precisions, recalls = [], []
    for n in range(1, 7):
        hits = written = wanted = 0
        for text, target in pairs:
            ours, theirs = (ngrams(side.replace(" ", ""), n) for side in (text, target))
            hits += (ours & theirs).total()
            wanted += theirs.total()
            # sacrebleu leaves out what a text too short for n characters could not have matched
            written += ours.total() if theirs else 0
        if written and wanted:
            precisions.append(hits / written)
            recalls.append(hits / wanted)
    precision, recall = (sum(x) / len(x) for x in (precisions, recalls))
    return 100 * 5 * precision * recall / (4 * precision + recall) if precision else 0.0


def test_bleu_and_chrf_of_a_published_example():
    scores = translation_scores(WRITTEN, WANTED)
    assert scores["bleu"] == pytest.approx(45.07, abs=0.005)
    assert scores["chrf"] == pytest.approx(slow_chrf(list(zip(WRITTEN, WANTED, strict=True))))
    assert scores["exact_match"] == pytest.approx(1 / 3)


@settings(deadline=None)
@given(pairs=TEXTS)
def test_bleu_and_chrf_are_what_their_papers_say(pairs):
    scores = translation_scores(*zip(*pairs, strict=True), tokenize="none")
    assert scores["bleu"] == pytest.approx(slow_bleu(pairs))
    assert scores["chrf"] == pytest.approx(slow_chrf(pairs))


def test_the_tokens_of_bleu_can_be_chosen():
    assert translation_scores(["我爱你们大家"], ["我爱你们大家"], tokenize="zh")[
        "bleu"
    ] == pytest.approx(100)
    assert translation_scores(["我爱你们大家"], ["我爱你们大家"])["bleu"] == 0
    assert "tok:13a" in signatures()["bleu"]
    assert "tok:zh" in signatures(tokenize="zh")["bleu"]
    assert "case:lc" in signatures(lower=True)["bleu"]
    assert translation_scores(["The red dog runs"], ["the red dog runs"], lower=True)["bleu"] > 99
    assert signatures()["chrf"].startswith("nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:")
    with pytest.raises(ValueError, match="'words'; choose from 13a"):
        signatures(tokenize="words")


def test_rouge_of_a_published_example():
    written = "The quick brown dog jumps on the log."
    scores = rouge_scores([written], ["The quick brown fox jumps over the lazy dog"])
    # 6 words of 8 and 9, 2 pairs of 7 and 8, 5 words in order
    assert scores["rouge_1"] == pytest.approx(100 * 12 / 17)
    assert scores["rouge_2"] == pytest.approx(100 * 4 / 15)
    assert scores["rouge_l"] == pytest.approx(100 * 10 / 17)


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(*[st.text("abC d.-'_1", max_size=20)] * 2), min_size=1, max_size=3))
def test_rouge_of_english_is_that_of_the_package(pairs):
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    scores = rouge_scores(*zip(*pairs, strict=True))
    for ours, theirs in (("rouge_1", "rouge1"), ("rouge_2", "rouge2"), ("rouge_l", "rougeL")):
        each = [scorer.score(target, text)[theirs].fmeasure for text, target in pairs]
        assert scores[ours] == pytest.approx(100 * sum(each) / len(each))


def test_rouge_reads_other_letters_than_english():
    assert rouge_scores(["我爱北京"], ["我爱上海"])["rouge_1"] == pytest.approx(50)
    assert rouge_scores(["größe"], ["Größe!"])["rouge_1"] == pytest.approx(100)
    assert rouge_scores(["größe"], ["gräße"])["rouge_1"] == 0


def test_exact_means_to_the_letter():
    assert exact_match(["a", "b ", "C", "d e"], ["a", "b", "c", "d  e"]) == 0.5


@pytest.mark.parametrize("score", [translation_scores, rouge_scores, exact_match])
@pytest.mark.parametrize("sides", [([], []), (["a"], []), (["a"], ["a", "b"])])
def test_texts_must_be_as_many(score, sides):
    with pytest.raises(ValueError, match="were wanted"):
        score(*sides)


def test_the_packages_are_imported_only_where_they_are_used():
    code = (
        "import sys, kerasrnn.text_metrics\n"
        "assert not {'sacrebleu', 'nltk', 'tensorflow'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
