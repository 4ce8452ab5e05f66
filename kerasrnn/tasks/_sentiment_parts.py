"""Where the labelled texts of each part come from: files, a data set, or the sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kerasrnn import cache
from kerasrnn.data.text_files import LabelledTexts, read_labelled_texts
from kerasrnn.errors import BadInput
from kerasrnn.tasks._large_texts import LargeTexts
from kerasrnn.tasks._parts import complete_parts, of_splits
from kerasrnn.tasks._sentiment_settings import SentimentConfig

if TYPE_CHECKING:
    import numpy as np

SAMPLE_SENTENCES = 20_000  # generated; the reviews written by hand are beside them


def large_texts(config: SentimentConfig) -> LargeTexts | None:
    """The files, if they are tables or JSON lines that may not fit into memory."""
    paths = _paths(config)
    files = [Path(path) for path in paths.values()]
    if not files or not all(path.is_file() for path in files) or not cache.is_large(files):
        return None
    return LargeTexts(
        paths,
        [part for part in ("valid", "test") if part not in paths],
        {"text_column": config.text_column, "label_column": config.label_column},
        config.seed,
        config.block,
    )


def read_parts(config: SentimentConfig) -> dict[str, LabelledTexts]:
    """The parts by name, what was not given being cut from the training part.

    Raises:
        BadInput: If a file cannot be read, or a label is not in all parts that need it.
    """
    if config.data:
        return _of_files(config)
    if config.dataset:
        from kerasrnn.data.tensorflow_datasets import read_labelled_texts as read_dataset

        splits = read_dataset(config.dataset, data_dir=config.dataset_dir)
        return _complete(config, of_splits(config.dataset, splits), test=False)
    from kerasrnn.data.samples.reviews import sample

    return sample(SAMPLE_SENTENCES, seed=config.seed)


def read_part(config: SentimentConfig, path: str, *, varied: bool = False) -> LabelledTexts:
    """The labelled texts of a file; if they must be `varied`, with more than one label."""
    columns = {"text_column": config.text_column, "label_column": config.label_column}
    return read_labelled_texts(path, **columns, varied=varied)


def check_labels(part: LabelledTexts, known: set[str]) -> None:
    """Sees that a part has no label but known ones.

    Raises:
        BadInput: With the first example that has.
    """
    for number, label in enumerate(part.labels, 1):
        if label not in known:
            raise BadInput(
                f"{part.source}, example {number}: label '{label}' was never seen in training; "
                f"known are {', '.join(sorted(known))}"
            )


def _paths(config: SentimentConfig) -> dict[str, str]:
    given = {"train": config.data, "valid": config.valid_data, "test": config.test_data}
    return {name: path for name, path in given.items() if path}


def _of_files(config: SentimentConfig) -> dict[str, LabelledTexts]:
    given = {
        name: read_part(config, path, varied=name == "train")
        for name, path in _paths(config).items()
    }
    parts = _complete(config, given, test=not config.test_data)
    known = set(parts["train"].labels)
    for name, part in parts.items():
        if name in given:
            check_labels(part, known)
        elif unseen := sorted(set(part.labels) - known):
            raise BadInput(
                f"{part.source}: the examples of label '{unseen[0]}' are so few that all fell "
                "into one part; give more of them, or a file for each part (--valid-data, "
                "--test-data)"
            )
    return parts


def _complete(
    config: SentimentConfig, parts: dict[str, LabelledTexts], *, test: bool
) -> dict[str, LabelledTexts]:
    """Cuts the parts that were not given from the training part, drawn by the seed."""
    whole = parts["train"]
    if "valid" in parts and not test:
        config.refuse_given("block", "every part is given, so none is cut")
    return complete_parts(
        parts,
        len(whole.texts),
        _rows,
        test=test,
        seed=config.seed,
        block=config.block,
        labels=whole.labels,
    )


def _rows(part: LabelledTexts, index: np.ndarray) -> LabelledTexts:
    return LabelledTexts(
        [part.texts[i] for i in index], [part.labels[i] for i in index], part.source
    )
