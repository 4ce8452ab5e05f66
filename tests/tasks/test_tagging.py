"""Labels, parts, metrics and answers of the tagging task."""

import json
import shutil

import numpy as np
import pytest
from small_runs import save_untrained_run, small_config, write_tagged

from kerasrnn import cli, commands
from kerasrnn.data.samples.entities import generate_entities
from kerasrnn.errors import BadInput
from kerasrnn.registry import TASKS
from kerasrnn.tasks import _tagging_evidence
from kerasrnn.tasks._labels import Labels
from kerasrnn.tasks._tags import Tags, figures, usual_labels
from kerasrnn.transforms.chunks import Scheme


def prepare(folder, **settings):
    task = TASKS.load("tagging")(small_config("tagging", folder, **settings))
    return task, task.prepare()


@pytest.fixture
def write(tmp_path):
    def make(name, lines):
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(tmp_path / name)

    return make


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that has learned the small data."""
    folder = tmp_path_factory.mktemp("tagging")
    data = write_tagged(folder / "many.conll", count=300)
    config = small_config(
        "tagging",
        folder,
        data=data,
        units=16,
        embedding=8,
        character_embedding=8,
        character_units=8,
        epochs=2,
        batch_size=4,
        learning_rate=0.02,
    )
    commands.train("tagging", config, output=str(folder / "run"), as_json=True)
    return folder / "run"


def test_what_spelling_tells_is_learned(run, capsys):
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["test"]["f1"] > 0.95
    assert metrics["test"]["accuracy_unknown"] > 0.9
    assert metrics["baseline"]["f1"] < 0.9 * metrics["test"]["f1"]
    assert set(metrics["baselines"]) == {"commonest label", "each word's commonest label"}
    text = "the mr Bade saw  ghihton"
    assert cli.main(["predict", str(run), text, "", "--json"]) == 0
    out, err = capsys.readouterr()
    row, empty = map(json.loads, out.splitlines())
    assert row["tokens"] == ["the", "mr", "Bade", "saw", "ghihton"]
    assert row["labels"] == ["O", "B-PERSON", "I-PERSON", "O", "B-PLACE"]
    assert row["entities"] == [
        {"type": "PERSON", "text": "mr Bade", "start": 4, "end": 11},
        {"type": "PLACE", "text": "ghihton", "start": 17, "end": 24},
    ]
    assert all(0 < p <= 1 for p in row["probabilities"])
    assert empty == {"text": "", "tokens": [], "labels": [], "probabilities": [], "entities": []}
    assert "an empty text has no tokens" in err
    assert cli.main(["predict", str(run), text]) == 0
    assert "the [mr Bade PERSON] saw [ghihton PLACE]" in capsys.readouterr().out


def test_what_told_an_entity_is_what_is_shown(run, tmp_path, capsys):
    text, page = "the mr Bade saw  ghihton", tmp_path / "x.html"
    flags = ["--json", "--explain", "--explain-to", str(page)]
    assert cli.main(["predict", str(run), text, "", "the old saw", *flags]) == 0
    out, err = capsys.readouterr()
    row, empty, outside = map(json.loads, out.splitlines())
    assert empty["explanations"] == outside["explanations"] == []
    assert "'the old saw' has no entity whose evidence could be shown" in err
    told = row["explanations"]
    assert [{"type": e["label"], **{k: e[k] for k in ("text", "start", "end")}} for e in told] == (
        row["entities"]
    )
    person, place = ({e["start"]: e["weight"] for e in one["explanation"]} for one in told)
    assert max(person, key=person.get) in (4, 7)  # mr, Bade
    assert max(place, key=place.get) == 17  # the word unknown, so by its characters
    for one in told:
        assert one["complete"]
        assert [e["token"] for e in one["explanation"]] == row["tokens"]
        difference = one["log_odds"] - one["blank_log_odds"]
        total = sum(e["weight"] for e in one["explanation"])
        assert abs(total - difference) <= 0.0101 * max(1, abs(difference))
        assert one["log_odds"] == pytest.approx(
            np.log(one["probability"] / (1 - one["probability"])), rel=0.02
        )
    # of one token, the probability is the marginal that is printed without the flag
    assert told[1]["probability"] == pytest.approx(row["probabilities"][4], abs=1e-5)
    assert told[0]["probability"] < min(row["probabilities"][1:3]) + 1e-5
    written = page.read_text(encoding="utf-8")
    assert f"<h2>PERSON {told[0]['probability']:.3f}: mr Bade</h2>" in written
    assert ">ghihton</span>" in written


def explained(folder, text, **settings):
    """What a run that was never trained answers, and its explanations."""
    config = small_config("tagging", folder, **settings)
    loaded = commands._load(str(save_untrained_run("tagging", config, folder / "run").folder))
    [row] = loaded.task.predict(loaded.network, loaded.transforms, [text], "").rows
    return row, loaded.task.explain(loaded.network, loaded.transforms, [row])[0]


def test_labels_that_mark_nothing_are_explained_token_by_token(tmp_path, monkeypatch):
    monkeypatch.setattr(_tagging_evidence, "MOST_EXPLAINED", 3)
    text = "the old mr saw it"
    row, found = explained(tmp_path, text, scheme="none", bigrams=16, decoder="max_entropy")
    assert found.notes == [f"of the 5 tokens of '{text}' the first 3 are explained"]
    assert [e.answer for e in found.decisions] == row["labels"][:3]
    certain = [e.certainty for e in found.decisions]
    assert certain == pytest.approx(row["probabilities"][:3], abs=1e-5)
    assert [text[slice(*e.about)] for e in found.decisions] == row["tokens"][:3]
    assert all(e.complete and len(e.evidence) == 5 for e in found.decisions)


def test_a_finished_run_is_judged_by_what_chose_its_best_epoch(run, tmp_path, capsys):
    shutil.copytree(run, tmp_path / "run")
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["monitor"] == "f1"
    # no better at entities than a trivial answer, for all that it knows of other tokens
    trivial = {**metrics["baseline"], "f1": metrics["test"]["f1"], "accuracy": 0.1}
    metrics |= {"baseline": trivial, "baselines": {"strong": trivial}}
    (tmp_path / "run" / "metrics.json").write_text(json.dumps(metrics))
    assert cli.main(["train", "--resume", str(tmp_path / "run")]) == 0
    assert "'strong' has the same f1: try" in " ".join(capsys.readouterr().out.split())


def test_files_of_tokens_and_of_texts_are_labelled(run, write, capsys):
    rows = []
    for file in (
        write("x.conll", ["mr", "Abe", "", "saw", "fhton"]),
        write("x.jsonl", ['{"tokens": ["mr", "Abe"]}', '{"tokens": ["saw", "fhton"]}']),
        write("x.txt", ["mr Abe", "saw fhton"]),
        write("y.jsonl", ['{"text": "mr Abe"}', '{"text": "saw fhton"}']),
    ):
        assert cli.main(["predict", str(run), "--input", file, "--json"]) == 0
        rows.append([json.loads(line) for line in capsys.readouterr().out.splitlines()])
    assert all(found == rows[0] for found in rows)
    assert rows[0][0]["labels"] == ["B-PERSON", "I-PERSON"]


def test_a_sentence_longer_than_any_in_training_is_labelled_whole(run, capsys):
    text = "the mr Bade saw ghihton " * 300
    assert cli.main(["predict", str(run), text, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert len(row["labels"]) == 1500
    assert len(row["entities"]) > 500


def test_labels_never_seen_in_training_count_as_wrong(run, write, capsys):
    lines = ["mr B-PERSON", "Abe I-PERSON", "saw O", "fhton B-RIVER", "", "the O"]
    assert cli.main(["evaluate", str(run), "--data", write("x.conll", lines), "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert metrics["unseen_labels"] == pytest.approx(1 / 5)
    assert metrics["accuracy"] == pytest.approx(4 / 5)
    assert metrics["recall"] == pytest.approx(1 / 2)
    other = write("y.conll", ["the DET", "film NOUN"])
    assert cli.main(["evaluate", str(run), "--data", other]) == 2
    told = capsys.readouterr().err
    assert "y.conll: line 1: label 'DET', and all others there, were never seen" in told


def test_labels_never_seen_in_training_are_named_where_they_are_measured(run, write, capsys):
    file = write("x.conll", ["mr B-PERSON", "Abe I-PERSON", "", "the O", "old B-RIVER"])
    note = f"1 tokens have labels never seen in training, B-RIVER ({file}: line 4)"
    assert cli.main(["evaluate", str(run), "--data", file]) == 0
    assert f"data: {note}, and count as wrong whatever is answered" in capsys.readouterr().err
    assert cli.main(["evaluate", str(run), "--data", file, "--json"]) == 0
    [line] = json.loads(capsys.readouterr().out)["notes"]
    assert line.startswith(note)
    known = write("y.conll", ["mr B-PERSON", "Abe I-PERSON"])
    assert cli.main(["evaluate", str(run), "--data", known, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == []


def test_an_entity_of_a_type_never_seen_is_one_entity_that_was_missed(run, write, capsys):
    lines = ["mr B-PERSON", "Abe I-PERSON", "saw O", "old B-RIVER", "fhton I-RIVER", "", "the O"]
    assert cli.main(["evaluate", str(run), "--data", write("x.conll", lines), "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert metrics["unseen_labels"] == pytest.approx(2 / 6)
    assert metrics["recall"] == pytest.approx(1 / 2)


def test_a_line_without_a_label_is_named(run, write, capsys):
    broken = write("x.conll", ["mr B-PERSON", "Abe"])
    for command in (
        ["evaluate", str(run), "--data", broken],
        ["train", "--task", "tagging", "--data", broken],
    ):
        assert cli.main(command) == 2
        assert "x.conll: line 2: 1 column where the first line has 2" in capsys.readouterr().err


def test_unseen_labels_of_a_part_are_told_with_their_place(tmp_path, write):
    other = write("x.conll", ["mr B-PERSON", "Abe I-PERSON", "", "the O", "old B-RIVER"])
    _, prepared = prepare(tmp_path, test_data=other)
    [line] = [line for line in prepared.notes if "never seen" in line]
    assert line.startswith("test: 1 tokens have labels never seen in training, B-RIVER (")
    assert "x.conll: line 4" in line


def test_iob1_is_read_and_answered_as_bio(tmp_path, write):
    lines = ["a I-X", "b I-X", "c B-X", "d O", "e I-Y", ""] * 20
    task, prepared = prepare(tmp_path, data=write("x.conll", lines))
    assert prepared.transforms["labels"].names == ("O", "B-X", "I-X", "B-Y", "I-Y")
    assert any("written anew by the rules of BIO" in line for line in prepared.notes)
    _, labels, _ = next(iter(prepared.train(0)))
    assert labels[0].numpy().tolist() == [1, 2, 1, 0, 3]
    assert task.monitor == "f1"


def test_labels_that_mark_nothing_are_scored_by_accuracy(tmp_path, write, capsys):
    lines = ["a DET", "dog NOUN", "b VERB", ""] * 20
    data = write("x.conll", lines)
    task, prepared = prepare(tmp_path, data=data, decoder="max_entropy")
    assert task.monitor == "accuracy"
    assert any("max_entropy answers as greedy does" in line for line in prepared.notes)
    assert "f1" not in prepared.baselines["commonest label"]
    marks = write("y.conll", ["a B-X", "b O", ""] * 20)
    task, _ = prepare(tmp_path, data=marks, scheme="none")
    assert task.monitor == "accuracy"


def test_tokens_that_are_characters_are_noticed(tmp_path, write):
    data = write("x.conll", ["吴 B-X", "阳 I-X", ""] * 20)
    _, prepared = prepare(tmp_path, data=data)
    assert any("--tokens character" in line for line in prepared.notes)
    _, prepared = prepare(tmp_path, data=data, tokens="character")
    assert not any("--tokens character" in line for line in prepared.notes)


@pytest.mark.parametrize("decoder", ["crf", "max_entropy"])
def test_no_answer_breaks_the_rules(tmp_path, decoder):
    task, prepared = prepare(tmp_path, decoder=decoder)
    model = task.build_model(prepared.transforms)
    for weight in model.get_layer("logits").weights:
        weight.assign(3 * np.random.default_rng(0).normal(size=weight.shape))
    scheme, names, broken = Scheme("bio"), prepared.transforms["labels"].names, 0
    for inputs, _, weights in prepared.train(0):
        outputs, _ = task.forward(model, inputs, [], training=False)
        lengths = weights.numpy().sum(1).astype(int)
        for row, logits, length in zip(
            outputs["labels"].numpy(), outputs["logits"].numpy(), lengths, strict=True
        ):
            labels = [names[i] for i in row[:length]]
            assert scheme.encode(scheme.entities(labels), length) == labels
            greedy = [names[i] for i in logits[:length].argmax(-1)]
            broken += scheme.encode(scheme.entities(greedy), length) != greedy
    assert broken  # or there was nothing to keep from


def test_figures_of_known_and_unknown_words_are_apart():
    tags = Tags.of(Labels(("O", "B-X", "I-X")), entities=True)
    gold = [["B-X", "I-X", "O"], ["B-X", "S-?"]]
    guess = [np.array([1, 2, 1]), np.array([1, 0])]
    ids = [np.array([2, 1, 3]), np.array([4, 1])]
    p = [np.array([0.5, 0.25, 0.5]), np.array([1.0, 7.0])]
    found = figures(tags, gold, guess, ids, p)
    assert found["accuracy"] == pytest.approx(3 / 5)
    assert found["accuracy_known"] == pytest.approx(2 / 3)
    assert found["accuracy_unknown"] == pytest.approx(1 / 2)
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == pytest.approx(2 / 3)
    assert found["loss"] == pytest.approx(-np.log([0.5, 0.25, 0.5, 1]).mean())
    assert found["unseen_labels"] == pytest.approx(1 / 5)


def conlleval(gold, answered):
    """Counts label by label, as the CoNLL-2000 shared task's program does."""

    def parts(label):
        return label.split("-", 1) if "-" in label else [label, ""]

    def starts(before, here):
        if here[0] == "O":
            return False
        return here[0] == "B" or before[0] == "O" or before[1] != here[1]

    def ends(before, here):
        if before[0] == "O":
            return False
        return here[0] in "BO" or before[1] != here[1]

    right = there = told = 0
    within, before = False, (["O", ""], ["O", ""])
    for rows in zip(gold, answered, strict=True):
        for pair in [*zip(*rows, strict=True), ("O", "O")]:  # an empty line after each sentence
            here = tuple(map(parts, pair))
            if within:
                over = [ends(a, b) for a, b in zip(before, here, strict=True)]
                same = before[0][1] == before[1][1]
                if all(over) and same:
                    within, right = False, right + 1
                elif over[0] != over[1] or here[0][1] != here[1][1]:
                    within = False
            begun = [starts(a, b) for a, b in zip(before, here, strict=True)]
            within |= all(begun) and here[0][1] == here[1][1]
            there, told = there + begun[0], told + begun[1]
            before = here
    return {"precision": right / told, "recall": right / there, "f1": 2 * right / (told + there)}


