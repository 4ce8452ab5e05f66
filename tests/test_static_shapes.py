"""What a TPU asks of every task and cell: a training step that XLA compiles, every size known.

In the quick suite tasks of different kinds are compiled with one cell each; all when slow.
"""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_runs import losses, small_config
from test_contract import PAIRS, is_quick

from kerasrnn import commands
from kerasrnn.registry import TASKS
from kerasrnn.training import configure
from kerasrnn.transforms.static_shapes import static_shapes

# chance off, for XLA draws other numbers; a compiled step takes other operations than an eager one
CERTAIN = {
    **dict.fromkeys(("word_dropout", "embedding_dropout", "output_dropout"), 0.0),
    **dict.fromkeys(("mask_bands", "mask_frames"), 0),
}
# tasks whose loss and network another task has too: when slow
ALIKE = {"dialogue", "summarisation", "prosody", "adding", "running_sum"}
OTHERS = [
    ("sentiment", {"bigrams": 64, "pooling": "attention", "expected_span": 20}),
    ("sentiment", {"precision": "mixed_bfloat16"}),
    ("tagging", {"decoder": "greedy", "cell": "lstm"}),
    ("text_generation", {"precision": "mixed_bfloat16", "layers": 2, "residual": True}),
    ("regression", {"bidirectional": True, "layer_normalization": True}),
    ("speech", {"precision": "mixed_bfloat16", "bidirectional": True}),
    ("translation", {"attention": "scaled_dot", "input_feeding": True, "layers": 2}),
]


def build(task, folder, *, certain=True, **settings):
    """A task's objects and a function from a batch to its loss and gradients."""
    kind = TASKS.load(task)
    off = {n: v for n, v in CERTAIN.items() if certain and hasattr(kind.config_type, n)}
    config = small_config(task, folder, jit_compile=True, **{**off, **settings})
    configure(config)
    task = kind(config)
    prepared = task.prepare()
    model = task.training_model(task.build_model(prepared.transforms), prepared.transforms)
    loss_of = task.objective(model)["loss"]

    def step(batch):
        inputs, target, *weights = batch
        carry = task.initial_carry(model, target.shape[0])
        with tf.GradientTape() as tape:
            outputs, _ = task.forward(model, inputs, carry, training=True)
            loss = loss_of(target, outputs, *weights)
        gradients = tape.gradient(loss, model.trainable_variables)
        return loss, [tf.convert_to_tensor(g) for g in gradients]

    fixed = functools.partial(static_shapes, batch_size=config.batch_size, sizes=prepared.sizes)
    return config, prepared, step, fixed(prepared.train(0))


def compiled(step, batch):
    known = tf.function(step, jit_compile=True, autograph=False).get_concrete_function(batch)
    return known(batch)


@pytest.fixture(autouse=True)
def plain_precision():
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(pair, id="-".join(pair), marks=[] if quick else pytest.mark.slow)
        for pair in PAIRS
        for quick in [is_quick(*pair) and pair[0] not in ALIKE]
    ],
)
def test_the_compiled_step_on_static_shapes_is_the_eager_one_on_the_batches_themselves(
    pair, tmp_path
):
    _, prepared, step, fixed = build(pair[0], tmp_path, cell=pair[1])
    pairs = list(zip(prepared.train(0), fixed, strict=True))
    batch, same = min(pairs, key=lambda pair: len(pair[0][1]))  # with the fewest rows
    loss, gradients = step(batch)
    ours, mine = compiled(step, same)
    np.testing.assert_allclose(ours, loss, rtol=1e-4)
    for theirs, own in zip(gradients, mine, strict=True):
        np.testing.assert_allclose(own, theirs, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("task", "settings"), OTHERS, ids=str)
def test_what_else_a_network_can_be_made_of_compiles(task, settings, tmp_path):
    _, prepared, step, fixed = build(task, tmp_path, **settings)
    batch, same = next(iter(zip(prepared.train(0), fixed, strict=True)))
    ours, mine = compiled(step, same)
    near = 1e-4 if "precision" not in settings else 1e-2
    np.testing.assert_allclose(ours, step(batch)[0], rtol=near)
    assert all(np.isfinite(g).all() for g in mine)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS.names())
def test_what_is_drawn_compiles_too(task, tmp_path):
    _, _, step, fixed = build(task, tmp_path, certain=False, output_dropout=0.3)
    loss, gradients = compiled(step, next(iter(fixed)))
    assert np.isfinite(loss)
    assert all(np.isfinite(g).all() for g in gradients)


@pytest.mark.parametrize("task", TASKS.names())
def test_there_are_few_shapes_and_as_many_steps_and_real_targets_as_ever(task, tmp_path):
    config, prepared, _, _ = build(task, tmp_path)
    shapes = set()
    for epoch in (0, 1):
        plain = list(prepared.train(epoch))
        fixed = list(
            static_shapes(prepared.train(epoch), batch_size=config.batch_size, sizes=prepared.sizes)
        )
        assert len(plain) == len(fixed) == prepared.steps
        for (_, target, *weights), batch in zip(plain, fixed, strict=True):
            tensors = tf.nest.flatten(batch)
            assert {len(x) for x in tensors} == {config.batch_size}
            counted = float(tf.reduce_sum(weights[0])) if weights else len(target)
            assert float(tf.reduce_sum(batch[2])) == counted
            shapes.add(tuple(tuple(x.shape) for x in tensors))
    assert len(shapes) <= 4


@pytest.mark.parametrize(
    "task", ["text_generation", pytest.param("speech", marks=pytest.mark.slow)]
)
def test_a_run_of_static_shapes_is_the_run_itself(task, tmp_path):
    for fixed in (False, True):
        kind = TASKS.load(task).config_type
        off = {n: v for n, v in CERTAIN.items() if hasattr(kind, n)}
        config = small_config(task, tmp_path, static_shapes=fixed, **off)
        commands.train(task, config, output=str(tmp_path / str(fixed)), as_json=True)
    plain, padded = (losses(tmp_path / str(fixed)) for fixed in (False, True))
    for row, same in zip(plain[1:], padded[1:], strict=True):
        np.testing.assert_allclose([float(x) for x in same], [float(x) for x in row], rtol=2e-3)
