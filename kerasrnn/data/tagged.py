"""Sentences with a label for each token: CoNLL-U, columns as in CoNLL's shared tasks, JSON lines.

Source: universaldependencies.org/format for CoNLL-U; Tjong Kim Sang & Buchholz 2000 for a token
and its label a line, with an empty line after each sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kerasrnn.data.corpus import file_or_standard_input, read_whole
from kerasrnn.data.file_kinds import JSON_SUFFIXES, file_kind
from kerasrnn.data.json_records import json_value, read_records, shown
from kerasrnn.errors import BadInput, listed

# of CoNLL-U, as its description calls them
CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
TOKEN_KEYS = ("tokens", "words", "sentence")
LABEL_KEYS = ("labels", "tags", "ner_tags", "pos_tags", "upos", "label", "tag")
BLANKS = " \t"  # in Chinese text wide blanks are tokens
DOCUMENT = "-DOCSTART-"  # stands on a line of its own before each document of CoNLL 2003


@dataclass(frozen=True)
class TaggedSentences:
    """Tokens with one label each.

    Attributes:
        tokens: Of each sentence, none empty.
        labels: As many for each sentence; none at all if they were not asked for.
        places: Where each sentence begins, for messages (`file: line 3`).
        source: What they were read from.
    """

    tokens: list[list[str]]
    labels: list[list[str]]
    places: list[str]
    source: str

    def __len__(self) -> int:
        return len(self.tokens)

    def rows(self, index: Sequence[int]) -> TaggedSentences:
        """Some of the sentences, in the order given."""
        parts = ([part[i] for i in index] for part in (self.tokens, self.labels, self.places))
        return TaggedSentences(*parts, self.source)


def read_tagged(
    path: str | Path, *, text_column: str = "", label_column: str = "", labelled: bool = True
) -> TaggedSentences:
    """Reads tokens and labels; sentences without any token are left out.

    Args:
        path: `.conllu`; `.jsonl`, `.ndjson`, `.json`; any other name for columns parted by tabs
            or blanks, an empty line after each sentence; each also with `.gz`; `-` for columns
            from standard input.
        text_column: Of the tokens: a number counted from 1, in CoNLL-U also a name, in JSON a
            key. The form, the first column, or a usual key if left out.
        label_column: Of the labels, likewise: the universal part of speech, the last column, or a
            usual key if left out.
        labelled: Whether labels are wanted.

    Raises:
        BadInput: If a line has too few columns or a sentence not one label for each token, with
            its file and line; if a column does not exist; if there is no sentence.
    """
    path = file_or_standard_input(path)
    kind = file_kind(path)
    if kind in JSON_SUFFIXES:
        rows = _read_json(path, text_column, label_column, labelled)
    else:
        read = _read_conllu if kind == ".conllu" else _read_columns
        rows = _sentences(read(path, text_column, label_column, labelled))
    found = TaggedSentences([], [], [], str(path))
    for place, tokens, labels in rows:
        if tokens:
            found.tokens.append(tokens)
            found.labels.append(labels)
            found.places.append(place)
    if not found.tokens:
        raise BadInput(f"{path}: no sentences; give tokens with their labels")
    return found


Token = tuple[str, str, str] | None  # its place, itself and its label; none between sentences


def _sentences(lines: Iterator[Token]) -> Iterator[tuple[str, list[str], list[str]]]:
    place, tokens, labels = "", [], []
    for line in lines:
        if line is None:
            yield place, tokens, labels
            place, tokens, labels = "", [], []
            continue
        place = place or line[0]
        tokens.append(line[1])
        labels.append(line[2])
    yield place, tokens, labels


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Lines with their places. Only line feeds end them: tokens may be any other separator."""
    for number, line in enumerate(read_whole(path).split("\n"), 1):
        yield f"{path}: line {number}", line.removesuffix("\r")


def _read_conllu(path: Path, text: str, label: str, labelled: bool) -> Iterator[Token]:
    columns = [_conllu_column(path, name) for name in (text or "form", label or "upos")]
    for place, line in _lines(path):
        if not line.strip():
            yield None
            continue
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != len(CONLLU):
            raise BadInput(
                f"{place}: {len(cells)} columns where CoNLL-U has {len(CONLLU)}, parted by tabs; "
                "correct the line, or give files of another form another ending than .conllu"
            )
        # 3-4 is written as one and read as two, 8.1 is not written at all
        if re.fullmatch(r"\d+[-.]\d+", cells[0]):
            continue
        yield _token(place, [cells[column] for column in columns], labelled)