def test_entities_are_counted_as_conlleval_counts_them():
    draw, known = np.random.default_rng(0), ("O", "B-X", "I-X", "B-Y", "I-Y")
    tags = Tags.of(Labels(known), entities=True)
    every = np.array([*known, "B-NEW", "I-NEW"])
    lengths = draw.integers(1, 9, 200)
    gold = [every[draw.integers(0, len(every), n)].tolist() for n in lengths]
    numbers = [tags.labels.encode(row) for row in gold]
    guess = [np.where((draw.random(len(y)) < 0.8) & (y >= 0), y, 0) for y in numbers]
    found = figures(tags, gold, guess, [np.full(n, 2) for n in lengths])
    expected = conlleval(gold, [tags.names(row) for row in guess])
    assert 0 < expected["f1"] < 1
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_each_words_commonest_label():
    ids, labels = np.array([2, 2, 2, 3, 4, 5]), np.array([1, 1, 0, 2, 2, 0])
    usual = usual_labels(ids, labels, (7, 3))
    assert usual.tolist() == [2, 2, 1, 2, 2, 0, 2]  # unseen ones as most of those seen once


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dataset": "conll2003", "data": ""}, "tagging reads files: give --data FILE"),
        ({"decoder": "viterbi"}, "unknown --decoder 'viterbi'; choose from crf, max_entropy"),
        ({"characters": "none"}, "--word-length 6 is for characters, which --characters none"),
        ({"word_length": 0}, "--word-length 0 is too small"),
    ],
)
def test_settings_that_cannot_be(tmp_path, settings, message):
    with pytest.raises(BadInput, match=message):
        small_config("tagging", tmp_path, **settings)


