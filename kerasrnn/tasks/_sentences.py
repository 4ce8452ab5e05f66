"""Sentences to label, and what is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasrnn.data.corpus import file_or_standard_input
from kerasrnn.data.file_kinds import COLUMN_SUFFIXES, JSON_SUFFIXES, file_kind
from kerasrnn.data.json_records import read_records
from kerasrnn.data.tagged import read_tagged
from kerasrnn.data.text_files import read_texts
from kerasrnn.tasks import limit_text
from kerasrnn.transforms.chunks import Scheme

if TYPE_CHECKING:
    from kerasrnn.transforms.words import Words


@dataclass(frozen=True)
class Sentence:
    """A text and its tokens, which occur in it one after the other."""

    text: str
    tokens: list[str]

    @property
    def places(self) -> list[tuple[int, int]]:
        """Where each token begins and ends in the text."""
        places, position = [], 0
        for token in self.tokens:
            begin = self.text.index(token, position)
            position = begin + len(token)
            places.append((begin, position))
        return places


def read_sentences(
    file: str, words: Words, text_column: str, warnings: list[str]
) -> list[Sentence]:
    """Sentences of a file: with its own tokens, or one text a line, split by the rule.

    Raises:
        BadInput: If it cannot be read.
    """
    path = file_or_standard_input(file)
    kind = file_kind(path)
    has_tokens = kind in COLUMN_SUFFIXES
    if kind in JSON_SUFFIXES:
        first = read_records(path)[0][1]
        has_tokens = any(isinstance(value, list) for value in first.values())
    if has_tokens:
        given = read_tagged(path, text_column=text_column, labelled=False)
        return [Sentence(" ".join(tokens), tokens) for tokens in given.tokens]
    texts = read_texts(file, text_column=text_column, warnings=warnings)
    return [Sentence(text, words.split(text)) for text in texts]


def shown(sentence: Sentence) -> str:
    """The beginning of a sentence."""
    return limit_text(sentence.text)


def told(
    sentence: Sentence, labels: Sequence[str], p: Sequence[float], scheme: Scheme | None
) -> dict[str, Any]:
    """What is answered for a sentence; `table` is for a person."""
    row: dict[str, Any] = {
        "text": sentence.text,
        "tokens": sentence.tokens,
        "labels": list(labels),
        "probabilities": [round(float(x), 6) for x in p],
    }
    if not scheme:
        pairs = zip(sentence.tokens, labels, strict=True)
        return {**row, "table": " ".join(f"{token}/{label}" for token, label in pairs)}
    places = sentence.places
    row["entities"] = [
        {
            "type": kind,
            "text": sentence.text[places[begin][0] : places[end - 1][1]],
            "start": places[begin][0],
            "end": places[end - 1][1],
        }
        for begin, end, kind in scheme.entities(labels)
    ]
    return {**row, "table": _marked(sentence.text, row["entities"])}


def _marked(text: str, entities: Sequence[dict[str, Any]]) -> str:
    """A text with its entities in brackets, on one line."""
    parts, position = [], 0
    for entity in entities:
        mark = f" {entity['type']}" if entity["type"] else ""
        parts += [text[position : entity["start"]], f"[{entity['text']}{mark}]"]
        position = entity["end"]
    return " ".join("".join([*parts, text[position:]]).split())
