"""Parts, tokens, baseline and the writing of the text generation task."""

import collections
import json
import math

import numpy as np
import pytest
from small_runs import small_config

from kerasrnn import cli, commands
from kerasrnn.network import Network
from kerasrnn.registry import TASKS

RHYME = "one two three four five, once I caught a fish alive.\n"


def make(tmp_path, **settings):
    return TASKS.load("text_generation")(small_config("text_generation", tmp_path, **settings))


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def parts(tmp_path):
    """The characters of each part, joined."""

    def read(text, **settings):
        task = make(tmp_path, data=write(tmp_path / "x.txt", text), **settings)
        return {name: "".join(chunks()) for name, chunks in task._read().items()}

    return read


TEXT = "".join(chr(0x4E00 + i) for i in range(100))  # a hundred different characters


def test_the_end_of_the_text_validates(parts):
    assert parts(TEXT) == {"train": TEXT[:90], "valid": TEXT[90:]}


def test_the_test_part_lies_between_training_and_validation(parts):
    assert parts(TEXT, test_share=0.2, valid_share=0.1) == {
        "train": TEXT[:70],
        "test": TEXT[70:90],
        "valid": TEXT[90:],
    }


def test_a_part_with_a_file_of_its_own_is_not_cut(parts, tmp_path):
    other = write(tmp_path / "y.txt", "other")
    assert parts(TEXT, valid_data=other) == {"train": TEXT, "valid": "other"}
    assert parts(TEXT, test_data=other) == {
        "train": TEXT[:90],
        "valid": TEXT[90:],
        "test": "other",
    }
    assert parts(TEXT, valid_data=other, test_share=0.2) == {
        "train": TEXT[:80],
        "valid": "other",
        "test": TEXT[80:],
    }


@pytest.mark.parametrize("pad", range(9))
def test_words_stay_whole_where_parts_are_cut(parts, pad):
    text = "x" * pad + " won't stop, nor end.\n" * 40
    cut = parts(text, tokens="word", test_share=0.2)
    assert cut["train"] + cut["test"] + cut["valid"] == text
    assert [round(len(part) / len(text), 1) for part in cut.values()] == [0.7, 0.1, 0.2]
    for before, after in (("train", "test"), ("test", "valid")):
        end, begin = cut[before][-1], cut[after][0]
        assert begin in " \n,." or end in "\n"


def test_a_text_of_one_word_is_cut_within_it(parts):
    assert parts("x" * 100, tokens="word") == {"train": "x" * 90, "valid": "x" * 10}


def test_characters_first_seen_after_training_are_unknown(tmp_path):
    task = make(tmp_path, data=write(tmp_path / "x.txt", "ab" * 90 + "xyz" * 7), batch_size=2)
    tokens = task.prepare().transforms["text"].vocabulary.tokens
    assert set(tokens[2:]) == {"a", "b"}


@pytest.mark.parametrize("tokens", ["character", "word"])
def test_the_unigram_baseline_is_the_frequency_of_training(tmp_path, tokens):
    text = "ab ab, cd\n" * 30 + "cd cd ab\n" * 10
    task = make(tmp_path, data=write(tmp_path / "x.txt", text), tokens=tokens, batch_size=2)
    prepared = task.prepare()
    transform = prepared.transforms["text"]

    def ids(text):
        return next(iter(transform.encode([text]))).tolist()

    train, valid = (ids("".join(task._read()[part]())) for part in ("train", "valid"))
    counts, size = collections.Counter(train), len(transform.vocabulary)
    nats = [-math.log((counts[token] + 1) / (len(train) + size)) for token in valid[1:]]
    figures = prepared.baselines["unigram"]
    assert figures["loss"] == pytest.approx(sum(nats) / len(nats), rel=1e-9)
    assert figures["perplexity"] == pytest.approx(math.exp(figures["loss"]))
    bits = figures.get("bits_per_character")
    expected = figures["loss"] / math.log(2) if tokens == "character" else None
    assert bits == (expected and pytest.approx(expected))


def test_words_are_tokens_that_joined_are_the_text(tmp_path):
    task = make(tmp_path, data=write(tmp_path / "x.txt", RHYME * 20), tokens="word")
    text = task.prepare().transforms["text"]
    assert " three" in text.vocabulary.tokens
    assert text.vocabulary.decode(next(iter(text.encode([RHYME])))) == RHYME


def test_the_score_is_the_mean_over_streams_that_are_read_on_from_batch_to_batch(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("kerasrnn.tasks.text_generation.SCORE_STREAMS", 1)
    monkeypatch.setattr("kerasrnn.tasks.text_generation.SCORE_STEPS", 7)
    task = make(tmp_path)
    prepared = task.prepare()
    public = task.build_model(prepared.transforms)
    network = Network(task, task.training_model(public, prepared.transforms))
    score = task.score(network, prepared.valid, prepared.transforms)
    text = "".join(task._read()["valid"]())
    ids = next(iter(prepared.transforms["text"].encode([text])))
    logits = np.asarray(public(ids[None, :-1], training=False)[0], np.float64)
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    nats = [-row[token] for row, token in zip(log_p, ids[1:], strict=True)]
    assert score["loss"] == pytest.approx(np.mean(nats), rel=1e-6)


def test_a_rhyme_learned_by_heart_is_written_on(tmp_path, capsys):
    config = small_config(
        "text_generation",
        tmp_path,
        data=write(tmp_path / "x.txt", RHYME * 60),
        units=48,
        embedding=16,
        epochs=16,
        batch_size=4,
        steps=32,
        learning_rate=0.01,
        output_dropout=0.0,
    )
    commands.train("text_generation", config, output=str(tmp_path / "run"), as_json=True)
    metrics = json.loads(capsys.readouterr().out)
    assert metrics["valid"]["loss"] < 0.3 < 2 < metrics["baseline"]["loss"]
    flags = ["--prompt", "one two", "--length", "100", "--temperature", "0", "--json"]
    assert cli.main(["generate", str(tmp_path / "run"), *flags]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == (RHYME * 3)[7:107]
    texts = ["once I caught a fish", "hsif a thguac I ecno"]
    assert cli.main(["predict", str(tmp_path / "run"), *texts, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0]["loss"] < rows[1]["loss"] - 1
