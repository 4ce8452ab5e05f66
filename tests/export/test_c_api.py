"""TensorFlow's C library answers what TensorFlow's Python does."""

import numpy as np
import pytest
import tensorflow as tf

from kerasrnn.errors import BadInput
from kerasrnn.export.c_api import Session
from kerasrnn.export.saved_model import tensor_names, write_saved_model
from kerasrnn.tasks import Endpoint

KINDS = (tf.float32, tf.float64, tf.int32, tf.int64, tf.bool)


def echo(inputs):
    return {f"same_{name}": tensor for name, tensor in inputs.items()}


def describe(inputs):
    text = inputs["text"]
    return {
        "size": tf.strings.length(text),
        "twice": tf.strings.join([text, text]),
        "grid": tf.stack([text, tf.strings.upper(text)], 1),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("c_api") / "1"
    endpoints = {
        "texts": Endpoint(describe, {"text": tf.TensorSpec([None], tf.string)}, ""),
        "numbers": Endpoint(
            echo, {kind.name: tf.TensorSpec([None, None], kind) for kind in KINDS}, ""
        ),
        "sums": Endpoint(
            lambda inputs: {"sum": tf.matmul(inputs["a"], inputs["b"])},
            {name: tf.TensorSpec([None, None], tf.float32) for name in "ab"},
            "",
        ),
    }
    write_saved_model(folder, endpoints, [])
    return folder


@pytest.fixture(scope="module")
def session(folder):
    return Session(folder, tensor_names(folder))


def texts(*items):
    array = np.empty(len(items), object)
    array[:] = items
    return array


@pytest.mark.parametrize(
    "items",
    [
        (b"a", b"", b"\0", b"a\0b", b"\0" * 30, b"\xff\xfe", "Größe 世界".encode()),
        (b"a text longer than those that stand in the tensor itself" * 1000,),
        (),
    ],
)
def test_texts_go_in_and_come_out_to_the_byte(session, folder, items):
    given = session.answer("texts", {"text": texts(*items)})
    assert given["size"].tolist() == [len(item) for item in items]
    assert given["twice"].tolist() == [item + item for item in items]
    assert given["grid"].shape == (len(items), 2)
    assert given["grid"][:, 0].tolist() == list(items)
    loaded = tf.saved_model.load(str(folder)).signatures["texts"](
        text=tf.constant(items, tf.string)
    )
    assert given.keys() == loaded.keys()
    for name, tensor in loaded.items():
        assert given[name].tolist() == tensor.numpy().tolist()


@pytest.mark.parametrize("shape", [(2, 3), (1, 1), (0, 3), (3, 0)])
def test_numbers_of_every_kind_keep_their_values(session, shape):
    draw = np.random.default_rng(0)
    request = {
        kind.name: (9 * draw.normal(size=shape)).astype(kind.as_numpy_dtype) for kind in KINDS
    }
    for name, array in session.answer("numbers", request).items():
        wanted = request[name.removeprefix("same_")]
        assert (array.dtype, array.shape) == (wanted.dtype, wanted.shape)
        np.testing.assert_array_equal(array, wanted)


def test_an_array_that_lies_otherwise_in_memory_is_the_same_array(session):
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    given = session.answer("sums", {"a": a.T, "b": a[:, ::-1]})
    np.testing.assert_array_equal(given["sum"], a.T @ a[:, ::-1])


def test_inputs_may_come_in_any_order(session):
    a, b = np.eye(2, dtype=np.float32), np.ones((2, 1), np.float32)
    for request in ({"a": a, "b": b}, {"b": b, "a": a}):
        np.testing.assert_array_equal(session.answer("sums", request)["sum"], b)


def test_a_refusal_says_why_and_the_session_goes_on(session):
    ones = np.ones((2, 3), np.float32)
    with pytest.raises(RuntimeError, match=r"\[2,3\]"):
        session.answer("sums", {"a": ones, "b": ones})
    with pytest.raises(RuntimeError, match=r"must be fed|feed a value"):
        session.answer("sums", {"a": ones})
    with pytest.raises(RuntimeError, match=r"float|double"):
        session.answer("sums", {"a": ones.astype(np.float64), "b": ones.T})
    assert session.answer("sums", {"a": ones, "b": ones.T})["sum"].tolist() == [[3, 3], [3, 3]]


def test_names_that_the_model_has_not_are_told_with_those_it_has(session):
    ones = np.ones((2, 2), np.float32)
    with pytest.raises(BadInput, match=r"^'sums' takes no input 'c'; it takes a, b$"):
        session.answer("sums", {"a": ones, "b": ones, "c": ones})
    with pytest.raises(BadInput, match=r"^no signature 'sum'; the model has .*sums.*texts"):
        session.answer("sum", {"a": ones})
    assert session.answer("sums", {"a": ones, "b": ones})["sum"].tolist() == [[2, 2], [2, 2]]


def test_a_tensor_that_the_graph_has_not_is_named(folder):
    names = {"texts": {"inputs": {"text": "nowhere:0"}, "outputs": {"size": "size:0"}}}
    with pytest.raises(RuntimeError, match="no operation nowhere"):
        Session(folder, names).answer("texts", {"text": texts(b"a")})


@pytest.mark.parametrize("content", [None, b"", b"no graph"])
def test_what_is_no_saved_model_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "saved_model.pb").write_bytes(content)
    with pytest.raises(RuntimeError, match=r"."):
        Session(tmp_path, {})


def used():
    """Memory of this process in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


@pytest.mark.parametrize("signature", ["texts", "sums"])
def test_neither_requests_nor_answers_pile_up_in_memory(session, signature):
    row = np.ones((1, 1_000_000), np.float32)
    request = {"texts": {"text": texts(b"x" * 4_000_000)}, "sums": {"a": row[:, :1], "b": row}}
    for _ in range(3):
        session.answer(signature, request[signature])
    before = used()
    for _ in range(20):
        session.answer(signature, request[signature])
    assert used() - before < 20_000_000  # of the 80 MB that each has had
