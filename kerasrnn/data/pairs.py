"""Pairs of texts, one to be read and one to be written: translations, summaries, answers.

They come as two files whose lines belong together, as one file with a tab in every line, as named
columns of a table or of JSON lines, and as dialogues in which each utterance answers those before.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasrnn.data.corpus import (
    STANDARD_INPUT,
    decode,
    file_or_standard_input,
    read_whole,
    require_path,
)
from kerasrnn.data.file_kinds import JSON_SUFFIXES, TABLE_SUFFIXES, file_kind
from kerasrnn.data.json_records import read_records, record_text
from kerasrnn.data.rows import find_column, read_table
from kerasrnn.data.splits import split_shuffled
from kerasrnn.data.text_files import text_lines
from kerasrnn.errors import BadInput, listed

# Most telling first: where two of them are present, the earlier one is taken.
SOURCE_NAMES = ("source", "src", "input", "article", "document", "dialogue", "question", "text")
TARGET_NAMES = ("target", "tgt", "output", "summary", "highlights", "answer", "response", "reply")
END_OF_UTTERANCE = "__eou__"
TURN = " | "  # between the utterances that an answer is given to


@dataclass(frozen=True)
class Pairs:
    """Texts and what is to be written for each.

    Attributes:
        sources: What is read, as written; may be empty strings.
        targets: As many.
        groups: For each pair the number of what it is part of (its dialogue), for pairs of one
            group must not be parted; empty where each stands alone.
        origin: What they were read from, for messages.
    """

    sources: Sequence[str]
    targets: Sequence[str]
    groups: Sequence[int] = ()
    origin: str = "the pairs"

    def __post_init__(self):
        if len(self.sources) != len(self.targets):
            raise ValueError(f"{len(self.sources)} sources and {len(self.targets)} targets")

    def __len__(self) -> int:
        return len(self.sources)

    def take(self, rows: Sequence[int]) -> Pairs:
        """The pairs at these places."""
        groups = [self.groups[row] for row in rows] if len(self.groups) else ()
        return Pairs(
            [self.sources[row] for row in rows],
            [self.targets[row] for row in rows],
            groups,
            self.origin,
        )

    def complete(self) -> Pairs:
        """The pairs of which no side is blank: the others teach nothing.

        Raises:
            BadInput: If there are none.
        """
        both = zip(self.sources, self.targets, strict=True)
        rows = [
            row for row, (source, target) in enumerate(both) if source.strip() and target.strip()
        ]
        if not rows:
            raise BadInput(f"{self.origin}: no pair with two sides that are not empty")
        return self if len(rows) == len(self) else self.take(rows)

    def split(self, *, valid: float, test: float, seed: int) -> tuple[Pairs, Pairs, Pairs]:
        """Deals the pairs at random into training, validation and test.

        Pairs of one group stay together; without groups, pairs of the same source do.

        Args:
            valid: Share of the groups (or different sources) for validation.
            test: Share for the test, likewise.
            seed: The same seed gives the same parts.

        Raises:
            BadInput: If a share is not from 0 to 1, or none is left for a part.
        """
        kin = self.groups if len(self.groups) else self.sources
        numbers: dict = {}
        kin_of_row = np.array([numbers.setdefault(key, len(numbers)) for key in kin], np.int64)
        parts = split_shuffled(len(numbers), valid=valid, test=test, seed=seed)
        train, valid_part, test_part = (
            self.take(np.flatnonzero(np.isin(kin_of_row, part)).tolist()) for part in parts
        )
        return train, valid_part, test_part


def read_pairs(path: str, *, source_column: str = "", target_column: str = "") -> Pairs:
    """Reads pairs; every reader drops a byte order mark and takes CRLF for LF.

    Args:
        path: Two files joined by a comma (`train.de.gz,train.en.gz`), line by line the same;
            or a `.csv`, `.jsonl`, `.ndjson` or `.json` file, of which two columns are read; or
            any other file, which has a tab between source and target in each line. Each may
            be gzipped. A path that exists as written is one path, whatever commas it contains.
        source_column: Name of the column to be read; guessed from usual names when empty. A
            file with tabs has a header if it is named, or its first line has usual names.
        target_column: Name of the column to be written, likewise.

    Raises:
        BadInput: If a file cannot be read, with the line; if the two files are not of one
            length; or if the columns cannot be told.
    """
    if "," in path and not Path(path).exists():
        return _read_aligned(path, named=bool(source_column or target_column))
    file = Path(path)
    require_path(file)
    names = (source_column, target_column)
    if file_kind(file) in JSON_SUFFIXES:
        rows = list(_json_pairs(file, *names))
    elif any(names) or file_kind(file) in TABLE_SUFFIXES[:1]:
        rows = list(_table_pairs(file, *names))
    else:
        rows = list(_tab_pairs(file))
    if not rows:
        raise BadInput(f"{path}: no pairs")
    sources, targets = zip(*rows, strict=True)
    return Pairs(list(sources), list(targets), origin=path)


def read_sources(path: str, *, source_column: str = "") -> list[str]:
    """Reads the sources of pairs, or texts that have no targets yet.

    Args:
        path: `-` for standard input, or a file as in `read_pairs`, of which the targets are left
            out; they may be missing. A file that is none of these has a text in each line.
        source_column: As in `read_pairs`.

    Raises:
        BadInput: If it cannot be read, or has columns of which none is the source.
    """
    file = file_or_standard_input(path)
    if file == STANDARD_INPUT:
        return text_lines(read_whole(file))
    require_path(file)
    if file_kind(file) in JSON_SUFFIXES:
        records = read_records(file)
        names = list(records[0][1])
        name = names[_source_place(file, names, source_column)]
        return [record_text(where, record, name) for where, record in records]
    if source_column or file_kind(file) in TABLE_SUFFIXES[:1]:
        rows = read_table(file)
        header = [cell.strip() for cell in next(rows, (1, [""]))[1]]
        place = _source_place(file, header, source_column)
        return [cells[place] for _, cells in rows]
    lines = text_lines(read_whole(file))
    tabs = {line.count("\t") for line in lines if line.strip()}
    return [source for source, _ in _tab_pairs(file)] if tabs == {1} else lines


def _source_place(path: Path, names: list[str], wanted: str) -> int:
    place = find_column(path, names, wanted, SOURCE_NAMES)
    if place is None and len(names) > 1:
        raise BadInput(
            f"{path}: no source column among {listed(names)}; name it with --source-column"
        )
    return place or 0


def read_dialogues(path: str, *, context: int, separator: str = TURN) -> Pairs:
    """Reads dialogues, one a line, each utterance followed by `__eou__`, as DailyDialog has them.

    Every utterance but the first of a dialogue is the answer to the ones before it.

    Args:
        path: A text file, also gzipped, or a zip file that holds one such file.
        context: Most utterances before the answer that are its source.
        separator: Stands between them.

    Raises:
        BadInput: If the file cannot be read or holds no dialogue of two utterances.
    """
    if context < 1:
        raise BadInput(f"{context} utterances to answer; give at least 1")
    file = Path(path)
    require_path(file)
    text = _zipped_dialogues(file) if file_kind(file) == ".zip" else read_whole(file)
    sources, targets, groups = [], [], []
    for number, line in enumerate(text_lines(text)):
        if line.strip() and END_OF_UTTERANCE not in line:
            raise BadInput(
                f"{path}: line {number + 1}: no {END_OF_UTTERANCE}; end each utterance with it"
            )
        said = [part.strip() for part in line.split(END_OF_UTTERANCE) if part.strip()]
        for place in range(1, len(said)):
            sources.append(separator.join(said[max(place - context, 0) : place]))
            targets.append(said[place])
            groups.append(number)
    if not sources:
        raise BadInput(f"{path}: no dialogue of two utterances or more")
    return Pairs(sources, targets, groups, origin=path)


def holds_dialogues(path: str) -> bool:
    """Whether a file is for `read_dialogues` rather than for `read_pairs`.

    Raises:
        BadInput: If it cannot be read.
    """
    if "," in path and not Path(path).exists():
        return False
    file = Path(path)
    require_path(file)
    return file_kind(file) == ".zip" or END_OF_UTTERANCE in read_whole(file).partition("\n")[0]


def _read_aligned(path: str, *, named: bool) -> Pairs:
    files = [Path(part.strip()) for part in path.split(",")]
    if len(files) != 2 or "" in map(str.strip, path.split(",")):
        raise BadInput(f"{path!r}: {len(files)} file names; give two, as in train.de,train.en")
    if named:
        raise BadInput(f"{path}: two files of lines have no columns; leave the columns' names out")
    sources, targets = (text_lines(read_whole(file)) for file in files)
    if len(sources) != len(targets):
        raise BadInput(
            f"{files[0]} has {len(sources):,} lines and {files[1]} {len(targets):,}; each line "
            "must have its translation in the same line of the other file"
        )
    return Pairs(sources, targets, origin=path)


def _tab_pairs(path: Path) -> Iterator[list[str]]:
    """Lines with one tab, blank lines left out; quotes are quotes."""
    for number, line in enumerate(text_lines(read_whole(path)), 1):
        sides = line.split("\t")
        if not line.strip():
            continue
        if len(sides) == 1:
            raise BadInput(
                f"{path}: line {number}: no tab between source and target; write both in one "
                "line with a tab between, or give two files as in train.de,train.en"
            )
        if len(sides) > 2:
            raise BadInput(
                f"{path}: line {number}: {len(sides) - 1} tabs; a line is a source, one tab and a "
                "target (a file with a header may have more columns if "
                "--source-column and --target-column name two)"
            )
        if number == 1 and sides[0].lower() in SOURCE_NAMES and sides[1].lower() in TARGET_NAMES:
            continue
        yield sides


def _table_pairs(path: Path, source_column: str, target_column: str) -> Iterator[tuple[str, str]]:
    rows = read_table(path)
    header = [cell.strip() for cell in next(rows, (1, [""]))[1]]
    source, target = _columns(path, header, source_column, target_column)
    for _, cells in rows:
        yield cells[source], cells[target]


def _json_pairs(path: Path, source_column: str, target_column: str) -> Iterator[tuple[str, str]]:
    records = read_records(path)
    names = list(records[0][1])
    source, target = _columns(path, names, source_column, target_column)
    for where, record in records:
        yield record_text(where, record, names[source]), record_text(where, record, names[target])


def _columns(path: Path, names: list[str], source: str, target: str) -> tuple[int, int]:
    """Places of the two columns."""
    places = (
        find_column(path, names, source, SOURCE_NAMES),
        find_column(path, names, target, TARGET_NAMES),
    )
    for role, place in zip(("source", "target"), places, strict=True):
        if place is None:
            raise BadInput(
                f"{path}: no {role} column among {listed(names)}; name it with --{role}-column"
            )
    if places[0] == places[1]:
        raise BadInput(f"{path}: column {names[places[0]]!r} cannot be both source and target")
    return places


def _zipped_dialogues(path: Path) -> str:
    """The one text of a zip file whose first line has the end of an utterance."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".txt")]
            texts = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadInput(f"{path}: the zip file is damaged or cut short; fetch it again") from error
    except (OSError, RuntimeError, NotImplementedError) as error:  # the latter two: encrypted
        raise BadInput(f"{path}: cannot be read ({error})") from error
    mark = END_OF_UTTERANCE.encode()
    found = [name for name, data in texts.items() if mark in data.partition(b"\n")[0]]
    if len(found) != 1:
        raise BadInput(
            f"{path}: {len(found)} .txt files with {END_OF_UTTERANCE} in their first line among "
            f"{listed(names) or 'none'}; unpack it and give one of them"
        )
    return decode(texts[found[0]], f"{path}/{found[0]}")
