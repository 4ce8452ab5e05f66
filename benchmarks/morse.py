"""Character error rate of a run of the speech sample, on Morse code without and with noise.

    kerasrnn train --task speech --output runs/morse
    python benchmarks/morse.py runs/morse

Messages, speeds, pitches and levels are drawn as the sample's are, from another seed than its
parts; clean ones have no noise and are keyed by a machine, the others by a hand.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np

from kerasrnn.data.samples.morse import RATE, UNEVENNESS, draw_keying, draw_message, key

SEED = 20_001
NOISES = (None, 30.0, 20.0, 10.0, 5.0, 0.0)  # decibels by which the tone is louder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", help="run, exported folder or .tflite file")
    parser.add_argument("--count", type=int, default=500, help="messages of each kind")
    options = parser.parse_args()
    print("| tone over noise | character error rate | word error rate |\n|---|---|---|")
    for noise in NOISES:
        with tempfile.TemporaryDirectory() as folder:
            write_messages(Path(folder), noise, options.count)
            command = [sys.executable, "-m", "kerasrnn", "evaluate", options.run, "--json"]
            command += ["--data", folder]
            scores = json.loads(subprocess.check_output(command))["metrics"]
        kind = "clean" if noise is None else f"{noise:.0f} dB"
        figures = f"{scores['character_error_rate']:.4f} | {scores['word_error_rate']:.4f}"
        print(f"| {kind} | {figures} |", flush=True)


def write_messages(folder: Path, noise: float | None, count: int) -> None:
    """Recordings of 16 bits with their messages beside them."""
    random = np.random.default_rng(SEED)
    for number in range(count):
        message = draw_message(random)
        hand = UNEVENNESS if noise is not None else 0.0
        keying = replace(draw_keying(random), noise=noise, unevenness=hand)
        samples = key(message, keying, random)
        with wave.open(str(folder / f"{number:04}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((samples * 32767).astype("<i2").tobytes())
        (folder / f"{number:04}.txt").write_text(message)


if __name__ == "__main__":
    main()
