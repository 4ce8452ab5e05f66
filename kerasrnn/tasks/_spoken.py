"""Recordings as frames with their transcripts and speakers: whose part they are, what is told."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasrnn.data.recordings import Recording, matches
from kerasrnn.data.splits import split_shuffled
from kerasrnn.errors import BadInput
from kerasrnn.tasks import limit_text
from kerasrnn.transforms.log_mel import LEAST_RATE, raw_frames
from kerasrnn.transforms.utterances import store_frames

FASTEST = 16_000  # samples a second, unless told otherwise; what is above it is not in speech
LEAST = 10  # recordings from which parts can be cut


@dataclass(frozen=True)
class Spoken:
    """Recordings of one part, each at the same place of every list.

    Args:
        names: File names.
        texts: Transcripts.
        speakers: Empty where nothing says.
        frames: `(frames, mels)` float32 each, as they are before any scale is fitted.
        places: Of each in its source.
        source: What it was read from.
        rate: Samples a second from which the frames were made.
    """

    names: list[str]
    texts: list[str]
    speakers: list[str]
    frames: list[np.ndarray]
    places: list[int]
    source: str
    rate: int

    def __len__(self) -> int:
        return len(self.names)

    def rows(self, index: Iterable[int]) -> Spoken:
        """Some of them."""
        index = list(index)
        lists = (self.names, self.texts, self.speakers, self.frames, self.places)
        return Spoken(*([each[i] for i in index] for each in lists), self.source, self.rate)


def hear(recordings: Iterable[Recording], source: str, *, rate: int, mels: int) -> Spoken:
    """Recordings as frames, read one after the other.

    Args:
        recordings: In their order.
        source: What they are read from.
        rate: Samples a second; 0 for those of the first recording, `FASTEST` at most.
        mels: Bands of a frame.

    Raises:
        BadInput: If a recording cannot be read, or the first has too few samples a second.
    """
    names, texts, speakers = [], [], []
    found = 0

    def frames():
        nonlocal found
        for recording in recordings:
            found = found or rate or _own_rate(recording)
            names.append(recording.name)
            texts.append(recording.text)
            speakers.append(recording.speaker)
            yield raw_frames(recording.at(found), rate=found, mels=mels)

    stored = store_frames(frames())
    return Spoken(names, texts, speakers, stored, list(range(len(names))), source, found)


def _own_rate(recording: Recording) -> int:
    if recording.rate < LEAST_RATE:
        raise BadInput(
            f"{recording.where}: {recording.rate:,} samples a second are too few for a frame of "
            f"25 ms, which needs {LEAST_RATE:,}; name another with --rate"
        )
    return min(recording.rate, FASTEST)


def cut(
    whole: Spoken,
    *,
    valid: float,
    test: float,
    by_speaker: bool,
    leave_out: Sequence[str],
    test_names: str,
    seed: int,
) -> dict[str, Spoken]:
    """Training, validation and test part.

    Args:
        whole: What is cut.
        valid: Share for validation; 0: no such part.
        test: Likewise.
        by_speaker: Whether all of a speaker's recordings go to one part.
        leave_out: Speakers who are the test part, in place of a share.
        test_names: Patterns of the names that are the test part, in place of a share.
        seed: Of what is drawn.

    Raises:
        BadInput: If a part would be empty, or a speaker is not there.
    """
    rest, held = np.arange(len(whole)), np.arange(0)
    if leave_out or test_names:
        test = 0.0
        chosen = _left_out(whole, leave_out) if leave_out else _named(whole, test_names)
        rest, held = np.flatnonzero(~chosen), np.flatnonzero(chosen)
    if by_speaker:
        train, valid_rows, drawn = _by_speaker(whole, rest, valid, test, seed)
    else:
        train, valid_rows, drawn = _by_recording(whole, rest, valid, test, seed)
    parts = {"train": train, "valid": valid_rows, "test": np.concatenate([held, drawn])}
    return {name: whole.rows(rows) for name, rows in parts.items() if len(rows)}


def _left_out(whole: Spoken, speakers: Sequence[str]) -> np.ndarray:
    known = sorted(set(whole.speakers) - {""})
    for speaker in speakers:
        if speaker not in known:
            who = f"known are {', '.join(known)}" if known else _no_speakers()
            raise BadInput(f"{whole.source}: no speaker '{speaker}' to leave out; {who}")
    return np.isin(whole.speakers, list(speakers))


def _named(whole: Spoken, patterns: str) -> np.ndarray:
    chosen = np.array([matches(name, patterns) for name in whole.names])
    if not chosen.any() or chosen.all():
        what = "every" if chosen.all() else "no"
        raise BadInput(
            f"{whole.source}: --test-names {patterns}: {what} recording is named so "
            f"(the first is {whole.names[0]})"
        )
    return chosen


def _by_recording(
    whole: Spoken, rows: np.ndarray, valid: float, test: float, seed: int
) -> tuple[np.ndarray, ...]:
    if not valid and not test:
        return rows, rows[:0], rows[:0]
    if len(rows) < LEAST:
        raise BadInput(
            f"{whole.source}: {len(rows)} recordings are too few to cut parts from; give at least "
            f"{LEAST}, or files for each part (--valid-data, --test-data)"
        )
    texts = [whole.texts[i] for i in rows]
    parts = split_shuffled(len(rows), valid=valid, test=test, seed=seed, labels=texts)
    return tuple(rows[np.sort(part)] for part in parts)


def _by_speaker(
    whole: Spoken, rows: np.ndarray, valid: float, test: float, seed: int
) -> tuple[np.ndarray, ...]:
    theirs = np.array(whole.speakers)[rows]
    if (theirs == "").any():
        raise BadInput(f"{whole.source}: --split-by speaker: {_no_speakers()}")
    names = np.unique(theirs)
    if len(names) < 1 + (valid > 0) + (test > 0):
        raise BadInput(
            f"{whole.source}: --split-by speaker: {len(names)} speakers are too few for the parts"
        )
    parts = split_shuffled(len(names), valid=valid, test=test, seed=seed)
    return tuple(rows[np.isin(theirs, names[part])] for part in parts)


def _no_speakers() -> str:
    return (
        "nothing says who speaks: put {speaker} into --names, or give a list with a column of "
        "speakers"
    )


def with_enough_steps(part: Spoken, stride: int) -> list[int]:
    """Those recordings that have a step for every character, and one between equal ones.

    Raises:
        BadInput: If there is none.
    """
    possible = []
    for i, (text, frames) in enumerate(zip(part.texts, part.frames, strict=True)):
        again = sum(a == b for a, b in itertools.pairwise(text))
        if len(text) + again <= -(-len(frames) // stride):
            possible.append(i)
    if not possible:
        raise BadInput(
            f"{part.source}: no recording has as many steps as its transcript has characters, "
            f"with a step for {stride} frames of 10 ms: make --stride smaller"
        )
    return possible


def notes(
    parts: dict[str, Spoken], transforms: Mapping[str, Any], possible: list[int]
) -> list[str]:
    """What a person should know of the recordings, a line each.

    Args:
        parts: By name.
        transforms: Fitted on the training part.
        possible: Those of the training part that are trained on.
    """
    alphabet, train = transforms["alphabet"], parts["train"]
    sizes = ", ".join(f"{len(part):,} {name}" for name, part in parts.items())
    voices = ", ".join(
        f"{len(set(part.speakers)):,} {name}" for name, part in parts.items() if part.speakers
    )
    lines = [f"{sizes} recordings at {train.rate:,} Hz; {len(alphabet) - 1} characters"]
    if any(train.speakers):
        lines.append(f"speakers: {voices}")
    if short := sorted(set(range(len(train))) - set(possible)):
        lines.append(
            f"{len(short):,} recordings have fewer steps than their transcripts characters and "
            f"are not trained on, {train.names[short[0]]} for one; --stride 1 may take them"
        )
    for name, part in parts.items():
        lines += strange(f"the {name} part", part, transforms)
    return lines


def strange(what: str, part: Spoken, transforms: Mapping[str, Any]) -> list[str]:
    """What of a part's transcripts can never be right, if anything, as lines for a person."""
    notes = []
    if found := transforms["alphabet"].unknown(part.texts):
        notes.append(f"{what} has characters never seen in training: {found}")
    if found := "lexicon" in transforms and transforms["lexicon"].unknown(part.texts):
        notes.append(
            f"{what} has {len(found):,} words that the lexicon has not, "
            f"{limit_text(', '.join(found))}: they cannot be written"
        )
    return notes
