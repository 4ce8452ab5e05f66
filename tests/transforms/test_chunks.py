"""Marks of entities, and entities as conlleval counts them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.transforms.chunks import SCHEMES, Scheme, entity_scores

BIO, BIOES, BMES = Scheme("bio"), Scheme("bioes"), Scheme("bmes")


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (["O", "B-X", "I-X"], "bio"),
        (["O", "I-X", "I-Y"], "bio"),
        (["B", "I", "O"], "bio"),
        (["O", "B-X", "I-X", "E-X", "S-X"], "bioes"),
        (["O", "B-X", "M-X", "E-X", "S-Y"], "bmes"),
        (["O", "B-X", "I-X", "L-X", "U-X"], "bilou"),
        (["O", "S-X"], "bioes"),
        (["NOUN", "VERB"], None),
        (["I", "S", "NN"], None),
        (["I", "S"], None),
        (["O"], None),
        (["B-X", "M-X", "I-X"], None),
    ],
)
def test_the_scheme_is_told_by_the_labels(labels, name):
    found = Scheme.of(labels)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("labels", "entities"),
    [
        ("B-X I-X O B-Y", [(0, 2, "X"), (3, 4, "Y")]),
        ("I-X I-X O I-Y", [(0, 2, "X"), (3, 4, "Y")]),
        ("I-X B-X I-X I-Y", [(0, 1, "X"), (1, 3, "X"), (3, 4, "Y")]),
        ("B-X B-X", [(0, 1, "X"), (1, 2, "X")]),
        ("O B-X I-Y", [(1, 2, "X"), (2, 3, "Y")]),
        ("B I O I", [(0, 2, ""), (3, 4, "")]),
        ("B-X M-X E-X S-Y E-X E-X", [(0, 3, "X"), (3, 4, "Y"), (4, 5, "X"), (5, 6, "X")]),
        ("M-X E-X B-X O", [(0, 2, "X"), (2, 3, "X")]),
        ("O O", []),
        ("", []),
    ],
)
def test_entities_of_labels_in_order_or_not(labels, entities):
    scheme = BMES if "M-" in labels else BIO
    assert scheme.entities(labels.split()) == entities


def test_iob1_becomes_bio():
    labels = ["I-X", "I-X", "B-X", "O", "I-Y"]
    assert BIO.encode(BIO.entities(labels), 5) == ["B-X", "I-X", "B-X", "O", "B-Y"]


@given(st.sampled_from(sorted(SCHEMES)), st.data())
def test_entities_written_and_read_are_the_same(name, data):
    scheme, entities, place = Scheme(name), [], 0
    for _ in range(data.draw(st.integers(0, 4))):
        begin = place + data.draw(st.integers(0, 2))
        place = begin + data.draw(st.integers(1, 4))
        entities.append((begin, place, data.draw(st.sampled_from("XY"))))
    labels = scheme.encode(entities, place + 1)
    assert scheme.entities(labels) == entities
    rules = scheme.rules(labels)
    assert rules["starts"][0]
    assert rules["ends"][-1]
    for at in range(len(labels) - 1):
        assert rules["follows"][at][at + 1]


@given(st.sampled_from(sorted(SCHEMES)), st.data())
def test_the_rules_allow_what_reading_leaves_as_it_is(name, data):
    scheme = Scheme(name)
    every = scheme.complete(["B-X", "B-Y"])
    labels = data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=6))
    rules = scheme.rules(labels)
    pairs = itertools.pairwise(range(len(labels)))
    allowed = rules["starts"][0] and rules["ends"][-1]
    allowed = allowed and all(rules["follows"][a][b] for a, b in pairs)
    assert allowed == (scheme.encode(scheme.entities(labels), len(labels)) == labels)


def test_labels_are_completed_by_type():
    assert BMES.complete(["S-X", "O", "B-Y"]) == (
        ["O", "B-X", "M-X", "E-X", "S-X", "B-Y", "M-Y", "E-Y", "S-Y"]
    )


# conlleval's published output (clips.uantwerpen.be/conll2000/chunking/output.html), 961 tokens:
# by type, phrases there are, found, and right among them
PUBLISHED = {
    "ADJP": (6, 1, 0, "0.00 0.00 0.00"),
    "ADVP": (8, 11, 5, "45.45 62.50 52.63"),
    "NP": (262, 317, 206, "64.98 78.63 71.16"),
    "PP": (90, 107, 89, "83.18 98.89 90.36"),
    "SBAR": (6, 3, 2, "66.67 33.33 44.44"),
    "VP": (87, 100, 69, "69.00 79.31 73.80"),
}


def published(kinds):
    """Labels, true and answered, with as many phrases there, found and right as were published."""
    gold, guess = [], []
    for kind in kinds:
        there, found, right, _ = PUBLISHED[kind]
        pair = [f"B-{kind}", f"I-{kind}", "O"]
        gold += pair * right
        guess += pair * right
        gold += pair * (there - right) + ["O"] * 3 * (found - right)
        guess += ["O"] * 3 * (there - right) + pair * (found - right)
    return gold, guess


@pytest.mark.parametrize("kind", PUBLISHED)
def test_figures_of_each_type_are_those_that_conlleval_published(kind):
    gold, guess = (BIO.entities(labels) for labels in published([kind]))
    scores = entity_scores([gold], [guess])
    told = " ".join(f"{100 * scores[name]:.2f}" for name in ("precision", "recall", "f1"))
    assert told == PUBLISHED[kind][-1]


def test_figures_of_all_types_are_those_that_conlleval_published():
    gold, guess = (BIO.entities(labels) for labels in published(PUBLISHED))
    assert (len(gold), len(guess), len(set(gold) & set(guess))) == (459, 539, 371)
    scores = entity_scores([gold], [guess])
    assert {name: f"{100 * value:.2f}" for name, value in scores.items()} == {
        "precision": "68.83",
        "recall": "80.83",
        "f1": "74.35",
    }


def test_the_published_lines_of_an_answer_that_begins_with_i():
    """`Boeing 's 747 jetliners .`, true and answered: an I- after nothing begins a phrase too."""
    gold = BIO.entities(["B-NP", "B-NP", "I-NP", "I-NP", "O"])
    guess = BIO.entities(["I-NP", "B-NP", "I-NP", "I-NP", "O"])
    assert gold == guess == [(0, 1, "NP"), (1, 4, "NP")]


def test_nothing_found_and_nothing_there():
    assert entity_scores([[]], [[]]) == {"precision": 0, "recall": 0, "f1": 0}
    assert entity_scores([[(0, 1, "X")]], [[(0, 1, "Y")]])["f1"] == 0
