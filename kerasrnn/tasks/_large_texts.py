"""Labelled texts larger than memory: ids and labels in files, made once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn.data.splits import SPLIT_NAMES, deal_rows
from kerasrnn.data.text_files import check_varied, iterate_labelled_texts
from kerasrnn.errors import BadInput
from kerasrnn.file_arrays import BLOCK, ArrayWriter, FileArray
from kerasrnn.tasks._labels import Labels
from kerasrnn.tasks._parts import TEST_SHARE, VALID_SHARE

if TYPE_CHECKING:
    import numpy as np

    from kerasrnn.transforms.text import Text

AT_ONCE = 4096  # texts encoded together
Examples = Iterator[tuple[str, str, str]]  # part, text, label


@dataclass(frozen=True)
class StoredRows:
    """Sequences of ids that lie one after the other in a file; each is read when it is wanted."""

    ids: FileArray
    starts: FileArray
    lengths: FileArray

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, row: int) -> np.ndarray:
        (start,), (length,) = self.starts[row : row + 1], self.lengths[row : row + 1]
        return self.ids[int(start) : int(start) + int(length)]


@dataclass(frozen=True)
class LargeTexts:
    """Files of labelled texts, some of which may be cut into parts.

    Args:
        paths: By part, `train` at least.
        cut: Parts that are cut from the training file.
        columns: `text_column` and `label_column`.
        seed: Which rows are cut.
        block: Neighbouring rows that stay together.
    """

    paths: Mapping[str, str]
    cut: Sequence[str]
    columns: Mapping[str, str]
    seed: int
    block: int

    def examples(self) -> Examples:
        """Every example with its part, file by file."""
        for name, path in self.paths.items():
            dealt = name == "train" and self.cut
            parts = self._dealt() if dealt else itertools.repeat(name)
            examples = iterate_labelled_texts(path, **self.columns)
            yield from ((part, *example) for part, example in zip(parts, examples, strict=False))

    def _dealt(self) -> Iterator[str]:
        """The part of each row of the training file."""
        shares = {
            "valid": VALID_SHARE if "valid" in self.cut else 0.0,
            "test": TEST_SHARE if "test" in self.cut else 0.0,
        }
        first = 0
        while True:
            parts = deal_rows(first, BLOCK, **shares, seed=self.seed, block=self.block)
            yield from (SPLIT_NAMES[part] for part in parts.tolist())
            first += BLOCK

    def labels(self) -> Labels:
        """The labels of the training part, once those of all parts are known to be among them.

        Raises:
            BadInput: If there is nothing to learn, or a label of another part is not among them.
        """
        counts: dict[str, Counter] = {}
        for part, _, label in self.examples():
            counts.setdefault(part, Counter())[label] += 1
        source = self.paths["train"]
        for name in ("valid", "test"):
            if name in (*self.cut, *self.paths) and name not in counts:
                raise BadInput(f"{source}: no row is left for {name}; give a file for that part")
        check_varied(Path(source), counts["train"])
        for name, seen in counts.items():
            if unseen := sorted(set(seen) - set(counts["train"])):
                raise BadInput(
                    f"{self.paths.get(name, source)}: label '{unseen[0]}' of the {name} part was "
                    f"never seen in training; known are {', '.join(sorted(counts['train']))}"
                )
        return Labels(tuple(sorted(counts["train"])))

    def training_texts(self) -> Iterator[str]:
        return (text for part, text, _ in self.examples() if part == "train")


def write_rows(
    folder: Path,
    examples: Examples,
    text: Text,
    labels: Labels,
    encode: Callable[[Text, Sequence[str]], list[np.ndarray]],
) -> dict[str, Any]:
    """Writes ids, their places and labels for each part.

    Args:
        folder: Gets the files that `read_rows` opens.
        examples: In the order in which they are written.
        text: The transform.
        labels: By their numbers.
        encode: What a part's texts are to the network.

    Raises:
        BadInput: If a label is not known.
    """
    import numpy as np

    kind = np.min_scalar_type(len(text.vocabulary))
    kinds = {"ids": kind, "starts": np.int64, "lengths": np.int32, "labels": np.int32}
    writers: dict[str, dict[str, ArrayWriter]] = {}
    with ExitStack() as stack:
        while batch := list(itertools.islice(examples, AT_ONCE)):
            rows = encode(text, [written for _, written, _ in batch])
            numbers = labels.encode([label for *_, label in batch])
            if (numbers < 0).any():
                label = batch[int((numbers < 0).argmax())][2]
                raise BadInput(
                    f"label '{label}' was never seen in training; known are "
                    f"{', '.join(labels.names)}"
                )
            parts = np.array([part for part, *_ in batch])
            for name in sorted(set(parts.tolist())):
                if name not in writers:
                    writers[name] = {
                        what: stack.enter_context(ArrayWriter(folder / f"{name}.{what}", k))
                        for what, k in kinds.items()
                    }
                here = np.flatnonzero(parts == name)
                lengths = np.array([len(rows[i]) for i in here])
                to = writers[name]
                to["starts"].append(to["ids"].rows + lengths.cumsum() - lengths)
                to["lengths"].append(lengths)
                to["labels"].append(numbers[here])
                to["ids"].append(np.concatenate([rows[i] for i in here]))
    return {"type": kind.name, "parts": sorted(writers)}


def read_rows(folder: Path, told: Mapping[str, Any]) -> dict[str, tuple[StoredRows, FileArray]]:
    """What `write_rows` wrote: ids and labels of each part."""
    kinds = {"ids": told["type"], "starts": "int64", "lengths": "int32", "labels": "int32"}
    found = {}
    for name in told["parts"]:
        files = {what: FileArray(folder / f"{name}.{what}", kind) for what, kind in kinds.items()}
        labels = files.pop("labels")
        found[name] = StoredRows(**files), labels
    return found
