"""Small data and short settings for every task: what a new task adds to be tested everywhere."""

import io
import random
import wave
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasrnn.config import to_yaml
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run

WORDS = {"bad": ("dull", "awful", "weak"), "good": ("fine", "great", "warm")}


def write_reviews(path, *, count=48, seed=0):
    """Texts whose label one of their words tells."""
    draw = random.Random(seed)
    lines = ["text,label"]
    for number in range(count):
        label = ("bad", "good")[number % 2]
        words = draw.choices(("the", "film", "was", *WORDS[label]), k=draw.randint(2, 9))
        lines.append(" ".join([*words, draw.choice(WORDS[label])]) + f",{label}")
    return _write(path, lines)


def write_text(path, *, count=60, seed=0):
    """Lines of a few words."""
    draw = random.Random(seed)
    return _write(path, [" ".join(draw.choices(("ab", "cad", "be"), k=4)) for _ in range(count)])


def write_tagged(path, *, count=60, seed=0):
    """Sentences whose entities are told by their spelling: names after `mr`, places in `-ton`."""
    draw, lines = random.Random(seed), []
    for _ in range(count):
        name = "".join(draw.choices("abcde", k=draw.randint(2, 5))).capitalize()
        place = "".join(draw.choices("fghij", k=draw.randint(2, 4))) + "ton"
        filler = [f"{word} O" for word in draw.choices(("the", "saw", "old", "!"), k=2)]
        person = ["mr B-PERSON", f"{name} I-PERSON"]
        lines += [*filler[: draw.randint(0, 2)], *person, "saw O", f"{place} B-PLACE", ""]
    return _write(path, lines)


def write_series(path, *, count=120, seed=0):
    """Hours with two columns to forecast that a calendar column explains in part."""
    noise = np.random.default_rng(seed).normal(size=(count, 2))
    lines = ["date,load,price,hour"]
    for row in range(count):
        wave = np.sin(2 * np.pi * row / 12)
        load, price = 50 + 10 * wave + noise[row, 0], 3 - wave + 0.1 * noise[row, 1]
        time = np.datetime64("2024-01-01T00:00") + np.timedelta64(row, "h")
        lines.append(f"{str(time).replace('T', ' ')},{load:.4f},{price:.4f},{row % 24}")
    return _write(path, lines)


def write_machines(path, *, count=12, seed=0):
    """Machines of 3 to 9 rows whose wear, seen through noise, says how many are left."""
    draw = np.random.default_rng(seed)
    lines = ["unit,cycle,wear,load,rul"]
    for unit in range(1, count + 1):
        rows = 3 + unit % 7
        for cycle in range(1, rows + 1):
            left, load = rows - cycle, draw.normal()
            wear = -left + load + 0.1 * draw.normal()
            lines.append(f"{unit},{cycle},{wear:.4f},{load:.4f},{left}")
    return _write(path, lines)


def write_phones(path, *, count=24, seed=0):
    """Utterances of 3 to 9 phones: vowels are long, the last phone longer; pitch falls."""
    draw = random.Random(seed)
    lines = ["utterance,phone,duration,pitch"]
    for number in range(count):
        size = 3 + number % 7
        for place in range(size):
            phone = draw.choice(("AA", "IY", "T", "S"))
            duration = (100 if phone in ("AA", "IY") else 60) * (1 + (place == size - 1))
            lines.append(f"{number},{phone},{duration + draw.gauss(0, 2):.2f},{130 - 3 * place}")
    return _write(path, lines)


def write_sums(path, *, count=48, seed=0):
    """Up to six whole numbers a line."""
    draw = random.Random(seed)
    rows = [[draw.randint(-9, 9) for _ in range(draw.randint(2, 6))] for _ in range(count)]
    return _write(path, [" ".join(map(str, row)) for row in rows])


def write_marked(path, *, count=48, seed=0):
    """Up to six numbers a line, the first and the last marked."""
    draw = random.Random(seed)
    rows = [[f"{draw.random():.3f}" for _ in range(draw.randint(2, 6))] for _ in range(count)]
    return _write(path, [" ".join([f"{row[0]}*", *row[1:-1], f"{row[-1]}*"]) for row in rows])


def write_copies(path, *, count=48, seed=0):
    """One symbol or two, a blank or none, and the delimiter a line."""
    draw = random.Random(seed)
    symbols = [" ".join(draw.choices("abc", k=draw.randint(1, 2))) for _ in range(count)]
    return _write(path, [f"{some}{draw.choice(('', ' .'))} #" for some in symbols])


