"""Copying: symbols repeated after a delimiter, however long a gap lies between.

Source: Hochreiter & Schmidhuber 1997, in the form of Arjovsky, Shah & Bengio 2016: ten symbols out
of eight and a gap of T take T + 20 steps; without a memory the best cross-entropy is
10 ln 8 / (T + 20), blanks before the delimiter and any symbol after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kerasrnn.config import RecurrentSettings, TrainingSettings, redefine, setting
from kerasrnn.data.samples import toys
from kerasrnn.data.samples.toys import BLANK, DELIMITER
from kerasrnn.data.sequence_lines import Word
from kerasrnn.errors import BadInput
from kerasrnn.ids import UNKNOWN_ID
from kerasrnn.tasks import Endpoint, Exported, Metrics, Predictions, Prepared, Request, limit_text
from kerasrnn.tasks._generated import Generated, GeneratedConfig, Seen

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.sequence_batches import SequenceBatches
    from kerasrnn.transforms.vocabulary import Vocabulary

BLANK_ID, DELIMITER_ID = UNKNOWN_ID + 1, UNKNOWN_ID + 2  # the vocabulary's first words
SYMBOLS_FROM = DELIMITER_ID + 1


@dataclass(frozen=True, kw_only=True)
class CopyConfig(GeneratedConfig):
    """What is copied, over which gap."""

    symbols: int = setting(5, "Symbols of a generated sequence.", low=1, high=100_000)
    alphabet: int = setting(8, "Different symbols.", low=2, high=26)
    gap: int = setting(5, "Steps from the last symbol to its copy's first.", low=1, high=100_000)
    embedding: int = setting(16, "Width of a symbol's vector.", low=1)
    epochs: int = redefine(TrainingSettings, "epochs", 15)
    units: int = redefine(RecurrentSettings, "units", 96)

    generator = (
        *("symbols", "alphabet", "gap"),
        *GeneratedConfig.generator,
    )


class Asked(NamedTuple):
    """A sequence to be copied: symbols and blanks, the delimiter last."""

    words: list[str]
    where: str = "a generated sequence"  # for messages

    @property
    def symbols(self) -> list[str]:
        """What is to be copied."""
        return [word for word in self.words if word not in (BLANK, DELIMITER)]

    @property
    def steps(self) -> int:
        """With those of the copy."""
        return len(self.words) + len(self.symbols)


class Copy(Generated):
    """Repeats symbols."""

    config_type = CopyConfig
    monitor = "loss"
    about = f"a b c d e {DELIMITER}"
    config: CopyConfig

    def draw(self, rng: np.random.Generator, count: int, *, vary: bool) -> list[Asked]:
        c = self.config
        sizes = {"symbols": c.symbols, "alphabet": c.alphabet, "gap": c.gap}
        return [Asked(words) for words in toys.copying(rng, count, **sizes, vary=vary)]

    def read(self, words: Sequence[Word]) -> Asked:
        asked = Asked([word for _, word in words], words[0][0].rpartition(",")[0])
        places = [where for where, word in words if word == DELIMITER]
        if not places:
            raise BadInput(
                f"{asked.where}: no {DELIMITER}, which asks for the copy: end with it, as in "
                f"{self.about}"
            )
        if asked.words[-1] != DELIMITER or len(places) > 1:
            raise BadInput(f"{places[0]}: {DELIMITER} must be the last word, and once there")
        if not asked.symbols:
            raise BadInput(f"{asked.where}: nothing to copy before the {DELIMITER}")
        return asked

    def known(self) -> str:
        # symbols of the run's own, for others it would refuse
        symbols = self.some(1, training=True)[0].symbols[:5]
        return " ".join([*symbols, DELIMITER])

    def fit(self, examples: Sequence[Asked]) -> Mapping[str, Any]:
        from kerasrnn.transforms.vocabulary import Vocabulary

        symbols = sorted({word for asked in examples for word in asked.symbols})
        longest = max(asked.steps for asked in examples)
        return {"vocabulary": Vocabulary([BLANK, DELIMITER, *symbols]), "seen": Seen(longest)}

    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        from kerasrnn.transforms.vocabulary import Vocabulary

        return {"vocabulary": Vocabulary.load(folder), "seen": Seen.load(folder)}

    def encode(self, examples: Sequence[Asked], transforms: Mapping[str, Any]) -> SequenceBatches:
        from kerasrnn.transforms.sequence_batches import SequenceBatches

        inputs, targets = [], []
        for asked in examples:
            ids = _known(asked, transforms["vocabulary"])
            symbols = ids[ids >= SYMBOLS_FROM]
            inputs.append(np.concatenate([ids, np.full_like(symbols, BLANK_ID)]))
            targets.append(np.concatenate([np.full_like(ids, BLANK_ID), symbols]))
        return SequenceBatches(inputs, targets, each_step=True)

    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        size = len(transforms["vocabulary"])
        return self.reader(vocabulary_size=size, outputs=size, embedding=self.config.embedding)

    def objective(self, model: keras.Model) -> dict[str, Any]:
        from kerasrnn.losses import CrossEntropy

        # a mean over the real steps, whatever the padding
        return {"loss": CrossEntropy(reduction="mean_with_sample_weight")}

    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        from kerasrnn.metrics import cross_entropy

        nats, right, whole = [], [], []
        for outputs, target, weights in network.outputs(batches):
            logits, truth = np.asarray(outputs), np.asarray(target)
            real = np.asarray(weights) > 0
            nats.append(cross_entropy(logits[real], truth[real]))
            asked, hit = truth >= SYMBOLS_FROM, logits.argmax(-1) == truth
            right.append(hit[asked])
            whole.append((hit | ~asked).all(1))
        return {
            "loss": float(np.concatenate(nats).mean()),
            "accuracy": float(np.concatenate(right).mean()),
            "sequence_accuracy": float(np.concatenate(whole).mean()),
        }

    def baselines(
        self, sequences: SequenceBatches, transforms: Mapping[str, Any]
    ) -> dict[str, Metrics]:
        kinds = len(transforms["vocabulary"]) - SYMBOLS_FROM
        asked = np.array([np.sum(target >= SYMBOLS_FROM) for target in sequences.targets])
        steps = sum(map(len, sequences.targets))
        figures = {
            "loss": float(asked.sum()) * math.log(kinds) / steps,
            "accuracy": 1 / kinds,
            "sequence_accuracy": float(np.mean((1 / kinds) ** asked)),
        }
        return {"no memory": figures}

    def answers(
        self, examples: Sequence[Asked], outputs: Sequence[np.ndarray], transforms: Mapping
    ) -> Predictions:
        tokens = transforms["vocabulary"].tokens
        rows = []
        for asked, logits in zip(examples, outputs, strict=True):
            best = logits[len(asked.words) :].argmax(-1)
            copy = " ".join(tokens[i] for i in best)
            rows.append({"sequence": " ".join(asked.words), "copy": copy})
        table = [[limit_text(row["copy"]), limit_text(row["sequence"])] for row in rows]
        return Predictions(rows, ["copy", "sequence"], table)

    def endpoints(self, model: keras.Model, transforms: Mapping[str, Any]) -> dict[str, Endpoint]:
        import tensorflow as tf

        vocabulary = transforms["vocabulary"]

        def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            return {"copy": _copied(model, vocabulary, inputs["text"])}

        def score(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            return {"logits": model(inputs["ids"], training=False)}

        return {
            "serving_default": Endpoint(
                answer,
                {"text": tf.TensorSpec([None], tf.string)},
                f"sequences such as '{self.about}' to the copy of their symbols",
            ),
            "ids": Endpoint(
                score,
                {"ids": tf.TensorSpec([None, None], tf.int32)},
                f"ids, padded right with 0, a blank ({BLANK_ID}) for every symbol asked for, to "
                "the logits of every step",
                numeric=True,
                steps=transforms["seen"].longest,
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
        examples = self.some(count, training=training)
        sequences = self.encode(examples, transforms)
        texts = np.array([" ".join(asked.words).encode() for asked in examples], object)
        ids = sequences.batch(range(len(sequences)))[0]
        return {"serving_default": {"text": texts}, "ids": {"ids": ids}}

    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        def model(ids: Any, training: bool = False) -> np.ndarray:
            steps = np.shape(ids)[1]
            return exported.answer({"ids": np.asarray(ids)})["logits"][:, :steps]

        return model

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        tokens = transforms["vocabulary"].tokens[SYMBOLS_FROM:]
        return [
            f"It copies {len(tokens)} different symbols ({limit_text(' '.join(tokens))}); asked by "
            "a server, it takes any other for one it has not seen.",
            f"It has learned sequences of up to {transforms['seen'].longest} steps, copy included; "
            "longer ones it forgets.",
        ]


def _known(asked: Asked, vocabulary: Vocabulary) -> np.ndarray:
    """Ids of the words.

    Raises:
        BadInput: If one of them was never seen in training.
    """
    ids = vocabulary.look_up(asked.words)
    if UNKNOWN_ID in ids:
        word = asked.words[int(np.argmax(ids == UNKNOWN_ID))]
        known = limit_text(" ".join(vocabulary.tokens[SYMBOLS_FROM:]))
        raise BadInput(
            f"{asked.where}: symbol '{word}' was never seen in training; known are {known}, parted "
            "by blanks"
        )
    return ids


def _copied(model: keras.Model, vocabulary: Vocabulary, texts: tf.Tensor) -> tf.Tensor:
    """Copies of sequences, in the graph."""
    import tensorflow as tf

    words = tf.strings.split(tf.strings.regex_replace(texts, ",", " "))
    ids = vocabulary.encode(words)
    lengths = tf.cast(ids.row_lengths(), tf.int32)[:, None]
    given = ids.to_tensor()
    asked = (given >= SYMBOLS_FROM) | (given == UNKNOWN_ID)
    counts = tf.reduce_sum(tf.cast(asked, tf.int32), 1, keepdims=True)
    # as many blanks behind each row as it has symbols, and room for the longest
    longest = tf.maximum(tf.reduce_max(lengths + counts), 1)
    places = tf.range(longest)[None]
    copies = (places >= lengths) & (places < lengths + counts)
    given = tf.pad(given, [[0, 0], [0, longest - tf.shape(given)[1]]])
    logits = model(tf.where(copies, BLANK_ID, given), training=False)
    best = tf.gather(tf.constant(vocabulary.tokens), tf.argmax(logits, -1))
    return tf.strings.reduce_join(tf.ragged.boolean_mask(best, copies), -1, separator=" ")


TASK = Copy
