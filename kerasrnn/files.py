"""Writing files so that a kill at any moment leaves the old file or the new one, never a half."""

import contextlib
import csv
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kerasrnn.errors import BadInput

TEMPORARY = ".writing-"  # how the name of an unfinished file begins


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Gives a temporary name beside `path` and renames it to `path` when the block succeeds.

    The data reach the disk before the name does, or a power cut could leave an empty file
    under the final name. The temporary name keeps the suffix, which Keras and matplotlib read.

    Raises:
        BadInput: If the folder cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=TEMPORARY, suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: str | Path) -> None:
    """Deletes what programs killed while writing left in a folder and below it."""
    for path in Path(folder).rglob(f"{TEMPORARY}*"):
        path.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Writes UTF-8 text under a temporary name, then renames it."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, value: Any) -> None:
    """Writes indented JSON; numbers that JSON lacks (nan, infinity) are refused."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_rows(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes a CSV file whose columns are the names in the first of at least one row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def read_json(path: str | Path) -> Any:
    """Reads JSON.

    Raises:
        BadInput: If the file is missing or broken.
    """
    path = Path(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is broken: {error}") from error


def read_fields(path: str | Path, kind: type) -> Any:
    """Reads a frozen dataclass that was written as JSON, lists in it being tuples.

    Raises:
        BadInput: If the file is missing, broken, or of something else.
    """
    values = read_json(path)
    try:
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
    except (TypeError, AttributeError) as error:
        raise BadInput(f"{path} is broken: {error}") from error


def read_lines(path: str | Path) -> list[str]:
    """Lines of a UTF-8 file without their ends; a last empty line is none.

    Raises:
        BadInput: If the file is missing or not UTF-8.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 at byte {error.start}") from error
    # not splitlines(): a vocabulary may hold other separators, such as U+2028
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines
