"""What holds for every task and every cell, those of tomorrow included.

In the quick suite each task trains with one cell, another from task to task; with all when slow.
"""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from export_checks import Keras, check_saved_model
from small_runs import losses, saved_weights, small_config

from kerasrnn import commands
from kerasrnn.export.saved_model import write_saved_model
from kerasrnn.layers.recurrence import for_inference
from kerasrnn.progress import Progress
from kerasrnn.registry import CELLS, TASKS
from kerasrnn.runs import Run
from kerasrnn.training import Trainer, configure

PAIRS = [(task, cell) for task in TASKS.names() for cell in CELLS.names()]


def is_quick(task, cell):
    cells = CELLS.names()
    return cells.index(cell) == TASKS.names().index(task) % len(cells)


trains = pytest.mark.parametrize(
    "pair",
    [
        pytest.param(pair, id="-".join(pair), marks=[] if is_quick(*pair) else pytest.mark.slow)
        for pair in PAIRS
    ],
    indirect=True,
    scope="module",
)


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def pair(request):
    return request.param


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("contract")


@pytest.fixture(scope="module")
def config(pair, folder):
    task, cell = pair
    return small_config(task, folder, cell=cell, deterministic=True, output_dropout=0.2)


@pytest.fixture(scope="module")
def run(pair, config, folder):
    """A run that nothing interrupted."""
    output = folder / "-".join(pair)
    commands.train(pair[0], config, output=str(output), as_json=True)
    return Run(output)


@pytest.fixture(scope="module")
def built(pair, config):
    """Task, prepared data and a model."""
    configure(config)
    task = TASKS.load(pair[0])(config)
    prepared = task.prepare()
    return task, prepared, task.build_model(prepared.transforms)


def first_batch(prepared):
    return next(iter(prepared.train(0)))


def loss_of(task, model, batch, carry=None, *, training):
    inputs, *target = batch
    carry = task.initial_carry(model, len(target[0])) if carry is None else carry
    outputs, _ = task.forward(model, inputs, carry, training=training)
    return float(task.objective(model)["loss"](target[0], outputs, *target[1:]))


def test_batches_have_the_structure_of_the_models_input(built):
    _, prepared, model = built
    inputs = first_batch(prepared)[0]
    tf.nest.assert_same_structure(inputs, model.input)
    for tensor, expected in zip(tf.nest.flatten(inputs), tf.nest.flatten(model.input), strict=True):
        assert tensor.dtype.name == expected.dtype
        tf.TensorShape(expected.shape).assert_is_compatible_with(tensor.shape)


def test_every_part_has_batches_and_an_epoch_as_many_as_announced(built):
    _, prepared, _ = built
    assert prepared.steps == sum(1 for _ in prepared.train(0)) == sum(1 for _ in prepared.train(3))
    assert sum(1 for _ in prepared.valid) > 0


def test_a_batch_alone_is_predicted_as_among_others(built):
    _, prepared, model = built
    inputs = first_batch(prepared)[0]
    alone = model(tf.nest.map_structure(lambda x: x[:1], inputs), training=False)
    together = model(inputs, training=False)
    np.testing.assert_allclose(alone[0], together[0], rtol=1e-4, atol=1e-5)


@trains
def test_one_batch_can_be_overfitted(pair, folder, tmp_path):
    config = small_config(
        pair[0],
        folder,
        cell=pair[1],
        units=16,
        epochs=1,
        learning_rate=0.05,
        schedule="constant",
        warmup=0.0,
        output_dropout=0.0,
    )
    task = TASKS.load(pair[0])(config)
    configure(config)
    prepared = task.prepare()
    batch = first_batch(prepared)
    again = tf.data.Dataset.from_tensors(batch).repeat(100)
    prepared = dataclasses.replace(prepared, train=lambda epoch: again, steps=100)
    model = task.build_model(prepared.transforms)
    trainer = Trainer(task, prepared, model, Run(tmp_path), Progress(epochs=1, steps=100))
    before = loss_of(task, trainer.model, batch, training=False)
    trainer.train()
    assert loss_of(task, trainer.model, batch, trainer.carry, training=False) < 0.25 * before


def test_the_seed_decides_the_loss(pair, config):
    def first_loss(seed):
        seeded = dataclasses.replace(config, seed=seed)
        configure(seeded)
        task = TASKS.load(pair[0])(seeded)
        prepared = task.prepare()
        model = task.training_model(task.build_model(prepared.transforms), prepared.transforms)
        return loss_of(task, model, first_batch(prepared), training=True)

    assert first_loss(1) == first_loss(1) != first_loss(2)


