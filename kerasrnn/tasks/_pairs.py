"""What translation, summarisation and dialogue share: reading one text and writing another."""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from kerasrnn.data.pairs import Pairs, read_pairs, read_sources
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
from kerasrnn.tasks._pairs_answers import answer, doubts, picture
from kerasrnn.tasks._pairs_endpoints import ExportedPairs, endpoints, searching
from kerasrnn.tasks._pairs_parts import complete, cut
from kerasrnn.tasks._pairs_scores import figures, sums
from kerasrnn.tasks._pairs_settings import PairsConfig
from kerasrnn.tasks._parts import of_splits
from kerasrnn.tasks._trivial import Trivial, trivial_of

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.pair_batches import PairBatches
    from kerasrnn.transforms.text import Text
    from kerasrnn.translating import Written

SCORE_BATCH = 64  # sources; each has as many rows as the beam is wide
PLOTTED = 3  # alignments of a run


class SequenceToSequence(Task):
    """Reads one text and writes another; a kind of pairs says which."""

    config_type = PairsConfig
    monitor = "loss"
    each_step = True
    config: PairsConfig
    noun: ClassVar[str] = "translation"  # of what is written
    sample_tokens: ClassVar[str] = "character"  # that the embedded sample is best read by
    # what was searched with last, for compiling takes seconds: a model whose training is over
    _compiled: tuple[Any, Callable[[np.ndarray], Written]] | None = None

    def check_data(self) -> None:
        c = self.config
        if not c.dataset:
            c.refuse_without_data("source_column", "target_column")
        if self._tokens == "subword":
            c.refuse_given(
                "minimum_count",
                "subwords are chosen by --vocabulary-size; --tokens word or character counts",
            )
        if c.beam == 1:
            for name in ("length_penalty", "coverage_penalty"):
                c.refuse_given(name, "it chooses among candidates, and --beam 1 follows but one")
        if c.data:
            _ = self._files

    @property
    def _tokens(self) -> str:
        """What is read and written."""
        usual = "subword" if self.config.data or self.config.dataset else self.sample_tokens
        return self.config.tokens or usual

    def prepare(self) -> Prepared:
        from kerasrnn.text_metrics import signatures
        from kerasrnn.transforms.orders import epoch_order
        from kerasrnn.transforms.static_shapes import step_sizes

        c, notes = self.config, []
        parts = {name: complete(part, name, notes) for name, part in self._read().items()}
        transforms: dict[str, Any] = {**self._fit(parts["train"])}
        batches = {name: self._batches(transforms, part) for name, part in parts.items()}
        train = batches["train"]
        held = batches.get("test", batches["valid"])
        trivial = transforms["trivial"] = self._counted(transforms, train)
        sizes = ", ".join(f"{len(part):,} {name}" for name, part in parts.items())
        known = " and ".join(f"{len(transforms[s].vocabulary):,}" for s in ("source", "target"))
        signature = signatures(tokenize=c.bleu_tokens, lower=c.lower)["bleu"]
        return Prepared(
            transforms=transforms,
            train=lambda epoch: train.dataset(
                epoch_order(len(train.sources), seed=c.seed, epoch=epoch), c.batch_size
            ),
            steps=train.steps(c.batch_size),
            sizes=step_sizes(train.longest),
            padding=train.padding(
                epoch_order(len(train.sources), seed=c.seed, epoch=0), c.batch_size
            ),
            valid=batches["valid"].by_length(SCORE_BATCH),
            test=batches["test"].by_length(SCORE_BATCH) if "test" in batches else None,
            baselines=self._baselines(trivial, held, parts.get("test", parts["valid"])),
            notes=[
                f"{sizes} pairs; {known} tokens known",
                *notes,
                *(self._cut_note(name, part) for name, part in batches.items() if part.cut),
                f"BLEU: {signature}",
            ],
        )

    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        from kerasrnn.transforms.text import Text

        sides = {s: Text.load(folder, graph=graph, name=f"{s}_") for s in ("source", "target")}
        return {**sides, **Trivial.load(folder)}

    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        from kerasrnn.models import translator

        c = self.config
        return translator(
            source_size=len(transforms["source"].vocabulary),
            target_size=len(transforms["target"].vocabulary),
            bidirectional=c.bidirectional,
            attention=c.attention,
            input_feeding=c.input_feeding,
            embedding=c.embedding,
            shared=c.shared_vocabulary,
            tied=c.tied,
            embedding_dropout=c.embedding_dropout,
            **c.recurrent(),
        )

    def objective(self, model: keras.Model) -> dict[str, Any]:
        from kerasrnn.losses import CrossEntropy

        # of the real tokens: padding differs from batch to batch
        reduction = "mean_with_sample_weight"
        return {"loss": CrossEntropy(self.config.label_smoothing, reduction=reduction)}

    def watch(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        return figures([sums(*part[:3]) for part in network.outputs(batches)])

    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        import numpy as np

        batches = batches.cache()
        known = self.watch(network, batches, transforms)
        translate, text = self._translator(network.model), transforms["target"]
        written: list[str] = []
        wanted: list[str] = []
        for inputs, _, _, texts in batches:
            best = translate(inputs["source"].numpy()).ids[:, 0]
            written += [text.decode(row) for row in np.asarray(best)]
            wanted += [t.decode() for t in texts.numpy()]
        return {**known, **self.text_scores(written, wanted)}

    def text_scores(self, written: Sequence[str], wanted: Sequence[str]) -> Metrics:
        """How near what was written is to what should have been."""
        from kerasrnn.text_metrics import translation_scores

        c = self.config
        return translation_scores(written, wanted, tokenize=c.bleu_tokens, lower=c.lower)

    def read_batches(self, transforms: Mapping[str, Any], *, data: str) -> Measured:
        part = self.read_file(data).complete()
        batches = self._batches(transforms, part)
        trivial, called = trivial_of(transforms, lambda: self._counted(transforms, batches))
        baselines = self._baselines(trivial, batches, part, called=called)
        return Measured(batches.by_length(SCORE_BATCH), baselines)

    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        import numpy as np

        from kerasrnn.transforms.padding import padded_batches

        warnings: list[str] = []
        if file:
            texts = [*texts, *read_sources(file, source_column=self.config.source_column)]
        if not texts:
            raise BadInput('nothing to read: give texts, or --input FILE, or "-"')
        ids = self._encode(transforms["source"], texts, warnings)
        translate, target = self._translator(network.model), transforms["target"]
        rows: list[dict[str, Any]] = [{} for _ in texts]
        pictures: list[Any] = [None for _ in texts]
        for places, batch in padded_batches(ids, SCORE_BATCH):
            written = translate(batch)
            for row, place in enumerate(places):
                rows[place] = answer(texts[place], target, written, row)
                warnings += doubts(self.noun, texts[place], np.asarray(written.ids)[row, 0])
                pictures[place] = picture(transforms, batch[row], written, row)
        return Predictions(
            rows=rows,
            header=[self.noun, "score", "text"],
            table=[[r["output"], f"{r['score']:.3f}", limit_text(r["text"])] for r in rows],
            warnings=warnings,
            pictures=pictures,
        )

    def serving_model(self, model: keras.Model, transforms: Mapping[str, Any]) -> keras.Model:
        # one of its own, for stepping through it spoils it for saving
        twin = self.build_model(transforms)
        twin.set_weights(model.get_weights())
        return twin

    def endpoints(self, model: keras.Model, transforms: Mapping[str, Any]) -> dict[str, Endpoint]:
        return endpoints(self.config, model, transforms, self.noun)

    def requests(
        self,
        transforms: Mapping[str, Any],
        prepared: Prepared,
        count: int,
        *,
        training: bool = False,
    ) -> dict[str, Request]:
        import numpy as np

        parts = self._read()
        whole = (parts["train"] if training else parts.get("test", parts["valid"])).complete()
        part = whole.take(np.linspace(0, len(whole) - 1, count).astype(int).tolist())
        source, target, _ = self._batches(transforms, part).arrays(range(count))
        text = {"text": np.array([source.encode() for source in part.sources], object)}
        return {
            "serving_default": text,
            "search": text,
            "next": {"source": source, "target": target},
        }

    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        return ExportedPairs(exported)

    def plot(self, network: Network, prepared: Prepared, folder: Path) -> None:
        middle = int(prepared.valid.cardinality()) // 2  # of the lengths
        inputs, *_ = next(iter(prepared.valid.skip(middle)))
        source = inputs["source"].numpy()[:PLOTTED]
        written = self._translator(network.model)(source)
        for row in range(len(source)):
            draw = picture(prepared.transforms, source[row], written, row)
            draw(folder / f"alignment_{row + 1}.png")

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        c = self.config
        return [
            f"It may write what is not in the source, leave out what is, and cannot tell: a "
            f"{self.noun} is no better known to be right for being fluent.",
            f"Of a source longer than {c.steps} tokens only the beginning is read; at most "
            f"{c.target_steps} tokens are written.",
            f"{len(transforms['source'].vocabulary):,} tokens are known of the sources and "
            f"{len(transforms['target'].vocabulary):,} of what it writes.",
        ]

    def next_commands(self, run: str) -> list[str]:
        return [f'kerasrnn predict {run} "your text"', *super().next_commands(run)]

    def read_file(self, path: str) -> Pairs:
        """Pairs from what `--data` names."""
        c = self.config
        return read_pairs(path, source_column=c.source_column, target_column=c.target_column)

    @abc.abstractmethod
    def read_sample(self) -> dict[str, Pairs]:
        """The embedded pairs, in parts."""

    def _read(self) -> dict[str, Pairs]:
        c = self.config
        if c.data:
            return self._files
        if not c.dataset:
            return self.read_sample()
        from kerasrnn.data.tensorflow_datasets import read_pairs as read_dataset

        columns = {"source": c.source_column, "target": c.target_column}
        splits = read_dataset(c.dataset, data_dir=c.dataset_dir, **columns)
        return cut(of_splits(c.dataset, splits), test=False, seed=c.seed)

    @functools.cached_property
    def _files(self) -> dict[str, Pairs]:
        c = self.config
        given = {"train": c.data, "valid": c.valid_data, "test": c.test_data}
        parts = {name: self.read_file(path) for name, path in given.items() if path}
        return cut(parts, test="test" not in parts, seed=c.seed)

    def _fit(self, train: Pairs) -> dict[str, Text]:
        from kerasrnn.transforms.text import Text
        from kerasrnn.transforms.tokenizer import Tokenizer

        c = self.config
        tokenizer = Tokenizer(self._tokens, sentences=True, lower=c.lower)
        rules = {"minimum_count": c.minimum_count, "size": c.vocabulary_size, "ends": True}
        if c.shared_vocabulary:
            both = Text.fit([*train.sources, *train.targets], tokenizer, **rules)
            fitted = {"source": both, "target": both}
        else:
            sides = {"source": train.sources, "target": train.targets}
            fitted = {side: Text.fit(texts, tokenizer, **rules) for side, texts in sides.items()}
        return {side: replace(text, name=f"{side}_") for side, text in fitted.items()}

    def _batches(self, transforms: Mapping[str, Any], part: Pairs) -> PairBatches:
        from kerasrnn.transforms.pair_batches import PairBatches, with_end

        most = self.config.target_steps
        targets = [with_end(ids, most) for ids in transforms["target"].encode(part.targets)]
        wanted = [text.lower() for text in part.targets] if self.config.lower else part.targets
        return PairBatches(self._encode(transforms["source"], part.sources), targets, wanted)

    def _cut_note(self, name: str, part: PairBatches) -> str:
        return (
            f"{name}: {part.cut:,} of {len(part.targets):,} targets are longer than --target-steps "
            f"{self.config.target_steps}: their rest is neither learned nor written"
        )

    def _encode(
        self, text: Text, sources: Sequence[str], warnings: list[str] | None = None
    ) -> list[np.ndarray]:
        from kerasrnn.ids import UNKNOWN_ID
        from kerasrnn.transforms.text import truncate

        most, encoded = self.config.steps, []
        for source, ids in zip(sources, text.encode(sources), strict=True):
            encoded.append(truncate(ids, most))
            if warnings is None:
                continue
            if not source.strip():
                warnings.append(f"an empty text has nothing to go by; its {self.noun} is a guess")
            elif (encoded[-1] == UNKNOWN_ID).all():
                warnings.append(f"nothing of '{limit_text(source)}' was known in training")
            if len(ids) > most:
                warnings.append(
                    f"'{limit_text(source)}': only the first {most} of {len(ids)} tokens are read"
                )
        return encoded

    def _translator(self, model: Any) -> Callable[[np.ndarray], Written]:
        """Searches with a trained model or through an exported one."""
        from kerasrnn.translating import GraphTranslator, translate_by_endpoint

        how = searching(self.config)
        if isinstance(model, ExportedPairs):
            if model.most > 0:
                how = replace(how, most=min(how.most, model.most))
            return lambda source: translate_by_endpoint(model.answer, source, how)
        if self._compiled is None or self._compiled[0] is not model:
            self._compiled = (model, GraphTranslator.of(model, how).compiled())
        return self._compiled[1]

    def _counted(self, transforms: Mapping[str, Any], batches: PairBatches) -> Trivial:
        """How often each token is to be written."""
        import numpy as np

        size = len(transforms["target"].vocabulary)
        return Trivial.of_numbers(np.concatenate(batches.targets), size)

    def _baselines(
        self,
        trivial: Trivial,
        held: PairBatches,
        part: Pairs,
        *,
        called: Callable[[str], str] = str,
    ) -> dict[str, Metrics]:
        """Guessing each token by its frequency in training, and giving the source back."""
        import numpy as np

        ids = np.concatenate(held.targets)
        each = trivial.nats()
        nats, hits = each[ids], ids == each.argmin()
        sources = [text.lower() for text in part.sources] if self.config.lower else part.sources
        return {
            called("unigram"): figures([(float(nats.sum()), float(hits.sum()), float(len(ids)))]),
            "source as it is": self.text_scores(sources, held.texts),
        }