def _conllu_column(path: Path, name: str) -> int:
    if name.lower() in CONLLU:
        return CONLLU.index(name.lower())
    if name.isdecimal() and 1 <= int(name) <= len(CONLLU):
        return int(name) - 1
    raise BadInput(f"{path}: no column {name!r} in CoNLL-U; choose from {', '.join(CONLLU)}")


def _read_columns(path: Path, text: str, label: str, labelled: bool) -> Iterator[Token]:
    width, tabs = 0, False
    for place, line in _lines(path):
        if not line.strip(BLANKS):
            yield None
            continue
        if not width:
            tabs = "\t" in line
        cells = line.split("\t") if tabs else re.split(f"[{BLANKS}]+", line.strip(BLANKS))
        if cells[0] == DOCUMENT:
            continue
        if not width:
            width = len(cells)
            chosen = _columns(place, text, label, width, labelled)
        if len(cells) != width:
            raise BadInput(
                f"{place}: {len(cells)} column{'s' * (len(cells) != 1)} where the first line has "
                f"{width}; a token needs its label, parted by {'a tab' if tabs else 'a blank'}, "
                "and an empty line ends a sentence"
            )
        yield _token(place, [cells[column] for column in chosen], labelled)


def _columns(place: str, text: str, label: str, width: int, labelled: bool) -> list[int]:
    """Positions of the tokens and of the labels."""
    if labelled and width < 2:
        raise BadInput(
            f"{place}: 1 column; a line holds a token and its label, parted by a blank or a tab"
        )
    chosen = []
    for flag, name, usual in (("--text-column", text, 1), ("--label-column", label, width)):
        if not labelled and flag == "--label-column":
            name = ""
        if name and not (name.isdecimal() and 1 <= int(name) <= width):
            raise BadInput(f"{place}: {flag} {name!r}; give a number from 1 to {width}")
        chosen.append(int(name or usual) - 1)
    if labelled and chosen[0] == chosen[1]:
        raise BadInput(f"{place}: column {chosen[0] + 1} cannot be both token and label")
    return chosen


def _token(place: str, cells: list[str], labelled: bool) -> Token:
    token, label = cells
    if not token.strip(BLANKS):
        raise BadInput(f"{place}: an empty token; fill it in or remove the line")
    _check_label(place, label, labelled)
    return place, token, label.strip()


def _check_label(place: str, label: str, labelled: bool) -> None:
    if labelled and len(label.split()) != 1:
        what = f"label {label!r} holds blanks" if label.strip() else "an empty label"
        raise BadInput(f"{place}: {what}; give each token a label without blanks")


def _read_json(
    path: Path, text: str, label: str, labelled: bool
) -> Iterator[tuple[str, list[str], list[str]]]:
    records = read_records(path, example='{"tokens": ["…"], "labels": ["…"]}')
    names = list(records[0][1])
    token_key = text or _key(path, names, TOKEN_KEYS, "--text-column")
    label_key = label or (_key(path, names, LABEL_KEYS, "--label-column") if labelled else "")
    for place, record in records:
        tokens = _strings(place, record, token_key)
        labels = _strings(place, record, label_key) if labelled else [""] * len(tokens)
        if len(tokens) != len(labels):
            raise BadInput(
                f"{place}: {len(tokens)} tokens and {len(labels)} labels; give one for each token"
            )
        if "" in (token.strip(BLANKS) for token in tokens):
            raise BadInput(f"{place}: an empty token; fill it in or remove it")
        for one in labels:
            _check_label(place, one, labelled)
        yield place, tokens, labels


def _key(path: Path, names: list[str], usual: Sequence[str], flag: str) -> str:
    found = next((name for name in usual if name in names), "")
    if not found:
        what = "tokens" if flag == "--text-column" else "labels"
        raise BadInput(f"{path}: no key for the {what} among {listed(names)}; name it with {flag}")
    return found


def _strings(place: str, record: dict, key: str) -> list[str]:
    value = json_value(place, record, key)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadInput(f"{place}: {key!r} is {shown(value)}; give a list of strings")
    return value
