"""Tagging: a label for each token, as parts of speech or the borders of named entities.

Source: Huang, Xu & Yu 2015, "Bidirectional LSTM-CRF models for sequence tagging", for the three
ways to choose labels; the CoNLL-2000 and CoNLL-2003 shared tasks for how entities are counted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn.data.tagged import TaggedSentences, read_tagged
from kerasrnn.errors import BadInput
from kerasrnn.ids import UNKNOWN_ID
from kerasrnn.tasks import (
    Endpoint,
    Exported,
    Measured,
    Metrics,
    Predictions,
    Prepared,
    Request,
    Task,
)
from kerasrnn.tasks._labels import Labels
from kerasrnn.tasks._parts import complete_parts
from kerasrnn.tasks._sentences import Sentence, read_sentences, shown, told
from kerasrnn.tasks._tagging_answers import (
    SCORE_BATCH,
    Answers,
    decoded,
    logits_of,
    sentence_batches,
)
from kerasrnn.tasks._tagging_settings import TaggingConfig
from kerasrnn.tasks._tags import Tags, figures, usual_labels
from kerasrnn.tasks._trivial import Trivial, trivial_of
from kerasrnn.tasks._vectors import check_vectors, start_from_vectors

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.explanations import Decisions
    from kerasrnn.network import Network
    from kerasrnn.transforms.batches import TaggedBuckets

SAMPLE_SENTENCES = 3_000


class Tagging(Task):
    """Labels the tokens of sentences."""

    config_type = TaggingConfig
    monitor = "accuracy"  # f1 where labels mark entities
    higher_is_better = True
    each_step = True
    explains = True
    config: TaggingConfig

    def check_data(self) -> None:
        c = self.config
        c.refuse_without_data("text_column", "label_column")
        if len(c.parts_given()) == 2:
            c.refuse_given("block", "every part is given, so none is cut")
        if c.data:
            _ = self._parts
        check_vectors(self.config)

    def prepare(self) -> Prepared:
        import numpy as np

        from kerasrnn.transforms.orders import epoch_order
        from kerasrnn.transforms.static_shapes import step_sizes
        from kerasrnn.transforms.words import Words

        c, parts = self.config, self._parts
        words = Words.fit(
            parts["train"].tokens,
            tokens=c.tokens,
            lower_case=c.lower_case,
            word_length=c.word_length if c.characters != "none" else 0,
            minimum_count=c.minimum_count,
            size=c.vocabulary_size,
        )
        tags = Tags.fit(parts["train"], entities=c.scheme == "auto")
        transforms = {"words": words, "labels": tags.labels}
        self._choose_monitor(tags)
        buckets = {
            name: self._buckets(transforms, part, named=name != "train")
            for name, part in parts.items()
        }
        train, measured = buckets["train"], buckets.get("test", buckets["valid"])
        count, size = len(parts["train"]), (len(words.words), len(tags.labels.names))
        flat = np.concatenate(train.labels)
        usual = usual_labels(np.concatenate(train.ids), flat, size)
        trivial = transforms["trivial"] = Trivial.of_numbers(flat, size[1])
        return Prepared(
            transforms=transforms,
            train=lambda epoch: train.dataset(epoch_order(count, seed=c.seed, epoch=epoch)),
            steps=train.steps(),
            sizes=step_sizes([train.longest]),
            padding=train.padding(epoch_order(count, seed=c.seed, epoch=0)),
            valid=buckets["valid"].by_length(SCORE_BATCH),
            test=buckets["test"].by_length(SCORE_BATCH) if "test" in buckets else None,
            baselines={
                "commonest label": self._commonest(tags, measured, trivial),
                "each word's commonest label": figures(
                    tags, measured.names, [usual[ids] for ids in measured.ids], measured.ids
                ),
            },
            notes=[
                f"{', '.join(f'{len(part):,} {name}' for name, part in parts.items())} sentences; "
                f"{len(tags.labels.names)} labels, {tags.about()}; {len(words.words):,} words",
                *tags.notes(parts, words, c.decoder),
            ],
        )

    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        from kerasrnn.transforms.words import Words

        labels, trivial = Labels.load(folder), Trivial.load(folder)
        transforms = {"words": Words.load(folder), "labels": labels, **trivial}
        self._choose_monitor(self._tags(transforms))
        return transforms

    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        from kerasrnn.models import tagger

        c, words, tags = self.config, transforms["words"], self._tags(transforms)
        return tagger(
            vocabulary_size=len(words.words),
            labels=len(tags.labels.names),
            bidirectional=c.bidirectional,
            embedding=c.embedding,
            characters=c.characters,
            alphabet_size=len(words.characters),
            word_length=words.word_length,
            character_embedding=c.character_embedding,
            character_units=c.character_units,
            bigrams=c.bigrams,
            decoder=c.decoder,
            rules=tags.rules(),
            word_dropout=c.word_dropout,
            embedding_dropout=c.embedding_dropout,
            **c.recurrent(),
        )

    def initial_weights(self, model: keras.Model, transforms: Mapping[str, Any]) -> list[str]:
        return start_from_vectors(model, transforms["words"].words.tokens, self.config)

    def forward(
        self, model: keras.Model, inputs: Any, carry: list[tf.Tensor], *, training: bool
    ) -> tuple[Any, list[tf.Tensor]]:
        if isinstance(model, Answers):
            return {**model(inputs), "ids": inputs["ids"]}, carry
        logits = model(inputs, training=training)
        if training:
            return logits, carry
        answers = decoded(model, inputs["ids"], logits, decoder=self.config.decoder)
        return {**answers, "ids": inputs["ids"]}, carry

    def objective(self, model: keras.Model) -> dict[str, Any]:
        from keras import ops

        from kerasrnn.losses import CrossEntropy, TokensMean

        if self.config.decoder != "crf":
            losses = CrossEntropy(reduction=None)
            return {"loss": TokensMean(lambda y, outputs, w: losses(y, logits_of(outputs)) * w)}
        crf = model.get_layer("crf")

        def nats(labels, outputs, weights):
            # a row that only fills the batch up has no step: all are read then, and none counts
            rows = ops.max(weights, 1, keepdims=True)
            real = weights + (1 - rows) > 0
            return crf.negative_log_likelihood(logits_of(outputs), labels, real) * rows[:, 0]

        return {"loss": TokensMean(nats)}

    def known_targets(self, batch: tuple, transforms: Mapping[str, Any]) -> tuple:
        import tensorflow as tf

        inputs, labels, weights, *others = batch
        weights *= tf.cast(labels >= 0, weights.dtype)
        rows = tf.reduce_any(weights > 0, 1)
        known = (inputs, tf.maximum(labels, 0), weights, *others)
        return tf.nest.map_structure(lambda x: tf.boolean_mask(x, rows), known)

    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        import numpy as np

        gold, predicted, ids, p = [], [], [], []
        for outputs, labels, weights, written in network.outputs(batches):
            arrays = [np.asarray(outputs[name]) for name in ("labels", "ids", "probabilities")]
            lengths = np.asarray(weights).sum(1).astype(int)
            for row, length in enumerate(lengths):
                here, words, chances = (array[row, :length] for array in arrays)
                gold.append([name.decode() for name in np.asarray(written[row, :length])])
                predicted.append(here)
                ids.append(words)
                p.append(chances[np.arange(length), np.asarray(labels[row, :length])])
        return figures(self._tags(transforms), gold, predicted, ids, p)

    def read_batches(self, transforms: Mapping[str, Any], *, data: str) -> Measured:
        import numpy as np

        part = self._read_file(data)
        buckets = self._buckets(transforms, part, named=True)
        tags, flat = self._tags(transforms), np.concatenate(buckets.labels)
        here = functools.partial(Trivial.of_numbers, flat, len(tags.labels.names))
        trivial, called = trivial_of(transforms, here)
        baselines = {called("commonest label"): self._commonest(tags, buckets, trivial)}
        return Measured(buckets.by_length(SCORE_BATCH), baselines, tags.notes_of(part))

    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        import numpy as np

        warnings: list[str] = []
        words, tags = transforms["words"], self._tags(transforms)
        sentences = [Sentence(text, words.split(text)) for text in texts]
        if file:
            sentences += read_sentences(file, words, self.config.text_column, warnings)
        if not sentences:
            raise BadInput('nothing to label: give texts, or --input FILE, or "-"')
        rows: list[dict[str, Any]] = [{} for _ in sentences]
        encoded = words.encode([sentence.tokens for sentence in sentences])
        for places, inputs in sentence_batches(encoded):
            outputs = {name: np.asarray(array) for name, array in network(inputs).items()}
            for place, labels, p in zip(
                places, outputs["labels"], outputs["probabilities"], strict=True
            ):
                length = len(sentences[place].tokens)
                chosen = labels[:length]
                chances = p[np.arange(length), chosen]
                names = [tags.labels.names[label] for label in chosen]
                rows[place] = told(sentences[place], names, chances, tags.scheme)
        for place, sentence in enumerate(sentences):
            rows[place] = rows[place] or told(sentence, [], [], tags.scheme)
            if not sentence.tokens:
                warnings.append("an empty text has no tokens to label")
            elif (encoded[place]["ids"] <= UNKNOWN_ID).all():
                warnings.append(f"no word of '{shown(sentence)}' was known in training")
        table = [[row.pop("table")] for row in rows]
        return Predictions(rows, ["text with labels"], table, warnings)

    def explain(
        self, network: Network, transforms: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
    ) -> list[Decisions]:
        from kerasrnn.tasks._tagging_evidence import Explainer

        words, tags = transforms["words"], self._tags(transforms)
        explainer = Explainer(network.model, words, tags, decoder=self.config.decoder)
        return [explainer.explain(row) for row in rows]

    def endpoints(self, model: keras.Model, transforms: Mapping[str, Any]) -> dict[str, Endpoint]:
        from kerasrnn.tasks._tagging_endpoints import endpoints

        words, names = transforms["words"], transforms["labels"].names
        return endpoints(model, words, names, decoder=self.config.decoder)

    def requests(
        self,
        transforms: Mapping[str, Any],
        prepared: Prepared,
        count: int,
        *,
        training: bool = False,
    ) -> dict[str, Request]:
        import numpy as np

        from kerasrnn.tasks._tagging_endpoints import requests

        part = self._parts["train"] if training else self._held_out
        chosen = np.linspace(0, len(part) - 1, count).astype(int)
        return requests(transforms["words"], [part.tokens[i] for i in chosen])

    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        return Answers(exported)

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        c, words = self.config, transforms["words"]
        rule = "word by word as docs/tagging.md says" if c.tokens == "word" else "by characters"
        letters = "by their characters and places" if words.word_length else "by their places"
        return [
            f"Every token gets one of {len(transforms['labels'].names)} labels, fitting or not.",
            f"Raw texts are split {rule}; texts whose tokens differ from those of "
            "training are labelled less well.",
            f"{len(words.words) - 2:,} different words are known; others are told apart {letters}.",
            "A file with a fixed number of steps takes longer sentences in stretches, none of "
            "which sees the others.",
        ]

    def plot(self, network: Network, prepared: Prepared, folder: Path) -> None:
        import numpy as np

        from kerasrnn.plots import MOST_CLASSES, confusion

        targets, predicted = [], []
        for outputs, labels, weights, _ in network.outputs(prepared.valid):
            real = np.asarray(weights) > 0
            targets.append(np.asarray(labels)[real])
            predicted.append(np.asarray(outputs["labels"])[real])
        targets, predicted = np.concatenate(targets), np.concatenate(predicted)
        names = prepared.transforms["labels"].names
        # of many labels the commonest, in their own order
        shown = np.sort(np.bincount(targets[targets >= 0]).argsort()[::-1][:MOST_CLASSES])
        here = np.isin(targets, shown) & np.isin(predicted, shown)
        pair = (np.searchsorted(shown, x[here]) for x in (targets, predicted))
        confusion(folder / "confusion.png", *pair, [names[i] for i in shown])

    def next_commands(self, run: str) -> list[str]:
        text = "your text" if self.config.data else "Anna Lindt met us in Florence on 3 May."
        return [f'kerasrnn predict {run} "{text}"', *super().next_commands(run)]

    def _tags(self, transforms: Mapping[str, Any]) -> Tags:
        return Tags.of(transforms["labels"], entities=self.config.scheme == "auto")

    def _choose_monitor(self, tags: Tags) -> None:
        """What chooses the best epoch is known as soon as the labels are."""
        self.monitor = "f1" if tags.scheme else "accuracy"

    def _commonest(self, tags: Tags, part: TaggedBuckets, trivial: Trivial) -> Metrics:
        """Metrics of always giving the commonest label."""
        import numpy as np

        commonest = np.argmax(trivial.counts)
        return figures(
            tags, part.names, [np.full(len(ids), commonest) for ids in part.ids], part.ids
        )

    @functools.cached_property
    def _parts(self) -> dict[str, TaggedSentences]:
        """The parts, read once for checking and for training."""
        c = self.config
        if not c.data:
            from kerasrnn.data.samples.entities import generate_entities

            whole = generate_entities(SAMPLE_SENTENCES, seed=c.seed)
            return self._complete({"train": whole}, test=True)
        paths = {"train": c.data, "valid": c.valid_data, "test": c.test_data}
        given = {name: self._read_file(path) for name, path in paths.items() if path}
        return self._complete(given, test=not c.test_data)

    def _complete(
        self, parts: dict[str, TaggedSentences], *, test: bool
    ) -> dict[str, TaggedSentences]:
        whole, c = parts["train"], self.config
        return complete_parts(
            parts, len(whole), TaggedSentences.rows, test=test, seed=c.seed, block=c.block
        )

    @property
    def _held_out(self) -> TaggedSentences:
        return self._parts.get("test", self._parts["valid"])

    def _read_file(self, path: str) -> TaggedSentences:
        c = self.config
        return read_tagged(path, text_column=c.text_column, label_column=c.label_column)

    def _buckets(
        self, transforms: Mapping[str, Any], part: TaggedSentences, *, named: bool
    ) -> TaggedBuckets:
        """A part in numbers, with the names of its labels if it is to be measured on."""
        from kerasrnn.transforms.batches import TaggedBuckets

        tags = self._tags(transforms)
        labels = tags.encode(part)
        rows = transforms["words"].encode(part.tokens)
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        names = [tags.written(row) for row in part.labels] if named else ()
        return TaggedBuckets(columns.pop("ids"), labels, self.config.batch_size, columns, names)


TASK = Tagging
