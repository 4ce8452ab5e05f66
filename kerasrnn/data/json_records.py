"""JSON lines, or one list, as objects that know where they came from."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

from kerasrnn.data.corpus import read_lines, read_whole
from kerasrnn.errors import BadInput, listed


def read_records(
    path: Path, *, example: str = '{"text": "…", "label": "…"}'
) -> list[tuple[str, dict]]:
    """Objects of a JSON lines file, or of one JSON list, with the place each came from.

    Args:
        path: The file.
        example: What a line should look like, for messages.

    Raises:
        BadInput: If it cannot be read, or a line or an element is no JSON object.
    """
    return list(iterate_records(path, example=example))


def iterate_records(
    path: Path, *, example: str = '{"text": "…", "label": "…"}'
) -> Iterator[tuple[str, dict]]:
    """The same one by one; of JSON lines only a line at a time is in memory."""
    found = False
    for where, record in _elements(path):
        if not isinstance(record, dict):
            raise BadInput(f"{where}: {shown(record)}; give one object a line, as {example}")
        found = True
        yield where, record
    if not found:
        raise BadInput(f"{path}: no JSON objects in the file")


def _elements(path: Path) -> Iterator[tuple[str, object]]:
    # Only "\n" ends a line of JSON lines: strings may hold the other separators.
    with read_lines(path, newline="\n") as lines:
        numbered = ((n, line) for n, line in enumerate(lines, start=1) if line.strip())
        begin = list(itertools.islice(numbered, 1))
        if not (begin and begin[0][1].lstrip().startswith("[")):
            for number, line in itertools.chain(begin, numbered):
                text = line.removesuffix("\n")
                yield f"{path}: line {number}", _parse_json(path, text, number)
            return
    for place, element in enumerate(_parse_json(path, read_whole(path), 1), start=1):
        yield f"{path}: element {place}", element


def _parse_json(path: Path, text: str, line: int) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {line + error.lineno - 1}, column {error.colno}"
        raise BadInput(f"{path}: {where}: not JSON ({error.msg}); correct the line") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: line {line}: not usable JSON ({error})") from error


def record_text(where: str, record: dict, name: str) -> str:
    text = json_value(where, record, name)
    if not isinstance(text, str):
        raise BadInput(f"{where}: {name!r} is {shown(text)}; give a string")
    return text


def json_value(where: str, record: dict, name: str) -> object:
    """What an object has under a key.

    Raises:
        BadInput: If it has no such key.
    """
    if name not in record:
        raise BadInput(f"{where}: no key {name!r}; it has {listed(record) or 'none'}")
    return record[name]


def shown(value: object) -> str:
    """The beginning of a value, for an error message."""
    return json.dumps(value, ensure_ascii=False)[:40]
