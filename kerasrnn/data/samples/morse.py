"""The speech sample: messages in Morse code, keyed at any speed and pitch, in noise.

Source: the code and its timing are those of Recommendation ITU-R M.1677-1: a dash lasts three dots,
the signals of a character are a dot apart, characters three dots, words seven.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kerasrnn.data.recordings import Recording

RATE = 8000  # samples a second
_SIGNALS = """
a .-    b -...  c -.-.  d -..   e .     f ..-.  g --.   h ....  i ..    j .---  k -.-   l .-..
m --    n -.    o ---   p .--.  q --.-  r .-.   s ...   t -     u ..-   v ...-  w .--   x -..-
y -.--  z --..  1 .---- 2 ..--- 3 ...-- 4 ....- 5 ..... 6 -.... 7 --... 8 ---.. 9 ----. 0 -----
"""
CODE = dict(zip(_SIGNALS.split()[::2], _SIGNALS.split()[1::2], strict=True))
SPEEDS = (15.0, 40.0)  # words a minute, the word being "paris"; as often slow as fast
PITCHES = (400.0, 900.0)  # hertz
NOISES = (5.0, 40.0)  # decibels by which the tone is louder than the noise of all frequencies
CLEAN = 0.2  # share of messages without any noise: silence as no recording of a room has it
LEVELS = (0.1, 0.7)  # amplitude of the tone
UNEVENNESS = 0.05  # deviation of each length, as a share of it: a hand, not a machine
EDGE = 0.004  # seconds in which a tone swells or dies, without a click
LETTERS = (2, 7)  # of a message, in one word or two


@dataclass(frozen=True)
class Keying:
    """How a message is keyed.

    Args:
        speed: Words a minute.
        pitch: Hertz.
        level: Amplitude of the tone.
        noise: Decibels by which the tone is louder than the noise; none if left out.
        unevenness: Deviation of each length, as a share of it.
    """

    speed: float
    pitch: float
    level: float = 0.5
    noise: float | None = None
    unevenness: float = 0.0


def draw_message(random: np.random.Generator) -> str:
    """Letters and digits by chance, in one word or two."""
    count = int(random.integers(LETTERS[0], LETTERS[1] + 1))
    letters = "".join(random.choice(list(CODE), count))
    cut = int(random.integers(0, count))
    return f"{letters[:cut]} {letters[cut:]}".strip()


def draw_keying(random: np.random.Generator) -> Keying:
    """Speed, pitch, level, noise by chance."""
    pitch, noise, level = (random.uniform(*limits) for limits in (PITCHES, NOISES, LEVELS))
    speed = float(np.exp(random.uniform(*np.log(SPEEDS))))
    return Keying(speed, pitch, level, None if random.random() < CLEAN else noise, UNEVENNESS)


def key(message: str, keying: Keying, random: np.random.Generator) -> np.ndarray:
    """A message as it sounds.

    Args:
        message: Characters of `CODE` and single blanks.
        keying: How.
        random: Of the noise and the unevenness.

    Returns:
        `(samples,)` float32 from -1 to 1, `RATE` a second, half a character's silence around.
    """
    dot = 1.2 / keying.speed  # seconds; "paris" and the space after it are 50 dots
    lengths = _lengths(message) * dot
    lengths *= np.exp(keying.unevenness * random.normal(size=len(lengths)))
    ends = np.round(np.cumsum(lengths) * RATE).astype(int)
    on = np.zeros(ends[-1], np.float32)
    for begin, end in zip(ends[0::2], ends[1::2], strict=False):
        on[begin:end] = 1.0
    edge = np.hanning(round(2 * EDGE * RATE) + 1)[1:]
    envelope = np.convolve(on, edge / edge.sum(), mode="same")
    phase = 2 * np.pi * (keying.pitch * np.arange(len(on)) / RATE + random.uniform())
    sound = keying.level * envelope * np.sin(phase)
    if keying.noise is not None:
        size = keying.level / np.sqrt(2) * 10 ** (-keying.noise / 20)
        sound = sound + size * random.normal(size=len(sound))
    return np.clip(sound, -1, 1).astype(np.float32)


def _lengths(message: str) -> np.ndarray:
    """Dots of silence, tone, silence, …, beginning and ending with silence."""
    lengths, silence = [], 4.0
    for character in message:
        if character == " ":
            silence = 7.0
            continue
        for signal in CODE[character]:
            lengths += [silence, 1.0 if signal == "." else 3.0]
            silence = 1.0
        silence = 3.0
    return np.array([*lengths, 4.0])


def recordings(count: int, *, seed: int) -> Iterator[Recording]:
    """Messages one after the other, the same for the same seed."""
    random = np.random.default_rng(seed)
    for number in range(count):
        message, keying = draw_message(random), draw_keying(random)
        samples = key(message, keying, random)
        yield Recording(f"{number}.wav", "the embedded sample", message, "", samples, RATE)
