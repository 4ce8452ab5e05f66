"""Settings of speech recognition."""

from __future__ import annotations

from dataclasses import dataclass

from kerasrnn.config import Config, TrainingSettings, flag, redefine, setting
from kerasrnn.data.recordings import name_pattern
from kerasrnn.errors import BadInput
from kerasrnn.transforms.log_mel import LEAST_RATE

KERNEL = 5


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
        self.refuse_dataset(
            "speech is read from files", give="a folder, a .tar.gz or a list of recordings"
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
