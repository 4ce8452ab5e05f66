import numpy as np
import pytest

from kerasrnn.data.samples.morse import CODE, RATE, Keying, key, recordings


def signals(samples, dot):
    """Reads clean Morse with a ruler: runs of tone and silence in dots."""
    size = round(0.004 * RATE)
    loud = np.convolve(np.abs(samples), np.ones(size) / size, mode="same") > 0.12
    edges = np.flatnonzero(np.diff(loud.astype(int))) + 1
    runs = np.diff([0, *edges, len(loud)]) / RATE / dot
    return list(
        zip(
            np.round(runs).astype(int).tolist(), [i % 2 == 1 for i in range(len(runs))], strict=True
        )
    )


@pytest.mark.parametrize("speed", [20.0, 35.0])
def test_a_message_can_be_read_back_by_its_lengths(speed):
    samples = key("sos 1e", Keying(speed, 600.0, 0.5), np.random.default_rng(0))
    text, letter = "", ""
    back = {code: character for character, code in CODE.items()}
    for length, tone in signals(samples, 1.2 / speed)[1:]:
        if tone:
            letter += {1: ".", 3: "-"}[length]
        elif length > 1:
            text, letter = text + back[letter] + (" " if length == 7 else ""), ""
    assert text == "sos 1e"


def test_paris_lasts_as_long_as_its_speed_says():
    def lasts(message):
        return len(key(message, Keying(20.0, 600.0), np.random.default_rng(0))) / RATE

    assert lasts("paris paris") - lasts("paris") == pytest.approx(60 / 20, abs=1e-3)


def test_the_pitch_is_the_one_asked_for():
    samples = key("ttt", Keying(30.0, 750.0), np.random.default_rng(0))
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() * RATE / len(samples) == pytest.approx(750, abs=10)


def test_noise_is_as_loud_as_it_says():
    quiet = key("e", Keying(30.0, 750.0, 0.5), np.random.default_rng(0))
    noisy = key("e", Keying(30.0, 750.0, 0.5, 10.0), np.random.default_rng(0))
    ratio = 20 * np.log10(0.5 / np.sqrt(2) / (noisy - quiet).std())
    assert ratio == pytest.approx(10, abs=0.5)


def test_the_seed_decides_everything():
    def drawn(seed):
        return [(r.text, r.samples.tobytes()) for r in recordings(5, seed=seed)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert len({text for text, _ in drawn(1)}) == 5


def test_messages_are_varied_and_can_be_keyed():
    many = list(recordings(60, seed=3))
    assert {c for r in many for c in r.text} == {*CODE, " "}
    assert all(r.text == " ".join(r.text.split()) for r in many)
    assert all(np.abs(r.samples).max() <= 1 and r.samples.dtype == np.float32 for r in many)
