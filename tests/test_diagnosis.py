"""What gradient reaches each step back, over training."""

import csv
import dataclasses
import json

import numpy as np
import pytest
from small_runs import losses, saved_weights, small_config, write_speech

from kerasrnn import commands
from kerasrnn.config import Config
from kerasrnn.diagnosis import GradientDiagnosis, _by_steps_back
from kerasrnn.errors import BadInput
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.training import configure

STEPS = 100
LONG = {
    "steps": STEPS,
    "vary": False,
    "examples": 256,
    "held_out": 32,
    "epochs": 2,
    "units": 32,
    "learning_rate": 1e-3,
    "diagnose": "gradients",
}


def gradients(run):
    """Norms by epoch, `(steps,)` each, the end of the sequence first; and the shares clipped."""
    with open(run / "gradients.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    epochs = sorted({int(row["epoch"]) for row in rows})
    of = {epoch: [row for row in rows if int(row["epoch"]) == epoch] for epoch in epochs}
    for part in of.values():
        assert [int(row["steps_back"]) for row in part] == list(range(len(part)))
    norms = {epoch: np.array([float(row["norm"]) for row in part]) for epoch, part in of.items()}
    return norms, {epoch: part[0]["clipped"] for epoch, part in of.items()}


def train(folder, task, config):
    commands.train(task, config, output=str(folder), as_json=True)
    return folder


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """Runs on the adding problem over a hundred steps."""
    cells = {"simple_rnn": {}, "lstm": {"expected_span": STEPS}, "gru": {"expected_span": STEPS}}
    kind, folder = TASKS.load("adding").config_type, tmp_path_factory.mktemp("followed")
    return {
        cell: train(folder / cell, "adding", kind(cell=cell, **LONG, **settings))
        for cell, settings in cells.items()
    }


def test_the_gradient_of_a_simple_network_vanishes_going_back(followed):
    norms, _ = gradients(followed["simple_rnn"])
    assert norms.keys() == {0, 1, 2}
    for epoch, norm in norms.items():
        assert len(norm) == STEPS
        assert norm[-1] < 1e-4 * norm[0], epoch
        # ever smaller, by like factors: what vanishing means
        assert (norm[::20][1:] < 0.3 * norm[::20][:-1]).all(), epoch


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_gradient_of_gates_that_expect_the_span_does_not_vanish(followed, cell):
    norms, _ = gradients(followed[cell])
    for epoch, norm in norms.items():
        assert norm[-1] > 0.02 * norm[0], epoch


def test_the_picture_is_drawn(followed):
    for run in followed.values():
        assert (run / "plots" / "gradients.png").read_bytes().startswith(b"\x89PNG")


def test_the_share_of_clipped_steps_is_counted(tmp_path):
    common = {"diagnose": "gradients", "epochs": 1}
    for most, share in ((1e-6, 1.0), (1e6, 0.0), (0.0, 0.0)):
        config = small_config("running_sum", tmp_path, clip_norm=most, **common)
        _, clipped = gradients(train(tmp_path / str(most), "running_sum", config))
        assert clipped[0] == ""  # nothing was trained yet
        assert float(clipped[1]) == share


def test_where_every_step_has_a_loss_that_of_the_last_alone_is_followed(tmp_path):
    """In a sum every number counts alike; were all losses followed, the first would count most."""
    config = small_config("running_sum", tmp_path, diagnose="gradients", epochs=30, units=8)
    norms, _ = gradients(train(tmp_path / "run", "running_sum", config))
    norms = norms[0]
    assert len(norms) <= 6
    assert norms[-1] < norms[0]


def test_recording_changes_nothing_of_the_training(tmp_path):
    runs = [
        train(tmp_path / how, "adding", small_config("adding", tmp_path, diagnose=how))
        for how in ("none", "gradients")
    ]
    assert losses(runs[0]) == losses(runs[1])
    ours, theirs = map(saved_weights, runs)
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name])
    assert not (runs[0] / "gradients.csv").exists()


def test_a_resumed_run_records_what_an_uninterrupted_one_does(tmp_path, monkeypatch):
    settings = {"diagnose": "gradients", "epochs": 3, "clip_norm": 0.7, "deterministic": True}
    config = small_config("copy", tmp_path, checkpoint_steps=2, **settings)
    whole = train(tmp_path / "whole", "copy", config)
    save = Run.save_checkpoint

    def save_and_interrupt(self, arrays, meta):
        save(self, arrays, meta)
        if (meta["epoch"], meta["step"]) == (1, 2):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Run, "save_checkpoint", save_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "cut", "copy", config)
    # as if killed after the record of the second epoch and before its checkpoint
    rows = Run(tmp_path / "cut").gradients()
    Run(tmp_path / "cut").save_gradients([*rows, {**rows[-1], "epoch": 2}])
    commands.resume(str(tmp_path / "cut"), as_json=True)
    ours, theirs = ((folder / "gradients.csv").read_text() for folder in (whole, tmp_path / "cut"))
    assert ours == theirs
    shares = {share for _, share in gradients(whole)[1].items()}
    assert len(shares) > 1


