"""Recordings with their transcripts: from a folder, a tar archive or a list of files.

A transcript stands in a list (`audio` and `text` columns), in the recording's name by a stated
pattern, or in a `.txt` file of the same name beside it. Archives are read in memory; nothing is
unpacked, so that no name in one can reach another place.
"""

from __future__ import annotations

import fnmatch
import functools
import lzma
import re
import tarfile
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from kerasrnn.data.audio import SUFFIXES, decode_audio, read_audio, resample
from kerasrnn.data.corpus import decode, read_whole, require_path
from kerasrnn.data.rows import find_column, read_rows
from kerasrnn.errors import BadInput, listed

LISTS = (".tsv", ".csv", ".jsonl", ".ndjson", ".json")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
# most telling first, as in text_files.py
AUDIO_NAMES = ("audio", "path", "file", "filename", "file_name", "audio_filepath", "wav")
TEXT_NAMES = ("text", "transcript", "transcription", "sentence", "words")
KINDS = " or ".join(SUFFIXES)
SPEAKER_NAMES = ("speaker", "speaker_id", "client_id", "reader", "user")


@dataclass(frozen=True)
class Rule:
    """Where transcripts and speakers are found, and how transcripts are written.

    Args:
        names: How recordings are named, without their ending: `{text}_{speaker}_{index}`. Fields
            take as little as they can, the last one the rest; `{text}` and `{speaker}` are used.
        words: What words of transcripts are to be replaced by; where these are put in lower case,
            so are the words and what replaces them.
        lower: Whether transcripts are put in lower case.
        audio_column: Of a list; guessed from usual names if empty.
        text_column: Likewise.
        speaker_column: Likewise; may be missing.
    """

    names: str = ""
    words: Mapping[str, str] | None = None
    lower: bool = True
    audio_column: str = ""
    text_column: str = ""
    speaker_column: str = ""

    def transcript(self, text: str) -> str:
        """A transcript as it is learned: composed characters, single blanks, words replaced."""
        words = self._replaced
        return " ".join(words.get(word, word) for word in self._spelled(text).split())

    @functools.cached_property
    def _replaced(self) -> dict[str, str]:
        words = self.words or {}
        return {self._spelled(old): self._spelled(new) for old, new in words.items()}

    def _spelled(self, text: str) -> str:
        text = unicodedata.normalize("NFC", text)
        return text.lower() if self.lower else text

    def fields(self, name: str, where: str) -> dict[str, str]:
        """What a recording's name says.

        Raises:
            BadInput: If it is not made like the pattern.
        """
        if not self.names:
            return {}
        found = name_pattern(self.names).fullmatch(PurePosixPath(name).stem)
        if not found:
            raise BadInput(f"{where}: the name is not made like '{self.names}'; rename it")
        return found.groupdict()


def name_pattern(names: str) -> re.Pattern:
    """A pattern such as `{text}_{speaker}_{index}` as a regular expression.

    Raises:
        BadInput: If it has neither `{text}` nor `{speaker}`, or a field twice.
    """
    parts = re.split(r"\{(\w+)\}", names)
    fields = parts[1::2]
    if not {"text", "speaker"} & set(fields) or len(set(fields)) < len(fields):
        raise BadInput(
            f"'{names}' is no pattern of names: write {{text}} and {{speaker}} where they stand, "
            "each once, as in {text}_{speaker}_{index}"
        )
    inner = "".join(
        re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+?)" for i, part in enumerate(parts)
    )
    return re.compile(inner)


@dataclass(frozen=True)
class Recording:
    """One recording.

    Attributes:
        name: Its file name.
        where: Where it was found, for messages.
        text: Its transcript; empty if none was asked for.
        speaker: Who speaks; empty if nothing says.
        samples: `(samples,)` float32 from -1 to 1.
        rate: Of them a second.
    """

    name: str
    where: str
    text: str
    speaker: str
    samples: np.ndarray
    rate: int

    def at(self, rate: int) -> np.ndarray:
        """Its samples at another rate."""
        return resample(self.samples, self.rate, rate)


def read_recordings(
    path: str | Path, rule: Rule, *, transcripts: bool = True
) -> Iterator[Recording]:
    """Reads recordings one after the other, in the order of their names (of the list's rows).

    Args:
        path: A folder with all that is below it, a tar archive, or a list of files: `.tsv`,
            `.csv` or `.jsonl`, its paths relative to its own folder; also a single recording.
        rule: Where transcripts and speakers are found.
        transcripts: Whether each must have one; if not, neither they nor speakers are looked for.

    Raises:
        BadInput: If a file is missing or broken, has no transcript, or there is none at all.
    """
    path = Path(path)
    require_path(path)
    kind = path.name.lower()
    if path.is_dir():
        found = _in_folder(path, transcripts)
    elif kind.endswith(ARCHIVES):
        found = _in_archive(path, transcripts)
    elif kind.endswith(LISTS):
        found = _in_list(path, rule, transcripts)
    elif kind.endswith(SUFFIXES):
        beside = _beside(path, transcripts)
        found = iter([_File(path.name, str(path), beside, *read_audio(path))])
    else:
        raise BadInput(
            f"{path}: unknown kind of file; give a folder or .tar.gz of {KINDS} files, a list of "
            "them (.tsv, .csv, .jsonl), or one of them"
        )
    empty = True
    for file in found:
        empty = False
        yield _recording(file, rule, transcripts)
    if empty:
        raise BadInput(f"{path}: no {KINDS} file in it")


