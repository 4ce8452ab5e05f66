"""Short conversations at an information desk: prices, trains and ways, one question after another.

Source: generated.  What a thing costs, when a train leaves and where a place is never changes,
so that it can be learned; what "it" or "three of them" is about stands in what was said before,
so that an answer needs the conversation and not only the last question.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from kerasrnn.data.pairs import TURN, Pairs
from kerasrnn.data.samples.parts import parts

PRICES = {  # dollars
    "map": 2,
    "tea": 3,
    "coffee": 4,
    "sandwich": 5,
    "guide": 6,
    "cap": 7,
    "umbrella": 8,
    "ticket": 9,
    "postcard": 1,
    "poster": 10,
}
TRAINS = {  # minute of the day at which the train leaves, minutes that it takes
    "Ashford": (8 * 60 + 5, 40),
    "Barrow": (8 * 60 + 30, 75),
    "Carlton": (9 * 60 + 10, 25),
    "Dunmore": (9 * 60 + 45, 90),
    "Eastwick": (10 * 60, 55),
    "Fairfield": (10 * 60 + 20, 35),
    "Granby": (11 * 60 + 15, 110),
    "Harwell": (11 * 60 + 50, 20),
}
PLACES = {  # street, side, minutes on foot
    "museum": ("first", "left", 3),
    "station": ("second", "left", 6),
    "library": ("third", "left", 9),
    "market": ("first", "right", 4),
    "castle": ("second", "right", 15),
    "theatre": ("third", "right", 12),
    "bank": ("fourth", "left", 18),
    "harbour": ("fourth", "right", 21),
}
GREETINGS = ("", "Hello. ", "Good morning. ", "Excuse me, please. ")
TRANSITIONS = ("", "Thank you. ", "One more question. ", "I see. ")
BUS_IS_FASTER = 3  # times
CONTEXT = 5  # utterances before an answer: the two exchanges before it and the question
MOST_TOPICS = 3
ORIGIN = "the embedded sample of exchanges"
Turns = list[tuple[str, str]]  # questions and their answers


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def _dollars(count: int) -> str:
    return f"{count} dollar" if count == 1 else f"{count} dollars"


def _shopping(draw: random.Random) -> Turns:
    item, price = draw.choice(list(PRICES.items()))
    count = draw.randint(2, 5)
    ask = draw.choice(("How much is the {}?", "What does the {} cost?", "And the {}, how much?"))
    more = draw.choice(("How much are {} of them?", "And if I take {}?"))
    return [
        (ask.format(item), f"The {item} is {_dollars(price)}."),
        (more.format(count), f"{count} of them are {_dollars(count * price)}."),
        (
            draw.choice(("Can I pay with a fifty?", "I have only fifty dollars.")),
            f"Then you get {_dollars(50 - count * price)} back.",
        ),
    ]


def _travelling(draw: random.Random) -> Turns:
    town, (leaves, takes) = draw.choice(list(TRAINS.items()))
    ask = draw.choice(("When does the train to {} leave?", "When can I go to {}?"))
    arrive = draw.choice(("When does it arrive?", "And when is it there?"))
    later = draw.choice(("Is there a later one?", "And the next one?"))
    return [
        (ask.format(town), f"The train to {town} leaves at {_clock(leaves)}."),
        (arrive, f"It arrives at {_clock(leaves + takes)}."),
        (later, f"The next one leaves at {_clock(leaves + 60)}."),
    ]


def _walking(draw: random.Random) -> Turns:
    place, (street, side, minutes) = draw.choice(list(PLACES.items()))
    ask = draw.choice(("Where is the {}?", "How do I get to the {}?"))
    far = draw.choice(("How far is it?", "Is it far?"))
    bus = draw.choice(("And by bus?", "How long does the bus take?"))
    return [
        (ask.format(place), f"Take the {street} street on the {side} to the {place}."),
        (far, f"It is {minutes} minutes on foot."),
        (bus, f"By bus it is {minutes // BUS_IS_FASTER} minutes."),
    ]


TOPICS: tuple[Callable[[random.Random], Turns], ...] = (_shopping, _travelling, _walking)


def converse(draw: random.Random) -> Turns:
    """One to three topics, of each the first question and perhaps those that follow from it."""
    turns: Turns = []
    for topic in draw.choices(TOPICS, k=draw.randint(1, MOST_TOPICS)):
        asked = topic(draw)
        kept = [asked[0], *asked[1 : draw.randint(1, len(asked))]]
        before = draw.choice(TRANSITIONS if turns else GREETINGS)
        turns += [(before + kept[0][0], kept[0][1]), *kept[1:]]
    return turns


def sample(count: int = 8_000, *, seed: int = 0, context: int = CONTEXT) -> dict[str, Pairs]:
    """Parts `train`, `valid` and `test`: the desk's answers, each with what was said before it.

    Conversations are dealt whole, and what begins like one of another part is left out of the
    validation and test parts: no source stands in two parts.

    Args:
        count: Conversations in all.
        seed: The same seed gives the same sample.
        context: Most utterances in a source, the question among them.

    Raises:
        BadInput: If there are too few for three parts.
    """
    draw = random.Random(seed)
    sources, targets, groups = [], [], []
    for number in range(count):
        said: list[str] = []
        for question, answer in converse(draw):
            said.append(question)
            sources.append(TURN.join(said[-context:]))
            targets.append(answer)
            groups.append(number)
            said.append(answer)
    dealt = parts(Pairs(sources, targets, groups, origin=ORIGIN), seed=seed)
    seen: set[str] = set()
    for name, part in dealt.items():
        dealt[name] = part.take([i for i, s in enumerate(part.sources) if s not in seen])
        seen.update(part.sources)
    return dealt