@pytest.mark.parametrize(
    ("task", "settings", "layers"),
    [
        ("sentiment", {}, {"bidirectional_0 forwards", "bidirectional_0 backwards"}),
        ("text_generation", {"layers": 2}, {"rnn_0", "rnn_1"}),
        ("forecasting", {"segment": 4}, {"rnn_0", "decoder"}),
    ],
)
def test_other_tasks_are_followed_layer_by_layer(tmp_path, task, settings, layers):
    config = small_config(task, tmp_path, diagnose="gradients", epochs=1, **settings)
    run = Run(train(tmp_path / "run", task, config))
    rows = run.gradients()
    assert {row["layer"] for row in rows} == layers
    assert all(np.isfinite(row["norm"]) for row in rows)
    assert json.loads((run.folder / "metrics.json").read_text())["epochs"] == 1


def diagnosed(task, folder, **settings):
    """The record of an untrained network on the validation part that the settings name."""
    config = small_config(task, folder, diagnose="gradients", **settings)
    configure(config)
    kind = TASKS.load(task)(config)
    prepared = kind.prepare()
    run = Run.create(str(folder / f"run-{len(list(folder.glob('run-*')))}"), task)
    diagnosis = GradientDiagnosis(kind, prepared, kind.build_model(prepared.transforms), run)
    diagnosis.begin(0)
    return diagnosis


@pytest.mark.parametrize("decoder", ["crf", "greedy"])
def test_labels_never_seen_in_training_are_not_followed(tmp_path, decoder):
    known = ["mr B-PERSON", "Abe I-PERSON", "saw O", ""]
    for name, rows in (
        # the last label that was seen ends the sentence; of one without any there is nothing
        ("more", [*known, *known[:3], "fhton B-RIVER", "", "old B-RIVER", "fhton I-RIVER", ""]),
        ("less", [*known, *known]),
    ):
        (tmp_path / f"{name}.conll").write_text("\n".join(rows))
    more, less = (
        diagnosed("tagging", tmp_path, decoder=decoder, valid_data=str(tmp_path / f"{n}.conll"))
        for n in ("more", "less")
    )
    assert [len(d.batch[1]) for d in (more, less)] == [2, 2]
    assert more.batch[2].numpy()[:, :3].tolist() == less.batch[2].numpy().tolist()
    assert (more.batch[1].numpy() >= 0).all()
    norms = [row["norm"] for row in more.rows]
    assert np.isfinite(norms).all()
    assert max(norms) > 0


def test_characters_never_seen_in_training_are_not_followed(tmp_path):
    valid = write_speech(tmp_path / "valid", count=4)
    first, second, *_ = sorted((tmp_path / "valid").glob("*.txt"))
    first.write_text("z\n")
    second.write_text("zab\n")
    found = diagnosed("speech", tmp_path, valid_data=valid)
    norms = [row["norm"] for row in found.rows]
    assert len(found.batch[1]) == 3
    assert found.batch[1].numpy().max() == 2
    assert np.isfinite(norms).all()
    assert max(norms) > 0
    for path in (tmp_path / "valid").glob("*.txt"):
        path.write_text("z\n")
    with pytest.raises(BadInput, match="nothing that the validation part asks for was seen"):
        diagnosed("speech", tmp_path, valid_data=valid)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS.names())
def test_every_task_is_followed(tmp_path, task):
    config = small_config(task, tmp_path, diagnose="gradients", epochs=1)
    rows = Run(train(tmp_path / "run", task, config)).gradients()
    assert any(row["norm"] > 0 for row in rows)
    assert all(np.isfinite(row["norm"]) for row in rows)


def test_what_is_in_a_batch_for_the_metrics_alone_weighs_nothing(tmp_path):
    config = small_config("regression", tmp_path)
    configure(config)
    task = TASKS.load("regression")(config)
    prepared = task.prepare()
    others = dataclasses.replace(
        prepared, valid=prepared.valid.map(lambda x, y, truth: (x, y, 100 * truth + 1))
    )
    model = task.build_model(prepared.transforms)
    norms = []
    for number, data in enumerate((prepared, others)):
        (tmp_path / str(number)).mkdir()
        diagnosis = GradientDiagnosis(task, data, model, Run(tmp_path / str(number)))
        diagnosis.begin(0)
        norms.append([row["norm"] for row in diagnosis.rows])
    assert norms[0] == pytest.approx(norms[1])


def test_rows_are_laid_together_at_their_ends():
    norms = np.array([[1.0, 2.0, 4.0], [3.0, 8.0, 0.0], [5.0, 0.0, 0.0]])
    np.testing.assert_allclose(_by_steps_back(norms), [(4 + 8 + 5) / 3, (2 + 3) / 2, 1])
    # what has vanished before the end is a gradient of nothing, not an end
    np.testing.assert_allclose(_by_steps_back(np.array([[0.0, 0.0, 2.0]])), [2, 0, 0])
    np.testing.assert_allclose(_by_steps_back(np.zeros((2, 3))), [0])


def test_arithmetic_that_would_round_small_gradients_to_nothing_is_refused():
    with pytest.raises(BadInput, match="mixed_float16 rounds to 0"):
        Config(diagnose="gradients", precision="mixed_float16")


def test_a_broken_record_is_refused(tmp_path):
    (tmp_path / "gradients.csv").write_text("epoch,layer\n1,rnn_0\n")
    with pytest.raises(BadInput, match=r"gradients.csv is broken"):
        Run(tmp_path).gradients()
