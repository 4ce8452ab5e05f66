"""The folder of an exported model: its versions, and files that appear whole or not at all."""

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.files import TEMPORARY

SETTINGS = Path("assets.extra") / "kerasrnn"  # in a version: what Serving passes over
LOCK = "lock"
# stands in a URL, a path, YAML and text protos without being quoted
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
FORMAT = 1  # of what is in SETTINGS; goes up when an older program could not read it


def check_name(name: str) -> None:
    """Refuses what cannot be the name of a served model.

    Raises:
        BadInput: If it has other characters than a URL takes as they are.
    """
    if not NAME.fullmatch(name):
        raise BadInput(
            f"'{name}' cannot name a model: use the letters a to z, digits, "
            "'_', '-' and '.', beginning with a letter or a digit"
        )


def versions(folder: Path) -> list[int]:
    """Version numbers in an exported model's folder, ascending; only digits count for Serving."""
    names = [p.name for p in folder.iterdir() if p.is_dir()] if folder.is_dir() else []
    return sorted(int(name) for name in names if name.isdecimal())


def check_output(folder: Path) -> None:
    """Refuses to mix a model into a folder that holds something else.

    Raises:
        BadInput: If it holds anything, but no exported model.
    """
    if not folder.is_dir() or versions(folder) or (folder / "verification.json").is_file():
        return
    others = [path for path in folder.iterdir() if not path.name.startswith(TEMPORARY)]
    if others:
        raise BadInput(
            f"{folder} is not empty and holds no exported model; name a folder of its own for "
            f"--output, such as {folder / 'model'}"
        )


def free_version(folder: Path, wanted: int | None) -> int:
    """The version to write: the one wanted, or if none is, the next after the last.

    Raises:
        BadInput: If the one wanted exists.
    """
    there = versions(folder)
    if wanted and (folder / str(wanted)).exists():
        raise BadInput(
            f"{folder} has a version {wanted} already, which is never overwritten; "
            f"leave out --version for {max(there, default=0) + 1}"
        )
    return wanted or max(there, default=0) + 1


def last_version(folder: Path) -> Path | None:
    """The newest version's folder; the folder itself if it is a version; none if there is none."""
    if (folder / "saved_model.pb").is_file():
        return folder
    there = [v for v in versions(folder) if (folder / str(v) / "saved_model.pb").is_file()]
    return folder / str(there[-1]) if there else None


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A folder beside the versions for what is not finished; gone afterwards, whatever happens.

    Its name is no number, so a server passes it over. What a killed export left is removed: its
    lock is free.

    Raises:
        BadInput: If the folder cannot be written.
    """
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{TEMPORARY}*"):
            _remove_if_left(left)
        work = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=folder))
    except (FileExistsError, NotADirectoryError) as error:
        raise BadInput(f"{folder} is a file; name a folder for --output") from error
    except OSError as error:
        raise BadInput(f"cannot write into {folder}: {error.strerror}") from error
    try:
        with open(work / LOCK, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if new:
            with contextlib.suppress(OSError):
                folder.rmdir()  # a failed export leaves no empty folder


def _remove_if_left(path: Path) -> None:
    if path.is_dir():
        with contextlib.suppress(OSError), open(path / LOCK, "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def publish(work: Path, folder: Path, names: Sequence[str], version: int) -> None:
    """Gives finished files their names, the version's folder last, for that is what a server sees.

    Args:
        work: Where they are.
        folder: Where they belong.
        names: Files to put in place of older ones.
        version: Folder that must not exist yet; 0 for none.

    Raises:
        RunFailed: If they cannot be written.
        BadInput: If the version has appeared meanwhile.
    """
    try:
        for path in work.rglob("*"):
            if path.is_file():
                _flush(path)
        if version and (folder / str(version)).exists():
            raise BadInput(f"{folder / str(version)} has appeared meanwhile; export again")
        for name in names:
            os.replace(work / name, folder / name)
        if version:
            os.rename(work / str(version), folder / str(version))
        _flush(folder)
    except OSError as error:
        raise RunFailed(f"cannot write into {folder}: {error.strerror or error}") from error


def _flush(path: Path) -> None:
    """To the disk, or a power cut could leave an empty file under a good name."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
