"""Exchanges: answers follow from what was said, and not from the question alone."""

import random
import re
from collections import Counter, defaultdict

from kerasrnn.data.pairs import TURN
from kerasrnn.data.samples.exchanges import PLACES, PRICES, TRAINS, converse, sample


def answer(said):
    """The answer by looking for the last thing that was spoken of, question by question."""
    topic = next(
        word
        for text in reversed(said)
        for word in (w.strip("?.,").lower() for w in text.split())
        if word in {*PRICES, *PLACES, *map(str.lower, TRAINS)}
    )
    question = said[-1]
    if topic in PRICES:
        price = PRICES[topic]
        if asked := re.findall(r"\d+", question):
            return f"{asked[0]} of them are {int(asked[0]) * price} dollars."
        if "fifty" in question:
            count = int(re.findall(r"(\d+) of them are", " ".join(said))[-1])
            return f"Then you get {50 - count * price} dollars back."
        return f"The {topic} is {price} dollar{'s' * (price > 1)}."
    if topic in PLACES:
        street, side, minutes = PLACES[topic]
        if "far" in question:
            return f"It is {minutes} minutes on foot."
        if "bus" in question:
            return f"By bus it is {minutes // 3} minutes."
        return f"Take the {street} street on the {side} to the {topic}."
    town = topic.title()
    leaves, takes = TRAINS[town]
    if "arrive" in question or "there?" in question:
        return f"It arrives at {(leaves + takes) // 60}:{(leaves + takes) % 60:02}."
    if "later" in question or "next" in question:
        return f"The next one leaves at {(leaves + 60) // 60}:{leaves % 60:02}."
    return f"The train to {town} leaves at {leaves // 60}:{leaves % 60:02}."


def test_answers_follow_from_the_last_two_exchanges():
    for part in sample(300).values():
        for source, target in zip(part.sources, part.targets, strict=True):
            assert answer(source.split(TURN)) == target, source


def test_a_question_alone_does_not_tell_its_answer():
    part = sample(2000)["train"]
    answers = defaultdict(Counter)
    for source, target in zip(part.sources, part.targets, strict=True):
        answers[source.split(TURN)[-1]][target] += 1
    best = sum(max(found.values()) for found in answers.values())
    assert best / len(part) < 0.7


def test_no_exchange_stands_in_two_parts():
    parts = sample(500, seed=0)
    held = [set(part.sources) for part in parts.values()]
    assert sum(map(len, held)) == len(set().union(*held))
    groups = [set(part.groups) for part in parts.values()]
    assert not groups[0] & (groups[1] | groups[2])
    assert all(len(part) >= 30 for part in parts.values())


def test_the_sample_is_seeded_and_keeps_to_its_context():
    assert sample(50, seed=1) == sample(50, seed=1)
    assert sample(50, seed=1) != sample(50, seed=2)
    assert max(s.count(TURN) for s in sample(50)["train"].sources) == 4
    assert max(s.count(TURN) for s in sample(50, context=3)["train"].sources) == 2


def test_a_conversation_begins_with_a_whole_question():
    for seed in range(50):
        turns = converse(random.Random(seed))
        assert 1 <= len(turns) <= 9
        assert all(question and reply.endswith(".") for question, reply in turns)
