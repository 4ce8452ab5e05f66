"""Ids of padded texts to one score per class."""

import keras
import numpy as np
import pytest

from kerasrnn.errors import BadInput
from kerasrnn.models import text_classifier
from kerasrnn.registry import CELLS, POOLINGS

IDS = np.array([[4, 2, 7, 3], [5, 9, 0, 0], [0, 0, 0, 0]], np.int32)
SMALL = {"vocabulary_size": 10, "classes": 3, "units": 4, "embedding": 4}
OPTIONS = {
    "plain": {},
    "one way": {"bidirectional": False},
    "deep": {"layers": 2, "units": (4, 3)},
    "residual": {"layers": 3, "residual": True, "layer_normalization": True},
    "dropout": {
        "layers": 2,
        "word_dropout": 0.5,
        "embedding_dropout": 0.5,
        "dropout": 0.5,
        "output_dropout": 0.5,
    },
    "bigrams": {"bigrams": 50, "word_dropout": 0.2},
    **{f"pooling {kind}": {"pooling": kind} for kind in POOLINGS},
}


def small(**options):
    keras.utils.set_random_seed(1)
    return text_classifier(**{**SMALL, **options})


@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("options", ["plain", "one way", "residual"])
def test_every_cell_gives_a_score_per_class(cell, options):
    model = small(cell=cell, **OPTIONS[options])
    assert model.output_shape == (None, 3)
    assert np.isfinite(model(IDS)).all()


@pytest.mark.parametrize("name", OPTIONS)
def test_a_saved_classifier_gives_the_same(tmp_path, name):
    model = small(**OPTIONS[name])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    outputs = np.asarray(model(IDS))
    assert outputs.shape == (3, 3)
    np.testing.assert_allclose(loaded(IDS), outputs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", OPTIONS)
def test_more_padding_changes_no_score(name):
    model = small(**OPTIONS[name])
    longer = np.concatenate([IDS, np.zeros((3, 6), np.int32)], 1)
    np.testing.assert_allclose(model(longer), model(IDS), rtol=1e-4, atol=1e-6)


def test_word_dropout_zeroes_whole_words():
    model = small(word_dropout=0.5)
    layers = [model.get_layer(name) for name in ("embedding", "word_dropout")]
    part = keras.Model(model.input, layers[1].output)
    vectors = np.asarray(part(np.tile(IDS[:1], (1, 50)), training=True))[0]
    kept = (vectors != 0).any(-1)
    assert 0 < kept.sum() < len(kept)
    assert (vectors[kept] != 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vocabulary_size": 1}, "at least 2, got 1 and 3"),
        ({"classes": 1}, "at least 2, got 10 and 1"),
        ({"pooling": "median"}, "unknown pooling 'median'"),
        ({"units": (4, 4, 4), "layers": 2}, "3 widths given for 2 layers"),
        ({"layers": 0}, "layers must be at least 1"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options)


def test_an_unknown_cell_is_refused():
    with pytest.raises(BadInput, match="unknown cell 'transformer'"):
        small(cell="transformer")


def test_keras_alone_can_fit_it():
    model = small()
    before = model.get_weights()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(IDS, np.array([0, 1, 2]), epochs=1, verbose=0)
    assert all((a != b).any() for a, b in zip(before[1:], model.get_weights()[1:], strict=True))