def test_one_label_is_nothing_to_learn(tmp_path, write):
    with pytest.raises(BadInput, match="only the label 'X'"):
        prepare(tmp_path, data=write("x.conll", ["a X", ""] * 20))


def test_vectors_begin_the_embedding(tmp_path, write):
    file = write("vectors.txt", ["saw 1 2 3 4", "Old 5 6 7 8"])
    task, prepared = prepare(tmp_path, vectors=file)
    model = task.build_model(prepared.transforms)
    [line] = task.initial_weights(model, prepared.transforms)
    assert "pretrained vectors for" in line
    tokens = prepared.transforms["words"].words.tokens
    matrix = model.get_layer("embedding").get_weights()[0]
    np.testing.assert_array_equal(matrix[tokens.index("old")], [5, 6, 7, 8])


def test_the_sample_is_by_the_rules_and_repeats():
    one, again = (generate_entities(200, seed=3) for _ in range(2))
    assert one.tokens == again.tokens
    assert one.tokens != generate_entities(200, seed=4).tokens
    scheme = Scheme.of({label for labels in one.labels for label in labels})
    kinds = set()
    for labels in one.labels:
        entities = scheme.entities(labels)
        assert scheme.encode(entities, len(labels)) == labels
        kinds |= {kind for _, _, kind in entities}
    assert kinds == {"PERSON", "PLACE", "DATE", "AMOUNT"}
