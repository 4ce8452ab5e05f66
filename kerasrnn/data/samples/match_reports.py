"""Reports of football matches, and a summary of one sentence that a rule makes exactly.

Source: generated.  A report names the teams, tells goals (each with the score it makes, home team
first) and things that do not matter, in the order of the match; the summary names the winner
first, with the last score turned its way, or says that the teams drew.  The first sentence, which
is a strong summary of real news, names the teams and never the score.
"""

from __future__ import annotations

import random

from kerasrnn.data.pairs import Pairs
from kerasrnn.data.samples.parts import parts

TEAMS = (
    *("Ashford", "Barrow", "Carlton", "Dunmore", "Eastwick", "Fairfield", "Granby", "Harwell"),
    *("Ilford", "Kingsley", "Langley", "Melton", "Norwood", "Oakham", "Preston", "Redhill"),
    *("Selby", "Thornton", "Upton", "Verwood", "Walton", "Yarmouth"),
)
PLAYERS = (
    *("Adams", "Brown", "Clark", "Davis", "Evans", "Fisher", "Green", "Hill", "Jones", "King"),
    *("Lee", "Moore", "Nash", "Owen", "Parker", "Reed", "Scott", "Turner", "Ward", "Young"),
)
OPENINGS = (
    "{home} played {away} on a {weather} {day}.",
    "{home} welcomed {away} on a {weather} {day}.",
    "On a {weather} {day} {home} met {away}.",
    "{away} travelled to {home} on a {weather} {day}.",
)
GOALS = (
    "{player} made it {score} for {team} after {minute} minutes.",
    "In minute {minute} {player} of {team} scored, {score}.",
    "{team} scored through {player}, {score} in minute {minute}.",
)
ASIDES = (
    "{player} of {team} saw a yellow card in minute {minute}.",
    "{player} hit the post after {minute} minutes.",
    "{team} changed their keeper in minute {minute}.",
    "{count} people watched.",
)
WEATHER = ("cold", "warm", "wet", "windy", "sunny", "foggy")
DAYS = ("Friday", "Saturday", "Sunday", "Monday")
MOST_GOALS, MOST_ASIDES = 4, 3
ORIGIN = "the embedded sample of match reports"


def write_report(draw: random.Random) -> tuple[str, str]:
    """A report and its summary."""
    home, away = teams = draw.sample(TEAMS, 2)
    opening = draw.choice(OPENINGS)
    sentences = [
        opening.format(home=home, away=away, weather=draw.choice(WEATHER), day=draw.choice(DAYS))
    ]
    score = [0, 0]
    events = [True] * draw.randint(0, MOST_GOALS) + [False] * draw.randint(1, MOST_ASIDES)
    draw.shuffle(events)
    minutes = sorted(draw.sample(range(1, 91), len(events)))
    for goal, minute in zip(events, minutes, strict=True):
        side = draw.randrange(2)
        score[side] += goal
        sentence = draw.choice(GOALS if goal else ASIDES)
        sentences.append(
            sentence.format(
                team=teams[side],
                player=draw.choice(PLAYERS),
                score="{}-{}".format(*score),
                minute=minute,
                count=100 * draw.randint(5, 99),
            )
        )
    return " ".join(sentences), summarise(home, away, *score)


def summarise(home: str, away: str, goals: int, against: int) -> str:
    """The summary of a match that the home team ended with so many goals."""
    if goals == against:
        return f"{home} and {away} drew {goals}-{against}."
    if goals < against:
        home, away, goals, against = away, home, against, goals
    return f"{home} beat {away} {goals}-{against}."


def sample(count: int = 12_000, *, seed: int = 0) -> dict[str, Pairs]:
    """Parts `train`, `valid` and `test`; no report stands in two of them.

    Args:
        count: Reports in all.
        seed: The same seed gives the same sample.

    Raises:
        BadInput: If there are too few for three parts.
    """
    draw = random.Random(seed)
    written = [write_report(draw) for _ in range(count)]
    pairs = Pairs([report for report, _ in written], [said for _, said in written], origin=ORIGIN)
    return parts(pairs, seed=seed)
