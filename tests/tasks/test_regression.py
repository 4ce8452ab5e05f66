"""Columns, parts, targets, units and answers of sequence regression."""

import json

import numpy as np
import pytest
import tensorflow as tf
import yaml
from small_runs import small_config, write_machines

from kerasrnn import cli, commands
from kerasrnn.errors import BadInput
from kerasrnn.export.answers import settings_files
from kerasrnn.network import Network
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run

WHOLE = {"every": 0, "steps": 0, "target_cap": 0.0}  # none of what the small runs set


def make(tmp_path, **settings):
    return TASKS.load("regression")(small_config("regression", tmp_path, **settings))


def write(path, header, *lines):
    path.write_text("\n".join([header, *lines]) + "\n")
    return str(path)


def machines(path, lengths=(4, 1, 6, 3, 5, 2), *, columns="unit,cycle,a,flat"):
    """Sequences whose first feature is 100 times the unit and the cycle; no target."""
    rows = [f"{u},{c},{100 * u + c},7" for u, n in enumerate(lengths, 1) for c in range(1, n + 1)]
    return write(path, columns, *rows)


def cmapss(path, lengths, *, seed=0):
    """Engines with a sensor that tells how much life is left, of which `cut` rows are kept."""
    draw, lines = np.random.default_rng(seed), []
    for unit, (life, kept) in enumerate(lengths, 1):
        for cycle in range(1, kept + 1):
            wear = -(life - cycle) + 0.1 * draw.normal()
            cells = [unit, cycle, 0, 0, 100, f"{wear:.3f}", *[7] * 20]
            lines.append(" ".join(map(str, cells)) + "  ")
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def examples(batches):
    """Lengths and own targets of all examples."""
    lengths, truth = [], []
    for inputs, *_, true in batches:
        lengths += inputs["lengths"].numpy().tolist()
        truth += true.numpy()[:, 0].tolist()
    return lengths, truth


def test_whole_machines_are_held_out(tmp_path):
    task = make(tmp_path, data=machines(tmp_path / "x.csv"), remaining_life=True, **WHOLE)
    parts = task.parts
    ids = [set(part.ids) for part in parts.values()]
    assert set.union(*ids) == set("123456")
    assert sum(map(len, ids)) == 6
    assert min(map(len, ids)) >= 1
    again = make(tmp_path, data=str(tmp_path / "x.csv"), remaining_life=True, seed=1).parts
    assert [part.ids for part in again.values()] == [part.ids for part in parts.values()]


def test_every_row_with_the_rows_before_it_is_an_example_of_what_remains(tmp_path):
    data = machines(tmp_path / "x.csv")
    settings = {"remaining_life": True, "valid_data": data, **WHOLE, "steps": 3}
    prepared = make(tmp_path, data=data, **settings).prepare()
    lengths, truth = examples(prepared.valid)
    assert sorted(zip(lengths, truth, strict=True)) == sorted(
        (min(cycle, 3), n - cycle) for n in (4, 1, 6, 3, 5, 2) for cycle in range(1, n + 1)
    )
    _, truth = examples(make(tmp_path, data=data, **settings | {"every": 2}).prepare().valid)
    assert sorted(truth) == sorted(left for n in (4, 1, 6, 3, 5, 2) for left in range(0, n, 2))


def test_a_column_of_targets_gives_each_sequence_that_of_its_last_row(tmp_path):
    lines = ("p,1,9,", "p,2,9,5", "q,3,1,4", "r,1,2,3", "r,5,6,")
    data = write(tmp_path / "x.csv", "id,a,b,target", *lines)
    with pytest.raises(BadInput, match=r"x.csv: line 6, column 'target' is a missing value"):
        make(tmp_path, data=data, **WHOLE).check_data()
    data = write(tmp_path / "x.csv", "id,a,b,target", *lines[:-1])
    task = make(tmp_path, data=data, valid_data=data, test_data=data, **WHOLE)
    lengths, truth = examples(task.prepare().test)
    assert (lengths, truth) == ([1, 1, 2], [4, 3, 5])
    lengths, truth = examples(
        make(tmp_path, data=data, valid_data=data, **WHOLE | {"every": 1}).prepare().valid
    )
    assert len(lengths) == 3  # a row without a target is no example


def test_targets_that_are_all_the_same_are_refused(tmp_path):
    lines = [f"{unit},{row},{3 - row}" for unit in range(5) for row in range(4)]
    data = write(tmp_path / "x.csv", "id,a,y", *lines)
    with pytest.raises(BadInput, match=r"x.csv: every target of training is 0, .* --every 1"):
        make(tmp_path, data=data, **WHOLE).prepare()
    assert make(tmp_path, data=data, **WHOLE | {"every": 1}).prepare().steps
    # of a column known to be life, every row is an example anyhow
    life = write(tmp_path / "y.csv", "id,a,RUL", *lines)
    prepared = make(tmp_path, data=life, valid_data=life, **WHOLE).prepare()
    assert len(examples(prepared.valid)[0]) == 20
    assert "phm08" in prepared.baselines["mean of training"]


