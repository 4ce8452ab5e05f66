"""Texts and their labels from the files people have: CSV, TSV, JSON lines, folders.

Nobody should have to rename columns first, so usual column names are recognised and two-column
files need no header. A guess that could be wrong is an error that says how to decide it.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kerasrnn.data.corpus import (
    STANDARD_INPUT,
    file_or_standard_input,
    read_whole,
    require_path,
)
from kerasrnn.data.file_kinds import JSON_SUFFIXES, TABLE_SUFFIXES, file_kind
from kerasrnn.data.json_records import (
    iterate_records,
    json_value,
    read_records,
    record_text,
    shown,
)
from kerasrnn.data.rows import Row, find_column, read_table
from kerasrnn.errors import BadInput, listed

# Most telling first: where two of them are present, the earlier one is taken.
TEXT_NAMES = (
    *("text", "sentence", "review", "content", "comment", "message", "body", "document"),
    *("tweet", "utterance", "sms", "description", "texts", "reviews", "文本", "内容", "评论"),
)
LABEL_NAMES = (
    *("label", "sentiment", "class", "category", "target", "polarity", "labels", "intent"),
    *("emotion", "topic", "tag", "stars", "rating", "score", "标签", "类别", "情感"),
)
ID_NAMES = (
    "",
    "id",
    "ids",
    "index",
    "idx",
    "no",
    "nr",
    "number",
    "row",
    "key",
    "uid",
    "uuid",
    "编号",
)
TELLING_ROWS = 10_000  # from the first, that tell which column is the label where no header does
ENOUGH_ROWS = 10  # from here on, a label seen only in the first row is taken for a header


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with one label each.

    Attributes:
        texts: As written, inner line ends included; may be empty strings.
        labels: As many, never empty, without surrounding white space.
        source: What they were read from, for messages.
    """

    texts: list[str]
    labels: list[str]
    source: str


def read_labelled_texts(
    path: str | Path, *, text_column: str = "", label_column: str = "", varied: bool = True
) -> LabelledTexts:
    """Reads texts and labels.

    Args:
        path: A `.csv`, `.tsv`, `.txt` (tab-separated), `.jsonl`, `.ndjson` or `.json` file,
            each also with `.gz`; or a folder with one subfolder of `.txt` files per label.
        text_column: Name of the text column; guessed from usual names when empty.
        label_column: Name of the label column, likewise. A table of two columns needs no
            header: the column with fewer distinct values, or else shorter cells, is the label.
        varied: Whether there must be something to learn: two labels or more, not one for each
            row.

    Raises:
        BadInput: If anything keeps a row from being read, with its line; if the columns cannot
            be told; or if the labels are not as `varied` asks.
    """
    texts, labels = [], []
    for text, label in iterate_labelled_texts(
        path, text_column=text_column, label_column=label_column
    ):
        texts.append(text)
        labels.append(label)
    if varied:
        check_varied(Path(path), Counter(labels))
    return LabelledTexts(texts, labels, source=str(path))


def iterate_labelled_texts(
    path: str | Path, *, text_column: str = "", label_column: str = ""
) -> Iterator[tuple[str, str]]:
    """Texts and labels one by one, so that not all of them need be in memory.

    Args:
        path: As in `read_labelled_texts`; a `.json` file that is one list is read whole.
        text_column: See there.
        label_column: See there.

    Raises:
        BadInput: As there, but for labels that do not vary, also while rows are read.
    """
    path = Path(path)
    require_path(path)
    if path.is_dir():
        examples = _read_class_folders(path)
    elif file_kind(path) in JSON_SUFFIXES:
        examples = _read_labelled_json(path, text_column, label_column)
    elif file_kind(path) in (*TABLE_SUFFIXES, ".txt"):
        examples = _read_labelled_table(path, text_column, label_column)
    else:
        raise BadInput(
            f"{path}: unknown kind of file; give .csv, .tsv, .txt with tabs or .jsonl, each also "
            "with .gz, or a folder with one subfolder of .txt files per label"
        )
    found = False
    for where, text, label in examples:
        if not label.strip():
            raise BadInput(f"{where}: empty label; fill it in or remove the row")
        found = True
        yield text, label.strip()
    if not found:
        raise BadInput(f"{path}: no rows; give examples with their labels")


