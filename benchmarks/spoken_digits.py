"""Word error rate of spoken digits for voices that training never heard, one left out at a time.

    python benchmarks/spoken_digits.py recordings_5_speakers.tar.gz --output runs/digits

Each run has the recipe's settings; the speaker left out is the test part, with every recording,
and the best epoch is chosen on recordings of the others. Runs that are finished are not repeated.
Arguments after `--` go to `kerasrnn train`: `-- --epochs 10`.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from kerasrnn.config import read_yaml
from kerasrnn.data.recordings import Rule, read_recordings
from kerasrnn.tasks.speech import replacements

RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "spoken_digits.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", help="archive or folder of the recordings")
    parser.add_argument("--output", type=Path, required=True, help="folder of the runs")
    parser.add_argument("settings", nargs="*", help="further arguments of kerasrnn train")
    options = parser.parse_args()
    names = speakers(options.data)
    print("| voice left out | word error rate | character error rate |\n|---|---|---|")
    rates = []
    for speaker in names:
        scores = measure(speaker, options.data, options.output / speaker, options.settings)
        rates.append(scores["word_error_rate"])
        print(f"| {speaker} | {rates[-1]:.3f} | {scores['character_error_rate']:.3f} |", flush=True)
    print(f"| mean | {sum(rates) / len(rates):.3f} | |")


def speakers(data: str) -> list[str]:
    """Everyone who speaks in the recordings."""
    recipe = read_yaml(RECIPE)
    rule = Rule(recipe["names"], replacements(recipe["words"]))
    return sorted({recording.speaker for recording in read_recordings(data, rule)})


def measure(speaker: str, data: str, run: Path, settings: list[str]) -> dict[str, float]:
    """The test part's scores of a run without that speaker, trained if it is not there."""
    if not (run / "metrics.json").is_file():
        command = [sys.executable, "-m", "kerasrnn", "train", "--config", str(RECIPE)]
        command += ["--data", data, "--output", str(run), "--test-names", ""]
        command += ["--leave-out", speaker, "--json", *settings]
        subprocess.run(command, check=True, stdout=sys.stderr)
    return json.loads((run / "metrics.json").read_text())["test"]


if __name__ == "__main__":
    main()
