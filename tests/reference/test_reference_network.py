"""The whole network: its gradient, padding, states, writing, and what it refuses."""

import itertools

import numpy as np
import pytest

from kerasrnn.errors import BadInput
from kerasrnn.reference.cells import CELLS
from kerasrnn.reference.differences import check_gradients
from kerasrnn.reference.network import Network, glorot_uniform, orthogonal

SIZE, UNITS = 4, 3
IDS = np.array([[1, 2, 2, 3, 1], [3, 0, 1, 0, 0]])
TARGETS = np.array([[2, 2, 3, 1, 0], [0, 1, 3, 0, 0]])
LENGTHS = np.array([5, 3])
EMBEDDINGS = (0, 2)


def make_network(cell, embedding=0, **settings):
    """With weights so large that every gate is at work."""
    network = Network(cell, vocabulary_size=SIZE, units=UNITS, embedding=embedding, **settings)
    random = np.random.default_rng(2)
    for weight in network.weights.values():
        weight[...] = random.normal(size=weight.shape)
    return network


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "padded"])
@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_gradient_is_that_of_finite_differences(cell, embedding, lengths):
    errors = check_gradients(make_network(cell, embedding), IDS, TARGETS, lengths=lengths)
    assert max(errors.values()) < 1e-9, errors


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_more_padding_changes_nothing(cell, embedding):
    network = make_network(cell, embedding)
    wide = [np.pad(a, ((0, 0), (0, 3)), constant_values=1) for a in (IDS, TARGETS)]
    loss, gradients, state = network.gradients(IDS, TARGETS, lengths=LENGTHS)
    same, others, last = network.gradients(*wide, lengths=LENGTHS)
    assert same == pytest.approx(loss, rel=1e-14)
    np.testing.assert_array_equal(last, state)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(others[name], gradient, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("cell", CELLS)
def test_the_loss_is_the_mean_over_real_steps_of_all_rows(cell):
    network = make_network(cell)
    rows = [
        network.gradients(IDS[i : i + 1, :n], TARGETS[i : i + 1, :n])[0]
        for i, n in enumerate(LENGTHS)
    ]
    loss, _, _ = network.gradients(IDS, TARGETS, lengths=LENGTHS)
    assert loss == pytest.approx(np.average(rows, weights=LENGTHS))


@pytest.mark.parametrize("cell", CELLS)
def test_a_text_in_pieces_gives_the_logits_of_the_whole(cell):
    network = make_network(cell, 2)
    whole, end = network.logits(IDS)
    first, state = network.logits(IDS[:, :2])
    second, last = network.logits(IDS[:, 2:], state=state)
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, rtol=1e-12)
    np.testing.assert_allclose(last, end, rtol=1e-12)
    loss, _, last = network.gradients(IDS[:, 2:], TARGETS[:, 2:], state=state)
    both = network.gradients(IDS[:, :2], TARGETS[:, :2])[0], loss
    wanted = network.gradients(IDS, TARGETS)[0]
    assert np.average(both, weights=[2, 3]) == pytest.approx(wanted)
    np.testing.assert_allclose(last, end, rtol=1e-12)


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_one_hot_vector_is_a_row_of_the_unit_matrix(cell, embedding):
    if embedding:
        one_hot, learned = make_network(cell), make_network(cell, SIZE)
        learned.weights.update(one_hot.weights, embedding=np.eye(SIZE))
        np.testing.assert_array_equal(one_hot.logits(IDS)[0], learned.logits(IDS)[0])
    else:
        assert "embedding" not in make_network(cell).weights


