"""Test accuracy with and without the test texts that also stand in the training part.

Public data sets hold such texts (331 of ChnSentiCorp's 1,200 test texts, 123 of IMDB's); they
flatter every model.

    python benchmarks/without_overlap.py RUN --train train.tsv --test test.tsv
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from kerasrnn.data.text_files import read_labelled_texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run")
    parser.add_argument("--train", required=True)
    parser.add_argument("--test", required=True)
    options = parser.parse_args()
    known = set(read_labelled_texts(options.train).texts)
    test = read_labelled_texts(options.test)
    rows = [
        {"text": text, "label": label} for text, label in zip(test.texts, test.labels, strict=True)
    ]
    parts = {"all": rows, "without overlap": [row for row in rows if row["text"] not in known]}
    for name, part in parts.items():
        print(f"{name:16}{len(part):7} texts  accuracy {accuracy(options.run, part):.4f}")


def accuracy(run: str, rows: list[dict[str, str]]) -> float:
    """What `kerasrnn evaluate` measures on these texts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part.jsonl"
        path.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
        )
        command = [sys.executable, "-m", "kerasrnn", "evaluate", run, "--data", str(path), "--json"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)["metrics"]["accuracy"]


if __name__ == "__main__":
    main()
