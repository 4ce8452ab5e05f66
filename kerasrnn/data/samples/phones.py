"""Phones of invented utterances with the duration and pitch that simple rules give them.

Source: simulated.  The rules are those of D. H. Klatt, "Linguistic uses of segmental duration in
English", JASA 59 (1976), made simple: each phone has a length of its own, stressed vowels are
longer, the last syllable of a phrase is drawn out, vowels are shorter before voiceless
consonants, consonants in clusters are shorter; pitch falls over a phrase and rises at stress.
"""

import numpy as np

from kerasrnn.data.sequences import Sequences
from kerasrnn.errors import BadInput

VALUES = ("duration", "pitch")  # milliseconds, hertz
VOWELS = {"AA": 120, "EH": 95, "IH": 80, "IY": 110, "OW": 125, "UH": 85, "AH": 70}
VOICELESS = {"P": 85, "T": 75, "K": 80, "S": 110, "F": 100}
VOICED = {"B": 65, "D": 60, "M": 70, "N": 65, "L": 60, "R": 60, "Z": 90}
PAUSE = "SIL"  # between phrases
NOISE = 0.08  # deviation of a duration, as a share of it
PITCH_NOISE = 4.0  # hertz


def phones(utterances: int = 400, *, seed: int = 0) -> Sequences:
    """Draws utterances of one to three phrases and gives every phone its two values.

    A vowel's stress is the digit after it (`AA1`, `AA0`), as in the CMU dictionary.

    Args:
        utterances: How many, 6 to 60 phones each.
        seed: Varies words and noise.

    Returns:
        Sequences of phones with `VALUES`.

    Raises:
        BadInput: If there is no utterance.
    """
    if utterances < 1:
        raise BadInput(f"utterances must be at least 1, got {utterances}")
    drawn = [_utterance(rng) for rng in np.random.default_rng(seed).spawn(utterances)]
    lengths = np.array([len(names) for names, _ in drawn])
    rows = int(lengths.sum())
    return Sequences(
        ids=tuple(str(number) for number in range(1, utterances + 1)),
        ends=np.cumsum(lengths),
        inputs=np.array([name for names, _ in drawn for name in names], object),
        targets=np.concatenate([values for _, values in drawn]),
        times=tuple(str(place + 1) for length in lengths for place in range(length)),
        lines=np.arange(1, rows + 1),
        source="the embedded sample",
    )


def _utterance(rng: np.random.Generator) -> tuple[list[str], np.ndarray]:
    names: list[str] = []
    values = []
    phrases = rng.integers(1, 4)
    for number in range(phrases):
        phrase = _phrase(rng)
        names += phrase
        values.append(values_by_rule(phrase))
        if number < phrases - 1:
            names.append(PAUSE)
            values.append(np.array([[200.0, 100.0]]))
    exact = np.concatenate(values)
    duration, pitch = exact.T
    noise = rng.normal(size=exact.T.shape)
    return names, np.stack([duration * (1 + NOISE * noise[0]), pitch + PITCH_NOISE * noise[1]], 1)


def _phrase(rng: np.random.Generator) -> list[str]:
    """Two to six syllables: a consonant or two, a vowel, perhaps a consonant."""
    consonants = [*VOICELESS, *VOICED]
    names: list[str] = []
    for _ in range(rng.integers(2, 7)):
        names += list(rng.choice(consonants, 1 + (rng.random() < 0.25)))
        names.append(f"{rng.choice([*VOWELS])}{int(rng.random() < 0.4)}")
        names += list(rng.choice(consonants, int(rng.random() < 0.4)))
    return [str(name) for name in names]


def values_by_rule(phrase: list[str]) -> np.ndarray:
    """`(phones, 2)` duration and pitch of a phrase's phones, without noise."""
    vowel = [name[:-1] in VOWELS for name in phrase]
    last = max(i for i, is_vowel in enumerate(vowel) if is_vowel)
    values = []
    for i, name in enumerate(phrase):
        following = phrase[i + 1] if i + 1 < len(phrase) else ""
        duration = float({**VOICELESS, **VOICED}.get(name) or VOWELS[name[:-1]])
        pitch = 130.0 - 40.0 * i / len(phrase)
        if vowel[i]:
            duration *= 1.3 if name.endswith("1") else 1.0
            duration *= 0.75 if following in VOICELESS else 1.0
            pitch += 25.0 if name.endswith("1") else 0.0
        elif following and not vowel[i + 1]:
            duration *= 0.7
        values.append((duration * (1.5 if i >= last else 1.0), pitch))
    return np.array(values)
