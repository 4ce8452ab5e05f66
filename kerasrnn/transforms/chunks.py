"""Labels that mark where entities begin and end, and the entities they mark.

Source: Ramshaw & Marcus 1995 for B, I and O; Tjong Kim Sang & Veenstra 1999 for their variants;
`conlleval` of the CoNLL-2000 shared task for what counts as an entity in labels that break rules.

    BIO     B-X begins, I-X goes on           (IOB1: B-X only right after another X)
    BIOES   besides, E-X ends, S-X is alone   (BMES: M for I; BILOU: L for E, U for S)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

OUTSIDE = "O"
# what each letter is, by its name in BIOES
ROLES = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S"}
# letters of each scheme in the place of B, I, E, S
SCHEMES = {"bio": "BIIB", "bioes": "BIES", "bmes": "BMES", "bilou": "BILU"}
LABEL = re.compile(r"([BIMELSU])(?:-(.+))?")

Entity = tuple[int, int, str]  # its first token, the one after its last, its type


@dataclass(frozen=True)
class Scheme:
    """How labels mark entities.

    Args:
        name: Of `SCHEMES`.
    """

    name: str

    @classmethod
    def of(cls, labels: Iterable[str]) -> Scheme | None:
        """The scheme that labels follow; none if they are no marks of entities.

        A label alone may be a letter by chance, as some parts of speech are: something must begin
        or go on with a type, or there must be both B and O.
        """
        names = set(labels)
        found = [LABEL.fullmatch(name) for name in names - {OUTSIDE}]
        typed = any(match and match[2] for match in found)
        if not found or None in found or not (typed or {"B", OUTSIDE} <= names):
            return None
        letters = {match[1] for match in found}
        fitting = (name for name, own in SCHEMES.items() if letters <= set(own))
        name = next(fitting, "")
        return cls(name) if name else None

    def fits(self, labels: Iterable[str]) -> bool:
        """Whether all of these labels mark entities, or that there is none."""
        return all(label == OUTSIDE or LABEL.fullmatch(label) for label in labels)

    def split(self, label: str) -> tuple[str, str]:
        """What a label is in BIOES, and its type; a label of no entity is `O`."""
        match = LABEL.fullmatch(label)
        return (ROLES[match[1]], match[2] or "") if match else (OUTSIDE, "")

    def entities(self, labels: Sequence[str]) -> list[Entity]:
        """The entities of a sentence, as `conlleval` has them where labels break the rules."""
        found, begin, before = [], 0, (OUTSIDE, "")
        for place, label in enumerate([*labels, OUTSIDE]):
            here = self.split(label)
            if begins(before, here) or here[0] == OUTSIDE:
                if before[0] != OUTSIDE:
                    found.append((begin, place, before[1]))
                begin = place
            before = here
        return found

    def encode(self, entities: Iterable[Entity], length: int) -> list[str]:
        """Labels of a sentence with these entities, by the rules."""
        labels = [OUTSIDE] * length
        first, inside, last, alone = SCHEMES[self.name]
        for begin, end, kind in entities:
            letters = [inside] * (end - begin)
            letters[-1], letters[0] = last, alone if end - begin == 1 else first
            labels[begin:end] = [f"{letter}-{kind}" if kind else letter for letter in letters]
        return labels

    def complete(self, labels: Iterable[str]) -> list[str]:
        """All labels of the types that some of them have, in order."""
        kinds = {kind for role, kind in map(self.split, labels) if role != OUTSIDE}
        letters = dict.fromkeys(SCHEMES[self.name])
        marks = [f"{letter}-{k}" if k else letter for k in sorted(kinds) for letter in letters]
        return [OUTSIDE, *marks]

    def rules(self, labels: Sequence[str]) -> dict[str, list]:
        """Which label may follow which, come first and come last, as `layers/crf.py` takes it."""
        parts = [self.split(label) for label in labels]
        outside = (OUTSIDE, "")
        strict = self.name != "bio"
        return {
            "follows": [[_fits(a, b, strict=strict) for b in parts] for a in parts],
            "starts": [_fits(outside, b, strict=strict) for b in parts],
            "ends": [_fits(a, outside, strict=strict) for a in parts],
        }


def begins(before: tuple[str, str], here: tuple[str, str]) -> bool:
    """Whether an entity begins here: for certain, or because nothing goes on."""
    role, kind = here
    if role == OUTSIDE:
        return False
    return role in "BS" or before[0] in "ESO" or before[1] != kind


def _fits(a: tuple[str, str], b: tuple[str, str], *, strict: bool) -> bool:
    """Whether b may follow a.

    Args:
        a: Role and type.
        b: Likewise.
        strict: Whether an entity must have its end marked.
    """
    goes_on = b[0] in "IE"
    if a[0] in "BI" and (goes_on or strict):
        return goes_on and a[1] == b[1]
    return not goes_on


def entity_scores(
    gold: Iterable[Sequence[Entity]], predicted: Iterable[Sequence[Entity]]
) -> dict[str, float]:
    """Precision, recall and F1 of entities, right only if both borders and the type are.

    Args:
        gold: Entities of each sentence.
        predicted: Likewise.
    """
    right = told = there = 0
    for truth, guess in zip(gold, predicted, strict=True):
        right += len(set(truth) & set(guess))
        told += len(guess)
        there += len(truth)
    return {
        "precision": right / max(told, 1),
        "recall": right / max(there, 1),
        "f1": 2 * right / max(told + there, 1),
    }
