"""Recordings spoken faster or slower, by larger or smaller speakers, while training.

Source: Ko et al. 2015, "Audio augmentation for speech recognition" (tempo), and Jaitly & Hinton
2013, "Vocal tract length perturbation improves speech recognition" (frequencies), both done to the
frames rather than to the samples, which are not kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasrnn.transforms.log_mel import band_centres, band_places


@dataclass(frozen=True)
class Perturbation:
    """By how much recordings are changed at most.

    Args:
        tempo: Share by which one becomes faster, and slower; 0 for as it is.
        pitch: Share by which all its frequencies become higher, and lower; 0 for as they are.
        rate: Samples a second from which the frames were made.
    """

    tempo: float
    pitch: float
    rate: int

    def __call__(
        self, frames: np.ndarray, random: np.random.Generator, *, least: int = 1
    ) -> np.ndarray:
        """`(frames, mels)` at another tempo and pitch, drawn evenly on a logarithmic scale.

        Args:
            frames: Logarithms of energy.
            random: Of the tempo and the pitch.
            least: Frames that there must be afterwards, if there are as many.
        """
        most = np.log1p([self.tempo, self.pitch])
        faster, higher = np.exp(random.uniform(-most, most))
        count, mels = frames.shape
        changed = max(round(count / faster), min(least, count), 1)
        frames = _between(frames, np.linspace(0, count - 1, changed))
        if self.pitch:
            centres = band_centres(self.rate, mels)
            frames = _between(frames.T, band_places(centres / higher, self.rate, mels)).T
        return frames


def _between(rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Rows at fractional places, each a mean of its two neighbours by nearness; none beyond."""
    places = np.clip(places, 0, len(rows) - 1)
    first = np.minimum(places.astype(int), max(len(rows) - 2, 0))
    share = (places - first).astype(rows.dtype)[:, None]
    second = np.minimum(first + 1, len(rows) - 1)
    return rows[first] * (1 - share) + rows[second] * share
