"""Settings: frozen, checked when made, each field a flag of the command.

Nothing here imports TensorFlow, so that a wrong flag is answered at once. What is learned from
data (vocabulary, scale) belongs to the transforms, not here.
"""

import contextlib
import dataclasses
import os
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kerasrnn.errors import BadInput
from kerasrnn.registry import CELLS, GATED


def setting(
    default: Any,
    help: str,
    *,
    choices: Sequence[str] = (),
    low: float | None = None,
    high: float | None = None,
    check: Callable[[str], str] | None = None,
    path: bool = False,
) -> Any:
    """A dataclass field that knows what its flag says and which values it takes.

    Args:
        default: Value when the flag is left out.
        help: What `--help` says.
        choices: The only values allowed.
        low: Smallest number allowed.
        high: Largest number allowed.
        check: Takes the value, returns the one to keep, or raises `BadInput`.
        path: Whether it names files, so that a run keeps it in full.
    """
    metadata = {"help": help, "choices": tuple(choices), "low": low, "high": high, "check": check}
    metadata["path"] = path
    return dataclasses.field(default=default, metadata=metadata)


def redefine(owner: type, name: str, default: Any) -> Any:
    """The same setting of a parent class with another default."""
    field = next(f for f in dataclasses.fields(owner) if f.name == name)
    return dataclasses.field(default=default, metadata=field.metadata)


def flag(name: str) -> str:
    """`learning_rate` is `--learning-rate`."""
    return "--" + name.replace("_", "-")


def comma_separated(text: str) -> tuple[str, ...]:
    """The names in a setting that takes several."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _folder(name: str) -> str:
    """A folder's path in full, as a run keeps it; `off` and nothing are none."""
    return name if name in ("", "off") else os.path.abspath(os.path.expanduser(name))


@dataclass(frozen=True, kw_only=True)
class DataSettings:
    """Where the examples come from."""

    data: str = setting(
        "", "File or folder to train on; leave out for the embedded sample.", path=True
    )
    valid_data: str = setting("", "File or folder to choose the best epoch on.", path=True)
    test_data: str = setting("", "File or folder to measure on, used once, at the end.", path=True)
    dataset: str = setting("", "A TensorFlow Datasets name instead of --data, e.g. imdb_reviews.")
    dataset_dir: str = setting("", "Where TensorFlow Datasets keeps what it prepared.", path=True)


@dataclass(frozen=True, kw_only=True)
class LargeDataSettings:
    """Data larger than memory, for tasks that can read it."""

    cache: str = setting(
        "",
        "Folder where what is made of the files is kept for the next run; left out: of large "
        "files, under $KERASRNN_CACHE or ~/.cache/kerasrnn; off: nowhere.",
        check=_folder,
    )
    valid_steps: int = setting(
        0, "Most batches of the validation (and test) part to measure on; 0: all.", low=0
    )


@dataclass(frozen=True, kw_only=True)
class RecurrentSettings:
    """The recurrent network."""

    cell: str = setting("gru", "Recurrent cell.", check=CELLS.check)
    units: int = setting(64, "Width of each recurrent layer (and direction).", low=1, high=65536)
    layers: int = setting(1, "Recurrent layers on top of one another.", low=1, high=64)
    dropout: float = setting(0.0, "Share dropped between recurrent layers.", low=0, high=0.95)
    output_dropout: float = setting(0.0, "Share dropped before the last layer.", low=0, high=0.95)
    residual: bool = setting(False, "Add each recurrent layer's input to its output.")
    layer_normalization: bool = setting(False, "Normalise each recurrent layer's output.")
    expected_span: int = setting(
        0,
        "Steps a memory may have to last: start the gates of LSTM and GRU so; 0: as usual.",
        low=0,
    )

    def recurrent(self) -> dict[str, Any]:
        """These settings alone, by name, as every factory of `kerasrnn.models` takes them."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(RecurrentSettings)}


DIAGNOSES = ("none", "gradients")
LAZY = ("adam", "adamw")  # optimisers that have --lazy-rows
OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta")
SCHEDULES = ("constant", "cosine", "plateau")
ERROR_LOSSES = ("mse", "mae", "huber")  # of tasks that answer numbers
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
STRATEGIES = ("none", "one_device", "mirrored", "multi_worker", "tpu")
REPLICATED = ("mirrored", "multi_worker", "tpu")  # those with several replicas


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How it is trained."""

    epochs: int = setting(10, "Passes over the training data.", low=1)
    steps_per_epoch: int = setting(
        0, "Steps of an epoch, each going on where the last stopped; 0: a whole pass.", low=0
    )
    batch_size: int = setting(64, "Sequences a step.", low=1)
    optimizer: str = setting("adam", "Optimiser.", choices=OPTIMIZERS)
    learning_rate: float = setting(1e-3, "Peak learning rate.", low=1e-12, high=100)
    momentum: float = setting(
        0.9, "Momentum of sgd; other optimisers have their own.", low=0, high=1
    )
    weight_decay: float = setting(0.0, "Decoupled weight decay.", low=0, high=10)
    lazy_rows: bool = setting(
        False, "Let adam and adamw change only the rows of embeddings that a batch reads."
    )
    clip_norm: float = setting(
        1.0, "Clip the gradients' global norm; 0 for not at all.", low=0, high=1e9
    )
    schedule: str = setting("constant", "Learning rate over time.", choices=SCHEDULES)
    warmup: float = setting(
        0.0, "Share of all steps over which the rate rises from 0.", low=0, high=0.9
    )
    patience: int = setting(
        0, "Stop after so many epochs without a better validation; 0: never.", low=0
    )
    average: float = setting(
        0.0,
        "Evaluate an exponential average of the weights, e.g. 0.999; 0: none.",
        low=0,
        high=0.99999,
    )
    precision: str = setting("float32", "Arithmetic of the layers.", choices=PRECISIONS)
    jit_compile: bool = setting(
        False, "Compile the training step with XLA; implies --static-shapes."
    )
    static_shapes: bool = setting(
        False, "Batches of a few shapes alone, as TPUs need them; padding has no weight."
    )
    seed: int = setting(1, "Seed of weights, order, dropout and splits.", low=0, high=2**31 - 1)
    deterministic: bool = setting(False, "Only operations that repeat to the last bit.")
    checkpoint_steps: int = setting(
        0, "Also save what resuming needs every so many steps; 0: each epoch.", low=0
    )
    diagnose: str = setting(
        "none", "Record what gradient reaches each step back in time.", choices=DIAGNOSES
    )


