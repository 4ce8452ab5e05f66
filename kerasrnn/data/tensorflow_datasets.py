"""TensorFlow Datasets: public data sets by name, downloaded once and kept on disk.

Source: https://www.tensorflow.org/datasets. Without a network its downloader retries for
minutes before it gives up, so the network is tried first, with one short request.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import logging
import os
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from kerasrnn.data.pairs import Pairs
from kerasrnn.data.text_files import LabelledTexts
from kerasrnn.errors import BadInput, RunFailed, listed

SPLIT_NAMES = ("train", "validation", "test")  # others, such as "unsupervised", are not read
TEXT_NAMES = ("text", "sentence", "review", "description", "content")  # most telling first
COMPARED_EXAMPLES = 100  # enough to tell a body of text from its title
BATCH = 1024  # rows taken out of TensorFlow at a time
PROBE_SECONDS = 4  # a working network answers in well under one
FALLBACK_URL = "https://storage.googleapis.com/"  # for data sets that do not list their files
_NAMESPACE = re.compile(r"\w+:(?!\d+\.|\*)")  # "kaggle:name", not "name:1.0.0"


def read_labelled_texts(name: str, *, data_dir: str = "") -> dict[str, LabelledTexts]:
    """Reads a data set with texts and classes.

    Args:
        name: As TensorFlow Datasets writes it: `imdb_reviews`, `glue/sst2`, `name:1.0.0`.
        data_dir: Where prepared data sets are kept; its default (`TFDS_DATA_DIR`, or a folder
            in the home directory) when empty.

    Returns:
        For each of `train`, `validation` and `test` that the data set has, its texts and the
        names of their classes. Rows without a class, and splits of nothing else, are left out.

    Raises:
        BadInput: If there is no such data set, it has no text or no class, or it is not on disk
            and cannot be downloaded.
        RunFailed: If downloading or preparing it fails midway.
    """
    with _silence():
        builder = _builder(name, data_dir)
        candidates, label = _texts_and_label(builder, name)
        _prepare(builder, name)
        text = _longest(builder, name, candidates)
        splits = {}
        for split in _splits(builder, name):
            texts, labels = _read_split(builder, split, text, label)
            if labels:
                splits[split] = LabelledTexts(texts, labels, source=f"{name} ({split})")
    if not splits:
        raise BadInput(f"data set {name!r} has no labelled examples; choose another")
    return splits


def read_text(name: str, *, data_dir: str = "") -> dict[str, str]:
    """Reads a data set of running text, such as `tiny_shakespeare`.

    Args:
        name: As for `read_labelled_texts`.
        data_dir: Likewise.

    Returns:
        The text of each of `train`, `validation` and `test` that the data set has; its rows
        are joined by line ends.

    Raises:
        BadInput: As `read_labelled_texts`; a single text feature is enough here.
        RunFailed: Likewise.
    """
    with _silence():
        builder = _builder(name, data_dir)
        texts, _ = _features(builder, name)
        if len(texts) > 1 and "text" not in texts:
            raise BadInput(
                f"data set {name!r} has several texts ({listed(texts)}) and none called 'text'; "
                "choose another"
            )
        feature = "text" if "text" in texts else texts[0]
        _prepare(builder, name)
        splits = {}
        for split in _splits(builder, name):
            dataset = builder.as_dataset(split=split).map(lambda row: row[feature])
            rows = (row.decode("utf-8") for row in dataset.as_numpy_iterator())
            splits[split] = "\n".join(rows)
    return splits


def read_pairs(
    name: str, *, data_dir: str = "", source: str = "", target: str = ""
) -> dict[str, Pairs]:
    """Reads a data set of two texts: translations, documents and summaries, turns of a dialogue.

    Args:
        name: As for `read_labelled_texts`: `ted_hrlr_translate/pt_to_en`, `samsum`.
        data_dir: Likewise.
        source: Feature (of translations the language, `pt`) to be read; as the data set itself
            names its input when empty.
        target: Feature to be written, likewise.

    Returns:
        The pairs of each of `train`, `validation` and `test` that the data set has.

    Raises:
        BadInput: As `read_labelled_texts`; or if it has no such features, or does not tell which.
        RunFailed: Likewise.
    """
    with _silence():
        builder = _builder(name, data_dir)
        features = _source_and_target(builder, name, source, target)
        _prepare(builder, name)
        splits = {}
        for split in _splits(builder, name):
            sides: tuple[list[str], list[str]] = ([], [])
            for batch in builder.as_dataset(split=split).batch(BATCH).as_numpy_iterator():
                for side, feature in zip(sides, features, strict=True):
                    side += [text.decode("utf-8") for text in batch[feature]]  # (batch,)
            splits[split] = Pairs(*sides, origin=f"{name} ({split})")
    return splits


# Preparation


def _builder(name: str, data_dir: str) -> Any:
    """A `tfds.core.DatasetBuilder`, which knows the features before any data is there."""
    import tensorflow_datasets as tfds

    if _NAMESPACE.match(name):
        raise BadInput(f"data set {name!r}: community data sets (with a colon) cannot be read")
    try:
        return tfds.builder(name, data_dir=data_dir or None)
    except tfds.core.DatasetNotFoundError as error:
        # Community data sets are left out: looking them up needs the network.
        known = set(tfds.list_builders(with_community_datasets=False))
        close = difflib.get_close_matches(re.split("[/:]", name)[0], known)
        hint = f"did you mean {' or '.join(close)}?" if close else "check the name"
        raise BadInput(
            f"no data set {name!r} in TensorFlow Datasets; {hint} (--data FILE takes your own)"
        ) from error
    except Exception as error:  # wrong configuration, version or syntax: no common type
        raise BadInput(f"data set {name!r}: {_one_line(error)}") from error


def _prepare(builder: Any, name: str) -> None:
    """Downloads the data unless it is on disk already."""
    import tensorflow_datasets as tfds

    if builder.is_prepared():
        return
    url = next(iter(builder.url_infos or ()), FALLBACK_URL)
    if not _answers(url):
        raise BadInput(
            f"data set {name!r} is not on disk and {urlsplit(url).netloc} does not answer; check "
            "the network, leave out --dataset for the embedded sample, or give --data FILE"
        )
    logging.getLogger(__name__).info("downloading and preparing %s: this can take minutes", name)
    try:
        # Its bucket of prepared data sets is not public any more: asking only takes time.
        config = tfds.download.DownloadConfig(try_download_gcs=False)
        builder.download_and_prepare(download_config=config)
    except Exception as error:  # network, disk, checksum, a missing package: no common type
        raise RunFailed(
            f"data set {name!r} could not be prepared: {_one_line(error)}; try again later, or "
            "give --data FILE"
        ) from error


def _answers(url: str) -> bool:
    """Whether a server gives any answer soon; proxies are used as set in the environment."""
    import requests  # TensorFlow Datasets downloads with it too

    answered = []

    def ask() -> None:
        # Asked as for a download, for some servers refuse HEAD; the body is not fetched.
        with (
            contextlib.suppress(requests.RequestException),
            requests.get(url, stream=True, timeout=PROBE_SECONDS) as response,
        ):
            # 407 and 5xx are also what a proxy says when it cannot get through.
            answered.append(response.status_code < 500 and response.status_code != 407)

    # The time limit of requests does not cover looking up the host's address.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout=PROBE_SECONDS + 1)
    return any(answered)


# Features


def _features(builder: Any, name: str) -> tuple[list[str], list[str]]:
    """Names of the texts and of the classes of a data set, with at least one text."""
    import tensorflow_datasets as tfds

    features = builder.info.features
    features = dict(features.items()) if hasattr(features, "items") else {}
    texts = [key for key, kind in features.items() if isinstance(kind, tfds.features.Text)]
    labels = [key for key, kind in features.items() if isinstance(kind, tfds.features.ClassLabel)]
    if not texts:
        found = listed(features) or "none"
        raise BadInput(f"data set {name!r} has no text; choose another (its features: {found})")
    return texts, labels


def _texts_and_label(builder: Any, name: str) -> tuple[list[str], str]:
    """Names of the texts to choose from (one, if it can be told) and of the class."""
    texts, labels = _features(builder, name)
    supervised = builder.info.supervised_keys
    if supervised and supervised[0] in texts and supervised[1] in labels:
        return [supervised[0]], supervised[1]
    if len(labels) != 1:
        problem = "no class label" if not labels else f"several class labels ({listed(labels)})"
        features = listed(builder.info.features)
        raise BadInput(
            f"data set {name!r} has {problem}; choose another (its features: {features})"
        )
    usual = [key for key in TEXT_NAMES if key in texts]
    return usual[:1] or texts, labels[0]


def _source_and_target(builder: Any, name: str, source: str, target: str) -> tuple[str, str]:
    """Names of the two texts; of those the data set names, each that is not given otherwise."""
    texts, _ = _features(builder, name)
    for given in filter(None, (source, target)):
        if given not in texts:
            raise BadInput(f"data set {name!r} has no text {given!r}; choose from {listed(texts)}")
    if not (source and target) and len(texts) == 2 and (source or target):
        [other] = set(texts) - {source or target}
        source, target = source or other, target or other
    usual = builder.info.supervised_keys
    if not (source or target) and usual and set(usual[:2]) <= set(texts):
        source, target = usual[:2]
    if not (source and target):
        raise BadInput(
            f"data set {name!r} does not tell its source from its target; name them with "
            f"--source-column and --target-column (its texts: {listed(texts)})"
        )
    if source == target:
        raise BadInput(f"data set {name!r}: {source!r} cannot be both source and target")
    return source, target


def _longest(builder: Any, name: str, texts: list[str]) -> str:
    """The text that is longest on average in the first examples."""
    if len(texts) == 1:
        return texts[0]
    dataset = builder.as_dataset(split=_splits(builder, name)[0]).take(COMPARED_EXAMPLES)
    examples = list(dataset.as_numpy_iterator())
    return max(texts, key=lambda key: sum(len(example[key]) for example in examples))


def _splits(builder: Any, name: str) -> list[str]:
    splits = [split for split in SPLIT_NAMES if split in builder.info.splits]
    if not splits:
        raise BadInput(
            f"data set {name!r} has none of the splits {', '.join(SPLIT_NAMES)}, only "
            f"{listed(builder.info.splits) or 'none'}"
        )
    return splits


def _read_split(builder: Any, split: str, text: str, label: str) -> tuple[list[str], list[str]]:
    names = builder.info.features[label].names
    dataset = builder.as_dataset(split=split).map(lambda row: (row[text], row[label]))
    texts, labels = [], []
    for text_batch, label_batch in dataset.batch(BATCH).as_numpy_iterator():  # (batch,) each
        for raw, number in zip(text_batch, label_batch, strict=True):
            if number >= 0:  # -1 stands for a label that is kept secret
                texts.append(raw.decode("utf-8"))
                labels.append(names[number])
    return texts, labels


# Chatter


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keeps both libraries quiet: standard output belongs to results alone."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # read when TensorFlow is first imported
    with contextlib.redirect_stdout(io.StringIO()):
        import tensorflow_datasets as tfds
        from absl import logging as absl_logging

        tfds.disable_progress_bar()
        verbosity = absl_logging.get_verbosity()
        absl_logging.set_verbosity(absl_logging.ERROR)
        try:
            yield
        finally:
            absl_logging.set_verbosity(verbosity)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    # "Failed to construct dataset "…", builder_kwargs "{…}": the reason"
    return text.rpartition('}": ')[2][:300]
