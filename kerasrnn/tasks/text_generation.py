"""Text generation: a language model over characters or words, and sampling from it.

Source: Mikolov et al. 2010 for the model and its training on one long stream, Graves 2013,
"Generating sequences with recurrent neural networks", for sampling.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn.config import Config, RecurrentSettings, TrainingSettings, redefine, setting
from kerasrnn.data.corpus import find_text_files, read_chunks
from kerasrnn.data.text_files import read_texts
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
from kerasrnn.tasks._parts import refuse_shares
from kerasrnn.tasks._trivial import Trivial, trivial_of

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.batches import Streams
    from kerasrnn.transforms.text import Text

# of a text that is measured: every stream begins without a past, so few, yet enough for speed
SCORE_STREAMS, SCORE_STEPS = 16, 100
REQUEST_STEPS = 50  # tokens of an example for comparing exports
Chunks = Callable[[], Iterable[str]]  # a text that can be read again from its beginning


@dataclass(frozen=True, kw_only=True)
class TextGenerationConfig(Config):
    """The text and how it is read."""

    tokens: str = setting("character", "What is predicted.", choices=("character", "word"))
    vocabulary_size: int = setting(20_000, "Most tokens known.", low=3)
    minimum_count: int = setting(1, "Tokens seen less often are unknown.", low=1)
    valid_share: float = setting(
        0.1, "Share cut from the text's end to choose the best epoch on.", low=0.001, high=0.5
    )
    test_share: float = setting(
        0.0, "Share cut before that part to measure on; 0: none.", low=0, high=0.5
    )
    steps: int = setting(64, "Tokens of each stream in a batch.", low=1)
    embedding: int = setting(64, "Width of a token's vector.", low=1)
    embedding_dropout: float = setting(
        0.0, "Share of embedding features dropped.", low=0, high=0.95
    )
    cell: str = redefine(RecurrentSettings, "cell", "gru")
    units: int = redefine(RecurrentSettings, "units", 256)
    output_dropout: float = redefine(RecurrentSettings, "output_dropout", 0.2)
    epochs: int = redefine(TrainingSettings, "epochs", 8)
    learning_rate: float = redefine(TrainingSettings, "learning_rate", 4e-3)
    schedule: str = redefine(TrainingSettings, "schedule", "cosine")
    warmup: float = redefine(TrainingSettings, "warmup", 0.05)


class TextGeneration(Task):
    """Predicts every next character or word."""

    config_type = TextGenerationConfig
    monitor = "loss"
    writes = True
    each_step = True
    config: TextGenerationConfig

    def check_data(self) -> None:
        c = self.config
        for path in filter(None, (c.data, c.valid_data, c.test_data)):
            # the first piece shows a missing, empty or undecodable file; the rest is streamed later
            next(iter(read_chunks(find_text_files(path))))
        refuse_shares(c, c.parts_given())

    def prepare(self) -> Prepared:
        from kerasrnn.transforms.batches import epoch_start
        from kerasrnn.transforms.text import Text
        from kerasrnn.transforms.tokenizer import Tokenizer

        c, parts = self.config, self._read()
        tokenizer = Tokenizer(c.tokens, reversible=True)
        text = Text.fit(
            parts["train"](), tokenizer, minimum_count=c.minimum_count, size=c.vocabulary_size
        )
        transforms: dict[str, Any] = {"text": text}
        streams = {name: self._streams(text, chunks, name) for name, chunks in parts.items()}
        train, valid, test = streams["train"], streams["valid"], streams.get("test")
        trivial = Trivial.of_numbers(train.ids, len(text.vocabulary))
        transforms["trivial"] = trivial

        def epoch_batches(epoch: int) -> tf.data.Dataset:
            start = epoch_start(len(train.ids), seed=c.seed, epoch=epoch)
            return train.dataset(start=start)

        sizes = ", ".join(f"{len(s.ids):,} {name}" for name, s in streams.items())
        return Prepared(
            transforms=transforms,
            train=epoch_batches,
            steps=train.batches(),
            valid=valid.dataset(),
            test=test.dataset() if test else None,
            baselines={"unigram": self._unigram(trivial, (test or valid).ids)},
            notes=[f"{sizes} {c.tokens}s; {len(text.vocabulary):,} different"],
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
        if isinstance(model, _Steps):
            return model.initial_state(batch)
        from kerasrnn.models.text_generator import initial_state

        return initial_state(model, batch)

    def forward(
        self, model: keras.Model, inputs: Any, carry: list[tf.Tensor], *, training: bool
    ) -> tuple[Any, list[tf.Tensor]]:
        outputs = model({"ids": inputs, "state": carry}, training=training)
        return outputs["logits"], outputs["state"]

    def objective(self, model: keras.Model) -> dict[str, Any]:
        from kerasrnn.losses import CrossEntropy

        return {"loss": CrossEntropy()}

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
        files = find_text_files(data)
        streams = self._streams(transforms["text"], lambda: read_chunks(files), data)
        size = len(transforms["text"].vocabulary)
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
        import tensorflow as tf

        from kerasrnn.generation import PARAMETERS, write

        text = transforms["text"]
        names = [f"state_{i}" for i in range(len(model.input["state"]))]

        def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            return {"text": write(model, text, inputs)}

        def step(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            state = [inputs[name] for name in names]
            outputs = model({"ids": inputs["ids"], "state": state}, training=False)
            return {
                "logits": outputs["logits"],
                **dict(zip(names, outputs["state"], strict=True)),
            }

        states = {
            name: tf.TensorSpec([None, tensor.shape[-1]], tf.float32)
            for name, tensor in zip(names, model.input["state"], strict=True)
        }
        kinds = {"prompt": tf.string, **{n: tf.as_dtype(k) for n, k in PARAMETERS.items()}}
        return {
            "serving_default": Endpoint(
                answer,
                {name: tf.TensorSpec([None], kind) for name, kind in kinds.items()},
                f"prompts to what follows them, at most length {self.config.tokens}s, drawn by "
                "temperature, top_k (0: all), top_p (1: all) and seed",
            ),
            "step": Endpoint(
                step,
                {"ids": tf.TensorSpec([None, None], tf.int32), **states},
                "token ids and the state before them (zeros at first) to the logits after each "
                "and the state to go on with",
                numeric=True,
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
        import numpy as np

        from kerasrnn.generation import PARAMETERS

        text = transforms["text"]
        batches = prepared.train(0) if training else prepared.held_out
        held_out = next(iter(batches))[0].numpy()
        ids = held_out[np.arange(count) % len(held_out), :REQUEST_STEPS]
        prompts = [text.vocabulary.decode(row[: 3 + i % 20]) for i, row in enumerate(ids)]
        usual = {"length": 40, "temperature": 0.8, "top_k": 40, "top_p": 0.95, "seed": 0}
        zeros = self._build(transforms, state=True).input["state"]
        return {
            "serving_default": {
                "prompt": np.array([prompt.encode() for prompt in prompts], object),
                **{n: np.full(count, usual[n], kind) for n, kind in PARAMETERS.items()},
                "seed": np.arange(count, dtype=np.int32),
            },
            "step": {
                "ids": ids.astype(np.int32),
                **{
                    f"state_{i}": np.zeros((count, tensor.shape[-1]), np.float32)
                    for i, tensor in enumerate(zeros)
                },
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
        return _Steps(exported)

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
            parts = {"train": _files(c.data)}
            if c.valid_data:
                parts["valid"] = _files(c.valid_data)
            if c.test_data:
                parts["test"] = _files(c.test_data)
            return self._complete(parts)
        if c.dataset:
            from kerasrnn.data.tensorflow_datasets import read_text

            splits = read_text(c.dataset, data_dir=c.dataset_dir)
            names = {"train": "train", "valid": "validation", "test": "test"}
            return self._complete({p: _whole(splits[n]) for p, n in names.items() if n in splits})
        from kerasrnn.data.samples.documentation import read_documentation

        return self._complete({"train": _whole(read_documentation())})

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
            first, second = (_next_border(whole, position) for position in (first, second))
        cut = {"train": _between(whole, 0, first)}
        cut["valid"] = parts.get("valid") or _between(whole, second, length)
        if test_share:
            cut["test"] = _between(whole, first, second)
        return {**parts, **cut}

    def _streams(self, text: Text, chunks: Chunks, name: str) -> Streams:
        from kerasrnn.transforms.batches import Streams
        from kerasrnn.transforms.storage import store

        ids = store(text.encode(chunks()), vocabulary_size=len(text.vocabulary))
        least = 2 * self.config.batch_size if name == "train" else 2
        if len(ids) < least:
            raise BadInput(
                f"{name}: {len(ids)} {self.config.tokens}s are too few for "
                f"{self.config.batch_size} streams; give more text or a smaller --batch-size"
            )
        if name == "train":
            return Streams(ids, self.config.batch_size, self.config.steps)
        return Streams(ids, min(SCORE_STREAMS, len(ids) // 2), SCORE_STEPS)

    def _unigram(self, trivial: Trivial, measured: np.ndarray) -> Metrics:
        """Cross-entropy of guessing each token by its frequency in training."""
        import numpy as np

        counts = np.array(trivial.counts) + 1.0  # add one: every id is possible
        nats = -np.log(counts / counts.sum())
        seen = np.bincount(measured[1:], minlength=len(counts))
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


class _Steps:
    """An exported language model, called as the training form is."""

    def __init__(self, exported: Exported):
        self.exported = exported
        self.names = [name for name in exported.shapes if name.startswith("state_")]
        self.names.sort(key=lambda name: int(name.removeprefix("state_")))

    def initial_state(self, batch: int) -> list[np.ndarray]:
        """Zeros, as at the beginning of a text."""
        import numpy as np

        shapes = self.exported.shapes
        return [np.zeros((batch, shapes[name][-1]), np.float32) for name in self.names]

    def __call__(self, inputs: Mapping[str, Any], training: bool = False) -> dict[str, Any]:
        import numpy as np

        ids, state = np.asarray(inputs["ids"]), inputs["state"]
        stretch, logits = self.exported.steps or max(ids.shape[1], 1), []
        for first in range(0, ids.shape[1], stretch):
            states = dict(zip(self.names, state, strict=True))
            part = ids[:, first : first + stretch]
            outputs = self.exported.answer({"ids": part, **states})
            logits.append(outputs["logits"][:, : part.shape[1]])
            state = [outputs[name] for name in self.names]
        return {"logits": np.concatenate(logits, 1), "state": state}


def _files(path: str) -> Chunks:
    files = find_text_files(path)
    return lambda: read_chunks(files)


def _whole(text: str) -> Chunks:
    return lambda: [text]


def _next_border(chunks: Chunks, position: int) -> int:
    """The first place from `position` on where a word ends."""
    from kerasrnn.transforms.tokenizer import ends_piece

    before = ""
    begin = max(position - 1, 0)
    rest = _between(chunks, begin, sys.maxsize)()
    for place, after in enumerate(itertools.chain.from_iterable(rest), begin):
        if before and ends_piece(before, after):
            return place
        before = after
    return position  # nothing but one word


def _between(chunks: Chunks, first: int, last: int) -> Chunks:
    """The characters from `first` up to `last`."""

    def cut() -> Iterator[str]:
        position = 0
        for chunk in chunks():
            piece = chunk[max(first - position, 0) : max(last - position, 0)]
            position += len(chunk)
            if piece:
                yield piece
            if position >= last:
                return

    return cut


TASK = TextGeneration