@dataclass(frozen=True)
class _File:
    """A recording and what stands beside it or in a list: a transcript (if any), a speaker."""

    name: str
    where: str
    text: str | None
    samples: np.ndarray
    rate: int
    speaker: str = ""


def _recording(file: _File, rule: Rule, transcripts: bool) -> Recording:
    fields = rule.fields(file.name, file.where) if transcripts else {}
    text = fields.get("text", file.text)
    if transcripts and text is None:
        raise BadInput(
            f"{file.where}: no transcript: put {PurePosixPath(file.name).stem}.txt beside it, give "
            "--data a list with a column of transcripts, or say by --names where it stands in the "
            "names"
        )
    text = rule.transcript(text or "")
    if transcripts and not text:
        raise BadInput(f"{file.where}: its transcript is empty; fill it in or remove the recording")
    speaker = fields.get("speaker", file.speaker)
    return Recording(file.name, file.where, text, speaker, file.samples, file.rate)


def _in_folder(folder: Path, transcripts: bool) -> Iterator[_File]:
    for path in sorted(folder.rglob("*")):
        if _is_recording(path.relative_to(folder).as_posix()) and path.is_file():
            yield _File(path.name, str(path), _beside(path, transcripts), *read_audio(path))


def _beside(path: Path, transcripts: bool) -> str | None:
    text = path.with_suffix(".txt")
    return read_whole(text) if transcripts and text.is_file() else None


def _in_archive(path: Path, transcripts: bool) -> Iterator[_File]:
    try:
        with tarfile.open(path) as archive:
            members = {m.name: m for m in archive.getmembers() if m.isfile()}
            # in the archive's order: going back means unpacking from the beginning again
            contents = {
                name: archive.extractfile(member).read()
                for name, member in members.items()
                if _is_recording(name) or name.endswith(".txt")
            }
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise BadInput(f"{path}: no whole tar archive ({error}); fetch it again") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    for name in sorted(filter(_is_recording, contents)):
        where, inside = f"{path}: {name}", PurePosixPath(name)
        beside = str(inside.with_suffix(".txt"))
        text = None
        if transcripts and beside in contents:
            text = decode(contents[beside], f"{path}: {beside}")
        yield _File(inside.name, where, text, *decode_audio(contents[name], where))


def _in_list(path: Path, rule: Rule, transcripts: bool) -> Iterator[_File]:
    rows = read_rows(path)
    header = list(rows[0][1])
    audio = find_column(path, header, rule.audio_column, AUDIO_NAMES)
    if audio is None:
        raise BadInput(
            f"{path}: no column of files among {listed(header)}; name it with --audio-column"
        )
    text = speaker = None
    if transcripts:
        text = find_column(path, header, rule.text_column, TEXT_NAMES)
        speaker = find_column(path, header, rule.speaker_column, SPEAKER_NAMES)
        if text is None and not rule.names:
            raise BadInput(
                f"{path}: no column of transcripts among {listed(header)}; name it with "
                "--text-column"
            )
    names = [None if i is None else header[i] for i in (audio, text, speaker)]
    for where, row in rows:
        cells = [None if name is None else _cell(row, name, where) for name in names]
        file = path.parent / cells[0]
        if not file.is_file():
            raise BadInput(f"{where}: no such file: {file}")
        yield _File(file.name, f"{where}: {file}", cells[1], *_read(file, where), cells[2] or "")


def _cell(row: Mapping[str, object], name: str, where: str) -> str:
    value = row.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # a transcript or a speaker that is a number
    if not isinstance(value, str):
        raise BadInput(f"{where}: its {name!r} is no text")
    return value


def _read(file: Path, where: str) -> tuple[np.ndarray, int]:
    try:
        return read_audio(file)
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error


def _is_recording(name: str) -> bool:
    """By its ending; hidden ones, such as macOS leaves in archives, are none."""
    hidden = any(part.startswith(".") and part != ".." for part in PurePosixPath(name).parts)
    return name.lower().endswith(SUFFIXES) and not hidden


def holds_many(path: str | Path) -> bool:
    """Whether a path is a folder, an archive or a list rather than one recording."""
    return Path(path).is_dir() or str(path).lower().endswith((*ARCHIVES, *LISTS))


def matches(name: str, patterns: str) -> bool:
    """Whether a file name is like one of the patterns (`*_[0-4].wav`), commas between them."""
    return any(fnmatch.fnmatchcase(name, part.strip()) for part in patterns.split(","))
