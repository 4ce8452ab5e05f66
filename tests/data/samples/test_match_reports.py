"""Match reports: the summary follows from the report, and not from its first sentence."""

import itertools
import random
import re

from kerasrnn.data.samples.match_reports import TEAMS, sample, summarise, write_report


def read_summary(report):
    """The summary by reading the report: who is at home, and the last score."""
    first = report.split(".")[0]
    teams = sorted((team for team in TEAMS if team in first), key=first.index)
    home, away = reversed(teams) if "travelled" in first else teams
    goals, against = map(int, (re.findall(r"(\d+)-(\d+)", report) or [(0, 0)])[-1])
    if goals == against:
        return f"{home} and {away} drew {goals}-{against}."
    if goals > against:
        return f"{home} beat {away} {goals}-{against}."
    return f"{away} beat {home} {against}-{goals}."


def test_the_summary_is_in_the_report():
    draw = random.Random(1)
    for _ in range(500):
        report, summary = write_report(draw)
        assert read_summary(report) == summary


def test_every_goal_makes_the_next_score():
    draw = random.Random(2)
    for _ in range(200):
        report, _ = write_report(draw)
        scores = [(0, 0), *(tuple(map(int, s)) for s in re.findall(r"(\d+)-(\d+)", report))]
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(scores)]
        assert set(steps) <= {(0, 1), (1, 0)}


def test_the_winner_is_named_first():
    assert summarise("A", "B", 1, 2) == "B beat A 2-1."
    assert summarise("A", "B", 2, 1) == "A beat B 2-1."
    assert summarise("A", "B", 1, 1) == "A and B drew 1-1."


def test_the_sample_is_seeded_and_its_parts_share_no_report():
    parts = sample(500, seed=0)
    assert sample(500, seed=0) == parts
    assert sample(500, seed=1) != parts
    held = [set(part.sources) for part in parts.values()]
    assert sum(map(len, held)) == len(set().union(*held))
    assert all(len(part) >= 40 for part in parts.values())