def check_varied(path: Path, counts: Mapping[str, int]) -> None:
    """Checks that there is something to learn.

    Args:
        path: Where the labels are from.
        counts: How often each of them occurs, in the order of their first rows.

    Raises:
        BadInput: If there is one label alone, or one for each row.
    """
    first, *others = counts
    if not others:
        raise BadInput(f"{path}: only the label {first!r}; give examples of at least two labels")
    if len(counts) == sum(counts.values()) >= ENOUGH_ROWS:
        raise BadInput(
            f"{path}: every row has a label of its own ({first[:40]!r}, {others[0][:40]!r}), "
            "so this is none; name the column of the label with --label-column"
        )


def read_texts(
    path: str | Path,
    *,
    text_column: str = "",
    label_column: str = "",
    warnings: list[str] | None = None,
) -> list[str]:
    """Reads texts without labels, as for prediction.

    Args:
        path: A table or JSON lines as `read_labelled_texts` takes them (labels are ignored),
            `-` for standard input, or any other file with one text a line. Empty lines count.
        text_column: Name of the text column of a table; guessed when empty.
        label_column: Name of the label column in training: a row that holds it is a header.
        warnings: Gets a line if the first row of a table may be a header and is read as a text.

    Raises:
        BadInput: If a row cannot be read, the column cannot be told, or there is no text.
    """
    path = file_or_standard_input(path)
    if path == STANDARD_INPUT:
        return text_lines(read_whole(path))
    require_path(path)
    if file_kind(path) in JSON_SUFFIXES:
        records = read_records(path)
        names = list(records[0][1])
        name = names[_text_alone(path, names, text_column, _present(label_column, names))]
        return [record_text(where, record, name) for where, record in records]
    if file_kind(path) in TABLE_SUFFIXES:
        return _texts_of_table(path, text_column, label_column, warnings)
    return text_lines(read_whole(path))


def _texts_of_table(
    path: Path, text_column: str, label_column: str, warnings: list[str] | None
) -> list[str]:
    rows = list(read_table(path))
    label_column = _present(label_column, [name.strip() for name in rows[0][1]] if rows else [])
    header, rows = _split_header(rows, text_column, label_column)
    if header:
        column = _text_alone(path, header, text_column, label_column)
    else:
        column = _headerless_columns(path, rows)[0]
        if warnings is not None:
            warnings.append(
                f"{path} has no usual column name, so line 1 is taken for a text "
                f"({rows[0][1][column][:40]!r}); if it is a header, name --text-column"
            )
    if not rows:
        raise BadInput(f"{path}: no rows below the header")
    return [cells[column] for _, cells in rows]


def text_lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n")


def _read_labelled_table(
    path: Path, text_column: str, label_column: str
) -> Iterator[tuple[str, str, str]]:
    every = read_table(path)
    begin = list(itertools.islice(every, TELLING_ROWS))
    header, rows = _split_header(begin, text_column, label_column)
    if header:
        text, label = _text_and_label(path, header, text_column, label_column)
    else:
        text, label = _headerless_columns(path, rows, labelled=True)
    for line, cells in itertools.chain(rows, every):
        yield f"{path}: line {line}", cells[text], cells[label]


def _split_header(rows: list[Row], *named: str) -> tuple[list[str], list[Row]]:
    """Takes off the first row if it is a header: columns were named, or it has a usual name."""
    if not rows:
        return [], []
    header = [cell.strip() for cell in rows[0][1]]
    usual = {name.lower() for name in header} & {*TEXT_NAMES, *LABEL_NAMES}
    return (header, rows[1:]) if any(named) or usual else ([], rows)


