"""What a file's name says of its format."""

from pathlib import Path

TABLE_SUFFIXES = (".csv", ".tsv")
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
# of files whose lines hold a token each, which no file of plain texts has
COLUMN_SUFFIXES = (".conllu", ".conll", ".bio", ".iob", ".iob2", ".bmes", ".bioes", ".col")


def file_kind(path: Path) -> str:
    """The ending that tells the format, in lower case and without `.gz`."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def has_columns(path: str | Path) -> bool:
    """Whether a file's name says that it has columns to choose from."""
    return file_kind(Path(path)) in (*TABLE_SUFFIXES, *JSON_SUFFIXES, *COLUMN_SUFFIXES)
