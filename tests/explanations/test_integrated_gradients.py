"""Attributions sum to what they explain, and are those of a model small enough to know them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.explanations import integrated_gradients as ig
from kerasrnn.layers.masking import PaddingMask
from kerasrnn.layers.pooling import Pooling
from kerasrnn.layers.words import WordRows, WordSteps
from kerasrnn.models import tagger, text_classifier
from kerasrnn.registry import CELLS

IDS = np.array([5, 2, 9, 9, 3, 7], np.int32)


def differentiable(score):
    """A score of tensors as `integrated_gradients` takes it."""

    def gradients(vectors):
        tensors = [tf.constant(v) for v in vectors]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            scores = score(*tensors)
        return scores.numpy(), [g.numpy() for g in tape.gradient(scores, tensors)]

    return gradients


def drawn(*shapes, seed=0):
    draw = np.random.default_rng(seed)
    return [draw.normal(size=shape).astype(np.float32) for shape in shapes]


@pytest.fixture(autouse=True)
def the_same_weights_each_time():
    """By chance a network may decide by next to nothing, which leaves no evidence to look at."""
    keras.utils.set_random_seed(1)


def with_larger_weights(model, seed=1):
    """Weights that make evidence strong, and a padding vector that is not zero."""
    draw = np.random.default_rng(seed)
    for weight in model.weights:
        weight.assign(weight + 0.5 * draw.normal(size=weight.shape))
    return model


def test_a_linear_score_gives_each_number_its_own_product():
    a, b, v, w = drawn((3, 2), (4,), (3, 2), (4,))
    found = ig.integrated_gradients(
        differentiable(lambda x, y: tf.reduce_sum(x * a, [1, 2]) + tf.reduce_sum(y * b, 1) + 7.0),
        [v, w],
    )
    np.testing.assert_allclose(found.values[0], a * v, rtol=1e-5)
    np.testing.assert_allclose(found.values[1], b * w, rtol=1e-5)
    assert found.blank == pytest.approx(7)
    assert found.score == pytest.approx(7 + (a * v).sum() + (b * w).sum(), rel=1e-5)
    assert found.complete
    assert found.points == ig.ORDER * ig.PANELS


def test_a_product_is_shared_as_the_integral_says():
    """x² y along t (x, y): the first has two thirds of it, the second one."""
    [x, y] = [np.array(value, np.float32) for value in (1.5, -2.0)]
    found = ig.integrated_gradients(differentiable(lambda a, b: a**2 * b), [x, y])
    product = x**2 * y
    np.testing.assert_allclose(found.values, [2 / 3 * product, product / 3], rtol=1e-5)


def test_what_the_score_does_not_read_has_exactly_no_part():
    [v] = drawn((5,))
    found = ig.integrated_gradients(differentiable(lambda x: tf.tanh(x[:, 0] - 2 * x[:, 3])), [v])
    assert np.flatnonzero(found.values[0]).tolist() == [0, 3]


def steep(x):
    # rises within a hundredth of the path, where a coarse rule has no point
    return 50.0 * tf.sigmoid(3000.0 * (x - 0.5003))


def test_points_are_added_until_the_sum_is_right():
    [one] = [np.array(1.0, np.float32)]
    coarse = ig.integrated_gradients(differentiable(steep), [one], most_panels=ig.PANELS)
    assert not coarse.complete
    assert coarse.points == ig.ORDER * ig.PANELS
    fine = ig.integrated_gradients(differentiable(steep), [one])
    assert fine.complete
    assert fine.points > 100
    assert float(fine.values[0]) == pytest.approx(50, abs=0.5)
    assert abs(fine.gap) <= ig.TOLERANCE * 50


def test_a_jump_that_no_gradient_shows_is_told():
    jump = differentiable(lambda x: x + 3.0 * tf.cast(x > 0.3, tf.float32))
    found = ig.integrated_gradients(jump, [np.array(1.0, np.float32)], most_panels=8)
    assert not found.complete
    assert found.points == 8 * ig.ORDER
    assert found.gap == pytest.approx(-3, abs=1e-4)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_log_odds_are_those_of_the_softmax(classes):
    [logits] = drawn((4, classes))
    p = tf.nn.softmax(3 * logits).numpy()
    for answer in range(classes):
        given = ig.log_odds(tf.constant(3 * logits), tf.constant(answer)).numpy()
        np.testing.assert_allclose(given, np.log(p / (1 - p))[:, answer], rtol=1e-4)


def test_a_bag_of_words_gives_each_word_its_own_weight():
    """Mean of vectors times a matrix: what a word adds can be written down."""
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(12, 4)(ids)
    x = Pooling("mean")(x, PaddingMask()(ids))
    model = keras.Model(ids, keras.layers.Dense(2)(x))
    with_larger_weights(model)
    vectors, matrix, bias = model.get_weights()
    opened = ig.LookedUp(model)
    for answer in (0, 1):
        weights, found = opened.attribute(IDS, answer)
        towards = matrix[:, answer] - matrix[:, 1 - answer]
        [by_step] = weights.values()
        np.testing.assert_allclose(by_step, vectors[IDS] @ towards / len(IDS), atol=1e-5)
        assert found.blank == pytest.approx(bias[answer] - bias[1 - answer], abs=1e-5)


SETTINGS = [
    *({"cell": cell, "bigrams": 30, "pooling": "attention"} for cell in CELLS.names()),
    {"pooling": "last", "bidirectional": False},
    {"layers": 2, "residual": True, "layer_normalization": True, "embedding": 8},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_weights_of_a_classifier_sum_to_its_log_odds_less_those_of_a_blank_text(settings):
    fixed = {"vocabulary_size": 12, "classes": 3, "units": 4, "embedding": 5}
    model = with_larger_weights(text_classifier(**{**fixed, **settings}))
    padded = np.concatenate([IDS, np.zeros(3, np.int32)])
    opened = ig.LookedUp(model)
    weights, found = opened.attribute(padded, 1)
    assert set(weights) == {"embedding", *(["pair_embedding"] if "bigrams" in settings else [])}
    assert found.complete
    total = sum(w.sum() for w in weights.values())
    p = tf.nn.softmax(model(padded[None]))[0, 1].numpy()
    assert found.score == pytest.approx(np.log(p / (1 - p)), abs=1e-3)
    blank = with_zero_vectors(model)
    p = tf.nn.softmax(blank(padded[None]))[0, 1].numpy()
    assert found.blank == pytest.approx(np.log(p / (1 - p)), abs=1e-3)
    difference = found.score - found.blank
    assert abs(total - difference) <= 0.01 * max(1, abs(difference))
    # what stands in the padding counts for nothing, not even a little
    assert all((w[len(IDS) :] == 0).all() for w in weights.values())
    assert all(w[: len(IDS) - 1].all() for w in weights.values())
    alone, _ = opened.attribute(IDS, 1)
    for name, w in alone.items():
        np.testing.assert_allclose(weights[name][: len(IDS)], w, rtol=1e-3, atol=1e-4)


def with_zero_vectors(model):
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    for layer in twin.layers:
        if isinstance(layer, keras.layers.Embedding):
            layer.set_weights([np.zeros_like(layer.get_weights()[0])])
    return twin


def test_pairs_are_evidence_of_their_own():
    """A score that only the pairs carry would otherwise have no explanation at all."""
    model = text_classifier(vocabulary_size=12, classes=2, units=3, embedding=4, bigrams=50)
    with_larger_weights(model)
    kernel, bias = model.get_layer("logits").get_weights()
    kernel[:-16] = 0  # all but the pooled vectors of the pairs
    model.get_layer("logits").set_weights([kernel, bias])
    weights, found = ig.LookedUp(model).attribute(IDS, 0)
    assert not weights["embedding"].any()
    assert weights["pair_embedding"][:-1].all()
    assert weights["pair_embedding"][-1] == 0  # the last token has no successor
    assert found.complete
    assert found.score != pytest.approx(found.blank, abs=0.1)


def test_the_log_odds_of_several_answers_are_those_of_all_being_right():
    [logits] = drawn((4, 3, 5))
    p = tf.nn.softmax(logits).numpy().astype(np.float64)
    both = p[:, 0, 2] * p[:, 1, 0] * p[:, 2, 4]
    found = ig.log_odds_of_all(tf.nn.log_softmax(logits), tf.constant([2, 0, 4])).numpy()
    np.testing.assert_allclose(found, np.log(both / (1 - both)), rtol=1e-5)
    sure = tf.nn.log_softmax(tf.constant([[[40.0, 0.0], [0.0, 50.0]]]))
    assert ig.log_odds_of_all(sure, tf.constant([0, 1])).numpy() == pytest.approx([40], rel=1e-3)


LETTERS = np.array([[2, 3, 0], [4, 0, 0], [5, 2, 4], [3, 3, 0]], np.int32)
AT = tf.TensorSpec([2], tf.int32)


def logit(inputs, logits, asked):
    return logits[:, asked[0], asked[1]]


def test_what_characters_add_is_their_words():
    letters = keras.Input((None, 3), dtype="int32", name="characters")
    ids = keras.Input((None,), dtype="int32", name="ids")
    rows = keras.layers.Embedding(7, 4, name="letters")(WordRows()(letters))
    x = WordSteps()(keras.layers.GlobalAveragePooling1D()(rows), ids)
    x = keras.layers.Concatenate()([x, keras.layers.Embedding(12, 2, name="words")(ids)])
    model = keras.Model({"ids": ids, "characters": letters}, keras.layers.Dense(2)(x))
    vectors, words, matrix, _ = with_larger_weights(model).get_weights()
    if len(words) == 7:
        vectors, words = words, vectors
    inputs = {"ids": IDS[:4], "characters": LETTERS}
    weights, found = ig.LookedUp(model, logit, AT).attribute(inputs, [2, 1])
    assert found.complete
    here = np.arange(4) == 2
    of_letters = vectors[LETTERS[2]].mean(0) @ matrix[:4, 1]
    np.testing.assert_allclose(weights["letters"], of_letters * here, atol=1e-5)
    np.testing.assert_allclose(weights["words"], words[IDS[2]] @ matrix[4:, 1] * here, atol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [{"characters": "convolution"}, {"characters": "recurrent", "bigrams": 30}, {"bigrams": 30}],
    ids=str,
)
def test_the_weights_of_a_tagger_sum_to_its_score_less_that_of_a_blank_text(settings):
    fixed = {"vocabulary_size": 12, "labels": 3, "units": 4, "embedding": 5, "decoder": "greedy"}
    letters = {"alphabet_size": 7, "word_length": 3, "character_embedding": 4, "character_units": 2}
    read = "characters" in settings
    model = with_larger_weights(tagger(**fixed, **(letters if read else {}), **settings))
    inputs = {"ids": IDS[:4], **({"characters": LETTERS} if read else {})}
    weights, found = ig.LookedUp(model, logit, AT).attribute(inputs, [1, 2])
    assert len(weights) == 1 + read + ("bigrams" in settings)
    assert all(w.shape == (4,) for w in weights.values())
    assert found.complete
    batch = {name: array[None] for name, array in inputs.items()}
    for twin, end in ((model, found.score), (with_zero_vectors(model), found.blank)):
        assert end == pytest.approx(float(twin(batch)[0, 1, 2]), abs=1e-4)
    # a step away from what was asked counts too: the network reads both ways
    assert all(np.abs(w[:3]).min() > 0 for w in weights.values())


def test_a_model_without_vectors_is_refused():
    x = keras.Input((3,))
    with pytest.raises(ValueError, match="no embedding"):
        ig.LookedUp(keras.Model(x, keras.layers.Dense(2)(x)))


def test_the_attention_weights_are_those_that_the_model_averages_by():
    fixed = {"vocabulary_size": 12, "classes": 2, "units": 4, "embedding": 5}
    assert ig.attention(text_classifier(**fixed)) is None
    model = with_larger_weights(text_classifier(**fixed, pooling="attention"))
    weights = ig.attention(model)(np.array([*IDS, 0, 0]))
    assert weights.sum() == pytest.approx(1, abs=1e-6)
    assert (weights[len(IDS) :] == 0).all()
    steps = keras.Model(model.input, model.get_layer("pooling").input[0])(IDS[None])[0]
    pooled = keras.Model(model.input, model.get_layer("pooling").output)(IDS[None])[0]
    np.testing.assert_allclose(weights[: len(IDS)] @ steps.numpy(), pooled, rtol=1e-5, atol=1e-6)
    assert ig.attention(model)(IDS[:1]).tolist() == [1]
