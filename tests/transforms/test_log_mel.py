import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.errors import BadInput
from kerasrnn.transforms.log_mel import LogMel, frame_sizes, mel_weights, raw_frames

RATE, MELS = 8000, 20
WAVES = [np.random.default_rng(i).normal(size=n) / 10 for i, n in enumerate((3000, 200, 1, 777))]


def fitted(centred):
    recordings = [raw_frames(wave, rate=RATE, mels=MELS) for wave in WAVES]
    return LogMel.fit(recordings, rate=RATE, mels=MELS, centred=centred)


@pytest.mark.parametrize("centred", [True, False])
def test_the_graph_hears_what_numpy_hears(centred):
    log_mel = fitted(centred)
    lengths = [len(wave) for wave in WAVES]
    # what follows the end of a recording is noise here, which nobody may hear
    padded = np.random.default_rng(9).normal(size=(len(WAVES), 3100)).astype(np.float32)
    for row, wave in zip(padded, WAVES, strict=True):
        row[: len(wave)] = wave
    frames, counts = log_mel.graph(tf.constant(padded), tf.constant(lengths, tf.int32))
    for i, wave in enumerate(WAVES):
        alone = log_mel(wave)
        assert counts[i] == len(alone)
        np.testing.assert_allclose(frames[i, : len(alone)], alone, atol=2e-5)
        np.testing.assert_array_equal(frames[i, len(alone) :], 0)


def test_the_bands_are_those_of_tensorflow():
    for rate, mels in ((8000, 40), (16000, 64)):
        bins = frame_sizes(rate)[2] // 2 + 1
        theirs = tf.signal.linear_to_mel_weight_matrix(mels, bins, rate, 60.0, rate / 2)
        np.testing.assert_allclose(mel_weights(rate, mels), theirs, atol=1e-5)


def test_a_tone_is_loudest_in_the_band_that_holds_it():
    times = np.arange(RATE) / RATE
    loudest = [
        raw_frames(np.sin(2 * np.pi * pitch * times), rate=RATE, mels=MELS).mean(0).argmax()
        for pitch in (200, 600, 1200, 2400)
    ]
    middle = mel_weights(RATE, MELS).argmax(0) * RATE / frame_sizes(RATE)[2]
    assert [abs(middle[k] - p) < 150 for k, p in zip(loudest, (200, 600, 1200, 2400), strict=True)]
    assert loudest == sorted(set(loudest))


def test_a_stretch_gives_the_frames_of_the_whole():
    size, hop, _ = frame_sizes(RATE)
    whole = raw_frames(WAVES[0], rate=RATE, mels=MELS)
    part = raw_frames(WAVES[0][3 * hop : 3 * hop + size + 4 * hop], rate=RATE, mels=MELS)
    np.testing.assert_allclose(part, whole[3:8], atol=1e-6)


def test_training_recordings_have_mean_zero_and_deviation_one():
    raw = [raw_frames(wave, rate=RATE, mels=MELS) for wave in WAVES[:1] + WAVES[3:]]
    for centred in (True, False):
        log_mel = LogMel.fit(raw, rate=RATE, mels=MELS, centred=centred)
        both = np.concatenate([log_mel.normalise(frames) for frames in raw])
        np.testing.assert_allclose(both.mean(0), 0, atol=1e-5)
        np.testing.assert_allclose(both.std(0), 1, atol=1e-4)
        assert log_mel.longest == len(raw[0])


def test_loudness_is_no_matter_to_a_centred_one():
    log_mel = fitted(centred=True)
    np.testing.assert_allclose(log_mel(WAVES[0]), log_mel(5 * WAVES[0]), atol=0.02)
    assert np.abs(fitted(centred=False)(WAVES[0]) - fitted(centred=False)(5 * WAVES[0])).min() > 0.1


def test_silence_and_nothing_are_numbers():
    for samples in (np.zeros(500), np.zeros(0)):
        frames = fitted(centred=False)(samples)
        assert len(frames) >= 1
        assert np.isfinite(frames).all()


def test_it_is_read_back_as_it_was(tmp_path):
    log_mel = fitted(centred=False)
    log_mel.save(tmp_path)
    np.testing.assert_array_equal(LogMel.load(tmp_path)(WAVES[0]), log_mel(WAVES[0]))
    (tmp_path / "log_mel.json").write_text('{"rate": 8000}')
    with pytest.raises(BadInput, match=r"log_mel\.json is broken"):
        LogMel.load(tmp_path)
