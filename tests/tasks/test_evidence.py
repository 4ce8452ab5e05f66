"""`predict --explain`: the words that told the answer are the words that are shown."""

import importlib.util
import itertools
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from small_runs import save_untrained_run, small_config, write_reviews

from kerasrnn import cli, commands
from kerasrnn.config import to_yaml
from kerasrnn.explanations import integrated_gradients
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run

TO = ("--explain-to", "x.html")
TEXTS = ["The film was GREAT!", "an <b>Awful</b> film", "the film was dull , the film was"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that has learned which words tell, by words, by pairs and with attention."""
    folder = tmp_path_factory.mktemp("explained")
    config = small_config(
        "sentiment",
        folder,
        data=write_reviews(folder / "many.csv", count=400),
        units=8,
        embedding=8,
        epochs=4,
        learning_rate=0.02,
        word_dropout=0.3,
        pooling="attention",
        bigrams=64,
    )
    commands.train("sentiment", config, output=str(folder / "run"), as_json=True)
    return folder / "run"


@pytest.fixture
def predict(capsys):
    """Standard output and standard error of `predict` in this process."""

    def call(*arguments):
        capsys.readouterr()
        assert cli.main(["predict", *map(str, arguments)]) == 0
        return capsys.readouterr()

    return call


def rows(out):
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture(scope="module")
def explained(run):
    """The rows of all texts, by a process of its own."""
    command = [sys.executable, "-m", "kerasrnn", "predict", str(run), "--json", "--explain", *TEXTS]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr
    return rows(done.stdout.decode())


def test_the_word_that_tells_the_label_has_the_largest_part(explained):
    assert [row["label"] for row in explained] == ["good", "bad", "bad"]
    for row, word in zip(explained, ("GREAT", "Awful", "dull"), strict=True):
        evidence = row["explanation"]
        assert max(evidence, key=lambda e: e["weight"])["token"] == word
        assert all(e["token"] == row["text"][e["start"] : e["end"]] for e in evidence)
        assert [e["token"] for e in evidence] == re.findall(r"(?<![</])\b\w+", row["text"])
        assert sum(e["attention"] for e in evidence) == pytest.approx(1, abs=1e-4)


def test_the_weights_make_up_the_probability(explained):
    for row in explained:
        assert row["complete"]
        difference = row["log_odds"] - row["blank_log_odds"]
        total = sum(e["weight"] for e in row["explanation"])
        assert abs(total - difference) <= 0.0101 * max(1, abs(difference))
        odds = row["probability"] / (1 - row["probability"])
        assert row["log_odds"] == pytest.approx(np.log(odds), rel=0.02)


def test_without_the_flag_the_answers_are_the_same_and_nothing_is_explained(
    run, explained, predict, tmp_path
):
    (tmp_path / "x.txt").write_text("\n".join(TEXTS) + "\n")
    flags = ["--json", "--explain-to", tmp_path / "p.html"]
    out, err = predict(run, "--input", tmp_path / "x.txt", *flags)
    plain = rows(out)
    assert all("explanation" not in row for row in plain)
    assert [{k: row[k] for k in plain[0]} for row in explained] == plain
    assert f"explained in {tmp_path / 'p.html'}" in err
    assert ">GREAT</span>" in (tmp_path / "p.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("order", list(itertools.permutations(["--explain", "--json", TO, "run"])))
def test_flags_may_stand_anywhere(order, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Run.create("run", "sentiment").save_config("task: sentiment\n")
    asked = []
    monkeypatch.setattr(commands, "predict", lambda *texts, **how: asked.append((texts, how)))
    first, second, third, fourth = order
    arguments = [first, second, third, "a text", fourth, "another"]
    if fourth == "run":
        arguments = [first, second, third, fourth, "a text", "another"]
    arguments = [part for a in arguments for part in (a if a is TO else [a])]
    assert cli.main(["predict", *arguments]) == 0
    [(texts, how)] = asked
    assert texts == ("run", ["a text", "another"])
    assert how["as_json"] is how["explain"] is True
    assert how["explain_to"] == "x.html"


def test_where_nobody_looks_the_numbers_are_plain_text(run, predict, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out, _ = predict(run, TEXTS[0], "!?", "--explain", "--explain-to", tmp_path / "x.PNG")
    assert "\x1b" not in out
    assert re.search(r"^GREAT +\+\d\.\d{3} +0\.\d{3}$", out, re.MULTILINE)
    assert "no token was read" in out  # of the second text
    assert max(map(len, out.splitlines())) <= 80
    assert (tmp_path / "x.PNG").read_bytes().startswith(b"\x89PNG")


def test_a_sum_that_is_not_right_is_told(run, predict, monkeypatch):
    monkeypatch.setattr(integrated_gradients, "TOLERANCE", -1.0)
    monkeypatch.setattr(
        integrated_gradients.integrated_gradients, "__kwdefaults__", {"most_panels": 2}
    )
    out, err = predict(run, "the film was great", "--explain")
    assert "warning: the weights of 'the film was great' sum to" in err
    assert "rough" in out


def explain(folder, texts, **settings):
    """The evidence of a run that was never trained."""
    config = small_config("sentiment", folder, **settings)
    loaded = commands._load(str(save_untrained_run("sentiment", config, folder / "run").folder))
    given = loaded.task.predict(loaded.network, loaded.transforms, texts, "")
    return loaded.task.explain(loaded.network, loaded.transforms, given.rows)


def test_of_a_longer_text_only_what_was_read_is_evidence(tmp_path):
    text = "The FILM was dull and warm, Great!"
    [found] = explain(tmp_path, [text], steps=5, truncate="ends")
    assert [found.typed(e) for e in found.evidence] == ["The", "FILM", "was", "warm", "Great"]
    assert found.complete
    assert "".join(piece for piece, _ in found.pieces("weight")) == text


@pytest.mark.skipif(not importlib.util.find_spec("jieba"), reason="jieba is not installed")
def test_chinese_words_are_evidence_as_jieba_found_them(tmp_path):
    lines = ["我们喜欢这家酒店，非常好,good", "我们讨厌这家酒店，非常差,bad"] * 12
    (tmp_path / "x.csv").write_text("text,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    text = "这家 HOTEL酒店，我们非常喜欢！"
    [found] = explain(tmp_path, [text], data=str(tmp_path / "x.csv"), segmenter="jieba")
    words = ["这家", "HOTEL", "酒店", "我们", "非常", "喜欢"]
    assert [text[e.start : e.end] for e in found.evidence] == words
    assert found.complete


@pytest.mark.parametrize("task", [t for t in TASKS.names() if not TASKS.load(t).explains])
@pytest.mark.parametrize("flags", [["--explain"], ["--explain-to", "x.html"]], ids=str)
def test_tasks_that_decide_about_no_text_are_told_so(task, flags, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = small_config(task, tmp_path)
    Run.create("run", task).save_config(to_yaml(task, config))
    capsys.readouterr()
    assert cli.main(["predict", "run", "a", *flags]) == 2
    out, err = capsys.readouterr()
    assert f"and {task} makes none; tasks that do: " in err
    assert "sentiment" in err
    assert err.count("\n") == 1
    assert not out
    assert not (tmp_path / "x.html").exists()


@pytest.mark.parametrize(
    ("name", "says"), [("x.pdf", ".html or .png"), ("", "a folder"), ("x.txt/y.html", "x.txt")]
)
def test_a_file_that_cannot_be_written_is_refused(run, name, says, tmp_path, capsys):
    (tmp_path / "x.txt").write_text("")
    (tmp_path / "folder.html").mkdir()
    path = tmp_path / (name or "folder.html")
    assert cli.main(["predict", str(run), "a", "--explain-to", str(path)]) == 2
    out, err = capsys.readouterr()
    assert says in err
    assert err.count("kerasrnn: ") == 1
    assert not out