def test_per_step_every_row_needs_its_target(tmp_path):
    lines = ("p,1,9,1", "p,2,9,", "q,3,1,4", "r,1,2,3")
    data = write(tmp_path / "x.csv", "id,a,b,target", *lines)
    with pytest.raises(BadInput, match=r"x.csv: line 3, column 'target' is a missing value"):
        make(tmp_path, data=data, per_step=True, **WHOLE).check_data()
    data = write(tmp_path / "x.csv", "id,a,b,target", *lines[2:], "s,1,1,1", "s,2,2,2")
    prepared = make(tmp_path, data=data, valid_data=data, per_step=True, **WHOLE).prepare()
    [(_, targets, weights, truth)] = prepared.valid
    assert weights.numpy().tolist() == [[1, 0], [1, 0], [1, 1]]
    assert truth.numpy()[..., 0].tolist() == [[4, 0], [3, 0], [1, 2]]
    assert targets.shape == (3, 2, 1)


def test_constant_columns_of_training_are_left_out_and_named(tmp_path):
    task = make(tmp_path, data=machines(tmp_path / "x.csv"), remaining_life=True, **WHOLE)
    prepared = task.prepare()
    assert prepared.transforms["layout"].inputs == ("a",)
    assert any(line.endswith("never change in training: flat") for line in prepared.notes)
    # so other files need not have them
    other = write(tmp_path / "y.csv", "cycle,unit,a", "1,9,3", "2,9,5")
    assert task.predict(lambda x: np.zeros((1, 1)), prepared.transforms, [], other).rows
    flat = write(tmp_path / "z.csv", "id,a,target", "p,1,1", "q,1,2", "r,1,3")
    with pytest.raises(BadInput, match=r"z.csv: none of the columns 'a' changes"):
        make(tmp_path, data=flat, **WHOLE).check_data()


def test_a_cap_bounds_training_and_figures_but_for_the_uncapped(tmp_path):
    data = machines(tmp_path / "x.csv", (9, 9, 9))
    settings = {"valid_data": data, "remaining_life": True, **WHOLE, "target_cap": 5.0}
    prepared = make(tmp_path, data=data, **settings).prepare()
    scaler = prepared.transforms["scaler"]
    targets = np.concatenate([y.numpy() for _, y in prepared.train(0)])
    left = np.minimum(np.arange(9), 5)
    assert scaler.mean[0] == pytest.approx(left.mean())
    assert scaler.part(slice(1)).restore(targets).max() == pytest.approx(5)
    figures = prepared.baselines["mean of training"]
    assert figures["rmse"] == pytest.approx(left.std())
    uncapped = np.sqrt(np.mean((np.arange(9) - left.mean()) ** 2))
    assert figures["rmse_uncapped"] == pytest.approx(uncapped)
    assert figures["phm08_uncapped"] > figures["phm08"] > 0


def test_scores_are_those_of_answers_in_own_units(tmp_path):
    task = make(tmp_path)
    prepared = task.prepare()
    network = Network(task, task.build_model(prepared.transforms))
    figures = task.score(network, prepared.valid, prepared.transforms)
    scaler, errors = prepared.transforms["scaler"], []
    for inputs, _, truth in prepared.valid:
        own = np.asarray(network.model(inputs)) * scaler.deviation[0] + scaler.mean[0]
        errors += (own - np.minimum(truth.numpy(), 7)).ravel().tolist()
    assert figures["rmse"] == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-5)
    late = [np.exp(d / 10) - 1 if d >= 0 else np.exp(-d / 13) - 1 for d in errors]
    assert figures["phm08"] == pytest.approx(sum(late), rel=1e-5)


def test_the_line_through_the_last_rows_is_that_of_least_squares(tmp_path):
    lines = [f"{i},{x},{3 * x - 2}" for i, x in enumerate((1, 4, 2, 8, 5, 7, 3, 9))]
    data = write(tmp_path / "x.csv", "id,a,target", *lines)
    baselines = make(tmp_path, data=data, **WHOLE).prepare().baselines
    assert baselines["linear in the last row"]["rmse"] == pytest.approx(0, abs=1e-4)
    assert baselines["mean of training"]["rmse"] > 1


