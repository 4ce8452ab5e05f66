"""Speech recognition: recordings to text with CTC, whole or while they are spoken.

Source: Graves et al. 2006, "Connectionist temporal classification", and Graves, Mohamed & Hinton
2013, "Speech recognition with deep recurrent neural networks".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn.config import comma_separated
from kerasrnn.data.audio import read_audio, resample
from kerasrnn.data.corpus import file_or_standard_input
from kerasrnn.data.recordings import Recording, Rule, holds_many, read_recordings
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
)
from kerasrnn.tasks._heard import Heard
from kerasrnn.tasks._parts import refuse_shares
from kerasrnn.tasks._speech_endpoints import endpoints
from kerasrnn.tasks._speech_settings import SpeechConfig, replacements
from kerasrnn.tasks._spoken import Spoken, cut, hear, notes, strange, with_enough_steps
from kerasrnn.tasks._states import state_shapes
from kerasrnn.tasks._trivial import Trivial, trivial_of

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.utterances import Utterances

SAMPLE = {"train": 3000, "valid": 300, "test": 300}  # messages in Morse code
SCORE_BATCH = 64
FILE_FLAGS = (
    *("names", "words", "audio_column", "text_column", "speaker_column"),
    *("leave_out", "test_names", "split_by", "valid_share", "test_share", "lower_case", "rate"),
)


class Speech(Task):
    """Writes down what is said."""

    config_type = SpeechConfig
    asks = "recordings or --input FILE"
    monitor = "character_error_rate"
    config: SpeechConfig

    def check_data(self) -> None:
        self.config.refuse_without_data(*FILE_FLAGS)  # not sooner: a recipe names no data
        self._refuse_idle()
        if self.config.data:
            with_enough_steps(self._parts["train"], self.config.stride)

    def _refuse_idle(self) -> None:
        """Refuses what says how parts are cut that are given or named."""
        c = self.config
        given = c.parts_given()
        if c.leave_out or c.test_names:
            given.append("test")
        refuse_shares(c, given)
        if "valid" in given and ("test" in given or not c.test_share):
            c.refuse_given("split_by", "every part is given, so none is dealt")

    def prepare(self) -> Prepared:
        from kerasrnn.transforms.alphabet import Alphabet
        from kerasrnn.transforms.lexicon import Lexicon
        from kerasrnn.transforms.log_mel import LogMel
        from kerasrnn.transforms.perturbation import Perturbation
        from kerasrnn.transforms.static_shapes import step_sizes

        c, parts = self.config, self._parts
        possible = with_enough_steps(parts["train"], c.stride)
        train = parts["train"].rows(possible)
        log_mel = LogMel.fit(train.frames, rate=train.rate, mels=c.mels, centred=self._centred)
        trivial = Trivial.of_texts(train.texts)
        alphabet = Alphabet.fit(train.texts)
        transforms = {"log_mel": log_mel, "alphabet": alphabet, "trivial": trivial}
        if c.lexicon:
            transforms["lexicon"] = Lexicon.fit(train.texts, alphabet)
        heard = {
            name: self._utterances(transforms, train if name == "train" else part)
            for name, part in parts.items()
        }
        if c.tempo or c.pitch:
            change = Perturbation(c.tempo, c.pitch, train.rate)
            heard["train"] = replace(heard["train"], perturbation=change, stride=c.stride)
        batches = {
            name: each.by_length(SCORE_BATCH) for name, each in heard.items() if name != "train"
        }
        return Prepared(
            transforms=transforms,
            train=lambda epoch: heard["train"].shuffled(c.batch_size, seed=c.seed, epoch=epoch),
            steps=heard["train"].steps(c.batch_size),
            sizes=step_sizes(heard["train"].longest),
            valid=batches["valid"],
            test=batches.get("test"),
            baselines=_baselines(trivial, parts.get("test", parts["valid"]).texts),
            notes=notes(parts, transforms, possible),
        )

    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        from kerasrnn.transforms.alphabet import Alphabet
        from kerasrnn.transforms.lexicon import Lexicon
        from kerasrnn.transforms.log_mel import LogMel

        alphabet, trivial = Alphabet.load(folder), Trivial.load(folder)
        lexicon = {"lexicon": Lexicon.load(folder, alphabet)} if self.config.lexicon else {}
        return {"log_mel": LogMel.load(folder), "alphabet": alphabet, **lexicon, **trivial}

    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        return self._build(transforms, state=False)

    def forward(
        self, model: keras.Model, inputs: Any, carry: list[tf.Tensor], *, training: bool
    ) -> tuple[Any, list[tf.Tensor]]:
        logits = model(inputs, training=training)
        return {"logits": logits, "lengths": -(-inputs["lengths"] // self.config.stride)}, carry

    def objective(self, model: keras.Model) -> dict[str, Any]:
        from kerasrnn.losses import CTC

        return {"loss": CTC(compiled=self.config.jit_compile)}

    def known_targets(self, batch: tuple, transforms: Mapping[str, Any]) -> tuple:
        import numpy as np
        import tensorflow as tf

        from kerasrnn.transforms.utterances import pad_labels

        (inputs, labels), size = batch, len(transforms["alphabet"])
        known = [row[(row > 0) & (row < size)] for row in labels.numpy()]
        rows = np.array([i for i, row in enumerate(known) if len(row)], np.int32)
        return tf.nest.map_structure(lambda x: tf.gather(x, rows), (inputs, pad_labels(known)))

    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        from kerasrnn.losses import CTC
        from kerasrnn.metrics import error_rates
        from kerasrnn.transforms.utterances import pad_labels

        alphabet, loss = transforms["alphabet"], CTC()
        recognised, truth, nats = [], [], 0.0
        for outputs, labels in network.outputs(batches):
            rows = [row[row > 0] for row in labels.numpy()]
            known = pad_labels([row[row < len(alphabet)] for row in rows])
            nats += float(sum(loss.of_each(known, outputs)))
            recognised += self._texts(outputs, transforms)
            truth += [alphabet.decode(row) for row in rows]
        return {**error_rates(recognised, truth), "loss": nats / len(truth)}

    def read_batches(self, transforms: Mapping[str, Any], *, data: str) -> Measured:
        log_mel = transforms["log_mel"]
        part = hear(self._read(data), data, rate=log_mel.rate, mels=log_mel.mels)
        batches = self._utterances(transforms, part).by_length(SCORE_BATCH)
        trivial, called = trivial_of(transforms, lambda: Trivial.of_texts(part.texts))
        baselines = _baselines(trivial, part.texts, called=called)
        return Measured(batches, baselines, strange("the file", part, transforms))

    def predict(
        self, network: Network, transforms: Mapping[str, Any], texts: Sequence[str], file: str
    ) -> Predictions:
        from kerasrnn.transforms.utterances import pad_frames, store_frames

        log_mel, names, warnings = transforms["log_mel"], [], []

        def frames() -> Iterable[np.ndarray]:
            for where, samples in self._asked(texts, file, log_mel.rate):
                names.append(where)
                heard = log_mel(samples)
                if len(heard) > log_mel.longest:
                    warnings.append(
                        f"{where}: {log_mel.seconds(len(heard)):.1f} s are longer than any "
                        f"recording in training ({log_mel.seconds(log_mel.longest):.1f} s)"
                    )
                yield heard

        stored = store_frames(frames())
        if not stored:
            raise BadInput('nothing to listen to: give recordings, or --input FILE, or "-"')
        recognised = [""] * len(stored)
        order = sorted(range(len(stored)), key=lambda i: len(stored[i]))
        for first in range(0, len(order), SCORE_BATCH):
            places = order[first : first + SCORE_BATCH]
            padded, lengths = pad_frames([stored[i] for i in places])
            outputs = network({"frames": padded, "lengths": lengths})
            for i, text in zip(places, self._texts(outputs, transforms), strict=True):
                recognised[i] = text
        rows = [
            {"file": name, "text": text, "seconds": round(log_mel.seconds(len(frames)), 3)}
            for name, text, frames in zip(names, recognised, stored, strict=True)
        ]
        return Predictions(
            rows, ["file", "text"], [[row["file"], row["text"]] for row in rows], warnings
        )

    def serving_model(self, model: keras.Model, transforms: Mapping[str, Any]) -> keras.Model:
        if self.config.bidirectional:
            return model
        twin = self._build(transforms, state=True)
        twin.set_weights(model.get_weights())
        return twin

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

        from kerasrnn.transforms.utterances import pad_frames

        c, log_mel = self.config, transforms["log_mel"]
        part = self._parts["train"] if training else self._parts.get("test", self._parts["valid"])
        part = part.rows(np.linspace(0, len(part) - 1, count).astype(int))
        frames, lengths = pad_frames([log_mel.normalise(row) for row in part.frames])
        again = enumerate(self._read(part.source))
        found = {i: r.at(log_mel.rate)[:, None] for i, r in again if i in set(part.places)}
        waveforms, samples = pad_frames([found[place] for place in part.places])
        sound = {"frames": frames, "lengths": lengths}
        if not c.bidirectional:
            shapes = state_shapes(self._build(transforms, state=True))
            sound |= {n: np.zeros((count, *shape), np.float32) for n, shape in shapes.items()}
        return {
            "serving_default": {"waveform": waveforms[:, :, 0], "lengths": samples},
            "frames" if c.bidirectional else "step": sound,
        }

    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        return Heard(exported, self.config.stride)

    def plot(self, network: Network, prepared: Prepared, folder: Path) -> None:
        import numpy as np

        from kerasrnn.plots import spoken

        inputs, _ = next(iter(prepared.valid.unbatch().batch(1).take(1)))
        outputs = network(inputs)
        spoken(
            folder / "recording.png",
            frames=inputs["frames"][0, : int(inputs["lengths"][0])].numpy(),
            logits=np.asarray(outputs["logits"])[0, : int(outputs["lengths"][0])],
            characters=prepared.transforms["alphabet"].characters,
            text=self._texts(outputs, prepared.transforms)[0],
            seconds=prepared.transforms["log_mel"].seconds(int(inputs["lengths"][0])),
        )

    def limits(self, transforms: Mapping[str, Any]) -> list[str]:
        log_mel, lexicon = transforms["log_mel"], transforms.get("lexicon")
        written = repr("".join(transforms["alphabet"].characters))
        if lexicon:
            written = f"the {len(lexicon.words):,} words of its training"
        return [
            f"It hears {log_mel.rate:,} samples a second; other rates must be resampled first, as "
            "kerasrnn predict does.",
            f"Its longest recording in training lasted {log_mel.seconds(log_mel.longest):.1f} s; "
            "longer ones are answered, perhaps less rightly.",
            f"It can write {written} and nothing else.",
            "Voices, microphones and noises unlike those of its training are understood worse, and "
            "what is no speech is written down as if it were.",
        ]

    def next_commands(self, run: str) -> list[str]:
        return [f"kerasrnn predict {run} recording.wav", *super().next_commands(run)]

    def _build(self, transforms: Mapping[str, Any], *, state: bool) -> keras.Model:
        from kerasrnn.models import speech_recognizer

        c = self.config
        return speech_recognizer(
            mels=c.mels,
            classes=len(transforms["alphabet"]),
            bidirectional=c.bidirectional,
            filters=c.filters,
            kernel=c.kernel,
            stride=c.stride,
            mask_bands=c.mask_bands,
            mask_frames=c.mask_frames,
            **c.recurrent(),
            state=state,
        )

    @property
    def _centred(self) -> bool:
        return self.config.bidirectional and self.config.normalization != "training"

    @functools.cached_property
    def _rule(self) -> Rule:
        c = self.config
        return Rule(
            c.names,
            replacements(c.words),
            c.lower_case,
            c.audio_column,
            c.text_column,
            c.speaker_column,
        )

    def _read(self, path: str) -> Iterable[Recording]:
        if path not in SAMPLE:
            return read_recordings(path, self._rule)
        from kerasrnn.data.samples.morse import recordings

        # a seed for each part, none of them another run's
        seed = len(SAMPLE) * self.config.seed + list(SAMPLE).index(path)
        return recordings(SAMPLE[path], seed=seed)

    @functools.cached_property
    def _parts(self) -> dict[str, Spoken]:
        """The recordings of each part, heard once for checking and for training."""
        c = self.config
        if not c.data:
            return {name: hear(self._read(name), name, rate=0, mels=c.mels) for name in SAMPLE}
        whole = hear(self._read(c.data), c.data, rate=c.rate, mels=c.mels)
        given = {
            name: hear(self._read(path), path, rate=whole.rate, mels=c.mels)
            for name, path in {"valid": c.valid_data, "test": c.test_data}.items()
            if path
        }
        parts = cut(
            whole,
            valid=0.0 if "valid" in given else c.valid_share,
            test=0.0 if "test" in given else c.test_share,
            by_speaker=c.split_by == "speaker",
            leave_out=comma_separated(c.leave_out),
            test_names=c.test_names,
            seed=c.seed,
        )
        return {**parts, **given}

    def _utterances(self, transforms: Mapping[str, Any], part: Spoken) -> Utterances:
        from kerasrnn.transforms.utterances import Utterances

        labels = [transforms["alphabet"].encode(text) for text in part.texts]
        return Utterances(part.frames, labels, transforms["log_mel"].normalise)

    def _texts(self, outputs: Mapping[str, Any], transforms: Mapping[str, Any]) -> list[str]:
        """The text of each row of outputs."""
        import numpy as np

        from kerasrnn.transforms.ctc import decode

        how = {"beam": self.config.beam, "lexicon": transforms.get("lexicon")}
        rows = zip(np.asarray(outputs["logits"]), np.asarray(outputs["lengths"]), strict=True)
        return [
            transforms["alphabet"].decode(decode(logits[:steps], **how)) for logits, steps in rows
        ]

    def _asked(
        self, texts: Sequence[str], file: str, rate: int
    ) -> Iterable[tuple[str, np.ndarray]]:
        """Recordings to answer for, and what they are called."""
        for path in [*texts, *([file] if file else [])]:
            if holds_many(path):
                for recording in read_recordings(path, self._rule, transcripts=False):
                    yield recording.where, recording.at(rate)
            else:
                where = file_or_standard_input(path)
                yield str(where), resample(*read_audio(where), rate)


def _baselines(
    trivial: Trivial, measured: Sequence[str], *, called: Callable[[str], str] = str
) -> dict[str, Metrics]:
    """Answering nothing, and always the most frequent transcript."""
    from kerasrnn.metrics import error_rates

    [usual] = trivial.counts
    return {
        "nothing": error_rates([""] * len(measured), measured),
        called("most frequent transcript"): error_rates([usual] * len(measured), measured),
    }


TASK = Speech