def _service(address: str) -> str:
    """An address of tf.data's service, or none."""
    host, colon, port = address.removeprefix("grpc://").rpartition(":")
    if address and not (address.startswith("grpc://") and host and colon and port.isdecimal()):
        raise BadInput(f"--data-service takes the dispatcher's grpc://host:port, not '{address}'")
    return address


@dataclass(frozen=True, kw_only=True)
class ScaleSettings:
    """Devices and machines."""

    strategy: str = setting(
        "none",
        "Devices that share each batch; multi_worker: those of all machines of TF_CONFIG.",
        choices=STRATEGIES,
    )
    data_service: str = setting(
        "",
        "Let tf.data's service make the batches: grpc://host:port of its dispatcher.",
        check=_service,
    )
    steps_per_execution: int = setting(
        1, "Steps in one call of the compiled function.", low=1, high=100_000
    )
    peer_timeout: int = setting(
        300, "Seconds to wait at the start for the other workers.", low=1, high=86_400
    )


@dataclass(frozen=True, kw_only=True)
class Config(DataSettings, RecurrentSettings, TrainingSettings, ScaleSettings):
    """What every task's settings have in common.

    Raises:
        BadInput: If a value is of the wrong kind, out of range or not among the choices.
    """

    def __post_init__(self):
        types = typing.get_type_hints(type(self))
        for field in dataclasses.fields(self):
            value = _checked(field, types[field.name], getattr(self, field.name))
            object.__setattr__(self, field.name, value)
        if self.jit_compile or self.strategy == "tpu":
            # each new shape would be compiled anew
            object.__setattr__(self, "static_shapes", True)
        if self.data and self.dataset:
            raise BadInput("--data and --dataset both name the training data: give one of them")
        for name in ("valid_data", "test_data"):
            if getattr(self, name) and not self.data:
                raise BadInput(f"{flag(name)} needs --data, the training part")
        if self.schedule == "plateau" and self.warmup:
            raise BadInput("--warmup goes with --schedule constant or cosine, not plateau")
        if self.dropout and self.layers == 1:
            raise BadInput(
                f"--dropout {self.dropout} acts between recurrent layers and there is 1: add "
                "--layers 2, or take --output-dropout"
            )
        if self.momentum != TrainingSettings.momentum and self.optimizer != "sgd":
            raise BadInput(
                f"--momentum {self.momentum} is for --optimizer sgd; {self.optimizer} has its own"
            )
        if self.lazy_rows and self.optimizer not in LAZY:
            raise BadInput(
                f"--lazy-rows is for --optimizer {' and '.join(LAZY)}, not {self.optimizer}"
            )
        if self.lazy_rows and (self.jit_compile or self.strategy == "tpu"):
            raise BadInput(
                "--lazy-rows updates as many rows as a batch happens to read, for which XLA "
                "(--jit-compile, --strategy tpu) compiles nothing: leave one of them out"
            )
        if self.expected_span == 1:
            raise BadInput("--expected-span 1 is no memory: give the steps it must last, or 0")
        if self.expected_span and self.cell not in GATED:
            raise BadInput(
                f"--expected-span {self.expected_span} sets the gates of {' and '.join(GATED)}; "
                f"{self.cell} has none: leave it out, or take another --cell"
            )
        if self.diagnose == "gradients" and self.precision == "mixed_float16":
            raise BadInput(
                "--diagnose gradients looks for small gradients, which mixed_float16 rounds to 0: "
                "take --precision float32 or mixed_bfloat16"
            )
        if self.diagnose == "gradients" and self.strategy in REPLICATED:
            raise BadInput(
                f"--diagnose gradients looks at one replica, and --strategy {self.strategy} has "
                "several: take --strategy one_device, or none"
            )
        if self.peer_timeout != ScaleSettings.peer_timeout and self.strategy != "multi_worker":
            raise BadInput(
                f"--peer-timeout {self.peer_timeout} is for --strategy multi_worker: with "
                f"{self.strategy} there is nobody to wait for"
            )
        if self.jit_compile and self.strategy in REPLICATED:
            why = (
                "which XLA compiles for anyway"
                if self.strategy == "tpu"
                else "whose replicas meet within a step, where XLA compiles none of it"
            )
            raise BadInput(f"--jit-compile is not for --strategy {self.strategy}, {why}")
        if self.static_shapes and self.steps_per_execution > 1:
            raise BadInput(
                f"--steps-per-execution {self.steps_per_execution} is not for --static-shapes, "
                "whose batches of one graph do not follow one another: leave one of them out"
            )
        if self.jit_compile and self.deterministic:
            raise BadInput("--jit-compile and --deterministic exclude one another")

    def refuse_without_data(self, *names: str) -> None:
        """Refuses settings that describe a file, if the person gave one of them and no file.

        Raises:
            BadInput: If one is not its default and there is no `data`.
        """
        given = [name for name in names if getattr(self, name) != getattr(type(self), name)]
        if given and not self.data:
            raise BadInput(f"{self._given(given[0])} needs --data; the embedded sample has its own")

    def refuse_given(self, name: str, because: str) -> None:
        """Refuses a setting that would not act, if the person gave it.

        Args:
            name: Of the setting; one that has its default is taken for not given.
            because: Why it would not act, and what to do.

        Raises:
            BadInput: If it is not its default.
        """
        value = getattr(self, name)
        if value != getattr(type(self), name):
            value = "" if isinstance(value, bool) else f" {value}"
            raise BadInput(f"{self._given(name)}{value} would do nothing: {because}")

    def refuse_dataset(self, because: str, *, give: str) -> None:
        """Refuses `--dataset`, for tasks that take none from there.

        Args:
            because: What stands in the way.
            give: What `--data` takes instead.

        Raises:
            BadInput: If it is given.
        """
        if self.dataset:
            raise BadInput(
                f"{because}: give --data {give}, or leave out --dataset for the embedded sample"
            )

    def _given(self, name: str) -> str:
        """The flag as it was given."""
        return flag(f"no_{name}") if getattr(self, name) is False else flag(name)

    def parts_given(self) -> list[str]:
        """Which of `valid` and `test` have a file of their own."""
        return [part for part in ("valid", "test") if getattr(self, f"{part}_data")]

    @property
    def source(self) -> str:
        """What the data is called in tables and logs."""
        return self.data or self.dataset or "the embedded sample"


