"""Splits, tokens, vectors and answers of the sentiment task."""

import json

import numpy as np
import pytest
from small_runs import small_config, write_reviews

from kerasrnn import cli, commands
from kerasrnn.errors import BadInput
from kerasrnn.registry import TASKS


def prepare(**settings):
    task = TASKS.load("sentiment")(small_config("sentiment", **settings))
    return task, task.prepare()


def texts_of(task):
    return {name: part.texts for name, part in task._read().items()}


@pytest.fixture
def numbered(tmp_path):
    """A hundred texts, each of its own."""

    def make(name, count=100):
        lines = ["text,label", *(f"{name} {i},{'ab'[i % 2]}" for i in range(count))]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
        return str(tmp_path / f"{name}.csv")

    return make


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        ((), {"train": 80, "valid": 10, "test": 10}),
        (("test",), {"train": 90, "valid": 10, "test": 20}),
        (("valid",), {"train": 90, "valid": 20, "test": 10}),
        (("valid", "test"), {"train": 100, "valid": 20, "test": 20}),
    ],
    ids=str,
)
def test_parts_without_a_file_are_cut_from_the_training_file(tmp_path, numbered, given, sizes):
    files = {f"{part}_data": numbered(part, 20) for part in given}
    config = small_config("sentiment", tmp_path, data=numbered("train"), **files)
    parts = texts_of(TASKS.load("sentiment")(config))
    assert {name: len(texts) for name, texts in parts.items()} == sizes
    every = [text for texts in parts.values() for text in texts]
    assert len(set(every)) == len(every)
    own = {text for text in every if text.startswith("train")}
    assert own == {f"train {i}" for i in range(100)}
    for part in given:
        assert parts[part] == [f"{part} {i}" for i in range(20)]


