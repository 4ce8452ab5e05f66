"""Elements, their values and the texts they come from."""

import json

import numpy as np
import pytest
import tensorflow as tf
from small_runs import small_config

from kerasrnn import cli, commands
from kerasrnn.errors import BadInput
from kerasrnn.network import Network
from kerasrnn.registry import TASKS


def make(tmp_path, **settings):
    return TASKS.load("prosody")(small_config("prosody", tmp_path, **settings))


def write(path, header, *lines):
    path.write_text("\n".join([header, *lines]) + "\n")
    return str(path)


def letters(path, texts):
    """Each character with its place as the value."""
    rows = [
        f'{number},"{character}",{place}'
        for number, text in enumerate(texts)
        for place, character in enumerate(text)
    ]
    return write(path, "utterance,character,place", *rows)


def test_columns_are_told_by_their_names_and_all_numbers_are_values(tmp_path):
    task = make(tmp_path)
    transforms = task.prepare().transforms
    layout = transforms["layout"]
    assert (layout.id_column, layout.inputs) == ("utterance", ("phone",))
    assert layout.targets == transforms["scaler"].names == ("duration", "pitch")
    one = make(tmp_path, targets="pitch").prepare()
    assert one.transforms["layout"].targets == ("pitch",)
    assert next(iter(one.valid))[1].shape[-1] == 1
    assert "rmse_duration" not in one.baselines["mean of training"]


@pytest.mark.parametrize(
    ("header", "settings", "says"),
    [
        ("a,phone,v", {}, r"no id column among 'a', 'phone', 'v'"),
        ("id,a,v", {}, r"no column of elements among 'id', 'a', 'v'; .* --element-column"),
        ("id,phone,v", {"targets": "w"}, r"no column 'w'; choose from"),
        ("id,phone,v", {"targets": "v,v"}, r"column 'v' is given two roles"),
        ("id,phone,v", {"element_column": "id"}, r"column 'id' is given two roles"),
    ],
)
def test_columns_that_cannot_be_told_are_asked_for(tmp_path, header, settings, says):
    data = write(tmp_path / "x.csv", header, "1,AA,2", "2,S,4", "3,T,5")
    with pytest.raises(BadInput, match=r"x.csv: " + says):
        make(tmp_path, data=data, **settings).check_data()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("3,T,loud", r"line 4, column 'v': 'loud' is not a finite number"),
        ("3,T,", r"line 4, column 'v' is a missing value"),
        ("3,,1", r"line 4, column 'phone' is empty"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(tmp_path, line, says):
    data = write(tmp_path / "x.csv", "id,phone,v", "1,AA,2", "2,S,4", line)
    with pytest.raises(BadInput, match=r"x.csv: " + says):
        make(tmp_path, data=data).check_data()


def test_elements_that_no_text_could_hold_are_refused(tmp_path):
    data = write(tmp_path / "x.csv", "id,phone,v", "1,AA,2", "2,S S,4", "3,T,5")
    with pytest.raises(BadInput, match=r"x.csv: line 3, column 'phone': 'S S'; .* no blanks"):
        make(tmp_path, data=data).prepare()
    data = letters(tmp_path / "y.csv", ["abc", "ab", "a"])
    task = make(tmp_path, data=data)
    transforms = task.prepare().transforms
    other = write(tmp_path / "z.csv", "utterance,character,place", "1,ab,2")
    with pytest.raises(
        BadInput, match=r"z.csv: line 2, column 'character': 'ab'; .* one character"
    ):
        task.read_batches(transforms, data=other)


def test_single_characters_are_read_from_texts_as_they_are(tmp_path):
    task = make(tmp_path, data=letters(tmp_path / "x.csv", ["Ab c", "c b", "bA", "A,"] * 3))
    transforms = task.prepare().transforms
    seen = []

    def network(ids):
        seen.append(ids)
        return np.zeros((*ids.shape, 1))

    answers = task.predict(network, transforms, ["b Ac", ""], "")
    assert answers.rows[0]["elements"] == ["b", " ", "A", "c"]
    vocabulary = transforms["text"].vocabulary
    assert [vocabulary.tokens[i] for i in seen[0][0]] == ["b", " ", "A", "c"]
    assert answers.warnings == ["an empty text has no elements, so it is left out"]


def test_each_element_has_the_mean_of_its_own_as_a_baseline(tmp_path):
    rows = [f"{i},{'AB'[i % 2]},{10 + 5 * (i % 2)}" for i in range(20)]
    data = write(tmp_path / "x.csv", "id,phone,v", *rows)
    baselines = make(tmp_path, data=data).prepare().baselines
    assert baselines["mean of each element"]["rmse_v"] == pytest.approx(0, abs=1e-4)
    assert baselines["mean of training"]["rmse_v"] > 1


def test_scores_are_over_real_steps_in_deviations_and_own_units(tmp_path):
    task = make(tmp_path)
    prepared = task.prepare()
    network = Network(task, task.build_model(prepared.transforms))
    figures = task.score(network, prepared.valid, prepared.transforms)
    scaler, errors = prepared.transforms["scaler"], []
    for ids, targets, _, _ in prepared.valid:
        error = np.asarray(network.model(ids)) - targets
        errors.append(error[ids.numpy() > 0])
    errors = np.concatenate(errors)
    assert figures["rmse"] == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-4)
    for i, name in enumerate(("duration", "pitch")):
        own = np.sqrt(np.mean((errors[:, i] * scaler.deviation[i]) ** 2))
        assert figures[f"rmse_{name}"] == pytest.approx(own, rel=1e-4)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prosody")
    config = small_config("prosody", folder, epochs=10, units=8, learning_rate=0.02)
    commands.train("prosody", config, output=str(folder / "run"), as_json=True)
    return folder / "run"


