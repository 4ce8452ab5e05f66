"""Arrays that went through a file are the arrays that were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kerasrnn.export.exchange import TEXT, load_arrays, save_arrays

NAMES = st.text(st.characters(categories=["L", "N"]) | st.just("_"), min_size=1)
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
NUMBERS = SHAPES.flatmap(
    lambda shape: st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.bool_]).flatmap(
        lambda kind: arrays.arrays(kind, shape)
    )
)


@st.composite
def texts(draw):
    shape = draw(SHAPES)
    count = int(np.prod(shape))
    items = draw(st.lists(st.binary(max_size=5), min_size=count, max_size=count))
    array = np.empty(count, object)
    array[:] = items
    return array.reshape(shape)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("exchange") / "arrays.npz"


@given(content=st.dictionaries(NAMES, NUMBERS | texts(), max_size=4))
def test_what_was_saved_is_loaded(path, content):
    save_arrays(path, content)
    loaded = load_arrays(path)
    assert loaded.keys() == content.keys()
    for name, array in content.items():
        assert (loaded[name].dtype, loaded[name].shape) == (array.dtype, array.shape)
        if array.dtype == object:
            assert loaded[name].tolist() == array.tolist()
        else:
            assert loaded[name].tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "items", [[], [b""], [b"\0"], [b"a\0b\0", b"", b"\xff\0"], ["Größe".encode(), b"x" * 100_000]]
)
def test_texts_keep_every_byte(path, items):
    array = np.empty(len(items), object)
    array[:] = items
    save_arrays(path, {"text": array})
    assert load_arrays(path)["text"].tolist() == items


def test_numbers_may_be_beside_texts_of_nearly_their_name(path):
    content = {"a": np.arange(3), "a:sizes": np.ones(2), "b": np.array([b"x"], object)}
    save_arrays(path, content)
    loaded = load_arrays(path)
    assert loaded.keys() == content.keys()
    np.testing.assert_array_equal(loaded["a:sizes"], np.ones(2))


def test_nothing_is_unpickled(path):
    np.savez(path, evil=np.array([{}], object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_arrays(path)


def test_a_text_is_told_by_its_mark_alone(path):
    save_arrays(path, {"text": np.arange(2)})
    with np.load(path) as file:
        assert not [name for name in file.files if name.startswith(TEXT)]