@pytest.mark.parametrize(
    ("header", "settings", "says"),
    [
        ("number,a,target", {}, r"no id column among 'number', 'a', 'target'; .* --id-column"),
        ("id,a,b", {}, r"no target column among .* --target, or give --remaining-life"),
        ("id,a,rul", {"remaining_life": True}, r"column 'rul' seems to be the target already"),
        ("id,a,b", {"target": "c"}, r"no target column 'c'; choose from 'id', 'a', 'b'"),
        ("id,a,b", {"target": "b", "features": "b"}, r"column 'b' is given two roles"),
        ("id,a,b", {"target": "b", "features": "x"}, r"no column 'x'; choose from"),
        ("id,a,b", {"target": "id"}, r"column 'id' is given two roles"),
    ],
)
def test_columns_that_cannot_be_told_are_asked_for(tmp_path, header, settings, says):
    data = write(tmp_path / "x.csv", header, "1,2,3", "2,3,4", "3,4,5")
    with pytest.raises(BadInput, match=r"x.csv: " + says):
        make(tmp_path, data=data, **{**WHOLE, **settings}).check_data()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"per_step": True, "steps": 9}, "--steps is for one number"),
        ({"per_step": True, "every": 2}, "--every is for one number"),
        ({"per_step": True, "pooling": "mean"}, "--pooling is for one number"),
        ({"target": "y", "remaining_life": True}, "--target and --remaining-life"),
        ({"test_targets": "x"}, "--test-targets needs"),
        ({"data": "", "target": "y"}, "--target needs --data"),
        ({"data": "", "id_column": "y"}, "--id-column needs --data"),
        ({"data": "", "dataset": "x"}, "TensorFlow Datasets holds no sequences"),
        ({"target_cap": -1.0}, "--target-cap -1.0 is too small"),
    ],
)
def test_settings_that_would_not_act_are_refused(settings, says):
    with pytest.raises(BadInput, match=says):
        TASKS.load("regression").config_type(**{"data": "x.csv", **settings})


def test_too_few_sequences_for_parts_are_refused(tmp_path):
    data = machines(tmp_path / "x.csv", (3, 2))
    with pytest.raises(BadInput, match=r"x.csv: 2 sequences are too few .* at least 3"):
        make(tmp_path, data=data, remaining_life=True, **WHOLE).check_data()
    make(tmp_path, data=data, remaining_life=True, **WHOLE, test_share=0.0).check_data()


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    """A run on engines in the form of C-MAPSS, tested on engines that were cut off."""
    folder = tmp_path_factory.mktemp("engines")
    train = cmapss(folder / "train.txt", [(n, n) for n in range(9, 19)])
    cut = [(20, 12), (15, 1), (18, 17), (30, 25)]
    test = cmapss(folder / "test.txt", cut, seed=1)
    (folder / "rul.txt").write_text("".join(f"{life - kept} \n" for life, kept in cut))
    config = small_config(
        "regression",
        folder,
        data=train,
        test_data=test,
        test_targets=str(folder / "rul.txt"),
        test_share=0.1,
        target_cap=10.0,
        epochs=12,
        units=8,
        learning_rate=0.02,
    )
    commands.train("regression", config, output=str(folder / "run"), as_json=True)
    return folder


def call(capsys, *arguments, status=0):
    capsys.readouterr()
    assert cli.main([*map(str, arguments), "--json"]) == status
    return capsys.readouterr()


def check_alike(rows, others):
    """The same answers but for rounding."""
    assert [row["id"] for row in rows] == [row["id"] for row in others]
    for row, other in zip(rows, others, strict=True):
        numbers = {k: v for k, v in row.items() if isinstance(v, float)}
        assert numbers
        assert numbers == pytest.approx({k: other[k] for k in numbers}, rel=1e-5)


def number_of_rows(inputs):
    """A network that counts."""
    return inputs["lengths"][:, None].astype(float)


def rows_of(captured):
    return [json.loads(line) for line in captured.out.splitlines()]


