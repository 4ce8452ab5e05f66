"""The translator: what each of its parts sees, whole or step by step."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.layers.recurrence import for_inference
from kerasrnn.models.translator import Parts, translator
from kerasrnn.registry import CELLS

SOURCE = np.array([[5, 6, 7, 0], [4, 0, 0, 0], [1, 2, 3, 4]], np.int32)
TARGET = np.array([[2, 5, 6], [2, 8, 4], [2, 8, 9]], np.int32)
KINDS = {
    "plain": {},
    "feeding": {"input_feeding": True},
    "additive": {"attention": "additive", "tied": True, "layers": 2, "residual": True},
    "both": {"input_feeding": True, "tied": True, "layers": 2, "layer_normalization": True},
    "one_way": {"bidirectional": False, "attention": "scaled_dot"},
}


def made(cell="gru", **settings):
    keras.utils.set_random_seed(1)
    sizes = {"source_size": 20, "target_size": 15, "units": 8, "embedding": 6}
    model = translator(**{**sizes, "cell": cell, **settings})
    draw = np.random.default_rng(1)
    model.set_weights([w + 0.3 * draw.normal(size=w.shape) for w in model.get_weights()])
    return model


def run(model, source=SOURCE, target=TARGET):
    return np.asarray(model({"source": source, "target": target}, training=False))


@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("kind", KINDS)
def test_padding_and_what_comes_later_change_no_score(kind, cell):
    model = made(cell, **KINDS[kind])
    logits = run(model)
    assert logits.shape == (3, 3, 15)
    longer = run(model, np.pad(SOURCE, [(0, 0), (0, 3)]), np.pad(TARGET, [(0, 0), (0, 2)]))
    np.testing.assert_allclose(longer[:, :3], logits, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(run(model, target=TARGET[:, :2]), logits[:, :2], atol=1e-5)
    np.testing.assert_allclose(run(model, SOURCE[1:2, :1], TARGET[1:2]), logits[1:2], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_step_by_step_the_scores_are_those_of_the_whole(kind):
    model = made("lstm", **KINDS[kind])
    logits = run(model)
    for which in (model, for_inference(model, "graph")):
        parts, given = Parts(which), tf.constant(TARGET)
        encoded = parts.encode(tf.constant(SOURCE))
        states, stepped, attention = encoded.states, [], []
        for t in range(3):
            scores, weights, states = parts.decode(given[:, t : t + 1], encoded, states)
            stepped.append(scores)
            attention.append(weights)
        np.testing.assert_allclose(np.concatenate(stepped, 1), logits, rtol=1e-4, atol=1e-5)
        whole, weights, _ = parts.decode(given, encoded, encoded.states)
        np.testing.assert_allclose(whole, logits, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(np.concatenate(attention, 1), weights, rtol=1e-4, atol=1e-5)
        assert not np.asarray(weights)[1, :, 1:].any()


def test_every_source_step_counts():
    model = made()
    changed = SOURCE.copy()
    changed[2, 0] = 9
    assert np.abs(run(model, changed) - run(model))[2].max() > 1e-3
    np.testing.assert_allclose(run(model, changed)[:2], run(model)[:2], atol=1e-6)


def test_tied_and_shared_vectors_are_one_matrix():
    count = {
        name: made(target_size=20, **settings).count_params()
        for name, settings in {
            "neither": {"embedding": 8},
            "tied": {"embedding": 8, "tied": True},
            "both": {"embedding": 8, "tied": True, "shared": True},
        }.items()
    }
    assert count["neither"] - count["tied"] == 8 * 20 + 20  # matrix and bias
    assert count["tied"] - count["both"] == 8 * 20


def test_a_saved_translator_is_the_same(tmp_path):
    model = made(**KINDS["both"])
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        run(keras.models.load_model(tmp_path / "model.keras")), run(model)
    )


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="at least 2 ids, got 20 and 1"):
        made(target_size=1)
    with pytest.raises(ValueError, match="as many ids: 20 and 15"):
        made(shared=True)
    with pytest.raises(ValueError, match="unknown attention"):
        made(attention="none")
    with pytest.raises(ValueError, match="state"):
        for_inference(made("lstm"), "fused")
