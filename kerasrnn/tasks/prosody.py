"""Prosody: numbers such as duration and pitch for every phone, character or word of a text.

Source: duration as regression from the sequence of phones is the usual first stage of speech
synthesis, with a bidirectional LSTM in Zen & Sak 2015, "Unidirectional LSTM RNN with recurrent
output layer for low-latency speech synthesis", and Fan et al. 2014.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasrnn.config import (
    RecurrentSettings,
    TrainingSettings,
    comma_separated,
    redefine,
    setting,
)
from kerasrnn.data.file_kinds import TABLE_SUFFIXES
from kerasrnn.data.sequences import (
    ELEMENT_NAMES,
    Sequences,
    choose_column,
    number_columns,
    open_table,
    sequences_of,
)
from kerasrnn.data.text_files import read_texts
from kerasrnn.errors import BadInput, listed
from kerasrnn.ids import UNKNOWN_ID
from kerasrnn.tasks import (
    Endpoint,
    Exported,
    Metrics,
    Predictions,
    Prepared,
    Request,
    limit_text,
)
from kerasrnn.tasks._sequences import (
    Layout,
    SequenceConfig,
    SequenceTask,
    find_id_column,
    targets_first,
)

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.scaler import Scaler
    from kerasrnn.transforms.stretches import Stretches
    from kerasrnn.transforms.text import Text

SAMPLE_UTTERANCES = 600
COLUMN_FLAGS = ("element_column", "targets", "minimum_count")


@dataclass(frozen=True, kw_only=True)
class ProsodyConfig(SequenceConfig):
    """The elements and their values."""

    element_column: str = setting("", "Column of the elements; guessed if left out.")
    targets: str = setting(
        "", "Columns of the values, separated by commas; all numbers if left out."
    )
    minimum_count: int = setting(1, "Elements seen less often are unknown.", low=1)
    embedding: int = setting(32, "Width of an element's vector.", low=1)
    bidirectional: bool = setting(True, "Read the text both ways.")
    epochs: int = redefine(TrainingSettings, "epochs", 12)
    batch_size: int = redefine(TrainingSettings, "batch_size", 16)
    learning_rate: float = redefine(TrainingSettings, "learning_rate", 3e-3)
    schedule: str = redefine(TrainingSettings, "schedule", "cosine")
    warmup: float = redefine(TrainingSettings, "warmup", 0.05)
    units: int = redefine(RecurrentSettings, "units", 48)

    def __post_init__(self):
        super().__post_init__()
        self.refuse_without_data(*COLUMN_FLAGS)


class Prosody(SequenceTask):
    """Answers one or more values for every element of a text."""

    config_type = ProsodyConfig
    each_step = True
    config: ProsodyConfig

    @functools.cached_property
    def parts(self) -> dict[str, Sequences]:
        return self._read[1]

    @functools.cached_property
    def _read(self) -> tuple[Layout, dict[str, Sequences]]:
        c = self.config
        whole, layout = self._training_file() if c.data else _sample(c.seed)
        parts = self.cut(whole)
        for name, path in (("valid", c.valid_data), ("test", c.test_data)):
            if path:
                parts[name] = _read_part(layout, path)
        for part in parts.values():
            self.examples(layout, part)
        return replace(layout, longest=int(parts["train"].lengths.max())), parts

    def _training_file(self) -> tuple[Sequences, Layout]:
        c, table = self.config, open_table(self.config.data)
        id_column = find_id_column(table, c.id_column)
        element = choose_column(table, c.element_column, ELEMENT_NAMES, "element")
        if not element:
            raise BadInput(
                f"{table.path}: no column of elements among {listed(table.names)}; name it with "
                "--element-column"
            )
        named = comma_separated(c.targets)
        roles = [id_column, element, *named]
        if taken := [name for name in roles if roles.count(name) > 1]:
            raise BadInput(f"{table.path}: column {taken[0]!r} is given two roles")
        values = named or number_columns(table, but=(id_column, element))
        layout = Layout(id_column, "", (element,), values, False, 0)
        return _sequences(table, layout), layout

    def fit(self, train: Sequences) -> Mapping[str, Any]:
        from kerasrnn.transforms.text import Text
        from kerasrnn.transforms.tokenizer import Tokenizer
        from kerasrnn.transforms.vocabulary import Vocabulary

        layout, _ = self._read
        single = all(len(element) == 1 for element in train.inputs)
        tokenizer = Tokenizer("character", reversible=True) if single else Tokenizer("element")
        counts = Counter(train.inputs.tolist())
        vocabulary = Vocabulary.fit(counts, minimum_count=self.config.minimum_count)
        transforms = {"layout": layout, "text": Text(tokenizer, vocabulary)}
        return {**transforms, "scaler": targets_first(layout.targets, train.targets)}

    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        from kerasrnn.transforms.scaler import Scaler
        from kerasrnn.transforms.text import Text

        text = Text.load(folder, graph=graph)
        return {"layout": Layout.load(folder), "text": text, "scaler": Scaler.load(folder)}

    def rows(self, transforms: Mapping[str, Any], part: Sequences) -> np.ndarray:
        text: Text = transforms["text"]
        _check_elements(part, text, transforms["layout"].inputs[0])
        return text.vocabulary.look_up(part.inputs.tolist())

    def read_file(self, transforms: Mapping[str, Any], path: str) -> Sequences:
        return _read_part(transforms["layout"], path)

    def notes(self, transforms: Mapping[str, Any]) -> list[str]:
        text, layout = transforms["text"], transforms["layout"]
        how = "characters" if text.tokenizer.tokens == "character" else "elements between blanks"
        return [
            f"{', '.join(layout.targets)} of {how}; {len(text.vocabulary) - 2:,} known: "
            f"{listed(text.vocabulary.tokens[2:])}"
        ]

    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        from kerasrnn.models import element_regressor

        c = self.config
        return element_regressor(
            vocabulary_size=len(transforms["text"].vocabulary),
            values=len(transforms["layout"].targets),
            embedding=c.embedding,
            bidirectional=c.bidirectional,
            **c.recurrent(),
        )

    def errors(self, predicted: np.ndarray, truth: np.ndarray, scaler: Scaler) -> Metrics:
        """In the deviations of training, over all values; and of each value in its own unit."""
        from kerasrnn.metrics import forecast_errors

        whole = forecast_errors(scaler.scale(predicted), scaler.scale(truth))
        metrics = {"rmse": whole["rmse"], "mae": whole["mae"]}
        for i, name in enumerate(scaler.names):
            own = forecast_errors(predicted[:, i], truth[:, i])
            metrics |= {f"rmse_{name}": own["rmse"], f"mae_{name}": own["mae"]}
        return metrics

    def stronger_baseline(
        self, train: Stretches, measured: Stretches, scaler: Scaler
    ) -> tuple[str, np.ndarray]:
        """Each element's own mean in training; of one never seen there the mean of all."""
        size = 1 + max(int(train.rows.max()), int(measured.rows.max()))
        counts = np.bincount(train.rows, minlength=size)
        means = [
            np.where(
                counts > 0,
                np.bincount(train.rows, values, minlength=size) / np.maximum(counts, 1),
                mean,
            )
            for values, mean in zip(train.truth.T, scaler.mean, strict=True)
        ]
        return "mean of each element", np.stack(means, 1)[measured.rows[measured.answered]]

    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        text, layout = transforms["text"], transforms["layout"]
        elements = [_elements(text, given) for given in texts]
        if file:
            elements += self._elements_of_file(text, layout, file)
        if not elements:
            raise BadInput('nothing to answer: give texts, or --input FILE, or "-"')
        warnings = []
        if any(not row for row in elements):
            warnings.append("an empty text has no elements, so it is left out")
            elements = [row for row in elements if row]
        ids = [text.vocabulary.look_up(row) for row in elements]
        answers = self.answers(network, ids, transforms["scaler"]) if ids else []
        rows, table = [], []
        joint = "" if text.tokenizer.tokens == "character" else " "
        for row, values in zip(elements, answers, strict=True):
            columns = {n: [float(v) for v in values[:, i]] for i, n in enumerate(layout.targets)}
            rows.append({"text": joint.join(row), "elements": row, **columns})
            table += [[e, *(f"{v:.4g}" for v in own)] for e, own in zip(row, values, strict=True)]
        return Predictions(
            rows, ["element", *layout.targets], table, [*warnings, *_doubts(elements, ids, layout)]
        )

    def _elements_of_file(self, text: Text, layout: Layout, file: str) -> list[list[str]]:
        """A table grouped as in training, or one text a line."""
        if not file.lower().removesuffix(".gz").endswith(TABLE_SUFFIXES):
            return [_elements(text, line) for line in read_texts(file)]
        part = _sequences(open_table(file), replace(layout, targets=()))
        return [row.tolist() for row in part.split(part.inputs)]

    def endpoints(self, model: keras.Model, transforms: Mapping[str, Any]) -> dict[str, Endpoint]:
        import tensorflow as tf

        text, layout, scaler = (transforms[name] for name in ("text", "layout", "scaler"))
        mean, deviation = (tf.constant(a, tf.float32) for a in (scaler.mean, scaler.deviation))

        def values(ids: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
            own = model(ids, training=False) * deviation + mean
            return tf.where(tf.expand_dims(real, -1), own, tf.zeros_like(own))

        def of_ids(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            return {"values": values(inputs["ids"], inputs["ids"] > 0)}

        def of_texts(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            tokens = text.tokenizer(inputs["text"])
            # a step at least, which the layers need, and which an empty text does not answer
            short = tf.cast(tf.reduce_max(tokens.row_lengths()) < 1, tf.int32)
            ids = tf.pad(text.vocabulary.encode(tokens).to_tensor(), [[0, 0], [0, short]])
            elements = tf.pad(tokens.to_tensor(""), [[0, 0], [0, short]])
            return {"elements": elements, "values": values(ids, ids > 0)}

        names = ", ".join(layout.targets)
        how = "" if text.tokenizer.tokens == "character" else ", blanks between the elements"
        return {
            "serving_default": Endpoint(
                of_texts,
                {"text": tf.TensorSpec([None], tf.string)},
                f"texts{how}, to their elements, and to {names} of each in their own units",
            ),
            "ids": Endpoint(
                of_ids,
                {"ids": tf.TensorSpec([None, None], tf.int32)},
                f"element ids, padded right with 0, to {names} in their own units, 0 for padding",
                numeric=True,
                steps=layout.longest,
            ),
        }

    def requests(
        self,
        transforms: Mapping[str, Any],
        prepared: Prepared,
        count: int,
        *,
        training: bool = False,
    ) -> dict[str, Request]:
        from kerasrnn.transforms.padding import pad

        text = transforms["text"]
        part = self.parts["train"] if training else self.held_out
        chosen = np.linspace(0, len(part.ids) - 1, count).astype(int)
        whole = part.split(part.inputs)
        rows = [whole[i].tolist() for i in chosen]
        ids = pad([text.vocabulary.look_up(row) for row in rows])
        # cut alike: a row has then the same number of answers alone as among others
        least = min(map(len, rows))
        joint = "" if text.tokenizer.tokens == "character" else " "
        texts = np.array([joint.join(row[:least]).encode() for row in rows], object)
        return {"serving_default": {"text": texts}, "ids": {"ids": ids}}

    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        def model(ids: Any, training: bool = False) -> np.ndarray:
            ids = np.asarray(ids)
            answer = exported.answer({"ids": ids})["values"][:, : ids.shape[1]]
            return transforms["scaler"].scale(answer).astype(np.float32)

        return model

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        text, layout = transforms["text"], transforms["layout"]
        return [
            f"{len(text.vocabulary) - 2:,} different elements are known; all others are one to it.",
            f"It gives {', '.join(layout.targets)} of each element as one voice would on average, "
            "the same every time.",
            f"Texts longer than the {layout.longest:,} elements of the longest in training are "
            "answered as readily, and less rightly.",
        ]

    def next_commands(self, run: str) -> list[str]:
        whole = self.parts["train"].split(self.parts["train"].inputs)[0].tolist()
        joint = "" if all(len(element) == 1 for element in whole) else " "
        words = joint.join(whole[:8]).replace("'", "")
        return [f"kerasrnn predict {run} '{words}'", *super().next_commands(run)]


def _sample(seed: int) -> tuple[Sequences, Layout]:
    from kerasrnn.data.samples.phones import VALUES, phones

    layout = Layout("utterance", "", ("phone",), VALUES, False, 0)
    return phones(SAMPLE_UTTERANCES, seed=seed), layout


def _read_part(layout: Layout, path: str) -> Sequences:
    return _sequences(open_table(path), layout)


def _sequences(table: Any, layout: Layout) -> Sequences:
    return sequences_of(
        table, id_column=layout.id_column, elements=layout.inputs[0], targets=layout.targets
    )


def _check_elements(part: Sequences, text: Text, column: str) -> None:
    """Refuses elements that a text could not hold, for it would be parted elsewhere."""
    whole = {element for element in set(part.inputs) if text.tokenizer.plain(element) == [element]}
    for line, element in zip(part.lines, part.inputs, strict=True):
        if element not in whole:
            one = (
                "one character, as all" if text.tokenizer.tokens == "character" else "no blanks in"
            )
            raise BadInput(
                f"{part.source}: line {line}, column {column!r}: {element[:40]!r}; elements have "
                f"{one} those of training"
            )


def _elements(text: Text, given: str) -> list[str]:
    return text.tokenizer.plain(given.rstrip("\n"))


def _doubts(elements: list[list[str]], ids: list[np.ndarray], layout: Layout) -> list[str]:
    """Warnings of elements and lengths that training had not."""
    warnings = []
    for row, numbers in zip(elements, ids, strict=True):
        unknown = [e for e, number in zip(row, numbers, strict=True) if number == UNKNOWN_ID]
        warnings += [f"{listed(dict.fromkeys(unknown))} was never seen in training"][: len(unknown)]
        if len(row) > layout.longest:
            warnings.append(
                f"'{limit_text(' '.join(row), 24)}' has {len(row):,} elements, more than the "
                f"{layout.longest:,} of any text in training"
            )
    return warnings


TASK = Prosody
