"""Tables as rows of cells: CSV and TSV, quoted as people quote them."""

from __future__ import annotations

import contextlib
import csv
import functools
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from kerasrnn.data.corpus import STANDARD_INPUT, read_lines, read_whole
from kerasrnn.data.file_kinds import JSON_SUFFIXES, file_kind
from kerasrnn.data.json_records import read_records
from kerasrnn.errors import BadInput, listed

LONGEST_CELL = 2**31 - 1  # characters; the csv module stops at 131,072 unless told
Opened = Callable[[], contextlib.AbstractContextManager[Iterator[str]]]  # from the first line on
Row = tuple[int, list[str]]  # the line a row begins on, counted from 1, and its cells


def read_table(path: Path) -> Iterator[Row]:
    """Reads the rows of a CSV or TSV file, all of one width, blank lines left out.

    The name decides the separator; a `.csv` without a comma in its first line may use tabs or
    semicolons. Files with tabs come both with quoted cells and with stray quotes as ordinary
    characters: quotes are taken literally where they could not be meant as quoting.

    Yields:
        The line a row begins on, as an editor counts, and its cells.

    Raises:
        BadInput: If the file cannot be read, a quote is left open, or a row has more or fewer
            cells than the first, with its line.
    """
    opened: Opened = functools.partial(read_lines, path)
    if path == STANDARD_INPUT:  # which can be read only once
        text = read_whole(path)
        opened = lambda: contextlib.nullcontext(io.StringIO(text, newline=""))  # noqa: E731
    with opened() as lines:
        delimiter = _delimiter(path, next(lines, ""))
    quoting = _quoting_of_tabs(path, opened) if delimiter == "\t" else csv.QUOTE_MINIMAL
    yield from _same_width(path, _parse(path, opened, delimiter, quoting))


def read_rows(path: Path) -> list[tuple[str, dict[str, object]]]:
    """Reads a table whose first row names its columns, or JSON lines, as objects.

    Returns:
        Of each row the place it came from, and its cells by column.

    Raises:
        BadInput: As `read_table`; or if there is no row.
    """
    if file_kind(path) in JSON_SUFFIXES:
        return read_records(path)
    (_, header), *rows = list(read_table(path)) or [(0, [])]
    if not rows:
        raise BadInput(f"{path}: no rows below a header that names the columns")
    names = [name.strip() for name in header]
    return [(f"{path}: line {n}", dict(zip(names, cells, strict=True))) for n, cells in rows]


def find_column(
    path: Path, header: list[str], name: str, usual: Sequence[str], what: str = "column"
) -> int | None:
    """Position of the named column, or of the first usual one, or None."""
    lowered = [cell.lower() for cell in header]
    if not name:
        return next((lowered.index(cell) for cell in usual if cell in lowered), None)
    if name in header:
        return header.index(name)
    if name.strip().lower() in lowered:
        return lowered.index(name.strip().lower())
    raise BadInput(f"{path}: no {what} {name!r}; choose from {listed(header)}")


def _delimiter(path: Path, first_line: str) -> str:
    if file_kind(path) == ".txt" and "\t" not in first_line:
        raise BadInput(f"{path}: line 1: no tab between text and label; separate them with tabs")
    if file_kind(path) in (".tsv", ".txt"):
        return "\t"
    if "," not in first_line:
        return max("\t;", key=first_line.count) if {"\t", ";"} & set(first_line) else ","
    return ","


def _quoting_of_tabs(path: Path, opened: Opened) -> int:
    """Whether the quotes of a table with tabs quote: decided by the whole file."""
    literal, widths = 0, set()
    for _, cells in _parse(path, opened, "\t", csv.QUOTE_NONE):
        literal += 1
        widths |= {len(cells)} if cells else set()
    try:
        quoted = sum(1 for _ in _parse(path, opened, "\t", csv.QUOTE_MINIMAL))
    except BadInput:
        return csv.QUOTE_NONE
    # A stray quote at the start of one cell and one at the end of a later cell would swallow
    # the lines between them; but then every line is a whole row without quoting.
    swallowed = quoted != literal and len(widths) == 1 and widths != {1}
    return csv.QUOTE_NONE if swallowed else csv.QUOTE_MINIMAL


def _parse(path: Path, opened: Opened, delimiter: str, quoting: int) -> Iterator[Row]:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
    with opened() as lines:
        reader = csv.reader(
            lines,
            delimiter=delimiter,
            quoting=quoting,
            strict=True,  # else a quote left open swallows the rest of the file in silence
        )
        line = 1
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise BadInput(
                f"{path}: line {line}: {error}; close quotes, and double those inside a quoted cell"
            ) from error


def _same_width(path: Path, rows: Iterable[Row]) -> Iterator[Row]:
    width = 0
    for line, cells in rows:
        if not cells or (width > 1 and len(cells) == 1 and not cells[0].strip()):
            continue
        width = width or len(cells)
        if len(cells) != width:
            advice = "quote cells that contain separators" if len(cells) > width else "complete it"
            raise BadInput(
                f"{path}: line {line}: {len(cells)} cells where the first row has {width}; "
                f"{advice} or remove the line"
            )
        yield line, cells
