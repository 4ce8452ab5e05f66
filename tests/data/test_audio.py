import io
import struct
import sys
import types

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.data.audio import decode_audio, read_audio, resample
from kerasrnn.data.corpus import STANDARD_INPUT
from kerasrnn.errors import BadInput

RATE = 8000
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4000) / RATE)


def encoded(samples=TONE, *, rate=RATE, kind="WAV", subtype="PCM_16"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


KINDS = [
    ("WAV", "PCM_U8", 1e-2),
    ("WAV", "PCM_16", 1e-4),
    ("WAV", "PCM_24", 1e-6),
    ("WAV", "PCM_32", 1e-7),
    ("WAV", "FLOAT", 1e-7),
    ("WAV", "DOUBLE", 1e-7),
    ("WAV", "ULAW", 2e-2),
    ("WAVEX", "PCM_24", 1e-6),
    ("FLAC", "PCM_16", 1e-4),
]


@pytest.mark.parametrize(("kind", "subtype", "error"), KINDS)
def test_every_width_is_the_same_sound(kind, subtype, error):
    samples, rate = decode_audio(encoded(kind=kind, subtype=subtype), "a.wav")
    assert (rate, samples.dtype, samples.shape) == (RATE, np.float32, TONE.shape)
    np.testing.assert_allclose(samples, TONE, atol=error)


def test_channels_become_their_mean():
    both = np.stack([TONE, 0.2 * TONE, 0 * TONE], 1)
    samples, _ = decode_audio(encoded(both), "a.wav")
    np.testing.assert_allclose(samples, 0.4 * TONE, atol=1e-4)


@pytest.mark.parametrize(("own", "rate"), [(44_100, 8000), (8000, 16_000), (11_025, 8000)])
def test_a_tone_stays_a_tone_at_another_rate(own, rate):
    times = np.arange(own) / own
    got = resample(np.sin(2 * np.pi * 440 * times).astype(np.float32), own, rate)
    assert abs(len(got) - rate) <= 1
    wanted = np.sin(2 * np.pi * 440 * np.arange(len(got)) / rate)
    np.testing.assert_allclose(
        got[rate // 10 : -rate // 10], wanted[rate // 10 : -rate // 10], atol=2e-3
    )


def test_what_is_above_half_the_rate_goes():
    high = np.sin(2 * np.pi * 6000 * np.arange(16_000) / 16_000).astype(np.float32)
    assert np.abs(resample(high, 16_000, 8000)[800:-800]).max() < 1e-2
    assert len(resample(high[:1], 16_000, 8000)) == 1


def test_a_file_and_standard_input_are_read(tmp_path, monkeypatch):
    (tmp_path / "a.wav").write_bytes(encoded())
    expected, _ = decode_audio(encoded(), "a.wav")
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav")[0], expected)
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(encoded())))
    np.testing.assert_array_equal(read_audio(STANDARD_INPUT)[0], expected)


WHOLE = encoded()
UNKNOWN_CODEC = WHOLE[:20] + struct.pack("<H", 0x1234) + WHOLE[22:]
BROKEN = {
    "empty": (b"", "the file is empty"),
    "short": (WHOLE[:-100], r"cut short: 8,000 bytes of samples are announced and 7,900"),
    "headless": (WHOLE[:30], "cut short: 16 bytes of part 'fmt ' are announced and 10"),
    "no_samples_yet": (WHOLE[:36], "cut short: it ends before its samples begin"),
    "text": (b"this is no recording at all", "no WAV or FLAC that can be decoded"),
    "codec": (UNKNOWN_CODEC, "no WAV or FLAC that can be decoded"),
    "silent": (encoded(TONE[:0]), "holds no sample"),
    "not_numbers": (encoded(TONE * np.nan, subtype="FLOAT"), "samples that are no numbers"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named(name, tmp_path):
    content, message = BROKEN[name]
    path = tmp_path / f"{name}.wav"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=rf"{name}\.wav: .*{message}"):
        read_audio(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(BadInput, match=r"b\.wav: no such file"):
        read_audio(tmp_path / "b.wav")
    with pytest.raises(BadInput, match="cannot be read"):
        read_audio(tmp_path)


def test_a_stream_whose_size_nobody_knew_is_read():
    place = WHOLE.index(b"data") + 4
    for size in (0xFFFFFFFF, 0x7FFFFFFF):
        streamed = WHOLE[:place] + struct.pack("<I", size) + WHOLE[place + 4 :]
        np.testing.assert_allclose(decode_audio(streamed, "a.wav")[0], TONE, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(WHOLE)), st.booleans())
def test_any_bytes_are_a_sound_or_a_plain_error(noise, place, cut):
    content = WHOLE[:place] + noise + (b"" if cut else WHOLE[place + len(noise) :])
    problem = ""
    try:
        samples, rate = decode_audio(content, "a.wav")
    except BadInput as error:
        problem = str(error)
    assert problem.startswith("a.wav: ") if problem else len(samples) and rate > 0
