"""What is made of large files once and read again: token ids, numbers, vocabularies.

An entry is a folder named by what it was made from: the files (their sizes, times and a digest of
what is in them), the settings that matter, and the version of the code. It is written under
another name and renamed when whole, under a lock, so that neither a kill nor a second program at
the same time leaves or reads a half; and each of its files is looked at again when it is used, so
that one cut short or overwritten is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kerasrnn.errors import BadInput
from kerasrnn.files import TEMPORARY

try:
    import fcntl
except ImportError:  # no such locks on this system
    fcntl = None

VERSION = 1  # of what is written; counted up whenever the same settings give other files
LARGE = 64 << 20  # bytes; smaller files are read faster than they are looked up and checked
PACKED = 4  # a .gz counts as so many times its size
PLACE = "KERASRNN_CACHE"  # the environment's word for the folder
OFF = "off"
SAMPLES, SAMPLE = 64, 1 << 16  # of a file's bytes, digested in place of all
META = "meta.json"

Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Recipe:
    """What an entry is made from.

    Args:
        kind: What it is, for its name.
        files: What is read.
        settings: Everything else that what is written depends on, as JSON can say it.
    """

    kind: str
    files: Sequence[Path]
    settings: Mapping[str, Any]

    def name(self) -> str:
        """The entry's folder: the same for the same data, settings and version alone."""
        files = [[*_size_and_time(path), digest(path)] for path in self.files]
        said = json.dumps([VERSION, files, self.settings], sort_keys=True)
        return f"{self.kind}-{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def is_large(files: Iterable[str | Path]) -> bool:
    """Whether files together are so large that they are prepared on disk."""
    sizes = (p.stat().st_size * (PACKED if p.suffix == ".gz" else 1) for p in map(Path, files))
    return sum(sizes) >= LARGE


def digest(path: Path) -> str:
    """A digest of a file: of all of it if it is small, else of blocks from end to end."""
    size = path.stat().st_size
    found = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        if size <= SAMPLES * SAMPLE:
            found.update(file.read())
        else:
            for number in range(SAMPLES):
                file.seek((size - SAMPLE) * number // (SAMPLES - 1))
                found.update(file.read(SAMPLE))
    return found.hexdigest()


def prepared(
    recipe: Recipe,
    build: Callable[[Path], Mapping[str, Any]],
    read: Callable[[Path, Mapping[str, Any]], Kept],
    *,
    where: str = "",
    say: Callable[[str], None] = lambda line: None,
) -> Kept:
    """What `read` gives of an entry, which is made first if it is not there.

    Args:
        recipe: What it is made from.
        build: Writes files into an empty folder; returns what else `read` is to know, as JSON.
        read: Takes the folder and what `build` returned. It must open what it means to read from
            later: the folder may be gone by then.
        where: The folder of entries; empty for the usual one, if the files are large; `off` for
            none, so that nothing is kept.
        say: Gets a line about what was done.

    Raises:
        BadInput: If the folder cannot be written.
    """
    if where == OFF or not recipe.files or not (where or is_large(recipe.files)):
        with tempfile.TemporaryDirectory(prefix="kerasrnn-") as folder:
            return read(Path(folder), build(Path(folder)))
    root = Path(where or usual_folder())
    entry = root / recipe.name()
    try:
        root.mkdir(parents=True, exist_ok=True)
        meta = _whole(entry)
        if meta is not None:
            say(f"cached: {entry}")
            return read(entry, meta)
        with _locked(root / f"{entry.name}.lock", say):
            meta = _whole(entry)  # another program may have made it meanwhile
            if meta is None:
                meta = _make(entry, build)
                say(f"kept for the next time: {entry} ({_bytes_in(entry) / 1e6:,.0f} MB)")
            return read(entry, meta)
    except OSError as error:
        raise BadInput(
            f"cannot use the cache {root}: {error.strerror or error}; name another folder by "
            f"--cache DIR or ${PLACE}, or --cache {OFF}"
        ) from error


def usual_folder() -> Path:
    """`$KERASRNN_CACHE`, or `kerasrnn` among the person's caches."""
    if named := os.environ.get(PLACE):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kerasrnn"


def _make(entry: Path, build: Callable[[Path], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Builds under another name, then renames; whoever calls has the lock."""
    for left in entry.parent.glob(f"{TEMPORARY}{entry.name}-*"):
        shutil.rmtree(left, ignore_errors=True)  # of a program killed while writing
    shutil.rmtree(entry, ignore_errors=True)  # not whole
    folder = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{entry.name}-", dir=entry.parent))
    try:
        told = dict(build(folder))
        files = {path.name: [path.stat().st_size, digest(path)] for path in folder.iterdir()}
        meta = {"version": VERSION, "files": files, "told": told}
        (folder / META).write_text(json.dumps(meta), encoding="utf-8")
        for path in folder.iterdir():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        os.replace(folder, entry)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return told


def _whole(entry: Path) -> Mapping[str, Any] | None:
    """What was told of an entry, or none if it is not there or not as it was written."""
    try:
        meta = json.loads((entry / META).read_text(encoding="utf-8"))
        for name, (size, written) in meta["files"].items():
            path = entry / name
            if path.stat().st_size != size or digest(path) != written:
                return None
        os.utime(entry / META)  # when it was last used, for whoever clears up
        return meta["told"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def _locked(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Holds a lock that the system lets go of when the program ends, however it ends."""
    with path.open("a") as file:
        if fcntl:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another program is preparing the same data: waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _size_and_time(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
