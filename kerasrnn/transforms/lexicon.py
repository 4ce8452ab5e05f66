"""Words that may be written, and the likeliest path of CTC that writes nothing else.

Source: Graves et al. 2006, "Connectionist temporal classification", section 3.2, and Graves 2012,
"Supervised sequence labelling with recurrent neural networks", section 7.5.3, token passing, here
without a language model: a Viterbi search over one automaton of all words. It finds the likeliest
path of all, not the best of some.

States are a blank before the first word, a blank after a word, a space, a blank after it, and for
each word its characters with a blank between any two. A state is reached from itself, from the
state before it, from the one before that (a blank may be left out, but not between equal
characters), or by a jump: into a word, or out of one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.files import read_json, write_json
from kerasrnn.transforms.alphabet import BLANK, Alphabet

if TYPE_CHECKING:
    import tensorflow as tf

FILE = "lexicon.json"
SPACE = " "
BEFORE, AFTER, GAP, BEHIND = range(4)  # states that belong to no word
STAY, STEP, SKIP, JUMP = range(4)  # how a state was reached
NO_JUMP, INTO_AFTER, INTO_GAP, INTO_BEHIND, INTO_WORD = range(5)  # kinds of states to jump into
ENDS = -1  # stands for the likeliest of the states that end a word
# by kind of jump, where it may come from; the first is never made
SOURCES = [[BEFORE], [ENDS], [ENDS, AFTER], [GAP], [BEFORE, GAP, BEHIND]]
NEVER = -1e30  # a score; infinities would make differences that are no numbers


@dataclass(frozen=True)
class _States:
    """`(states,)` each: the class emitted, and how a state may be reached and left."""

    emits: np.ndarray
    step: np.ndarray  # from the state before
    skip: np.ndarray  # from the one before that
    jump: np.ndarray  # the kind
    ends: np.ndarray  # numbers of the states that end a word


class Lexicon:
    """Words of the training part.

    Args:
        words: Each once, none empty.
        alphabet: Has all of their characters.

    Raises:
        BadInput: If there is none, or a character that the alphabet has not.
    """

    def __init__(self, words: Sequence[str], alphabet: Alphabet):
        self.words, self.alphabet = tuple(words), alphabet
        if not all(self.words) or not self.words:
            raise BadInput("a lexicon holds words, none of them empty")
        if strange := alphabet.unknown(self.words):
            raise BadInput(f"the lexicon has characters that the alphabet has not: {strange}")

    @classmethod
    def fit(cls, transcripts: Iterable[str], alphabet: Alphabet) -> Lexicon:
        """Every word that occurs, sorted."""
        return cls(sorted(_words_of(transcripts)), alphabet)

    def unknown(self, transcripts: Iterable[str]) -> list[str]:
        """The words, sorted, that can never be recognised."""
        return sorted(_words_of(transcripts) - set(self.words))

    def save(self, folder: Path) -> None:
        """Writes `lexicon.json`."""
        write_json(folder / FILE, list(self.words))

    @classmethod
    def load(cls, folder: Path, alphabet: Alphabet) -> Lexicon:
        """Reads `lexicon.json`.

        Raises:
            BadInput: If it is missing or broken.
        """
        path = folder / FILE
        words = read_json(path)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise BadInput(f"{path} is broken: it is no list of words")
        return cls(words, alphabet)

    @functools.cached_property
    def _states(self) -> _States:
        [space] = self.alphabet.encode(SPACE)
        spaced = int(space) < len(self.alphabet)
        emits = [BLANK, BLANK, int(space) if spaced else BLANK, BLANK]
        step, skip = [False] * 4, [False] * 4
        jump = [NO_JUMP, INTO_AFTER, *((INTO_GAP, INTO_BEHIND) if spaced else (NO_JUMP,) * 2)]
        ends = []
        for word in self.words:
            classes = self.alphabet.encode(word).tolist()
            for i, character in enumerate(classes):
                if i:
                    emits.append(BLANK)
                    step.append(True)
                    skip.append(False)
                    jump.append(NO_JUMP)
                emits.append(character)
                step.append(i > 0)
                skip.append(i > 0 and classes[i - 1] != character)
                jump.append(NO_JUMP if i else INTO_WORD)
            ends.append(len(emits) - 1)
        return _States(*(np.array(each) for each in (emits, step, skip, jump, ends)))

    @functools.cached_property
    def _first(self) -> np.ndarray:
        """`(states,)` scores before the first step: zero where a path may begin."""
        first = self._states.jump == INTO_WORD
        first[BEFORE] = True
        return np.where(first, 0.0, NEVER).astype(np.float32)

    @functools.cached_property
    def _last(self) -> np.ndarray:
        """Numbers of the states in which a path may end."""
        return np.array([BEFORE, AFTER, *self._states.ends])

    def path(self, logits: np.ndarray) -> np.ndarray:
        """The likeliest path that writes words of the lexicon with spaces between, or nothing.

        Args:
            logits: `(steps, classes)` of one recording.

        Returns:
            `(steps,)` classes.
        """
        s = self._states
        emitted = logits[:, s.emits].astype(np.float32)
        scores = self._first + emitted[0]
        reached, jumps = [], []
        for row in emitted[1:]:
            values, sources = _jumps(scores, s.ends)
            moved = (scores, _moved(scores, s.step, 1), _moved(scores, s.skip, 2), values[s.jump])
            reached.append(np.argmax(moved, 0).astype(np.uint8))
            jumps.append(sources)
            scores = np.max(moved, 0) + row
        state = self._last[int(np.argmax(scores[self._last]))]
        states = [state]
        for how, sources in zip(reversed(reached), reversed(jumps), strict=True):
            state = sources[s.jump[state]] if how[state] == JUMP else state - int(how[state])
            states.append(state)
        return s.emits[states[::-1]]

    def graph_path(self, logits: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """The same for a batch inside the graph.

        Args:
            logits: `(batch, steps, classes)`.
            lengths: `(batch,)` int32, steps of each row, at least 1.

        Returns:
            `(batch, steps)` int32 classes; those after a row's length mean nothing.
        """
        import tensorflow as tf

        s = self._states
        emitted = tf.transpose(tf.gather(logits, s.emits, axis=2), [1, 0, 2])
        steps = tf.shape(emitted)[0]
        arrays = [tf.TensorArray(kind, steps) for kind in (tf.uint8, tf.int32)]

        def forward(t, scores, reached, jumps):
            values, sources = _jumps_in_graph(scores, s.ends)
            moved = tf.stack(
                [
                    scores,
                    tf.where(s.step, tf.roll(scores, 1, 1), NEVER),
                    tf.where(s.skip, tf.roll(scores, 2, 1), NEVER),
                    tf.gather(values, s.jump, axis=1),
                ]
            )
            real = (t < lengths)[:, None]
            how = tf.where(real, tf.argmax(moved, 0, tf.int32), STAY)
            scores = tf.where(real, tf.reduce_max(moved, 0) + emitted[t], scores)
            how = tf.cast(how, tf.uint8)
            return t + 1, scores, reached.write(t, how), jumps.write(t, sources)

        def back(t, state, path):
            how = tf.cast(tf.gather(reached.read(t), state, batch_dims=1), tf.int32)
            sources = tf.gather(jumps.read(t), tf.gather(s.jump, state), batch_dims=1)
            before = tf.where(how == JUMP, sources, state - how)
            return t - 1, before, path.write(t - 1, before)

        scores = self._first + emitted[0]
        _, scores, reached, jumps = tf.while_loop(
            lambda t, *_: t < steps, forward, (1, scores, *arrays)
        )
        last = tf.constant(self._last, tf.int32)
        state = tf.gather(last, tf.argmax(tf.gather(scores, last, axis=1), 1))
        path = tf.TensorArray(tf.int32, steps).write(steps - 1, state)
        _, _, path = tf.while_loop(lambda t, *_: t > 0, back, (steps - 1, state, path))
        return tf.gather(tf.constant(s.emits, tf.int32), tf.transpose(path.stack()))


def _words_of(transcripts: Iterable[str]) -> set[str]:
    return {word for text in transcripts for word in text.split(SPACE) if word}


def _jumps_in_graph(scores: tf.Tensor, ends: np.ndarray) -> tuple[tf.Tensor, tf.Tensor]:
    """As `_jumps`, `(batch, kinds)` each."""
    import tensorflow as tf

    end = tf.gather(
        tf.constant(ends, tf.int32), tf.argmax(tf.gather(scores, ends, axis=1), 1, tf.int32)
    )
    sources = []
    for known in SOURCES:
        states = tf.stack([end if s == ENDS else tf.fill(tf.shape(end), s) for s in known], 1)
        best = tf.argmax(tf.gather(scores, states, batch_dims=1), 1)
        sources.append(tf.gather(states, best, batch_dims=1))
    sources = tf.stack(sources, 1)
    values = tf.gather(scores, sources, batch_dims=1)
    never = tf.fill([tf.shape(values)[0], 1], NEVER)
    return tf.concat([never, values[:, 1:]], 1), sources


def _jumps(scores: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By kind of jump, the best score that it can come from, and whose."""
    end = ends[np.argmax(scores[ends])]
    into = [[end if s == ENDS else s for s in known] for known in SOURCES]
    sources = np.array([states[int(np.argmax(scores[states]))] for states in into])
    values = scores[sources]
    values[NO_JUMP] = NEVER
    return values, sources


def _moved(scores: np.ndarray, allowed: np.ndarray, by: int) -> np.ndarray:
    """Scores of the states that many places before, where one may come from there."""
    return np.where(allowed, np.roll(scores, by), np.float32(NEVER))