def predict(capsys, *arguments):
    capsys.readouterr()
    assert cli.main(["predict", *map(str, arguments), "--json"]) == 0
    captured = capsys.readouterr()
    return [json.loads(line) for line in captured.out.splitlines()], captured.err


def test_a_text_is_answered_element_by_element(run, tmp_path, capsys):
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["test"]["rmse"] < metrics["baselines"]["mean of training"]["rmse"]
    [row], err = predict(capsys, run, "AA  T S ZZ")
    assert row["text"] == "AA T S ZZ"
    assert row["elements"] == ["AA", "T", "S", "ZZ"]
    assert len(row["duration"]) == len(row["pitch"]) == 4
    assert row["duration"][0] > row["duration"][1]  # vowels are long
    assert "'ZZ' was never seen in training" in err
    # whatever else is asked, as texts, lines or rows of a table
    others = ["T", "AA T S ZZ", "IY " * 30]
    rows, err = predict(capsys, run, *others)
    assert rows[1]["duration"] == pytest.approx(row["duration"], rel=1e-5)
    assert "has 30 elements, more than the 9 of any text in training" in err
    (tmp_path / "x.txt").write_text("\n".join(others) + "\n")
    assert predict(capsys, run, "--input", tmp_path / "x.txt")[0] == rows
    lines = [f"{n},{e}" for n, text in enumerate(others) for e in text.split()]
    table = write(tmp_path / "x.csv", "utterance,phone", *lines)
    assert predict(capsys, run, "--input", table)[0] == rows
    cli.main(["predict", str(run), "AA T"])
    assert capsys.readouterr().out.split()[:4] == ["element", "duration", "pitch", "AA"]


def test_texts_of_different_length_are_served_together(run):
    from kerasrnn.opening import open_run

    opened, _, task = open_run(str(run))
    transforms = task.load_transforms(opened.transforms_folder)
    model = opened.load_model()
    endpoint = task.endpoints(model, transforms)["serving_default"]
    texts = ["AA T S", "", "IY", "S ZZ"]
    together = endpoint.answer({"text": tf.constant(texts)})
    assert together["elements"].numpy().tolist()[0] == [b"AA", b"T", b"S"]
    for i, text in enumerate(texts):
        alone = endpoint.answer({"text": tf.constant([text])})["values"].numpy()[0]
        size = len(text.split())
        values = together["values"].numpy()[i]
        np.testing.assert_allclose(values[:size], alone[:size], rtol=1e-5)
        assert not values[size:].any()
    assert endpoint.answer({"text": tf.constant([""])})["values"].shape == (1, 1, 2)
