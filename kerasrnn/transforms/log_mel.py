"""Waveforms to logarithms of the energy in mel bands, by one rule in NumPy and in the graph.

Source: Davis & Mermelstein 1980 for the bands, with the mel scale of O'Shaughnessy 1987 as
`tf.signal.linear_to_mel_weight_matrix` has it. Frames lie wholly inside the waveform, so that a
stream of samples gives the very frames of the whole recording.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasrnn.errors import BadInput
from kerasrnn.files import read_json, write_json

if TYPE_CHECKING:
    import tensorflow as tf

WINDOW, HOP = 0.025, 0.010  # seconds: of speech that a frame sees, from frame to frame
LOWEST = 60.0  # hertz; below is hum
# samples a second: a window has 25 of them, and half the rate is well above the lowest band
LEAST_RATE = 1_000
FLOOR = 1e-6  # energy; about that of the rounding of 16-bit samples, so that silence is no number
BLOCK = 32  # frames; a product so small is done without threads, whose start costs more than it
LEAST_DEVIATION = 1e-3  # of a band in which nothing ever happens


@dataclass(frozen=True)
class LogMel:
    """Bands of energy, each shifted and scaled by what was fitted on the training part.

    Args:
        rate: Samples a second of every waveform.
        mels: Bands.
        centred: Whether each recording's own mean is taken away from it, which takes its
            loudness and its microphone out, and needs all of it first; else the training part's.
        mean: `(mels,)` over the training part, zeros if `centred`.
        deviation: `(mels,)` over the training part, after the shift.
        longest: Frames of the longest recording of the training part.
    """

    rate: int
    mels: int
    centred: bool
    mean: np.ndarray
    deviation: np.ndarray
    longest: int

    @classmethod
    def fit(
        cls, recordings: Iterable[np.ndarray], *, rate: int, mels: int, centred: bool
    ) -> LogMel:
        """Mean and deviation of each band over recordings, `raw_frames` of each."""
        count, sums, squares, longest = 0, np.zeros(mels), np.zeros(mels), 0
        for frames in recordings:
            shifted = frames.astype(np.float64)
            if centred:
                shifted -= shifted.mean(0)
            count += len(frames)
            sums += shifted.sum(0)
            squares += (shifted**2).sum(0)
            longest = max(longest, len(frames))
        mean = sums / count
        deviation = np.sqrt(np.maximum(squares / count - mean**2, LEAST_DEVIATION**2))
        mean = np.zeros(mels) if centred else mean
        return cls(rate, mels, centred, mean, deviation, longest)

    def normalise(self, frames: np.ndarray) -> np.ndarray:
        """`raw_frames` of one recording, shifted and scaled: `(frames, mels)` float32."""
        mean = frames.mean(0, dtype=np.float64) if self.centred else self.mean
        return ((frames - mean) / self.deviation).astype(np.float32)

    def __call__(self, waveform: np.ndarray) -> np.ndarray:
        """`(samples,)` floats to `(frames, mels)` float32, one frame at least."""
        return self.normalise(raw_frames(waveform, rate=self.rate, mels=self.mels))

    def graph(self, waveforms: tf.Tensor, lengths: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The same inside the graph.

        Args:
            waveforms: `(batch, samples)` float32.
            lengths: `(batch,)` int32, samples of each; what follows is not looked at.

        Returns:
            `(batch, frames, mels)`, zero after the end, and `(batch,)` int32 frames of each.
        """
        import tensorflow as tf

        size, hop, fft = frame_sizes(self.rate)
        lengths = tf.clip_by_value(lengths, 0, tf.shape(waveforms)[1])
        heard = tf.sequence_mask(lengths, tf.shape(waveforms)[1])
        waveforms = tf.where(heard, waveforms, 0.0)
        short = tf.maximum(size - tf.shape(waveforms)[1], 0)
        waveforms = tf.pad(waveforms, [[0, 0], [0, short]])
        counts = tf.maximum((lengths - size) // hop + 1, 1)
        energy = tf.abs(tf.signal.stft(waveforms, size, hop, fft)) ** 2
        bands = tf.constant(mel_weights(self.rate, self.mels))
        frames = tf.math.log(tf.matmul(energy, bands) + FLOOR)
        real = tf.sequence_mask(counts, tf.shape(frames)[1])[..., None]
        mean = tf.constant(self.mean, tf.float32)
        if self.centred:
            total = tf.reduce_sum(tf.where(real, frames, 0.0), 1)
            mean = (total / tf.cast(counts, tf.float32)[:, None])[:, None]
        frames = (frames - mean) / tf.constant(self.deviation, tf.float32)
        return tf.where(real, frames, 0.0), counts

    def seconds(self, frames: int) -> float:
        """How long a recording of so many frames is."""
        size, hop, _ = frame_sizes(self.rate)
        return (size + (frames - 1) * hop) / self.rate

    def save(self, folder: Path) -> None:
        """Writes `log_mel.json`."""
        values = asdict(self)
        arrays = {name: values[name].tolist() for name in ("mean", "deviation")}
        write_json(folder / "log_mel.json", {**values, **arrays})

    @classmethod
    def load(cls, folder: Path) -> LogMel:
        """Reads `log_mel.json`.

        Raises:
            BadInput: If it is missing or broken.
        """
        path = folder / "log_mel.json"
        try:
            values = read_json(path)
            arrays = {name: np.array(values[name], np.float64) for name in ("mean", "deviation")}
            return cls(**{**values, **arrays})
        except (TypeError, KeyError, ValueError) as error:
            raise BadInput(f"{path} is broken: {error}") from error


def raw_frames(waveform: np.ndarray, *, rate: int, mels: int) -> np.ndarray:
    """`(samples,)` floats to `(frames, mels)` float32 logarithms of energy, one frame at least."""
    size, hop, fft = frame_sizes(rate)
    waveform = np.asarray(waveform, np.float32)
    waveform = np.pad(waveform, (0, max(size - len(waveform), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(waveform, size)[::hop]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)  # Hann's, periodic
    energy = np.abs(np.fft.rfft(frames * window.astype(np.float32), fft)) ** 2
    weights = mel_weights(rate, mels)
    bands = [energy[i : i + BLOCK] @ weights for i in range(0, len(energy), BLOCK)]
    return np.log(np.concatenate(bands) + FLOOR).astype(np.float32)


def frame_sizes(rate: int) -> tuple[int, int, int]:
    """Samples of a frame, from frame to frame, and of its Fourier transform."""
    size = round(WINDOW * rate)
    return size, round(HOP * rate), 1 << (size - 1).bit_length()


@functools.cache
def mel_weights(rate: int, mels: int) -> np.ndarray:
    """`(bins, mels)` float32 triangles, evenly spaced in mels from `LOWEST` to half the rate."""
    bins = np.linspace(0, rate / 2, frame_sizes(rate)[2] // 2 + 1)[1:]  # the constant is left out
    edges = _edges(rate, mels)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    places = _mel(bins)[:, None]
    rising, falling = (places - low) / (middle - low), (high - places) / (high - middle)
    weights = np.maximum(0, np.minimum(rising, falling))
    return np.pad(weights, [(1, 0), (0, 0)]).astype(np.float32)


def band_centres(rate: int, mels: int) -> np.ndarray:
    """`(mels,)` hertz at which each band's triangle is highest."""
    return 700.0 * np.expm1(_edges(rate, mels)[1:-1] / 1127.0)


def band_places(hertz: np.ndarray, rate: int, mels: int) -> np.ndarray:
    """Between which bands, counted from 0, frequencies lie: 1.5 is midway from 1 to 2."""
    edges = _edges(rate, mels)
    return (_mel(hertz) - edges[1]) / (edges[1] - edges[0])


def _edges(rate: int, mels: int) -> np.ndarray:
    """`(mels + 2,)` mels at which triangles begin, are highest and end."""
    return np.linspace(_mel(np.array(LOWEST)), _mel(np.array(rate / 2)), mels + 2)


def _mel(hertz: np.ndarray) -> np.ndarray:
    return 1127.0 * np.log1p(hertz / 700.0)