def test_texts_of_one_block_stay_in_one_part(tmp_path, numbered):
    config = small_config("sentiment", tmp_path, data=numbered("x"), block=5, seed=3)
    parts = texts_of(TASKS.load("sentiment")(config))
    assert {name: len(texts) for name, texts in parts.items()} == {
        "train": 80,
        "valid": 10,
        "test": 10,
    }
    blocks = [{int(text.split()[1]) // 5 for text in texts} for texts in parts.values()]
    assert [len(block) for block in blocks] == [16, 2, 2]


def test_a_label_of_one_block_alone_may_miss_training(tmp_path):
    rows = [f"some text,{'b' if row < 36 else 'c'}" for row in range(40)]
    (tmp_path / "x.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    told = []
    for seed in range(10):
        data = str(tmp_path / "x.csv")
        config = small_config("sentiment", tmp_path, data=data, block=4, seed=seed)
        try:
            TASKS.load("sentiment")(config).check_data()
        except BadInput as error:
            told.append(str(error))
    assert 0 < len(told) < 10
    assert all("label 'c' are so few that all fell into one part" in text for text in told)


def test_the_seed_decides_the_parts(tmp_path, numbered):
    data = numbered("train")
    first, again, other = (
        texts_of(TASKS.load("sentiment")(small_config("sentiment", tmp_path, data=data, seed=seed)))
        for seed in (1, 1, 2)
    )
    assert first == again
    assert set(first["test"]) != set(other["test"])


def test_what_is_learned_from_data_is_learned_from_the_training_part_alone(tmp_path, numbered):
    files = {f"{part}_data": numbered(part, 20) for part in ("valid", "test")}
    _, prepared = prepare(folder=tmp_path, data=numbered("train"), **files)
    tokens = set(prepared.transforms["text"].vocabulary.tokens)
    assert "train" in tokens
    assert not tokens & {"valid", "test"}


def test_the_majority_class_is_that_of_training(tmp_path):
    (tmp_path / "x.csv").write_text("text,label\n" + "a b,no\n" * 30 + "b c,yes\n" * 10)
    (tmp_path / "y.csv").write_text("text,label\n" + "a b,no\n" * 3 + "b c,yes\n" * 7)
    _, prepared = prepare(
        folder=tmp_path,
        data=str(tmp_path / "x.csv"),
        valid_data=str(tmp_path / "x.csv"),
        test_data=str(tmp_path / "y.csv"),
    )
    figures = prepared.baselines["majority class"]
    assert figures["accuracy"] == pytest.approx(0.3)
    assert figures["macro_f1"] == pytest.approx((2 * 3 / (10 + 3) + 0) / 2)
    assert figures["loss"] == pytest.approx(-(3 * np.log(0.75) + 7 * np.log(0.25)) / 10)


def test_pretrained_vectors_begin_the_embedding(tmp_path):
    vectors = {"film": [1.0, 2, 3], "Great": [4.0, 5, 6], "absent": [7.0, 8, 9]}
    lines = [f"{word} {' '.join(map(str, row))}" for word, row in vectors.items()]
    (tmp_path / "vectors.txt").write_text("\n".join(lines) + "\n")
    file = str(tmp_path / "vectors.txt")
    task, prepared = prepare(folder=tmp_path, vectors=file, embedding=3)
    model = task.build_model(prepared.transforms)
    [line] = task.initial_weights(model, prepared.transforms)
    tokens = prepared.transforms["text"].vocabulary.tokens
    assert f"{2 / (len(tokens) - 2):.1%}" in line
    matrix = model.get_layer("embedding").get_weights()[0]
    np.testing.assert_array_equal(matrix[tokens.index("film")], [1, 2, 3])
    np.testing.assert_array_equal(matrix[tokens.index("great")], [4, 5, 6])
    wrong = TASKS.load("sentiment")(small_config("sentiment", tmp_path, vectors=file, embedding=4))
    with pytest.raises(BadInput, match="add --embedding 3"):
        wrong.initial_weights(wrong.build_model(prepared.transforms), prepared.transforms)


def test_characters_are_read_one_by_one(tmp_path):
    _, prepared = prepare(folder=tmp_path, tokens="character", steps=6)
    text = prepared.transforms["text"]
    assert all(len(token) == 1 for token in text.vocabulary.tokens[2:])
    ids = next(iter(text.encode(["The film"])))
    assert text.vocabulary.decode(ids) == "the film"
    assert all(batch.shape[1] <= 6 for batch, _ in prepared.valid)


@pytest.mark.parametrize(("how", "kept"), [("head", "abcd"), ("ends", "abyz")])
def test_long_texts_are_cut_where_the_settings_say(tmp_path, how, kept):
    (tmp_path / "x.csv").write_text("text,label\n" + "abcdefwxyz,a\nzyx,b\n" * 20)
    task, prepared = prepare(
        folder=tmp_path, data=str(tmp_path / "x.csv"), tokens="character", steps=4, truncate=how
    )
    text = prepared.transforms["text"]
    [ids] = task._encode(text, ["abcdefwxyz"])
    assert text.vocabulary.decode(ids) == kept


def test_texts_that_say_their_label_are_learned(tmp_path, capsys):
    data = write_reviews(tmp_path / "reviews.csv", count=400)
    config = small_config(
        "sentiment", tmp_path, data=data, units=8, embedding=8, epochs=4, learning_rate=0.02
    )
    commands.train("sentiment", config, output=str(tmp_path / "run"), as_json=True)
    metrics = json.loads(capsys.readouterr().out)
    assert metrics["test"]["accuracy"] == 1 == metrics["test"]["macro_f1"]
    assert metrics["baseline"]["accuracy"] < 0.7
    texts = ["the film was great", "an awful film"]
    assert cli.main(["predict", str(tmp_path / "run"), *texts, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["label"] for row in rows] == ["good", "bad"]
    assert all(row["probability"] > 0.8 for row in rows)


def test_more_than_two_labels_are_learned_apart(tmp_path, capsys):
    lines = [f"{word} {filler},{word}" for word in ("red", "green", "blue") for filler in "abcd"]
    (tmp_path / "x.csv").write_text("text,label\n" + "\n".join(lines * 12) + "\n")
    config = small_config(
        "sentiment",
        tmp_path,
        data=str(tmp_path / "x.csv"),
        units=8,
        embedding=8,
        epochs=4,
        learning_rate=0.03,
        pooling="attention",
        bidirectional=False,
    )
    commands.train("sentiment", config, output=str(tmp_path / "run"), as_json=True)
    metrics = json.loads(capsys.readouterr().out)
    assert metrics["test"]["macro_f1"] > 0.9
    assert json.loads((tmp_path / "run/transforms/labels.json").read_text()) == [
        "blue",
        "green",
        "red",
    ]
    assert (tmp_path / "run/plots/confusion.png").exists()