def write_speech(path, *, count=24, seed=0):
    """A folder of one or two tones each, high or low, and what they are called beside them."""
    noise, draw = np.random.default_rng(seed), random.Random(seed)
    Path(path).mkdir()
    for number in range(count):
        word = draw.choice(("a", "b", "ab", "ba"))
        pitches = np.repeat([{"a": 500, "b": 1500}[letter] for letter in word], 900)
        samples = np.sin(2 * np.pi * np.cumsum(pitches) / 8000) + 0.1 * noise.normal(
            size=len(pitches)
        )
        with wave.open(str(Path(path) / f"{number:02}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((8000 * samples).astype("<i2").tobytes())
        _write(Path(path) / f"{number:02}.txt", [word])
    return str(path)


def write_pairs(path, *, count=60, seed=0):
    """Words and their translations, one by one in another order."""
    draw = random.Random(seed)
    words = {"ein": "a", "hund": "dog", "rot": "red", "ball": "ball", "läuft": "runs"}
    lines = []
    for _ in range(count):
        source = draw.choices(list(words), k=draw.randint(2, 5))
        lines.append(" ".join(source) + "\t" + " ".join(words[w] for w in reversed(source)))
    return _write(path, lines)


def _write(path, lines):
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


PAIRS = {
    "tokens": "word",
    "embedding": 16,
    "steps": 8,
    "target_steps": 8,
    "label_smoothing": 0.0,
    "beam": 2,
    # so that no two candidates are as good as one another
    "learning_rate": 0.05,
}
SMALL = {
    "sentiment": (
        write_reviews,
        "reviews.csv",
        {
            "embedding": 4,
            "minimum_count": 1,
            "steps": 20,
            "label_smoothing": 0.0,
            "word_dropout": 0.0,
        },
    ),
    "tagging": (
        write_tagged,
        "tags.conll",
        {
            "embedding": 4,
            "character_embedding": 4,
            "character_units": 2,
            "word_length": 6,
            "word_dropout": 0.1,
            "embedding_dropout": 0.1,
        },
    ),
    "text_generation": (write_text, "text.txt", {"embedding": 4, "steps": 12}),
    "forecasting": (
        write_series,
        "series.csv",
        {"past": 8, "horizon": 4, "known_future": "hour"},
    ),
    "regression": (
        write_machines,
        "machines.csv",
        {"every": 1, "steps": 6, "target_cap": 7.0, "test_share": 0.25},
    ),
    "prosody": (write_phones, "phones.csv", {"embedding": 4}),
    "running_sum": (write_sums, "sums.txt", {"schedule": "constant"}),
    "adding": (write_marked, "marked.txt", {"schedule": "constant"}),
    "copy": (write_copies, "copies.txt", {"schedule": "constant", "embedding": 4}),
    "speech": (
        write_speech,
        "recordings",
        {"mels": 8, "filters": 4, "layers": 1, "mask_bands": 2, "mask_frames": 2},
    ),
    "translation": (write_pairs, "pairs.tsv", PAIRS),
    "summarisation": (write_pairs, "pairs.tsv", {**PAIRS, "input_feeding": True}),
    "dialogue": (write_pairs, "pairs.tsv", {**PAIRS, "attention": "additive"}),
}


# what trains once for each task does so in the quick suite for those three
CORE = ("forecasting", "sentiment", "text_generation")
EACH = [t if t in CORE else pytest.param(t, marks=pytest.mark.slow) for t in TASKS.names()]


def small_config(task, folder, **settings):
    """Settings for a run of a second or two on data written into `folder`."""
    write, name, own = SMALL[task]
    path = Path(folder) / name
    if not path.exists():
        write(path)
    common = {"data": str(path), "units": 4, "epochs": 2, "batch_size": 8}
    return TASKS.load(task).config_type(**{**common, **own, **settings})


def write_config(task, config, path):
    """The settings as a file for `train --config`."""
    Path(path).write_text(to_yaml(task, config), encoding="utf-8")
    return str(path)


def save_untrained_run(task, config, folder, *, seed=0):
    """A run with a model in a second: weights as drawn, but biases and word vectors that matter."""
    from kerasrnn.training import configure

    run, kind = Run.create(str(folder), task), TASKS.load(task)(config)
    configure(config)
    run.save_config(to_yaml(task, config))
    prepared = kind.prepare()
    for transform in prepared.transforms.values():
        transform.save(run.transforms_folder)
    model, draw = kind.build_model(prepared.transforms), np.random.default_rng(seed)
    for weight in model.weights:
        if weight.name in ("bias", "beta", "gamma", "embeddings"):
            size = 1.0 if weight.name == "embeddings" else 0.3
            weight.assign(weight + size * draw.normal(size=weight.shape))
    run.save_model(model)
    return run


def saved_weights(run):
    """Every weight of a run's model.keras by its place, as written."""
    with zipfile.ZipFile(Path(run) / "model.keras") as archive:
        data = io.BytesIO(archive.read("model.weights.h5"))
    weights = {}
    with h5py.File(data, "r") as file:
        file.visititems(
            lambda name, item: (
                weights.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return weights


def losses(run):
    """history.csv without its times."""
    lines = (Path(run) / "history.csv").read_text(encoding="utf-8").splitlines()
    names = lines[0].split(",")
    kept = [i for i, name in enumerate(names) if name != "seconds"]
    return [[line.split(",")[i] for i in kept] for line in lines]
