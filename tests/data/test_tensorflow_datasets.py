"""TensorFlow Datasets, read back from small data sets that its own writer prepares on disk."""

import time

import pytest
import tensorflow_datasets as tfds

from kerasrnn.data import tensorflow_datasets as reader
from kerasrnn.data.pairs import Pairs
from kerasrnn.data.text_files import LabelledTexts
from kerasrnn.errors import BadInput, RunFailed


@pytest.fixture
def prepare(tmp_path, monkeypatch):
    """Writes a data set with the given rows in place of those it would download."""

    def write(name, **splits):
        builder = tfds.builder(name, data_dir=tmp_path)
        given = {key: (lambda rows=rows: enumerate(rows)) for key, rows in splits.items()}
        monkeypatch.setattr(
            type(builder),
            "_split_generators",
            lambda self, *_: {key: rows() for key, rows in given.items()},
        )
        builder.download_and_prepare()
        return str(tmp_path)

    return write


def rows(*pairs, text="text", **others):
    return [{text: body, "label": label, **others} for body, label in pairs]


def test_texts_and_class_names(prepare):
    folder = prepare(
        "imdb_reviews",
        train=rows(("très good", "pos"), ("bad\nand\nlong", "neg")),
        test=rows(("fine", "pos")),
        unsupervised=rows(("?", -1)),
    )
    splits = reader.read_labelled_texts("imdb_reviews", data_dir=folder)
    assert set(splits) == {"train", "test"}
    train = splits["train"]
    assert isinstance(train, LabelledTexts)
    assert set(zip(train.texts, train.labels, strict=True)) == {
        ("très good", "pos"),
        ("bad\nand\nlong", "neg"),
    }
    assert train.source == "imdb_reviews (train)"


def test_splits_with_secret_labels_are_left_out(prepare):
    folder = prepare(
        "glue/sst2",
        train=rows(("good", "positive"), text="sentence", idx=0),
        validation=rows(("bad", "negative"), text="sentence", idx=0),
        test=rows(("what", -1), text="sentence", idx=0),
    )
    splits = reader.read_labelled_texts("glue/sst2", data_dir=folder)
    assert {split: read.texts for split, read in splits.items()} == {
        "train": ["good"],
        "validation": ["bad"],
    }


def test_of_several_texts_the_body_is_read(prepare, monkeypatch):
    news = rows(("the long story", "Sports"), text="description", title="short")
    folder = prepare("ag_news_subset", train=news)
    assert reader.read_labelled_texts("ag_news_subset", data_dir=folder)["train"] == (
        LabelledTexts(["the long story"], ["Sports"], "ag_news_subset (train)")
    )
    builder = tfds.builder("ag_news_subset", data_dir=folder)
    assert reader._longest(builder, "ag_news_subset", ["title", "description"]) == "description"


def test_running_text(prepare, capfd):
    folder = prepare("tiny_shakespeare", train=[{"text": "To be\n"}], test=[{"text": "or not"}])
    capfd.readouterr()
    read = reader.read_text("tiny_shakespeare", data_dir=folder)
    assert read == {"train": "To be\n", "test": "or not"}
    assert capfd.readouterr().out == ""


def prepare_translations(prepare):
    both = [{"de": "Haus", "en": "house"}, {"de": "Grüße", "en": "greetings"}]
    return prepare("wmt_t2t_translate/de-en", train=both, validation=both[:1])


def test_pairs_of_languages(prepare):
    folder = prepare_translations(prepare)
    name = "wmt_t2t_translate/de-en"
    splits = reader.read_pairs(name, data_dir=folder)
    assert set(splits) == {"train", "validation"}
    train = splits["train"]
    assert isinstance(train, Pairs)
    assert set(zip(train.sources, train.targets, strict=True)) == {
        ("Haus", "house"),
        ("Grüße", "greetings"),
    }
    assert train.origin == f"{name} (train)"
    turned = reader.read_pairs(name, data_dir=folder, source="en")["validation"]
    assert (list(turned.sources), list(turned.targets)) == (["house"], ["Haus"])


def test_pairs_of_named_texts(prepare):
    row = {"dialogue": "A: Hi!\nB: Hello!", "summary": "They greet.", "id": "1"}
    folder = prepare("samsum", train=[row])
    read = reader.read_pairs("samsum", data_dir=folder)["train"]
    assert (list(read.sources), list(read.targets)) == ([row["dialogue"]], [row["summary"]])
    named = {"source": "summary", "target": "id"}
    read = reader.read_pairs("samsum", data_dir=folder, **named)["train"]
    assert (list(read.sources), list(read.targets)) == ([row["summary"]], [row["id"]])


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("imdb_reviews", {}, r"does not tell its source.*--source-column.*its texts: 'text'"),
        ("samsum", {"source": "text"}, "no text 'text'; choose from 'dialogue', 'summary', 'id'"),
        ("samsum", {"source": "id"}, "does not tell its source"),
        ("samsum", {"source": "id", "target": "id"}, "cannot be both"),
        ("mnist", {}, "no text"),
    ],
)
def test_data_sets_that_are_no_pairs(tmp_path, name, columns, message):
    with pytest.raises(BadInput, match=message):
        reader.read_pairs(name, data_dir=str(tmp_path), **columns)


def test_without_a_network_the_error_comes_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "_answers", lambda url: False)
    start = time.monotonic()
    with pytest.raises(BadInput, match=r"'imdb_reviews' is not on disk.*--dataset.*--data FILE"):
        reader.read_labelled_texts("imdb_reviews", data_dir=str(tmp_path))
    assert time.monotonic() - start < 15


def test_a_failing_download_is_not_the_users_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "_answers", lambda url: True)

    def fail(self, *_):
        raise OSError("connection\nlost")

    builder = tfds.builder("tiny_shakespeare", data_dir=tmp_path)
    monkeypatch.setattr(type(builder), "_split_generators", fail)
    with pytest.raises(RunFailed, match=r"could not be prepared: .*connection lost"):
        reader.read_text("tiny_shakespeare", data_dir=str(tmp_path))


def test_the_probe_takes_no_answer_for_no(monkeypatch):
    monkeypatch.setattr(reader, "PROBE_SECONDS", 0.2)
    assert not reader._answers("http://127.0.0.1:9/")
    monkeypatch.setattr("requests.get", lambda *_, **__: time.sleep(60))
    start = time.monotonic()
    assert not reader._answers("http://127.0.0.1:9/")
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("imdb_review", "did you mean imdb_reviews"),
        ("mnist", r"no text; choose another \(its features: 'image', 'label'\)"),
        ("tiny_shakespeare", "no class label; choose another"),
        ("kaggle:imdb", "community data sets"),
        ("imdb_reviews:9.9.9", "only: 1.0.0"),
        ("not a name", "Parsing builder name"),
    ],
)
def test_unusable_names(tmp_path, name, message):
    with pytest.raises(BadInput, match=message) as caught:
        reader.read_labelled_texts(name, data_dir=str(tmp_path))
    assert "\n" not in str(caught.value)