def _text_and_label(
    path: Path, header: list[str], text_column: str, label_column: str
) -> tuple[int, int]:
    """Positions of the two columns; of two columns, one known name tells both."""
    text = find_column(path, header, text_column, TEXT_NAMES)
    label = find_column(path, header, label_column, LABEL_NAMES)
    if len(header) == 2:
        if text is None and label is not None:
            text = 1 - label
        elif label is None and text is not None and not _is_id(header[1 - text]):
            label = 1 - text
    for name, column in (("text", text), ("label", label)):
        if column is None:
            raise BadInput(_untold(path, name, header))
    if text == label:
        raise BadInput(f"{path}: column {header[text]!r} cannot be both text and label")
    return text, label


def _text_alone(path: Path, header: list[str], text_column: str, label_column: str) -> int:
    """Position of the text column where no label is needed."""
    text = find_column(path, header, text_column, TEXT_NAMES)
    if text is None and len(header) == 1:
        text = 0
    elif text is None and len(header) == 2:
        label = find_column(path, header, label_column, LABEL_NAMES)
        text = None if label is None else 1 - label
    if text is None:
        raise BadInput(_untold(path, "text", header))
    return text


def _present(name: str, header: list[str]) -> str:
    """The name if the header has it, else none."""
    return name if name.strip().lower() in map(str.lower, header) else ""


def _is_id(name: str) -> bool:
    """Whether a column's name says that it numbers the rows, as `id` and `review_id` do."""
    name = name.lower()
    return name in ID_NAMES or name.endswith(("_id", " id")) or name.startswith("unnamed:")


def _untold(path: Path, role: str, header: list[str]) -> str:
    return f"{path}: no {role} column among {listed(header)}; name it with --{role}-column"


def _headerless_columns(path: Path, rows: list[Row], *, labelled: bool = False) -> tuple[int, int]:
    """Text and label position in a table without header, of one column or two."""
    width = len(rows[0][1]) if rows else 0
    if width == 1 and not labelled:
        return 0, 0
    if width != 2:
        found = f"{width} columns, none named like a text: {listed(rows[0][1])}" if rows else ""
        raise BadInput(f"{path}: {found or 'no rows'}; add a header such as 'text,label'")
    columns = list(zip(*(cells for _, cells in rows), strict=True))
    label = min((1, 0), key=lambda i: (len(set(columns[i])), sum(map(len, columns[i]))))
    counts = Counter(columns[label])
    first = columns[label][0]
    lone = [value for value, count in counts.items() if count == 1]
    if len(rows) >= ENOUGH_ROWS and lone == [first]:
        raise BadInput(
            f"{path}: line 1: {first[:40]!r} is seen only here, so this looks like a header; name "
            "the columns with --text-column and --label-column"
        )
    return 1 - label, label


def _read_labelled_json(
    path: Path, text_column: str, label_column: str
) -> Iterator[tuple[str, str, str]]:
    records = iterate_records(path)
    first = next(records)
    names = list(first[1])
    text, label = _text_and_label(path, names, text_column, label_column)
    for where, record in itertools.chain([first], records):
        value = json_value(where, record, names[label])
        if not isinstance(value, str | int | float):
            raise BadInput(f"{where}: label {shown(value)}; give a string or a number")
        # JSON's own spelling of numbers, true and false: the same whatever wrote them.
        value = value if isinstance(value, str) else json.dumps(value)
        yield where, record_text(where, record, names[text]), value


# Folders


def _read_class_folders(path: Path) -> Iterator[tuple[str, str, str]]:
    found = False
    for folder in _visible(path):
        if not folder.is_dir():
            continue
        inner = [entry for entry in _visible(folder) if entry.is_dir()]
        if any(_text_files(entry) for entry in inner):
            raise BadInput(
                f"{path}: {folder.name!r} has folders of its own; give the folder just above "
                f"the labels, such as {str(folder)!r}"
            )
        for file in _text_files(folder):
            found = True
            text = read_whole(file) if file.stat().st_size else ""
            text = text.replace("\r\n", "\n").removesuffix("\n")
            yield str(file), text, folder.name
    if not found:
        raise BadInput(
            f"{path}: no subfolder with .txt files; give a folder with one such subfolder per label"
        )


def _text_files(folder: Path) -> list[Path]:
    return [entry for entry in _visible(folder) if entry.suffix.lower() == ".txt"]


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
