"""JSON lines, or one list, as objects that know where they came from."""

from __future__ import annotations

import json
from pathlib import Path

from kerasrnn.data.corpus import read_whole
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
    text = read_whole(path)
    if text.lstrip().startswith("["):
        elements = enumerate(_parse_json(path, text, 1), start=1)
        records = [(f"{path}: element {n}", element) for n, element in elements]
    else:
        # Only "\n" ends a line of JSON lines: strings may hold the other separators.
        lines = enumerate(text.split("\n"), start=1)
        records = [
            (f"{path}: line {n}", _parse_json(path, line, n)) for n, line in lines if line.strip()
        ]
    if not records:
        raise BadInput(f"{path}: no JSON objects in the file")
    for where, record in records:
        if not isinstance(record, dict):
            raise BadInput(f"{where}: {shown(record)}; give one object a line, as {example}")
    return records


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