def test_engines_that_were_cut_off_are_tested_by_the_file_of_truth(engines, capsys):
    metrics = json.loads((engines / "run/metrics.json").read_text())
    captured = call(capsys, "predict", engines / "run", "--input", engines / "test.txt")
    rows = rows_of(captured)
    assert [(row["id"], row["row"]) for row in rows] == [
        ("1", "12"),
        ("2", "1"),
        ("3", "17"),
        ("4", "25"),
    ]
    truth = np.array([8, 14, 1, 5])
    error = np.array([row["remaining_life"] for row in rows]) - np.minimum(truth, 10)
    assert metrics["test"]["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-4)
    assert metrics["test"]["rmse"] < metrics["baselines"]["mean of training"]["rmse"]
    files = f"{engines / 'test.txt'},{engines / 'rul.txt'}"
    [found] = rows_of(call(capsys, "evaluate", engines / "run", "--data", files))
    assert found["metrics"] == pytest.approx(metrics["test"], rel=1e-4)
    own = rows_of(call(capsys, "predict", engines / "run"))
    assert [row.pop("truth") for row in own] == truth.tolist()
    check_alike(own, rows)


def test_an_export_tells_nothing_of_where_the_truth_was(engines):
    settings = yaml.safe_load(settings_files(Run(engines / "run"), {})["config.yaml"])
    assert [settings[name] for name in ("data", "test_data", "test_targets")] == [
        "train.txt",
        "test.txt",
        "rul.txt",
    ]


def test_a_file_of_sequences_without_targets_measures_nothing(engines, capsys):
    captured = call(capsys, "evaluate", engines / "run", "--data", engines / "test.txt", status=2)
    assert "test.txt: no targets: it has no column 'remaining_life'" in captured.err
    assert "test.txt,TARGETS" in captured.err


def test_only_the_last_rows_of_a_long_sequence_are_read(engines, tmp_path, capsys):
    long = cmapss(tmp_path / "long.txt", [(60, 50)])
    [row] = rows_of(call(capsys, "predict", engines / "run", "--input", long))
    lines = (tmp_path / "long.txt").read_text().splitlines()
    (tmp_path / "end.txt").write_text("\n".join(lines[-6:]) + "\n")  # the small runs read 6
    [end] = rows_of(call(capsys, "predict", engines / "run", "--input", tmp_path / "end.txt"))
    check_alike([row], [end])


def test_a_sequence_longer_than_any_in_training_is_read_whole_and_said_to_be(tmp_path):
    data = machines(tmp_path / "x.csv")
    task = make(tmp_path, data=data, remaining_life=True, **WHOLE)
    transforms = task.prepare().transforms
    longest = transforms["layout"].longest
    long = machines(tmp_path / "long.csv", (longest, longest + 40, longest + 1))
    answers = task.predict(number_of_rows, transforms, [], long)
    read = transforms["scaler"].restore(np.array([longest, longest + 40, longest + 1]), 1)
    assert [row["remaining_life"] for row in answers.rows] == pytest.approx(read.tolist())
    [warning] = answers.warnings
    assert f"sequence '2' is longer than the {longest} rows of any in training" in warning
    assert "2 sequences in all" in warning


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("unit,cycle,a,flat", "1,1,x,7"), "y.csv: line 2, column 'a': 'x' is not a finite"),
        (("unit,cycle,flat", "1,1,7"), "y.csv: no column 'a'; choose from 'unit', 'cycle'"),
        (("cycle,a", "1,7"), "y.csv: no column 'unit'"),
        (("unit,a", "1,7"), "y.csv: no column 'cycle'"),
        (("unit,cycle,a", "1,2,7", "1,1,7"), "y.csv: line 3, column 'cycle': '1' does not follow"),
    ],
)
def test_what_is_wrong_with_a_file_to_answer_is_said(tmp_path, lines, says):
    task = make(tmp_path, data=machines(tmp_path / "x.csv"), remaining_life=True, **WHOLE)
    transforms = task.prepare().transforms
    file = write(tmp_path / "y.csv", *lines)
    with pytest.raises(BadInput) as refused:
        task.predict(lambda x: np.zeros((1, 1)), transforms, [], file)
    assert says in str(refused.value)
    with pytest.raises(BadInput, match="--input FILE, not 'a text'"):
        task.predict(lambda x: np.zeros((1, 1)), transforms, ["a text"], "")


def test_padding_reaches_the_network_of_an_endpoint_as_zeros(tmp_path):
    task = make(tmp_path, data=machines(tmp_path / "x.csv"), remaining_life=True, **WHOLE)
    transforms, seen = task.prepare().transforms, []

    def network(inputs, training):
        seen.append(inputs["features"].numpy())
        return inputs["features"][:, 0]

    endpoint = task.endpoints(network, transforms)["serving_default"]
    rows = {"features": np.float32([[[101], [0]], [[101], [102]]]), "lengths": np.int32([1, 2])}
    endpoint.answer({name: tf.constant(array) for name, array in rows.items()})
    scaled = transforms["scaler"].part(slice(1, None)).scale(rows["features"])
    np.testing.assert_allclose(seen[0][1], scaled[1], rtol=1e-4)
    assert seen[0][0, 1] == 0


def test_per_step_answers_every_row(tmp_path):
    data = write_machines(tmp_path / "x.csv")
    task = make(tmp_path, data=data, per_step=True, **WHOLE)
    transforms = task.prepare().transforms

    def first_feature(inputs):
        return inputs["features"][..., :1]

    rows = task.predict(first_feature, transforms, [], data).rows
    cells = [line.split(",") for line in (tmp_path / "x.csv").read_text().splitlines()[1:]]
    assert [[row["id"], row["row"]] for row in rows] == [line[:2] for line in cells]
    scaler = transforms["scaler"]
    wear = (np.array([float(line[2]) for line in cells]) - scaler.mean[1]) / scaler.deviation[1]
    expected = scaler.restore(wear, 1).tolist()
    assert [row["rul"] for row in rows] == pytest.approx(expected, abs=1e-5)