def _checked(field: dataclasses.Field, kind: type, value: Any) -> Any:
    meta, name = field.metadata, flag(field.name)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if kind is float and isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = float(value)  # YAML 1.1 takes 1e-3 for text
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise BadInput(f"{name} takes {_KINDS[kind]}, not {value!r}")
    if meta["check"]:
        return meta["check"](value)
    if meta["choices"] and value not in meta["choices"] and value != field.default:
        raise BadInput(f"unknown {name} '{value}'; choose from {', '.join(meta['choices'])}")
    low, high = meta["low"], meta["high"]
    # written so that nan is refused as well
    if low is not None and not value >= low:
        raise BadInput(f"{name} {value} is too small; the smallest allowed is {low}")
    if high is not None and not value <= high:
        raise BadInput(f"{name} {value} is too large; the largest allowed is {high}")
    return value


_KINDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def to_yaml(task: str, config: Config) -> str:
    """Every effective setting, as `train --config` reads them back wherever it is called."""
    settings = {"task": task, **dataclasses.asdict(config)}
    for field in dataclasses.fields(config):
        if field.metadata["path"] and settings[field.name]:
            settings[field.name] = _absolute(settings[field.name])
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def _absolute(path: str) -> str:
    """A path, or several with commas between them, in full."""
    if "," not in path or os.path.exists(path):
        return os.path.abspath(path)
    if "," in os.getcwd():
        return path  # in full, the commas would no longer tell the paths apart
    return ",".join(os.path.abspath(part.strip()) for part in path.split(","))


def read_yaml(path: str | Path) -> dict[str, Any]:
    """Settings by name from a YAML file.

    Raises:
        BadInput: If the file is missing, does not parse, or is no list of `name: value` lines.
    """
    try:
        settings = yaml.safe_load(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read the settings {path}: {_reason(error)}") from error
    # PyYAML lets its converters' own errors through, of impossible dates for one
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadInput(
            f"{path}{where}: not YAML ({getattr(error, 'problem', None) or 'cannot be parsed'})"
        ) from error
    if not isinstance(settings, dict) or not all(isinstance(k, str) for k in settings):
        raise BadInput(f"{path}: expected lines such as 'task: sentiment', found none")
    return {name.replace("-", "_"): value for name, value in settings.items()}


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    return getattr(error, "strerror", None) or str(error)
