"""Plain text of any length: find the files, and stream them in pieces of bounded size.

A corpus may be larger than memory and may be a single line, so files are decoded block by block
and cut where a reader would: after a line, else after a word, else anywhere between two
characters. The other readers of this package open their files through `read_whole`.
"""

from __future__ import annotations

import codecs
import contextlib
import difflib
import gzip
import io
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from kerasrnn.errors import BadInput

STANDARD_INPUT = Path("standard input")  # as messages call what "-" stands for
GZIP_MAGIC = b"\x1f\x8b"
SMALLEST_BLOCK = 1 << 16  # bytes; smaller reads cost more in calls than they save in memory
LARGEST_BLOCK = 1 << 20  # bytes
# What reading a damaged or mislabelled .gz raises; BadGzipFile is an OSError.
GZIP_ERRORS = (EOFError, zlib.error, gzip.BadGzipFile)


def find_text_files(path: str) -> list[Path]:
    """Lists the text files that a path, a comma-separated list of paths or a folder stands for.

    Args:
        path: Files or folders separated by commas. A folder stands for every `.txt` and
            `.txt.gz` file in it and below, sorted, hidden ones left out. A path that exists
            as written is one path, whatever commas it contains.

    Raises:
        BadInput: If a file is missing or a folder holds no text file.
    """
    parts = [path] if path and Path(path).exists() else path.split(",")
    files = []
    for part in (part.strip() for part in parts):
        if not part:
            raise BadInput(f"empty file name in {path!r}; separate file names with single commas")
        root = Path(part)
        require_path(root)
        files += _text_files_below(root) if root.is_dir() else [root]
    return files


def read_chunks(files: Iterable[str | Path], *, characters: int = 1_000_000) -> Iterator[str]:
    """Streams the text of all files, one after the other, in pieces of bounded size.

    Joined, the pieces are exactly the text: UTF-8 without byte order marks, CRLF turned
    into LF, `.gz` unpacked, nothing added between files.

    Args:
        files: In reading order.
        characters: Upper limit of a piece. A piece ends after the last line end within the
            limit, else after the last white space, else at the limit.

    Yields:
        Non-empty strings; only the last may end before a boundary.

    Raises:
        BadInput: At once if a file is missing; while reading if a file is not UTF-8 (with its
            byte offset) or not a whole gzip file; at the end if there was no text at all.
    """
    files = [Path(file) for file in files]
    if characters < 1:
        raise BadInput(f"pieces of {characters} characters; give a positive number")
    for file in files:
        require_path(file)
    return _chunks(files, characters)


def read_whole(path: str | Path) -> str:
    """Returns the text of one small file, line ends untouched, byte order mark dropped.

    Args:
        path: The file; `STANDARD_INPUT` is read from there.

    Raises:
        BadInput: If the file is missing, a folder, unreadable, a damaged gzip file, not UTF-8
            (with line and byte offset) or without any character.
    """
    path = Path(path)
    if path == STANDARD_INPUT:
        return _some(decode(sys.stdin.buffer.read(), str(path)), path)
    require_path(path)
    if path.is_dir():
        raise BadInput(f"{path}: a folder; name a file in it")
    try:
        with _open_bytes(path) as stream:
            data = stream.read()
    except GZIP_ERRORS as error:
        raise BadInput(_gzip_complaint(path, error)) from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    return _some(decode(data, str(path)), path)


@contextlib.contextmanager
def read_lines(path: str | Path, newline: str = "") -> Iterator[Iterator[str]]:
    """The lines of one file of any size, their ends untouched, byte order mark dropped.

    Args:
        path: The file.
        newline: What ends a line; empty for whatever may.

    Raises:
        BadInput: As `read_whole`, also while the lines are read.
    """
    path = Path(path)
    require_path(path)
    if path.is_dir() or not path.stat().st_size:
        read_whole(path)  # which says what is wrong
    try:
        with _open_bytes(path) as stream:
            lines = io.TextIOWrapper(stream, encoding="utf-8-sig", newline=newline)
            yield _beginning(lines, path)
    except UnicodeDecodeError as error:
        read_whole(path)  # which says where
        raise BadInput(_encoding_complaint(str(path), b"")) from error
    except GZIP_ERRORS as error:
        raise BadInput(_gzip_complaint(path, error)) from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error


def _beginning(lines: Iterator[str], path: Path) -> Iterator[str]:
    first = next(lines, "")
    yield _some(first, path)
    yield from lines


def _some(text: str, path: Path) -> str:
    if not text:
        raise BadInput(f"{path}: the file is empty")
    return text


