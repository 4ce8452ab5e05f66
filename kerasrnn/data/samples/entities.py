"""Sentences with people, places, dates and amounts marked, for tagging without a download.

Source: generated from the templates and words below, written for this project. Many words are of
several kinds (Jordan, Paris, May, Lincoln, a number), and half of the names and places are made
up of syllables, so that neighbours and spelling must decide, not a list of words.
"""

import random
import re

from kerasrnn.data.tagged import TaggedSentences

SOURCE = "the embedded sample"
MADE_UP = 0.5  # share of names and places that are put together from syllables


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    """
    Anna Ben Clara David Elena Felix Grace Hugo Iris Jonas Karin Leo Maria Nina Oscar Paula
    Quentin Rosa Simon Tara Victor Wanda Yusuf Zoe Jordan Paris Florence Chelsea Austin Sydney
    Victoria Georgia April May June Lincoln Brooklyn India Santiago Carolina
    """
)
LAST = _words(
    """
    Adler Brandt Costa Dubois Evans Ferrari Garcia Hansen Ivanov Jensen Keller Lindt Moreau
    Novak Okafor Petrov Quinn Rossi Santos Tanaka Ueda Vogel Weber Young Zhang London Lincoln
    Washington Jackson Houston March August Stone Bishop Baker Marsh Hill
    """
)
PLACES = _words(
    """
    Berlin Lisbon Oslo Vienna Prague Dublin Madrid Geneva Naples Kyoto Cairo Lima Quito Boston
    Denver Jordan Paris Florence Austin Sydney Victoria Georgia Lincoln London Washington
    Houston Jackson Santiago India Chelsea Brooklyn Bath Reading Nice
    """
)
TWO_WORD_PLACES = (
    *("New York", "Cape Town", "San Marino", "Hong Kong", "North Marsh", "Lake Victoria"),
    *("Mount Lincoln", "Saint Florence", "Los Angeles", "Buenos Aires"),
)
MONTHS = _words(
    """
    January February March April May June July August September October November December
    """
)
DAYS = _words(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday
    """
)
UNITS = _words(
    """
    euros dollars pounds yen francs crowns kilograms litres kilometres tonnes
    """
)
SCALES = ("million", "billion", "thousand", "hundred")
THINGS = _words(
    """
    house car boat contract painting piano bridge film report van tent field garden letter book
    bicycle machine ticket
    """
)
NUMBERS = _words(
    """
    two three four five six seven eight nine ten twelve twenty
    """
)
BEGIN = _words(
    """
    br k l m n p s t v dr gr st z r h f th
    """
)
MIDDLE = _words(
    """
    a e i o u ai ea or an el
    """
)
END = _words(
    """
    n r l s nd rk x ra lo na vik to berg dale ton mi
    """
)

TEMPLATES = """
{person} moved to {place} on {date} .
{person} , who was born in {place} , paid {amount} for the {thing} .
On {date} , {person} sold the {thing} to {person} for {amount} .
The {thing} in {place} cost {amount} last year .
{person} and {person} met in {place} in {date} .
We will see {person} again in {date} , not in {place} .
It may rain in {place} , and {person} may not come before {date} .
Between {date} and {date} the price rose from {amount} to {amount} .
{place} is {amount} away from {place} , said {person} .
They march from {place} to {place} every {date} .
The march in {place} drew {number} people .
A letter from {place} reached {person} on {date} .
{person} asked whether {number} chairs were enough for {place} .
In {place} , {amount} of rice was sold by {date} .
Is {person} still in {place} ?
{person} 's {thing} was found near {place} on {date} .
Nobody in {place} knew that {person} owed {amount} .
" {amount} is too much , " said {person} .
Chapter {number} tells how {person} left {place} .
Room {number} was booked by {person} until {date} .
From {place} , {person} wrote {number} letters about the {thing} .
The {thing} arrived in {date} ; {person} paid {amount} at once .
{place} and {place} have signed the contract of {date} .
Take bus {number} to {place} and ask for {person} .
Since {date} the {thing} has belonged to {place} .
A nice {thing} can cost more than {amount} .
The baker on the hill sold {number} loaves to {person} .
""".strip().splitlines()


def generate_entities(count: int, *, seed: int) -> TaggedSentences:
    """Sentences with BIO labels of the types PERSON, PLACE, DATE and AMOUNT.

    Args:
        count: How many.
        seed: The same seed, the same sentences.
    """
    draw = random.Random(seed)
    tokens, labels = [], []
    for _ in range(count):
        row = _sentence(draw)
        tokens.append([token for token, _ in row])
        labels.append([label for _, label in row])
    places = [f"{SOURCE}, sentence {number}" for number in range(1, count + 1)]
    return TaggedSentences(tokens, labels, places, SOURCE)


def _sentence(draw: random.Random) -> list[tuple[str, str]]:
    fill = {"person": _person, "place": _place, "date": _date, "amount": _amount}
    row = []
    for part in draw.choice(TEMPLATES).split():
        slot = re.fullmatch(r"\{(\w+)\}", part)
        if not slot:
            row.append((part, "O"))
        elif slot[1] == "thing":
            row.append((draw.choice(THINGS), "O"))
        elif slot[1] == "number":
            row.append((_number(draw), "O"))
        else:
            words, kind = fill[slot[1]](draw).split(), slot[1].upper()
            row += [(w, f"{'I' if i else 'B'}-{kind}") for i, w in enumerate(words)]
    return row


def _person(draw: random.Random) -> str:
    first = _made_up(draw) if draw.random() < MADE_UP else draw.choice(FIRST)
    last = _made_up(draw) if draw.random() < MADE_UP else draw.choice(LAST)
    return draw.choice((first, f"{first} {last}", f"{first} {last}", f"{first[0]}. {last}"))


def _place(draw: random.Random) -> str:
    if draw.random() < MADE_UP:
        return _made_up(draw)
    return draw.choice(TWO_WORD_PLACES if draw.random() < 0.2 else PLACES)


def _made_up(draw: random.Random) -> str:
    """A name that nobody has, of two or three syllables."""
    middle = "".join(
        draw.choice(BEGIN) + draw.choice(MIDDLE) for _ in range(draw.choice((1, 1, 2)))
    )
    return (middle + draw.choice(END)).capitalize()


def _date(draw: random.Random) -> str:
    day, month, year = draw.randint(1, 31), draw.choice(MONTHS), draw.randint(1950, 2049)
    forms = (
        f"{day} {month} {year}",
        f"{month} {day} , {year}",
        f"{month} {year}",
        f"{day} {month}",
        month,
        str(year),
        draw.choice(DAYS),
        f"{day:02}/{draw.randint(1, 12):02}/{year}",
        f"{year}-{draw.randint(1, 12):02}-{day:02}",
        f"{draw.choice(DAYS)} , {day} {month}",
    )
    return draw.choice(forms)


def _amount(draw: random.Random) -> str:
    unit = draw.choice(UNITS)
    forms = (
        f"{_number(draw)} {unit}",
        f"{_number(draw)} {draw.choice(SCALES)} {unit}",
        f"{draw.choice('$€£')} {_number(draw)}",
        f"{draw.randint(1, 99)} %",
        f"about {draw.randint(2, 900)} {unit}",
    )
    return draw.choice(forms)


def _number(draw: random.Random) -> str:
    forms = (
        draw.choice(NUMBERS),
        str(draw.randint(2, 999)),
        f"{draw.randint(1, 99)},{draw.randint(0, 999):03}",
        f"{draw.randint(1, 99)}.{draw.randint(1, 99)}",
        str(draw.randint(1950, 2049)),
    )
    return draw.choice(forms)