@pytest.mark.parametrize("cell", CELLS)
def test_new_weights_have_the_shapes_of_keras_and_depend_on_the_seed_alone(cell):
    made = [
        Network(cell, vocabulary_size=SIZE, units=UNITS, embedding=2, seed=s) for s in (1, 1, 2)
    ]
    first, same, other = (network.weights for network in made)
    gates = CELLS[cell].GATES
    assert {name: weight.shape for name, weight in first.items()} == {
        "embedding": (SIZE, 2),
        "kernel": (2, gates * UNITS),
        "recurrent": (UNITS, gates * UNITS),
        "bias": (2, gates * UNITS) if cell == "gru" else (gates * UNITS,),
        "output_kernel": (UNITS, SIZE),
        "output_bias": (SIZE,),
    }
    for name, weight in first.items():
        np.testing.assert_array_equal(weight, same[name])
        assert weight.dtype == np.float64
        if "bias" not in name:
            assert not np.any(weight == other[name])
    np.testing.assert_array_equal(first["bias"], CELLS[cell].initial_bias(UNITS))
    np.testing.assert_allclose(first["recurrent"] @ first["recurrent"].T, np.eye(3), atol=1e-14)


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_network_of_float32_computes_in_float32(cell, embedding):
    network = make_network(cell, embedding, dtype=np.float32)
    loss, gradients, state = network.gradients(IDS, TARGETS, lengths=LENGTHS)
    logits, _ = network.logits(IDS)
    parts = (logits, *state, *gradients.values(), *network.weights.values())
    assert {part.dtype.name for part in parts} == {"float32"}
    exact, doubles, _ = make_network(cell, embedding).gradients(IDS, TARGETS, lengths=LENGTHS)
    assert loss == pytest.approx(exact, rel=1e-5)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, doubles[name], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_writing_reads_each_id_in_its_turn(cell):
    network = make_network(cell)
    written = list(itertools.islice(network.write(2), 8))
    logits, _ = network.logits(np.array([[2, *written[:-1]]]))
    assert written == logits[0].argmax(-1).tolist()


def test_drawing_follows_the_probabilities_and_the_temperature():
    network = make_network("gru")
    for weight in network.weights.values():
        weight[...] = 0
    network.weights["output_bias"][...] = np.log([0.1, 0.2, 0.3, 0.4])

    def shares(temperature):
        draws = network.write(0, temperature=temperature, random=np.random.default_rng(1))
        return np.bincount(list(itertools.islice(draws, 4000)), minlength=SIZE) / 4000

    np.testing.assert_allclose(shares(1), [0.1, 0.2, 0.3, 0.4], atol=0.03)
    np.testing.assert_allclose(shares(0.5), np.array([1, 4, 9, 16]) / 30, atol=0.03)
    assert list(itertools.islice(network.write(0), 3)) == [3, 3, 3]
    with np.errstate(over="ignore"):
        assert shares(1e-320).tolist() == [0, 0, 0, 1]


def test_glorot_numbers_fill_their_range():
    matrix = glorot_uniform(np.random.default_rng(1), 100, 200)
    limit = np.sqrt(6 / 300)
    assert matrix.shape == (100, 200)
    assert 0.99 * limit < np.abs(matrix).max() <= limit
    assert abs(matrix.mean()) < 0.01 * limit


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 3), (4, 12)])
def test_orthogonal_rows_have_length_one_and_right_angles(rows, columns):
    matrix = orthogonal(np.random.default_rng(1), rows, columns)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(rows), atol=1e-14)


def test_orthogonal_matrices_of_either_sign_are_as_likely():
    random = np.random.default_rng(1)
    signs = [orthogonal(random, 1, 1).item() for _ in range(200)]
    assert abs(np.sum(signs)) < 50


@pytest.mark.parametrize("ids", [[[0, 4]], [[-1, 0]], [0, 1], np.zeros((1, 0), int)])
def test_ids_outside_the_vocabulary_or_of_another_shape_are_refused(ids):
    network = make_network("gru")
    with pytest.raises(BadInput, match="ids"):
        network.logits(np.array(ids))
    with pytest.raises(BadInput, match="ids"):
        network.gradients(np.array(ids), np.zeros((1, 2), int))
    with pytest.raises(BadInput, match="ids"):
        network.gradients(np.zeros((1, 2), int), np.array(ids))


def test_targets_are_one_for_each_id():
    with pytest.raises(BadInput, match=r"ids \(1, 3\) and targets \(1, 1\) differ in shape"):
        make_network("gru").gradients(np.zeros((1, 3), int), np.zeros((1, 1), int))


@pytest.mark.parametrize("wrong", [{"vocabulary_size": 0}, {"units": 0}, {"embedding": -1}])
def test_sizes_out_of_range_are_refused(wrong):
    with pytest.raises(BadInput, match="must be at least 1"):
        Network("gru", **{"vocabulary_size": 3, "units": 2, **wrong})
