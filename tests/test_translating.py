"""The search inside the graph against the one through an endpoint that reads all from the start."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.ids import END_ID
from kerasrnn.models.translator import Parts, translator
from kerasrnn.translating import GraphTranslator, Searching, translate_by_endpoint

SOURCE = np.array([[5, 6, 7, 0], [4, 0, 0, 0], [11, 12, 13, 4]], np.int32)


def made(**settings):
    keras.utils.set_random_seed(1)
    sizes = {"source_size": 20, "target_size": 15, "units": 8, "embedding": 6}
    model = translator(**{**sizes, **settings})
    draw = np.random.default_rng(1)
    model.set_weights([w + 0.5 * draw.normal(size=w.shape) for w in model.get_weights()])
    return model


def endpoint(model):
    parts = Parts(model)

    def answer(request):
        encoded = parts.encode(tf.constant(request["source"]))
        target = tf.constant(request["target"])
        logits, weights, _ = parts.decode(target, encoded, encoded.states)
        return {"logits": logits.numpy(), "attention": weights.numpy()}

    return answer


@pytest.mark.parametrize("settings", [{}, {"input_feeding": True, "attention": "additive"}])
@pytest.mark.parametrize("how", [Searching(1, 0.0, 0.0, 6), Searching(3, 1.0, 0.4, 7)])
def test_both_searches_find_the_same(settings, how):
    model = made(**settings)
    graph = GraphTranslator.of(model, how).compiled()(SOURCE)
    plain = translate_by_endpoint(endpoint(model), SOURCE, how)
    np.testing.assert_array_equal(graph.ids, plain.ids)
    np.testing.assert_allclose(graph.scores, plain.scores, atol=1e-4)
    steps = plain.attention.shape[1]
    real = graph.ids[:, 0, :steps, None] != 0
    np.testing.assert_allclose(graph.attention[:, :steps] * real, plain.attention * real, atol=1e-4)


def test_the_search_has_the_weights_of_when_it_was_made():
    model, how = made(), Searching(2, 1.0, 0.0, 6)
    translate = GraphTranslator.of(model, how).compiled()
    before = translate(SOURCE)
    model.set_weights([0 * w for w in model.get_weights()])
    np.testing.assert_array_equal(translate(SOURCE).ids, before.ids)
    assert not np.array_equal(GraphTranslator.of(model, how).compiled()(SOURCE).ids, before.ids)


def test_a_penalty_for_what_was_left_out_lowers_the_score():
    model = made()
    # three ids cannot attend to all of four source steps
    free, covered = (
        GraphTranslator.of(model, Searching(3, 1.0, penalty, 3)).compiled()(SOURCE[2:])
        for penalty in (0.0, 5.0)
    )
    assert covered.scores[0, 0] < free.scores[0, 0] - 5 * np.log(4 / 3)


def test_nothing_that_is_no_text_is_written_and_everything_ends():
    ids = GraphTranslator.of(made(), Searching(4, 0.0, 0.0, 5)).compiled()(SOURCE).ids
    assert not np.isin(ids, [1, 2]).any()
    for row in ids[:, 0]:
        written = row[row != 0]
        assert written[-1] == END_ID
        assert (written[:-1] > END_ID).all()
