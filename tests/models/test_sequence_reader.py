"""A reader of numbers or of ids, that answers at every step or at the end."""

import keras
import numpy as np
import pytest

from kerasrnn.models import sequence_reader
from kerasrnn.registry import CELLS

VALUES = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("float32")


@pytest.mark.parametrize("cell", CELLS.names())
def test_it_answers_after_every_step_from_what_came_before(cell):
    model = sequence_reader(features=3, outputs=2, cell=cell, units=4)
    answers = model(VALUES)
    assert answers.shape == (2, 6, 2)
    np.testing.assert_allclose(model(VALUES[:, :4]), answers[:, :4], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS.names())
def test_it_answers_once_whatever_follows_a_rows_end(cell):
    keras.utils.set_random_seed(1)
    model = sequence_reader(features=3, outputs=2, each_step=False, cell=cell, units=4)
    lengths = np.array([6, 4], np.int32)
    answers = np.asarray(model({"values": VALUES, "lengths": lengths}))
    assert answers.shape == (2, 2)
    for i, n in enumerate(lengths):
        alone = model({"values": VALUES[i : i + 1, :n], "lengths": lengths[i : i + 1]})
        np.testing.assert_allclose(alone[0], answers[i], rtol=1e-5, atol=1e-6)


def test_it_reads_ids():
    model = sequence_reader(vocabulary_size=9, outputs=9, units=4, layers=2, dropout=0.1)
    assert model(np.array([[1, 2, 3]])).shape == (1, 3, 9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"outputs": 1},
        {"features": 2, "vocabulary_size": 3, "outputs": 1},
        {"features": 2, "outputs": 0},
        {"features": 2, "outputs": 1, "cell": "simple_rnn", "expected_span": 9},
    ],
)
def test_what_fits_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match=r"features|outputs|gate"):
        sequence_reader(**wrong)
