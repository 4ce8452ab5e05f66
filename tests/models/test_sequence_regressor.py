"""Numbers for sequences: shapes, padding, what a step may know."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.models import element_regressor, sequence_regressor
from kerasrnn.registry import CELLS, POOLINGS

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(3, 6, 2)).astype(np.float32)
LENGTHS = np.array([6, 1, 4], np.int32)
IDS = np.array([[1, 2, 3, 4], [4, 0, 0, 0], [2, 2, 0, 0]], np.int32)


def of_rows(**options):
    keras.utils.set_random_seed(1)
    return sequence_regressor(**{"features": 2, "units": 4, **options})


def inputs(rows=ROWS, lengths=LENGTHS):
    return {"features": rows, "lengths": lengths}


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_of_whatever_content_and_width_changes_no_number(pooling, bidirectional):
    model = of_rows(pooling=pooling, bidirectional=bidirectional, values=3)
    plain = model(inputs())
    assert plain.shape == (3, 3)
    dirty = ROWS.copy()
    dirty[1, 1:], dirty[2, 4:] = 1e4, -1e4
    np.testing.assert_allclose(model(inputs(dirty)), plain, atol=1e-5)
    wide = np.pad(ROWS, [(0, 0), (0, 5), (0, 0)])
    np.testing.assert_allclose(model(inputs(wide)), plain, atol=1e-5)
    alone = model(inputs(ROWS[2:, :4], LENGTHS[2:]))
    np.testing.assert_allclose(alone[0], plain[2], atol=1e-5)


@pytest.mark.parametrize("cell", CELLS.names())
def test_a_step_knows_what_was_before_it_and_both_ways_the_rest_too(cell):
    changed = ROWS.copy()
    changed[0, 4] += 1
    for both, moved in ((False, [4, 5]), (True, range(6))):
        model = of_rows(per_step=True, bidirectional=both, cell=cell)
        before, after = model(inputs()), model(inputs(changed))
        assert before.shape == (3, 6, 1)
        steps = np.flatnonzero(np.abs(after[0] - before[0]).max(-1) > 1e-7)
        assert steps.tolist() == list(moved)


def test_elements_are_answered_whatever_padding_follows():
    keras.utils.set_random_seed(1)
    model = element_regressor(vocabulary_size=5, values=2, units=4, embedding=3)
    plain = model(IDS)
    assert plain.shape == (3, 4, 2)
    padded = model(np.pad(IDS, [(0, 0), (0, 3)]))
    for row, length in enumerate((4, 1, 2)):
        np.testing.assert_allclose(padded[row, :length], plain[row, :length], atol=1e-6)


@pytest.mark.parametrize(
    ("make", "options", "says"),
    [
        (sequence_regressor, {"features": 0}, "at least one feature"),
        (sequence_regressor, {"features": 2, "values": 0}, "at least one feature and value"),
        (sequence_regressor, {"features": 2, "pooling": "min"}, "unknown pooling 'min'"),
        (element_regressor, {"vocabulary_size": 1}, "vocabulary_size of at least 2"),
    ],
)
def test_impossible_settings_are_refused(make, options, says):
    with pytest.raises(ValueError, match=says):
        make(**options)


def test_they_are_plain_keras_models_to_fit():
    model = of_rows(dropout=0.1, layers=2, residual=True, layer_normalization=True)
    model.compile("adam", "mse")
    data = tf.data.Dataset.from_tensors((inputs(), np.ones((3, 1), np.float32))).repeat(3)
    assert np.isfinite(model.fit(data, verbose=0).history["loss"][0])
