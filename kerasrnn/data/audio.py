"""WAV and FLAC files of any rate, width and channels as floats, and floats at another rate.

libsndfile decodes and libsoxr resamples. What is broken is refused by its name: libsndfile itself
reads a file that was cut short as if it were a shorter one.
"""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path

import numpy as np

from kerasrnn.data.corpus import STANDARD_INPUT, require_path
from kerasrnn.errors import BadInput

SUFFIXES = (".wav", ".flac")
STREAMED = 0x7FFFF000  # bytes; from here on, a size that programs write when they know none


def read_audio(path: str | Path) -> tuple[np.ndarray, int]:
    """Reads one file.

    Args:
        path: The file; `STANDARD_INPUT` is read from there.

    Returns:
        `(samples,)` float32 from -1 to 1, the mean of the channels, never empty; and how many
        there are a second.

    Raises:
        BadInput: If it is missing, broken, cut short, empty or of an unknown kind.
    """
    path = Path(path)
    if path == STANDARD_INPUT:
        return decode_audio(sys.stdin.buffer.read(), str(path))
    require_path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    return decode_audio(content, str(path))


def decode_audio(content: bytes, source: str) -> tuple[np.ndarray, int]:
    """The same from the content of a file; `source` names it in errors."""
    import soundfile

    if not content:
        raise BadInput(f"{source}: the file is empty")
    _check_whole(content, source)
    try:
        samples, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, ValueError, TypeError) as error:
        reason = getattr(error, "error_string", str(error)).strip().rstrip(".")
        raise BadInput(
            f"{source}: no WAV or FLAC that can be decoded ({reason}); save it as PCM WAV"
        ) from error
    if not len(samples):
        raise BadInput(f"{source}: holds no sample")
    if not np.isfinite(samples).all():
        raise BadInput(f"{source}: holds samples that are no numbers")
    return samples.mean(1), rate


def resample(samples: np.ndarray, own_rate: int, rate: int) -> np.ndarray:
    """`(samples,)` floats from one rate to another, what is above half the lower one taken out."""
    if own_rate == rate:
        return samples.astype(np.float32)
    import soxr

    # of very few samples nothing may be left
    resampled = soxr.resample(samples, own_rate, rate)
    return resampled if len(resampled) else np.zeros(1, np.float32)


def _check_whole(content: bytes, source: str) -> None:
    """Refuses a RIFF file whose samples end before the header says.

    Raises:
        BadInput: If they do.
    """
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return  # another kind, or none: libsndfile says so
    place = 12
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        here = len(content) - place - 8
        if name == b"data" and size >= STREAMED:
            return
        if size > here:
            part = "samples" if name == b"data" else f"part {name.decode('latin-1')!r}"
            raise BadInput(
                f"{source}: is cut short: {size:,} bytes of {part} are announced and {here:,} are "
                "there; fetch or record it again"
            )
        if name == b"data":
            return
        place += 8 + size + size % 2  # parts begin at even places
    raise BadInput(f"{source}: is cut short: it ends before its samples begin")
