"""Text generation: a language model over characters or words, and sampling from it.

Source: Mikolov et al. 2010 for the model and its training on one long stream, Graves 2013,
"Generating sequences with recurrent neural networks", for sampling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn import cache
from kerasrnn.data.corpus import find_text_files, read_chunks
from kerasrnn.data.text_files import read_texts
from kerasrnn.errors import BadInput
from kerasrnn.file_arrays import FileArray
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
from kerasrnn.tasks._parts import of_splits, refuse_shares
from kerasrnn.tasks._states import state_shapes
from kerasrnn.tasks._text_generation_endpoints import ExportedSteps, endpoints, written_inside
from kerasrnn.tasks._text_generation_settings import TextGenerationConfig
from kerasrnn.tasks._text_pieces import (
    Chunks,
    between,
    next_border,
    of_files,
    of_text,
    read_ids,
    write_ids,
)
from kerasrnn.tasks._trivial import Trivial, counted, trivial_of

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.batches import Streams

# of a text that is measured: every stream begins without a past, so few, yet enough for speed
SCORE_STREAMS, SCORE_STEPS = 16, 100
REQUEST_STEPS = 50  # tokens of an example for comparing exports


class TextGeneration(Task):
    """Predicts every next character or word."""

    config_type = TextGenerationConfig
    monitor = "loss"
    writes = True
    each_step = True
    config: TextGenerationConfig

    def check_data(self) -> None:
        c = self.config
        if c.softmax != "sampled":
            c.refuse_given("softmax_samples", "only --softmax sampled draws words")
        for path in filter(None, (c.data, c.valid_data, c.test_data)):
            # the first piece shows a missing, empty or undecodable file; the rest is streamed later
            next(iter(read_chunks(find_text_files(path))))
        refuse_shares(c, c.parts_given())

    def prepare(self) -> Prepared:
        from kerasrnn.transforms.orders import epoch_start

        c, notes = self.config, []
        text, ids = cache.prepared(
            cache.Recipe("text", self._files, self._settings()),
            self._write,
            read_ids,
            where=c.cache,
            say=notes.append,
        )
        transforms: dict[str, Any] = {"text": text}
        streams = {name: self._streams(part, name) for name, part in ids.items()}
        train, valid, test = streams["train"], streams["valid"], streams.get("test")
        trivial = Trivial.of_numbers(train.ids, len(text.vocabulary))
        transforms["trivial"] = trivial

        def epoch_batches(epoch: int, step: int = 0) -> tf.data.Dataset:
            start = epoch_start(len(train.ids), seed=c.seed, epoch=epoch)
            return train.dataset(start=start, step=step)

        sizes = ", ".join(f"{len(part):,} {name}" for name, part in ids.items())
        for name in ("valid", "test"):
            if name in ids and len(streams[name].ids) < len(ids[name]):
                notes.append(f"measured on the first {len(streams[name].ids):,} of {name}")
        return Prepared(
            transforms=transforms,
            train=epoch_batches,
            steps=train.batches(),
            sizes=[min(c.steps, train.length)],
            valid=valid.dataset(),
            test=test.dataset() if test else None,
            baselines={"unigram": self._unigram(trivial, (test or valid).ids)},
            notes=[f"{sizes} {c.tokens}s; {len(text.vocabulary):,} different", *notes],
        )

    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        from kerasrnn.transforms.text import Text

        return {"text": Text.load(folder, graph=graph), **Trivial.load(folder)}

    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        return self._build(transforms, state=False)

    def training_model(self, model: keras.Model, transforms: Mapping[str, Any]) -> keras.Model:
        twin = self._build(transforms, state=True)
        twin.set_weights(model.get_weights())
        return twin

    def initial_carry(self, model: keras.Model, batch: int) -> list[tf.Tensor]:
        if isinstance(model, ExportedSteps):
            return model.initial_state(batch)
        from kerasrnn.models.text_generator import initial_state

        return initial_state(model, batch)

    def forward(
        self, model: keras.Model, inputs: Any, carry: list[tf.Tensor], *, training: bool
    ) -> tuple[Any, list[tf.Tensor]]:
        if not training or self.config.softmax == "full":
            outputs = model({"ids": inputs, "state": carry}, training=training)
            return outputs["logits"], outputs["state"]
        import keras

        from kerasrnn.large_softmax import Unscored

        last = model.get_layer("logits")
        below = keras.Model(model.input, {"hidden": last.input, "state": model.output["state"]})
        outputs = below({"ids": inputs, "state": carry}, training=True)
        return Unscored(outputs["hidden"], last.kernel, last.bias), outputs["state"]

    def objective(self, model: keras.Model) -> dict[str, Any]:
        from kerasrnn.losses import CrossEntropy

        # of the real ids: the streams end in some of weight zero
        full = CrossEntropy(reduction="mean_with_sample_weight")
        c = self.config
        if c.softmax == "full":
            return {"loss": full}
        from kerasrnn.large_softmax import Unscored

        def loss(targets, outputs, weights):
            if not isinstance(outputs, Unscored):
                return full(targets, outputs, weights)
            if c.softmax == "sliced":
                return outputs.sliced(targets, weights)
            return outputs.sampled(targets, weights, samples=c.softmax_samples, seed=c.seed)

        return {"loss": loss}

    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        import tensorflow as tf

        nats = count = 0.0
        for logits, targets, weights in network.outputs(batches):
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
            nats += float(tf.reduce_sum(losses * weights))
            count += float(tf.reduce_sum(weights))
        return self._figures(nats, count)

    def read_batches(self, transforms: Mapping[str, Any], *, data: str) -> Measured:
        text, files = transforms["text"], find_text_files(data)
        size = len(text.vocabulary)
        ids = cache.prepared(
            cache.Recipe("text", files, {"tokens": self.config.tokens, "known": text.digest()}),
            lambda folder: write_ids(folder, text, {"file": lambda: read_chunks(files)}),
            lambda folder, told: read_ids(folder, told)[1]["file"],
            where=self.config.cache,
        )
        streams = self._streams(ids, data)
        trivial, called = trivial_of(transforms, lambda: Trivial.of_numbers(streams.ids, size))
        baselines = {called("unigram"): self._unigram(trivial, streams.ids)}
        return Measured(streams.dataset(), baselines)

    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        rows, warnings = [], []
        texts = [*texts, *(read_texts(file, warnings=warnings) if file else [])]
        if not texts:
            raise BadInput('nothing to measure: give texts, or --input FILE, or "-"')
        for text in texts:
            ids = next(iter(transforms["text"].encode([text])))
            if len(ids) < 2:
                warnings.append(f"'{limit_text(text)}' has fewer than two tokens to go by")
                rows.append({"text": text, "loss": None})
            else:
                rows.append({"text": text, **self._text_score(network, ids)})
        table = [
            ["-" if r["loss"] is None else f"{r['loss']:.4f}", limit_text(r["text"])] for r in rows
        ]
        return Predictions(rows, ["nats a token", "text"], table, warnings)

    def serving_model(self, model: keras.Model, transforms: Mapping[str, Any]) -> keras.Model:
        twin = self._build(transforms, state=True, masked=True)
        twin.set_weights(model.get_weights())
        return twin

    def endpoints(self, model: keras.Model, transforms: Mapping[str, Any]) -> dict[str, Endpoint]:
        return endpoints(self.config, model, transforms)

    def written_inside(self, model: keras.Model, transforms: Mapping[str, Any]) -> Endpoint:
        return written_inside(model, len(transforms["text"].vocabulary))

    def requests(
        self,
        transforms: Mapping[str, Any],
        prepared: Prepared,
        count: int,
        *,
        training: bool = False,
    ) -> dict[str, Request]:
        import numpy as np

        from kerasrnn.generation import PARAMETERS

        text = transforms["text"]
        batches = prepared.train(0) if training else prepared.held_out
        held_out = next(iter(batches))[0].numpy()
        ids = held_out[np.arange(count) % len(held_out), :REQUEST_STEPS]
        prompts = [text.vocabulary.decode(row[: 3 + i % 20]) for i, row in enumerate(ids)]
        usual = {"length": 40, "temperature": 0.8, "top_k": 40, "top_p": 0.95, "seed": 0}
        shapes = state_shapes(self._build(transforms, state=True))
        return {
            "serving_default": {
                "prompt": np.array([prompt.encode() for prompt in prompts], object),
                **{n: np.full(count, usual[n], kind) for n, kind in PARAMETERS.items()},
                "seed": np.arange(count, dtype=np.int32),
            },
            "step": {
                "ids": ids.astype(np.int32),
                **{n: np.zeros((count, *shape), np.float32) for n, shape in shapes.items()},
            },
        }

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        return [
            "What it writes has the look of its training text and need be neither true nor sense.",
            f"It can write {len(transforms['text'].vocabulary) - 2:,} different "
            f"{self.config.tokens}s, those of its training text.",
            "It may repeat passages of the training text word for word.",
        ]

    def evaluation_sample(self, batches: tf.data.Dataset, most: int) -> tf.data.Dataset:
        # the state goes from batch to batch, so none may be left out between them
        return batches.take(max(1, most // (SCORE_STREAMS * SCORE_STEPS)))

    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        return ExportedSteps(exported)

    def plot(self, network: Network, prepared: Prepared, folder: Path) -> None:
        """The history is this task's picture."""

    def next_commands(self, run: str) -> list[str]:
        own = self.config.data or self.config.dataset
        prompt = "how your text begins" if own else "The "
        return [f'kerasrnn generate {run} --prompt "{prompt}"', *super().next_commands(run)]

    def _build(
        self, transforms: Mapping[str, Any], *, state: bool, masked: bool = False
    ) -> keras.Model:
        from kerasrnn.models import text_generator

        c = self.config
        return text_generator(
            vocabulary_size=len(transforms["text"].vocabulary),
            embedding=c.embedding,
            embedding_dropout=c.embedding_dropout,
            **c.recurrent(),
            state=state,
            masked=masked,
        )

    def _read(self) -> dict[str, Chunks]:
        c = self.config
        if c.data:
            parts = {"train": of_files(c.data)}
            if c.valid_data:
                parts["valid"] = of_files(c.valid_data)
            if c.test_data:
                parts["test"] = of_files(c.test_data)
            return self._complete(parts)
        if c.dataset:
            from kerasrnn.data.tensorflow_datasets import read_text

            splits = read_text(c.dataset, data_dir=c.dataset_dir)
            parts = of_splits(c.dataset, splits)
            return self._complete({part: of_text(text) for part, text in parts.items()})
        from kerasrnn.data.samples.documentation import read_documentation

        return self._complete({"train": of_text(read_documentation())})

    def _complete(self, parts: dict[str, Chunks]) -> dict[str, Chunks]:
        """Cuts the missing parts from the end of the text: train, then test, then valid."""
        c, whole = self.config, parts["train"]
        refuse_shares(c, parts)
        valid_share = 0.0 if "valid" in parts else c.valid_share
        test_share = 0.0 if "test" in parts else c.test_share
        if not valid_share and not test_share:
            return parts
        length = sum(map(len, whole()))
        first = int(length * (1 - valid_share - test_share))
        second = int(length * (1 - valid_share))
        if c.tokens == "word":
            first, second = (next_border(whole, position) for position in (first, second))
        cut = {"train": between(whole, 0, first)}
        cut["valid"] = parts.get("valid") or between(whole, second, length)
        if test_share:
            cut["test"] = between(whole, first, second)
        return {**parts, **cut}

    @property
    def _files(self) -> list[Path]:
        c = self.config
        given = filter(None, (c.data, c.valid_data, c.test_data))
        return [file for path in given for file in find_text_files(path)]

    def _settings(self) -> dict[str, Any]:
        """What the ids depend on, apart from the files."""
        c = self.config
        names = ("tokens", "vocabulary_size", "minimum_count", "valid_share", "test_share")
        given = {part: getattr(c, part) for part in ("data", "valid_data", "test_data")}
        return {
            **{name: getattr(c, name) for name in names},
            # which of the files are whose
            **{part: len(find_text_files(path)) for part, path in given.items() if path},
        }

    def _write(self, folder: Path) -> dict[str, Any]:
        """Fits the vocabulary and writes every part's ids."""
        from kerasrnn.transforms.text import Text
        from kerasrnn.transforms.tokenizer import Tokenizer

        c, parts = self.config, self._read()
        text = Text.fit(
            parts["train"](),
            Tokenizer(c.tokens, reversible=True),
            minimum_count=c.minimum_count,
            size=c.vocabulary_size,
        )
        return write_ids(folder, text, parts)

    def _streams(self, ids: FileArray, name: str) -> Streams:
        from kerasrnn.transforms.batches import Streams

        least = 2 * self.config.batch_size if name == "train" else 2
        if len(ids) < least:
            raise BadInput(
                f"{name}: {len(ids)} {self.config.tokens}s are too few for "
                f"{self.config.batch_size} streams; give more text or a smaller --batch-size"
            )
        if name == "train":
            return Streams(ids, self.config.batch_size, self.config.steps)
        most = SCORE_STREAMS * SCORE_STEPS * self.config.valid_steps + 1
        some = ids[:most] if 1 < most < len(ids) else ids
        return Streams(some, min(SCORE_STREAMS, len(some) // 2), SCORE_STEPS)

    def _unigram(self, trivial: Trivial, measured: np.ndarray | FileArray) -> Metrics:
        """Cross-entropy of guessing each token by its frequency in training."""
        nats = trivial.nats()
        seen = counted(measured, len(nats))
        seen[measured[:1]] -= 1  # the first is not predicted
        return self._figures(float(nats @ seen), float(seen.sum()))

    def _figures(self, nats: float, count: float) -> Metrics:
        from kerasrnn.metrics import language

        return language(nats, count, characters=self.config.tokens == "character")

    def _text_score(self, network: Network, ids: np.ndarray) -> Metrics:
        import numpy as np

        from kerasrnn.metrics import cross_entropy

        # arrays like the ids: a Keras model takes no tensors beside them
        carry = [np.asarray(state) for state in self.initial_carry(network.model, 1)]
        logits, _ = self.forward(network.model, ids[None, :-1], carry, training=False)
        losses = cross_entropy(np.asarray(logits)[0], ids[1:])
        return self._figures(float(losses.sum(dtype=np.float64)), len(ids) - 1)


TASK = TextGeneration