def test_transforms_read_back_make_the_same_batches(built, config, tmp_path):
    task, prepared, _ = built
    for transform in prepared.transforms.values():
        transform.save(tmp_path)
    loaded = task.load_transforms(tmp_path)
    ours = task.read_batches(prepared.transforms, data=config.data).batches
    theirs = task.read_batches(loaded, data=config.data).batches
    for a, b in zip(ours, theirs, strict=True):
        for x, y in zip(tf.nest.flatten(a), tf.nest.flatten(b), strict=True):
            np.testing.assert_array_equal(x, y)


def test_a_saved_model_predicts_as_the_one_that_was_saved(built, config, tmp_path):
    task, prepared, _ = built
    configure(config)
    model = task.build_model(prepared.transforms)
    Run(tmp_path).save_model(model)
    inputs = first_batch(prepared)[0]
    loaded = Run(tmp_path).load_model()
    np.testing.assert_array_equal(loaded(inputs, training=False), model(inputs, training=False))


def test_every_endpoint_is_asked_what_it_takes(built):
    task, prepared, model = built
    transforms = prepared.transforms
    endpoints = task.endpoints(task.serving_model(model, transforms), transforms)
    assert "serving_default" in endpoints
    assert [e.numeric for e in endpoints.values()].count(True) == 1
    for training in (False, True):
        requests = task.requests(transforms, prepared, 5, training=training)
        assert requests.keys() == endpoints.keys()
        for name, request in requests.items():
            inputs = endpoints[name].inputs
            assert request.keys() == inputs.keys()
            for key, array in request.items():
                assert len(array) == 5
                assert tf.as_dtype(array.dtype) == inputs[key].dtype
                assert inputs[key].shape.is_compatible_with(array.shape)
            numbers = all(array.dtype != object for array in request.values())
            assert numbers or not endpoints[name].numeric


@trains
def test_exported_a_model_answers_as_keras_does(built, run, tmp_path):
    """For TensorFlow alone; tests/export/test_agreement.py has every format and many networks."""
    task, prepared, _ = built
    model, transforms = run.load_model(), prepared.transforms
    twin = for_inference(task.serving_model(model, transforms), "graph")
    tables = [t for x in transforms.values() for t in getattr(x, "trackables", list)()]
    endpoints = task.endpoints(twin, transforms)
    write_saved_model(tmp_path / "1", endpoints, [*(w.value for w in twin.weights), *tables])
    check_saved_model(tmp_path / "1", Keras(run.folder))


@trains
def test_a_resumed_run_ends_like_one_that_was_never_interrupted(
    pair, config, run, tmp_path, monkeypatch
):
    save, saved = Run.save_checkpoint, []

    def save_and_interrupt(self, arrays, meta):
        save(self, arrays, meta)
        saved.append((meta["epoch"], meta["step"]))
        if meta["epoch"] == 1 and meta["step"] == 2:  # within the second epoch
            raise KeyboardInterrupt

    changed = dataclasses.replace(config, checkpoint_steps=2)
    with monkeypatch.context() as patch:
        patch.setattr(Run, "save_checkpoint", save_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            commands.train(pair[0], changed, output=str(tmp_path / "run"), as_json=True)
    assert saved[-1] == (1, 2)
    assert not Run(tmp_path / "run").finished
    commands.resume(str(tmp_path / "run"), as_json=True)
    assert losses(tmp_path / "run") == losses(run.folder)
    ours, theirs = saved_weights(tmp_path / "run"), saved_weights(run.folder)
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


@pytest.mark.parametrize("task", TASKS.names())
def test_the_gates_of_every_network_begin_with_the_span_expected(task, folder):
    def biases(span):
        config = small_config(task, folder, cell="gru", expected_span=span)
        configure(config)
        kind = TASKS.load(task)(config)
        model = kind.build_model(kind.prepare().transforms)
        return [w.numpy() for w in model.weights if w.name == "bias" and w.ndim == 2]

    assert not any(bias.any() for bias in biases(0))
    assert any(bias.any() for bias in biases(50))


@pytest.mark.parametrize("cell", CELLS.names())
def test_more_padding_changes_no_prediction(cell, folder):
    config = small_config("sentiment", folder, cell=cell)
    task = TASKS.load("sentiment")(config)
    prepared = task.prepare()
    model = task.build_model(prepared.transforms)
    ids = first_batch(prepared)[0]
    padded = tf.pad(ids, [[0, 0], [0, 7]])
    np.testing.assert_allclose(
        model(padded, training=False), model(ids, training=False), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("cell", CELLS.names())
def test_no_prediction_of_a_language_model_sees_what_follows(cell, folder):
    config = small_config("text_generation", folder, cell=cell)
    task = TASKS.load("text_generation")(config)
    prepared = task.prepare()
    model = task.build_model(prepared.transforms)
    ids = first_batch(prepared)[0]
    np.testing.assert_allclose(
        model(ids[:, :5], training=False), model(ids, training=False)[:, :5], rtol=1e-5, atol=1e-6
    )
