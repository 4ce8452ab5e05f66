"""IMDB: the recipe against Keras's own example of a recurrent text classifier.

The example (keras.io, "Bidirectional LSTM on IMDB") has two bidirectional LSTMs of 64 units on
the last 200 tokens of each review, batches of 32, Adam, two epochs. Its two epochs are timed
alone; the recipe's time is everything from the command to the last line: start-up, tokenising,
training, choosing the epoch, testing.

    python benchmarks/imdb_example.py --train imdb_train.csv.gz --test imdb_test.csv.gz
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS, STEPS = 20_000, 200


def example(train: str, test: str) -> dict[str, float]:
    """Seconds of two epochs of the Keras example, and the test accuracy after them."""
    from kerasrnn.quiet import start_tensorflow

    start_tensorflow()
    import keras
    import numpy as np

    from kerasrnn.data.text_files import read_labelled_texts
    from kerasrnn.transforms.text import Text
    from kerasrnn.transforms.tokenizer import Tokenizer

    keras.utils.set_random_seed(1)
    parts = {"train": read_labelled_texts(train), "test": read_labelled_texts(test)}
    text = Text.fit(parts["train"].texts, Tokenizer("word"), size=WORDS)
    names = sorted(set(parts["train"].labels))
    data = {}
    for name, part in parts.items():
        ids = keras.utils.pad_sequences(list(text.encode(part.texts)), maxlen=STEPS)
        data[name] = ids, np.array([names.index(label) for label in part.labels])
    inputs = keras.Input(shape=(None,), dtype="int32")
    x = keras.layers.Embedding(WORDS, 128)(inputs)
    x = keras.layers.Bidirectional(keras.layers.LSTM(64, return_sequences=True))(x)
    x = keras.layers.Bidirectional(keras.layers.LSTM(64))(x)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    order = np.random.default_rng(1).permutation(len(data["train"][1]))
    begun = time.perf_counter()
    model.fit(data["train"][0][order], data["train"][1][order], batch_size=32, epochs=2, verbose=0)
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "accuracy": model.evaluate(*data["test"], verbose=0)[1]}


def recipe(train: str, test: str, seed: int) -> dict[str, float]:
    """Seconds of the whole command, and the test accuracy of the epoch it chose."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "kerasrnn", "train", "--json"]
        command += ["--config", str(ROOT / "recipes" / "imdb.yaml"), "--seed", str(seed)]
        command += ["--data", train, "--test-data", test, "--output", str(Path(folder) / "run")]
        begun = time.perf_counter()
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        seconds = time.perf_counter() - begun
    return {"seconds": seconds, "accuracy": json.loads(done.stdout)["test"]["accuracy"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--train", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--example-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.example_only:
        print(json.dumps(example(options.train, options.test)))
        return
    ours = recipe(options.train, options.test, options.seed)
    # a process of its own, so that neither inherits the other's warm state
    theirs = json.loads(
        subprocess.run(
            [sys.executable, __file__, "--example-only", *sys.argv[1:]],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    )
    print(f"processors: {os.cpu_count()}")
    print(f"{'':28}{'seconds':>9}{'test accuracy':>15}")
    print(f"{'recipes/imdb.yaml, all':28}{ours['seconds']:9.1f}{ours['accuracy']:15.4f}")
    print(f"{'Keras example, two epochs':28}{theirs['seconds']:9.1f}{theirs['accuracy']:15.4f}")
    print(f"ratio of seconds: {ours['seconds'] / theirs['seconds']:.2f}")


if __name__ == "__main__":
    main()
