"""What an export is asked for, checked before anything is loaded."""

from dataclasses import dataclass

from kerasrnn.errors import BadInput

FORMATS = ("saved_model", "tflite")
QUANTIZE = ("none", "float16", "dynamic", "int8")
RNN = ("loop", "fused", "unrolled")
FIXED = ("fused", "unrolled")  # forms for one row and a fixed number of steps
# the converter breaks down when it looks for ranges inside a loop, and what it makes of the fused
# operator was wrong by half of the outputs' size
FULL_INTEGER = ("unrolled",)


@dataclass(frozen=True, kw_only=True)
class ExportSettings:
    """What is to be written.

    Args:
        formats: Of `FORMATS`.
        quantize: Of `QUANTIZE`, a TFLite file each.
        rnn: Of `RNN`: what recurrent layers become in TFLite.
        steps: How many a form of fixed shape takes; 0 for the task's own number.
        version: Of the SavedModel, from 1 on; none for the next free one.
        command: What the model card says made it.

    Raises:
        BadInput: If a value is none of these, or two exclude one another.
    """

    formats: tuple[str, ...] = FORMATS
    quantize: tuple[str, ...] = ("none",)
    rnn: str = "loop"
    steps: int = 0
    version: int | None = None
    command: str = ""

    def __post_init__(self):
        _among("--format", self.formats, FORMATS)
        _among("--quantize", self.quantize, QUANTIZE)
        _among("--rnn", (self.rnn,), RNN)
        if self.version is not None and self.version < 1:
            raise BadInput(
                f"--version {self.version}: versions begin at 1; leave it out for the next free one"
            )
        if self.steps < 0:
            raise BadInput(f"--steps {self.steps}: steps begin at 1 (0: the task's own number)")
        if "tflite" not in self.formats and (self.quantize != ("none",) or self.rnn != "loop"):
            raise BadInput("--quantize and --rnn are for TFLite: add tflite to --format")
        if "saved_model" not in self.formats and self.version is not None:
            raise BadInput("--version is for the SavedModel: add saved_model to --format")
        if self.steps and self.rnn not in FIXED:
            raise BadInput(f"--steps goes with --rnn {' or '.join(FIXED)}; loop takes any number")
        if "int8" in self.quantize and self.rnn not in FULL_INTEGER:
            raise BadInput(
                f"--quantize int8 needs --rnn {' or '.join(FULL_INTEGER)}, for TFLite's converter "
                f"finds no ranges for {self.rnn}; --quantize dynamic has int8 weights in every form"
            )

    def forms(self) -> tuple[str, ...]:
        """What the recurrent layers become in the files asked for."""
        tflite = (self.rnn,) if "tflite" in self.formats else ()
        return (*(("graph",) if "saved_model" in self.formats else ()), *tflite)

    def file_name(self, name: str, kind: str) -> str:
        """Of the TFLite file: the model's own, and the kind where there are several."""
        alone = len(self.quantize) == 1 or kind == "none"
        return f"{name}.tflite" if alone else f"{name}_{kind}.tflite"


def _among(flag: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    if not given:
        raise BadInput(f"{flag} is empty; choose from {', '.join(known)}")
    for value in given:
        if value not in known:
            raise BadInput(f"unknown {flag} '{value}'; choose from {', '.join(known)}")
        if given.count(value) > 1:
            raise BadInput(f"{flag} names '{value}' twice")
