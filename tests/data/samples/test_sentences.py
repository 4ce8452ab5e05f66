"""Generated review sentences: tidy, balanced, and beyond a bag of words."""

import hashlib
import json
import random
import re
from collections import Counter

import numpy as np
import pytest

from kerasrnn.data.samples import grammar, lexicon, sentences
from kerasrnn.data.samples.sentences import generate_sentences
from kerasrnn.errors import BadInput


@pytest.fixture(scope="module")
def generated():
    return generate_sentences(8000, seed=1)


def test_the_same_seed_gives_the_same_texts():
    assert generate_sentences(50, seed=3) == generate_sentences(50, seed=3)
    assert generate_sentences(50, seed=3) != generate_sentences(50, seed=4)


def test_the_texts_are_those_of_the_published_figures():
    digest = hashlib.sha256(json.dumps(generate_sentences(501, seed=7)).encode()).hexdigest()
    assert digest == "293a935c1d5f60b0a28d3d8710de3faa339513c1b3edbedacb2389ccd52f268e"


def test_labels_are_balanced_and_texts_are_tidy(generated):
    texts, labels = generated
    assert Counter(labels) == {"positive": 4000, "negative": 4000}
    for text in texts:
        assert 6 <= len(text.split()) <= 35
        assert not re.search(r"[{}|\n]|  | [.,;:!?]|\b[Aa] [aeo]", text), text
        assert text[0].isupper()
        assert text[-1] in ".!?"


def test_fewer_than_two_texts_in_a_hundred_repeat(generated):
    texts, _ = generated
    assert len(set(texts)) > 0.98 * len(texts)


def test_an_odd_count_is_one_text_out_of_balance_and_a_negative_one_is_refused():
    assert sorted(Counter(generate_sentences(5, seed=0)[1]).values()) == [2, 3]
    assert generate_sentences(0, seed=0) == ([], [])
    with pytest.raises(BadInput, match="-1"):
        generate_sentences(-1, seed=0)


def opposites():
    """Every pair of word lists that must not share an entry."""
    yield lexicon.GOOD + lexicon.GREAT, lexicon.BAD + lexicon.AWFUL
    yield from ((good, bad) for bad, good in sentences.GENERAL.values())
    yield from ((good, bad) for bad, good in sentences.POLAR.values())
    yield lexicon.GOOD_VERBS, lexicon.BAD_VERBS
    for domain in lexicon.DOMAINS.values():
        yield domain.good + domain.praise, domain.bad + domain.blame


def test_no_entry_has_both_polarities():
    for good, bad in opposites():
        assert not set(good) & set(bad)


@pytest.mark.parametrize("name", lexicon.DOMAINS)
def test_each_domain_knows_forty_ways_to_praise_and_to_blame(name):
    domain = lexicon.DOMAINS[name]
    assert len(domain.good + domain.praise) >= 40
    assert len(domain.bad + domain.blame) >= 40


@pytest.mark.parametrize(
    ("template", "label", "expected"),
    [
        ("I was not {O.feeling}.", "positive", "UNHAPPY"),
        ("I was not {O.feeling}.", "negative", "HAPPY"),
        ("I was {S.feeling}.", "positive", "HAPPY"),
        ("I was {S.feeling}.", "negative", "UNHAPPY"),
    ],
)
def test_s_slots_take_the_side_of_the_label_and_o_slots_the_other(template, label, expected):
    text = sentences._Writer(random.Random(0), "films").write(template, label)
    assert text.removeprefix("I was ").removeprefix("not ")[:-1] in getattr(lexicon, expected)


@pytest.mark.parametrize(
    ("template", "label"),
    [
        ("{O.clause}, but {S.clause}.", None),
        ("Although {O.clause}, {S.clause}.", None),
        ("{the_is} not only {S.adj} but also {S.adj}.", None),
        ("{the_is} far from {O.adj}.", None),
        ("{the_is} without a single {flaw}.", "positive"),
        ("{the_is} better than {rival}.", "positive"),
        ("{the_is} worse than {rival}.", "negative"),
    ],
)
def test_constructions_serve_the_labels_they_should(template, label):
    both = (*grammar.PLAIN, *grammar.NEGATED, *grammar.CONTRAST)
    positive, negative = grammar.ONLY_POSITIVE, grammar.ONLY_NEGATIVE
    pattern = template.replace("S.clause", "S.point")
    assert (pattern in both) == (label is None)
    assert (pattern in positive) == (label == "positive")
    assert (pattern in negative) == (label == "negative")


def test_every_template_can_be_filled_for_every_domain():
    for label, only in zip(
        sentences.LABELS, (grammar.ONLY_NEGATIVE, grammar.ONLY_POSITIVE), strict=True
    ):
        templates = {*only, *(t for kind in grammar.KINDS.values() for t in kind)}
        assert len(templates) > 100
        for name in lexicon.DOMAINS:
            for template in templates:
                sentences._Writer(random.Random(0), name).write(template, label)


def bag_of_words(texts):
    """`(texts, words)` of 0 and 1: which words occur, in no order."""
    bags = [set(re.findall(r"[a-z']+", text.lower())) for text in texts]
    seen = Counter(word for bag in bags for word in bag)
    words = sorted(word for word, count in seen.items() if count > 2)
    column = {word: index for index, word in enumerate(words)}
    counts = np.zeros((len(bags), len(column)), np.float32)
    for row, bag in enumerate(bags):
        counts[row, [column[word] for word in bag if word in column]] = 1
    return counts


def test_a_bag_of_words_is_not_enough(generated):
    texts, labels = generated
    bags, truth = bag_of_words(texts), np.array([label == "positive" for label in labels])
    seen, unseen = slice(0, 6000), slice(6000, 8000)
    bags /= np.sqrt(bags[seen].sum(axis=0) + 1)  # rare words learn as fast as common ones
    weights = np.zeros(bags.shape[1], np.float32)
    for _ in range(20):  # logistic regression by gradient descent; more steps overfit
        chance = 1 / (1 + np.exp(-bags[seen] @ weights))
        weights -= bags[seen].T @ (chance - truth[seen]).astype(np.float32)
    accuracy = np.mean((bags[unseen] @ weights > 0) == truth[unseen])
    assert 0.72 < accuracy < 0.87