def file_or_standard_input(path: str | Path) -> Path:
    """What a person means by a path on the command line."""
    return STANDARD_INPUT if str(path) == "-" else Path(path)


def decode(data: bytes, source: str) -> str:
    """Decodes UTF-8 and drops a byte order mark; `source` names the data in the error.

    Raises:
        BadInput: If the bytes are not UTF-8, with line and byte offset of the first bad one.
    """
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = f"{source}: line {line}, byte {error.start}"
        raise BadInput(_encoding_complaint(where, data)) from error


def require_path(path: Path) -> None:
    """Checks that a file or folder exists.

    Raises:
        BadInput: If it does not, with names in the same folder that look alike.
    """
    try:
        if path.exists():
            return
        folder = path.parent
        neighbours = [entry.name for entry in folder.iterdir()] if folder.is_dir() else None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    if neighbours is None:
        raise BadInput(f"{path}: no such file, and no folder {str(folder)!r}")
    close = difflib.get_close_matches(path.name, neighbours)
    hint = f"did you mean {' or '.join(close)}?" if close else "check the name"
    raise BadInput(f"{path}: no such file; {hint}")


def _text_files_below(folder: Path) -> list[Path]:
    """Every visible `.txt` and `.txt.gz` file in a folder and below, sorted."""
    files = sorted(
        file
        for file in folder.rglob("*")
        if file.name.lower().endswith((".txt", ".txt.gz"))
        and file.is_file()
        # Archives unpacked from macOS hold binary shadows named "._something.txt".
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )
    if not files:
        raise BadInput(f"{folder}: no .txt or .txt.gz file in this folder or below")
    return files


def _chunks(files: list[Path], characters: int) -> Iterator[str]:
    block_size = min(max(characters, SMALLEST_BLOCK), LARGEST_BLOCK)
    buffer = ""  # text read and not yet yielded: under `characters` plus one block
    empty = True
    for file in files:
        for text in _decoded_blocks(file, block_size):
            buffer += text
            start = 0
            while len(buffer) - start > characters:
                end = _boundary(buffer, start, start + characters)
                yield buffer[start:end]
                start = end
            buffer = buffer[start:]
            empty = False
    if buffer:
        yield buffer
    if empty:
        raise BadInput(f"no text in {', '.join(map(str, files)) or 'no files'}")


def _boundary(text: str, start: int, limit: int) -> int:
    """Where a piece `text[start:limit]` had better end; always beyond `start`."""
    line_end = text.rfind("\n", start, limit)
    if line_end >= 0:
        return line_end + 1
    if text[limit - 1].isspace():
        return limit
    *_, last_word = text[start:limit].rsplit(None, 1)
    before_word = limit - len(last_word)
    return before_word if before_word > start else limit


def _decoded_blocks(path: Path, block_size: int) -> Iterator[str]:
    """Decodes one file block by block, with line ends and byte order mark dealt with."""
    held = ""  # a "\r" at the end of a block, whose "\n" may open the next
    at_start = True
    for text in _raw_blocks(path, block_size):
        if at_start and text:
            text = text.removeprefix("\ufeff")
            at_start = False
        text = held + text
        held = "\r" if text.endswith("\r") else ""
        text = text[: len(text) - len(held)].replace("\r\n", "\n")
        if text:
            yield text
    if held:
        yield held


def _raw_blocks(path: Path, block_size: int) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0  # bytes given to the decoder so far
    block = b""
    try:
        with _open_bytes(path) as stream:
            while block := stream.read(block_size):
                kept = len(decoder.getstate()[0])  # bytes of a character split by the last block
                yield decoder.decode(block)
                position += len(block)
            kept = len(decoder.getstate()[0])
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        where = f"{path}: byte {position - kept + error.start}"
        raise BadInput(_encoding_complaint(where, block)) from error
    except GZIP_ERRORS as error:
        raise BadInput(_gzip_complaint(path, error)) from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error


def _open_bytes(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def _gzip_complaint(path: Path, error: Exception) -> str:
    if isinstance(error, gzip.BadGzipFile) and "Not a gzipped file" in str(error):
        return f"{path}: not a gzip file; rename it without .gz if it is plain text"
    return f"{path}: the gzip file is damaged or cut short; fetch it again"


def _encoding_complaint(where: str, data: bytes) -> str:
    if data.startswith(GZIP_MAGIC):
        return f"{where}: not text but a gzip file; give its name the ending .gz"
    return f"{where}: not UTF-8; save the file as UTF-8"
