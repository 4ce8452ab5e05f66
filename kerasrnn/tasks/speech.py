"""Speech recognition: recordings to text with CTC, whole or while they are spoken.

Source: Graves et al. 2006, "Connectionist temporal classification", and Graves, Mohamed & Hinton
2013, "Speech recognition with deep recurrent neural networks".
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn.config import Config, TrainingSettings, flag, redefine, setting
from kerasrnn.data.audio import read_audio, resample
from kerasrnn.data.corpus import file_or_standard_input
from kerasrnn.data.recordings import Recording, Rule, holds_many, name_pattern, read_recordings
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
from kerasrnn.tasks._heard import Heard
from kerasrnn.tasks._parts import refuse_shares
from kerasrnn.tasks._spoken import Spoken, cut, hear
from kerasrnn.tasks._trivial import Trivial, trivial_of
from kerasrnn.transforms.log_mel import LEAST_RATE

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.utterances import Utterances

SAMPLE = {"train": 3000, "valid": 300, "test": 300}  # messages in Morse code
SCORE_BATCH = 64
KERNEL = 5
FILE_FLAGS = (
    *("names", "words", "audio_column", "text_column", "speaker_column"),
    *("leave_out", "test_names", "split_by", "valid_share", "test_share", "lower_case", "rate"),
)


@dataclass(frozen=True, kw_only=True)
class SpeechConfig(Config):
    """The recordings and how they are heard."""

    names: str = setting(
        "",
        "How recordings are named, such as {text}_{speaker}_{index}; left out: transcripts stand "
        "in a list or in .txt files beside the recordings.",
    )
    words: str = setting("", "Words of transcripts to replace: 0=zero,1=one.")
    lower_case: bool = setting(True, "Put transcripts in lower case.")
    audio_column: str = setting("", "A list's column of files; guessed from usual names.")
    text_column: str = setting("", "A list's column of transcripts; guessed likewise.")
    speaker_column: str = setting("", "A list's column of speakers; guessed likewise.")
    split_by: str = setting(
        "recording",
        "What is dealt into parts that no file is given for.",
        choices=("recording", "speaker"),
    )
    leave_out: str = setting("", "Speakers, with commas between, who are the test part.")
    test_names: str = setting("", "Names that are the test part, such as *_[0-4].wav.")
    valid_share: float = setting(
        0.1, "Share of the training data to choose the best epoch on.", low=0.001, high=0.5
    )
    test_share: float = setting(0.1, "Share to measure on, unless named; 0: none.", low=0, high=0.5)
    rate: int = setting(
        0, "Samples a second; 0: those of the first recording, 16,000 at most.", low=0, high=192_000
    )
    mels: int = setting(40, "Bands of a frame of 25 ms, one every 10 ms.", low=2, high=256)
    normalization: str = setting(
        "",
        "The mean that is taken away: each recording's own, or the training part's for a network "
        "that reads one way (as left out).",
        choices=("recording", "training"),
    )
    filters: int = setting(64, "Of a convolution in front of the recurrent layers; 0: none.", low=0)
    kernel: int = setting(KERNEL, "Frames that the convolution sees at once.", low=1)
    stride: int = setting(3, "Frames of each step of the recurrent layers.", low=1)
    bidirectional: bool = setting(True, "Read both ways; one way, it also answers streams.")
    mask_bands: int = setting(0, "Most bands hidden at once while training (SpecAugment).", low=0)
    mask_frames: int = setting(0, "Most frames hidden at once while training.", low=0)
    tempo: float = setting(
        0.0, "Most change of tempo while training, as a share: 0.1 is a tenth.", low=0, high=1
    )
    pitch: float = setting(
        0.0, "Most change of all frequencies while training, as a share.", low=0, high=1
    )
    beam: int = setting(1, "Texts kept when decoding; 1: the likeliest path.", low=1, high=1000)
    lexicon: bool = setting(False, "Write no words but those of the training part.")
    epochs: int = redefine(TrainingSettings, "epochs", 8)
    batch_size: int = redefine(TrainingSettings, "batch_size", 16)
    learning_rate: float = redefine(TrainingSettings, "learning_rate", 4e-3)
    schedule: str = redefine(TrainingSettings, "schedule", "cosine")
    warmup: float = redefine(TrainingSettings, "warmup", 0.1)

    def __post_init__(self):
        super().__post_init__()
        if self.names:
            name_pattern(self.names)
        replacements(self.words)
        if self.filters and self.kernel < self.stride:
            raise BadInput(
                f"--kernel {self.kernel} is shorter than --stride {self.stride}: frames would be "
                "left out"
            )
        if not self.filters and self.kernel != KERNEL:
            raise BadInput(f"--kernel {self.kernel} is the convolution's, and --filters is 0")
        if self.normalization == "recording" and not self.bidirectional:
            raise BadInput(
                "--normalization recording needs all of a recording first, which a network that "
                "reads one way does not wait for: leave it out, or read both ways (--bidirectional)"
            )
        if self.lexicon and self.beam > 1:
            raise BadInput("--lexicon finds the likeliest path of all by itself: leave out --beam")
        if 0 < self.rate < LEAST_RATE:
            raise BadInput(
                f"--rate {self.rate} is too small for a frame of 25 ms; the smallest allowed is "
                f"{LEAST_RATE:,}, and 0 takes the recordings' own"
            )
        self._check_parts()
        if self.dataset:
            raise BadInput(
                "speech is read from files: give --data a folder, a .tar.gz or a list of "
                "recordings, or leave out --dataset for the embedded sample"
            )

    def _check_parts(self) -> None:
        given = [name for name in ("test_data", "leave_out", "test_names") if getattr(self, name)]
        if len(given) > 1:
            first, second = (flag(name) for name in given[:2])
            raise BadInput(f"{first} and {second} both name the test part: give one of them")


def replacements(words: str) -> dict[str, str]:
    """`0=zero,1=one` as words by what they replace.

    Raises:
        BadInput: If it is not written so.
    """
    pairs = [part.strip().partition("=") for part in words.split(",")] if words else []
    # one word before the sign: a transcript is looked through word by word
    if wrong := ["".join(p) for p in pairs if len(p[0].split()) != 1 or not p[2].strip()]:
        raise BadInput(f"--words: '{wrong[0]}' replaces no word; write 0=zero,1=one")
    return {old.strip(): new.strip() for old, _, new in pairs}


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
            self._enough_steps(self._parts["train"])

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

        c, parts = self.config, self._parts
        possible = self._enough_steps(parts["train"])
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
            valid=batches["valid"],
            test=batches.get("test"),
            baselines=_baselines(trivial, parts.get("test", parts["valid"]).texts),
            notes=self._notes(parts, transforms, possible),
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
        return Measured(batches, baselines, _strange("the file", part, transforms))

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
        import tensorflow as tf

        from kerasrnn.transforms.ctc import texts_in_graph

        c, log_mel, alphabet = self.config, transforms["log_mel"], transforms["alphabet"]
        states = {} if c.bidirectional else _state_shapes(model)

        def run(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            sound = {name: inputs[name] for name in ("frames", "lengths")}
            if c.bidirectional:
                return {"logits": model(sound, training=False)}
            outputs = model({**sound, "state": [inputs[n] for n in states]}, training=False)
            return {"logits": outputs["logits"], **dict(zip(states, outputs["state"], strict=True))}

        def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            frames, lengths = log_mel.graph(inputs["waveform"], inputs["lengths"])
            zeros = {n: tf.zeros([tf.shape(frames)[0], *shape]) for n, shape in states.items()}
            logits = run({"frames": frames, "lengths": lengths, **zeros})["logits"]
            steps = -(-lengths // c.stride)
            how = {"beam": c.beam, "lexicon": transforms.get("lexicon")}
            return {"text": texts_in_graph(logits, steps, alphabet.characters, **how)}

        rows = {"lengths": tf.TensorSpec([None], tf.int32)}
        sound = {"frames": tf.TensorSpec([None, None, c.mels], tf.float32), **rows}
        given = {n: tf.TensorSpec([None, *shape], tf.float32) for n, shape in states.items()}
        about = (
            "frames and the state before them (zeros at first) to logits and the state to go on "
            f"with; multiples of {c.stride} frames until the end"
            if states
            else "frames of log-mel energies, as transforms/log_mel.json shifts and scales them, "
            "to logits"
        )
        return {
            "serving_default": Endpoint(
                answer,
                {"waveform": tf.TensorSpec([None, None], tf.float32), **rows},
                f"samples from -1 to 1, {log_mel.rate:,} a second, and how many there are of each "
                "recording, to text",
            ),
            "step" if states else "frames": Endpoint(
                run, {**sound, **given}, about, numeric=True, steps=self._whole_steps(log_mel)
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
            shapes = _state_shapes(self._build(transforms, state=True))
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
            leave_out=[name.strip() for name in c.leave_out.split(",") if name.strip()],
            test_names=c.test_names,
            seed=c.seed,
        )
        return {**parts, **given}

    def _enough_steps(self, part: Spoken) -> list[int]:
        """Those recordings that have a step for every character, and one between equal ones.

        Raises:
            BadInput: If there is none.
        """
        possible = []
        for i, (text, frames) in enumerate(zip(part.texts, part.frames, strict=True)):
            again = sum(a == b for a, b in itertools.pairwise(text))
            if len(text) + again <= -(-len(frames) // self.config.stride):
                possible.append(i)
        if not possible:
            raise BadInput(
                f"{part.source}: no recording has as many steps as its transcript has characters, "
                f"with a step for {self.config.stride} frames of 10 ms: make --stride smaller"
            )
        return possible

    def _notes(
        self, parts: dict[str, Spoken], transforms: Mapping[str, Any], possible: list[int]
    ) -> list[str]:
        alphabet, train = transforms["alphabet"], parts["train"]
        sizes = ", ".join(f"{len(part):,} {name}" for name, part in parts.items())
        voices = ", ".join(
            f"{len(set(part.speakers)):,} {name}" for name, part in parts.items() if part.speakers
        )
        notes = [f"{sizes} recordings at {train.rate:,} Hz; {len(alphabet) - 1} characters"]
        if any(train.speakers):
            notes.append(f"speakers: {voices}")
        if short := sorted(set(range(len(train))) - set(possible)):
            notes.append(
                f"{len(short):,} recordings have fewer steps than their transcripts characters and "
                f"are not trained on, {train.names[short[0]]} for one; --stride 1 may take them"
            )
        for name, part in parts.items():
            notes += _strange(f"the {name} part", part, transforms)
        return notes

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

    def _whole_steps(self, log_mel: Any) -> int:
        """Frames, a whole number of steps, that hold any recording of the training part."""
        return -(-log_mel.longest // self.config.stride) * self.config.stride


def _strange(what: str, part: Spoken, transforms: Mapping[str, Any]) -> list[str]:
    """What of a part's transcripts can never be right, if anything, as lines for a person."""
    notes = []
    if strange := transforms["alphabet"].unknown(part.texts):
        notes.append(f"{what} has characters never seen in training: {strange}")
    if strange := "lexicon" in transforms and transforms["lexicon"].unknown(part.texts):
        notes.append(
            f"{what} has {len(strange):,} words that the lexicon has not, "
            f"{limit_text(', '.join(strange))}: they cannot be written"
        )
    return notes


def _state_shapes(model: keras.Model) -> dict[str, tuple[int, ...]]:
    """Of each state without the batch, by the names that endpoints have for them."""
    states = model.input["state"]
    return {f"state_{i}": tuple(tensor.shape[1:]) for i, tensor in enumerate(states)}


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
