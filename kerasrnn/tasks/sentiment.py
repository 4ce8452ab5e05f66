"""Sentiment and any other text classification: one of several labels for each text.

Source: the classical steps (tokenise, word vectors, split, build, train, keep the best by
validation, predict) with the reviews of Maas et al. 2011 as the usual measure.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn import cache
from kerasrnn.data.text_files import (
    LabelledTexts,
    iterate_labelled_texts,
    read_texts,
)
from kerasrnn.errors import BadInput
from kerasrnn.tasks import (
    Endpoint,
    Exported,
    Measured,
    Metrics,
    Predictions,
    Prepared,
    Request,
    Task,
    limit_text,
)
from kerasrnn.tasks._labels import Labels
from kerasrnn.tasks._large_texts import LargeTexts, read_rows, write_rows
from kerasrnn.tasks._sentiment_answers import answer, doubts, softmax
from kerasrnn.tasks._sentiment_endpoints import endpoints
from kerasrnn.tasks._sentiment_parts import check_labels, large_texts, read_part, read_parts
from kerasrnn.tasks._sentiment_settings import SentimentConfig
from kerasrnn.tasks._trivial import Trivial, trivial_of
from kerasrnn.tasks._vectors import check_vectors, start_from_vectors

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from kerasrnn.explanations import Explanation
    from kerasrnn.network import Network
    from kerasrnn.transforms.batches import Buckets
    from kerasrnn.transforms.orders import Permutation
    from kerasrnn.transforms.text import Text

SCORE_BATCH = 256


class Sentiment(Task):
    """Classifies texts."""

    config_type = SentimentConfig
    monitor = "accuracy"
    higher_is_better = True
    explains = True
    config: SentimentConfig

    def check_data(self) -> None:
        c = self.config
        tables = [p for p in (c.data, c.valid_data, c.test_data) if p and not Path(p).is_dir()]
        if not tables:
            for name in ("text_column", "label_column"):
                c.refuse_given(name, f"{c.source} is no file with columns")
        if self._large:
            for path in self._large.paths.values():
                # the first row shows a wrong column; the rest is streamed later
                next(iterate_labelled_texts(path, **self._large.columns))
        elif c.data:
            _ = self._files
        elif not c.dataset:
            c.refuse_given("block", "the embedded sample has its parts already")
        check_vectors(c)

    def prepare(self) -> Prepared:
        from kerasrnn.transforms.orders import epoch_order
        from kerasrnn.transforms.static_shapes import step_sizes

        c, notes = self.config, []
        transforms, buckets = self._prepare_large(notes) if self._large else self._prepare_small()
        text, labels, train = transforms["text"], transforms["labels"], buckets["train"]
        held_out = {n: self._some(part) for n, part in buckets.items() if n != "train"}
        sizes = ", ".join(f"{len(part.labels):,} {name}" for name, part in buckets.items())
        for name, part in held_out.items():
            if len(part.labels) < len(buckets[name].labels):
                notes.append(f"measured on {len(part.labels):,} of {name}, evenly spread")
        trivial = transforms["trivial"] = Trivial.of_numbers(train.labels, len(labels.names))

        def order(epoch: int) -> np.ndarray | Permutation:
            return epoch_order(len(train.labels), seed=c.seed, epoch=epoch)

        return Prepared(
            transforms=transforms,
            train=lambda epoch, step=0: train.dataset(order(epoch), step),
            steps=train.steps(),
            sizes=step_sizes([train.longest]),
            padding=train.padding(order(0)),
            valid=held_out["valid"].by_length(SCORE_BATCH),
            test=held_out["test"].by_length(SCORE_BATCH) if "test" in held_out else None,
            baselines={
                "majority class": _majority(
                    held_out.get("test", held_out["valid"]).labels[:], trivial
                )
            },
            notes=[
                f"{sizes} texts; labels {', '.join(labels.names)}; "
                f"{len(text.vocabulary):,} tokens known",
                *notes,
            ],
        )

    def _prepare_small(self) -> tuple[dict[str, Any], dict[str, Buckets]]:
        """Transforms and parts of data that fit into memory."""
        parts = self._read()
        text = self._fit(parts["train"].texts)
        labels = Labels(tuple(sorted(set(parts["train"].labels))))
        transforms = {"text": text, "labels": labels}
        return transforms, {name: self._buckets(transforms, p) for name, p in parts.items()}

    def _prepare_large(self, notes: list[str]) -> tuple[dict[str, Any], dict[str, Buckets]]:
        """The same of files that do not, from a cache."""
        from kerasrnn.transforms.batches import Buckets
        from kerasrnn.transforms.text import Text

        c, large = self.config, self._large
        names = ("tokens", "segmenter", "vocabulary_size", "minimum_count", "steps", "truncate")
        names += ("text_column", "label_column", "block", "seed")

        def write(folder: Path) -> dict[str, Any]:
            labels = large.labels()
            text = self._fit(large.training_texts())
            for transform in (text, labels):
                transform.save(folder)
            return write_rows(folder, large.examples(), text, labels, self._encode)

        def read(folder: Path, told: Mapping[str, Any]) -> tuple:
            return Text.load(folder), Labels.load(folder), read_rows(folder, told)

        files = [Path(path) for path in large.paths.values()]
        settings = {name: getattr(c, name) for name in names} | {"parts": list(large.paths)}
        recipe = cache.Recipe("texts", files, settings)
        text, labels, parts = cache.prepared(recipe, write, read, where=c.cache, say=notes.append)
        buckets = {
            name: Buckets(*parts[name], c.batch_size)
            for name in ("train", "valid", "test")
            if name in parts
        }
        return {"text": text, "labels": labels}, buckets

    def _fit(self, texts: Iterable[str]) -> Text:
        from kerasrnn.transforms.text import Text
        from kerasrnn.transforms.tokenizer import Tokenizer

        c = self.config
        return Text.fit(
            texts,
            Tokenizer(c.tokens, segmenter=c.segmenter),
            minimum_count=c.minimum_count,
            size=c.vocabulary_size,
        )

    def _some(self, part: Buckets) -> Buckets:
        """What of a part is measured on: all, or as many rows as are asked for, evenly spread."""
        import dataclasses

        import numpy as np

        most = self.config.valid_steps * SCORE_BATCH
        if not most or len(part.labels) <= most:
            return part
        rows = range(0, len(part.labels), -(-len(part.labels) // most))
        ids = [part.ids[row] for row in rows]
        return dataclasses.replace(part, ids=ids, labels=part.labels[np.array(rows)])

    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        from kerasrnn.transforms.text import Text

        text = Text.load(folder, graph=graph)
        return {"text": text, "labels": Labels.load(folder), **Trivial.load(folder)}

    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        from kerasrnn.models import text_classifier

        c = self.config
        return text_classifier(
            vocabulary_size=len(transforms["text"].vocabulary),
            classes=len(transforms["labels"].names),
            bidirectional=c.bidirectional,
            embedding=c.embedding,
            word_dropout=c.word_dropout,
            embedding_dropout=c.embedding_dropout,
            pooling=c.pooling,
            bigrams=c.bigrams,
            **c.recurrent(),
        )

    def initial_weights(self, model: keras.Model, transforms: Mapping[str, Any]) -> list[str]:
        tokens = transforms["text"].vocabulary.tokens
        return start_from_vectors(model, tokens, self.config)

    def objective(self, model: keras.Model) -> dict[str, Any]:
        from kerasrnn.losses import CrossEntropy

        reduction = "mean_with_sample_weight"
        return {"loss": CrossEntropy(self.config.label_smoothing, reduction=reduction)}

    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        from kerasrnn.metrics import classification

        logits, targets = _collect(network, batches)
        return classification(logits, targets)

    def read_batches(self, transforms: Mapping[str, Any], *, data: str) -> Measured:
        buckets = self._buckets(transforms, read_part(self.config, data))
        targets, size = buckets.labels, len(transforms["labels"].names)
        trivial, called = trivial_of(transforms, lambda: Trivial.of_numbers(targets, size))
        baselines = {called("majority class"): _majority(targets, trivial)}
        return Measured(buckets.by_length(SCORE_BATCH), baselines)

    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        import numpy as np

        from kerasrnn.transforms.padding import padded_batches

        warnings: list[str] = []
        if file:
            c = self.config
            columns = {"text_column": c.text_column, "label_column": c.label_column}
            texts = [*texts, *read_texts(file, **columns, warnings=warnings)]
        if not texts:
            raise BadInput('nothing to classify: give texts, or --input FILE, or "-"')
        names = transforms["labels"].names
        ids = self._encode(transforms["text"], texts)
        p = np.zeros((len(texts), len(names)), np.float32)
        for places, batch in padded_batches(ids, SCORE_BATCH):
            p[places] = softmax(np.asarray(network(batch)))
        rows = [answer(text, names, row) for text, row in zip(texts, p, strict=True)]
        return Predictions(
            rows=rows,
            header=["label", "probability", "text"],
            table=[[r["label"], f"{r['probability']:.3f}", limit_text(r["text"])] for r in rows],
            warnings=[*warnings, *doubts(texts, ids)],
        )

    def explain(
        self, network: Network, transforms: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
    ) -> list[Explanation]:
        from kerasrnn.tasks._evidence import Explainer

        c, names = self.config, transforms["labels"].names
        explainer = Explainer(
            network.model, transforms["text"], steps=c.steps, ends=c.truncate == "ends"
        )
        return [
            explainer.explain(
                row["text"],
                names.index(row["label"]),
                answer=row["label"],
                certainty=row["probability"],
            )
            for row in rows
        ]

    def endpoints(self, model: keras.Model, transforms: Mapping[str, Any]) -> dict[str, Endpoint]:
        return endpoints(self.config, model, transforms)

    def requests(
        self,
        transforms: Mapping[str, Any],
        prepared: Prepared,
        count: int,
        *,
        training: bool = False,
    ) -> dict[str, Request]:
        import numpy as np

        from kerasrnn.tasks._examples import serialized
        from kerasrnn.transforms.padding import pad

        if self._large:
            wanted = "train" if training else "valid" if prepared.test is None else "test"
            found = (text for part, text, _ in self._large.examples() if part == wanted)
            whole = list(itertools.islice(found, count))
        else:
            parts = self._read()
            whole = (parts["train"] if training else parts.get("test", parts["valid"])).texts
        chosen = np.linspace(0, len(whole) - 1, count).astype(int)
        texts = transforms["text"].tokenizer.before_graph([whole[i] for i in chosen])
        request = {"text": np.array([text.encode() for text in texts], object)}
        return {
            "serving_default": request,
            "classify": {"inputs": serialized(request)},
            "ids": {"ids": pad(self._encode(transforms["text"], [whole[i] for i in chosen]))},
        }

    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        return lambda ids, training=False: exported.answer({"ids": ids})["logits"]

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        c, text = self.config, transforms["text"]
        kept = "their beginning" if c.truncate == "head" else "their beginning and end"
        return [
            f"Every text gets one of {', '.join(transforms['labels'].names)}, fitting or not.",
            f"Of texts longer than {c.steps} {c.tokens}s only {kept} is read.",
            f"{len(text.vocabulary):,} different {c.tokens}s are known; all others are one to it.",
            "Texts unlike those it was trained on are answered as readily, and less rightly.",
        ]

    def plot(self, network: Network, prepared: Prepared, folder: Path) -> None:
        from kerasrnn.plots import confusion

        # the validation part: a second pass over a large test part would take its time again
        logits, targets = _collect(network, prepared.valid)
        names = prepared.transforms["labels"].names
        confusion(folder / "confusion.png", targets, logits.argmax(-1), names)

    def next_commands(self, run: str) -> list[str]:
        return [f'kerasrnn predict {run} "your text" --explain', *super().next_commands(run)]

    @functools.cached_property
    def _large(self) -> LargeTexts | None:
        return large_texts(self.config)

    def _read(self) -> dict[str, LabelledTexts]:
        return self._files if self.config.data else read_parts(self.config)

    @functools.cached_property
    def _files(self) -> dict[str, LabelledTexts]:
        """The parts from files, read once for checking and for training."""
        return read_parts(self.config)

    def _buckets(self, transforms: Mapping[str, Any], part: LabelledTexts) -> Buckets:
        from kerasrnn.transforms.batches import Buckets

        labels = transforms["labels"]
        check_labels(part, set(labels.names))
        ids = self._encode(transforms["text"], part.texts)
        return Buckets(ids, labels.encode(part.labels), self.config.batch_size)

    def _encode(self, text: Text, texts: Sequence[str]) -> list[np.ndarray]:
        from kerasrnn.transforms.text import truncate

        most, how = self.config.steps, self.config.truncate
        return [truncate(ids, most, ends=how == "ends") for ids in text.encode(texts)]


def _collect(network: Network, batches: tf.data.Dataset) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    pairs = [(np.asarray(o), y.numpy()) for o, y in network.outputs(batches)]
    return np.concatenate([o for o, _ in pairs]), np.concatenate([y for _, y in pairs])


def _majority(targets: np.ndarray, trivial: Trivial) -> Metrics:
    """Metrics of always answering the most frequent label, as sure as it is frequent."""
    import numpy as np

    from kerasrnn.metrics import classification

    counts = np.array(trivial.counts)
    logits = np.log(np.maximum(counts / counts.sum(), 1e-12))
    return classification(np.tile(logits, (len(targets), 1)), targets)


TASK = Sentiment
