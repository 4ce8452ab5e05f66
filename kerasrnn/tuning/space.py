"""What a search varies: `--space`, read and checked before anything slow is imported.

    units=64,128,256                one of these
    units=32..256                   a number between, ends included
    units=32..256:32                the same, 32 apart
    learning_rate=1e-4..1e-2:log    a number between, every power of ten as likely

Several settings stand between semicolons.
"""

import dataclasses
import itertools
import math
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kerasrnn.config import Config, DataSettings, LargeDataSettings, ScaleSettings, flag
from kerasrnn.errors import BadInput, did_you_mean

DIGITS = 6  # significant, of a number between two: what a person can copy
COMBINATIONS = 20_000  # of values tried at most, to find one with which a value is allowed
YES_NO = {"true": True, "yes": True, "false": False, "no": False}
KINDS = {int: "a whole number", float: "a number", bool: "true or false"}
# settings that say where and how a run is made, not what is learned
NOT_VARIED = (
    *(
        f.name
        for c in (DataSettings, LargeDataSettings, ScaleSettings)
        for f in dataclasses.fields(c)
    ),
    *("seed", "deterministic", "checkpoint_steps", "diagnose"),
)


@dataclass(frozen=True)
class Varied:
    """A setting and its values.

    Args:
        name: Of the setting.
        kind: Its type.
        choices: The only values; of a range none.
        low: Smallest number of a range.
        high: Largest.
        step: Between its numbers; 0: any.
        log: Whether every power of ten is as likely.
    """

    name: str
    kind: type
    choices: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    step: float = 0
    log: bool = False

    def __str__(self) -> str:
        if self.choices:
            return f"{self.name}={','.join(map(_text, self.choices))}"
        how = ":log" if self.log else f":{_text(self.step)}" if self.step else ""
        return f"{self.name}={_text(self.low)}..{_text(self.high)}{how}"

    def ends(self) -> tuple[Any, ...]:
        """The values that tell whether all will do: each choice, or both ends of a range."""
        return self.choices or (self.low, self.high)

    def value(self, proposed: Any) -> Any:
        """What is tried for a value that KerasTuner proposes, which takes booleans for numbers."""
        if self.choices or self.kind is not float:
            return self.kind(proposed)
        return min(max(float(f"{proposed:.{DIGITS}g}"), self.low), self.high)


Space = tuple[Varied, ...]


def read_space(texts: Sequence[str], config_type: type[Config]) -> Space:
    """What `--space` says, given once or several times.

    Raises:
        BadInput: If there is no such setting, or a value will not do.
    """
    space: dict[str, Varied] = {}
    for part in (part.strip() for text in texts for part in text.split(";")):
        if not part:
            continue
        varied = _read(part, config_type)
        if varied.name in space:
            raise BadInput(f"--space names {varied.name} twice")
        space[varied.name] = varied
    if texts and not space:
        raise BadInput(
            "--space is empty: it takes such as units=64,128;learning_rate=1e-4..1e-2:log"
        )
    return tuple(space.values())


def _read(part: str, config_type: type[Config]) -> Varied:
    given, equals, values = part.partition("=")
    name = given.strip().removeprefix("--").replace("-", "_")
    fields = {field.name: field for field in dataclasses.fields(config_type)}
    if not equals:
        raise BadInput(f"--space '{part}' has no values: it takes such as units=64,128")
    if name not in fields:
        raise BadInput(
            f"--space: unknown setting '{name}'{did_you_mean(name, fields)}; "
            "kerasrnn tune --task NAME --help lists them"
        )
    if name in NOT_VARIED:
        raise BadInput(f"--space: {name} is not for a search: it changes nothing that is learned")
    kind = typing.get_type_hints(config_type)[name]
    if kind in (int, float) and ".." in values:
        return _range(name, kind, values)
    check = fields[name].metadata["check"]
    texts = [text.strip() for text in values.split(",")]
    found = tuple(_value(name, kind, text) for text in texts)
    if check:
        found = tuple(map(check, found))
    if len(set(found)) < len(found):
        raise BadInput(f"--space {name}: a value is there twice in '{values.strip()}'")
    if len(found) < 2:
        raise BadInput(
            f"--space {name}: one value is no choice: give {flag(name)} {values.strip()}"
        )
    return Varied(name, kind, found)


def _range(name: str, kind: type, text: str) -> Varied:
    ends, _, how = (part.strip() for part in text.partition(":"))
    low, high = (_value(name, kind, end.strip()) for end in ends.split("..", 1))
    step = 0 if how in ("", "log") else _value(name, kind, how)
    if not low < high:
        raise BadInput(f"--space {name}: {_text(low)}..{_text(high)} is no range, low to high")
    if how == "log" and low <= 0:
        raise BadInput(f"--space {name}: a logarithmic range begins above 0, not at {_text(low)}")
    if how not in ("", "log") and not 0 < step <= high - low:
        raise BadInput(f"--space {name}: steps of {how} do not fit into {ends}")
    return Varied(name, kind, low=low, high=high, step=step, log=how == "log")


def _value(name: str, kind: type, text: str) -> Any:
    try:
        value = YES_NO[text.lower()] if kind is bool else kind(text)
    except (ValueError, KeyError):
        raise BadInput(f"--space {name}: '{text}' is not {KINDS[kind]}") from None
    if kind is float and not math.isfinite(value):
        raise BadInput(f"--space {name}: '{text}' is not a number")
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def default_space(config: Config) -> Space:
    """What is varied if nothing is named, around the settings as they are.

    Width, learning rate, layers and the dropout before the last layer: every task has them.
    What the settings refuse is left out.
    """
    units, rate, layers = config.units, config.learning_rate, config.layers
    choices = {
        "units": (max(1, units // 2), units, units * 2),
        "layers": (*range(max(1, layers - 1), layers), layers, layers + 1),
        "output_dropout": tuple(sorted({0.0, 0.2, 0.5, config.output_dropout})),
    }
    kept = {
        name: tuple(v for v in dict.fromkeys(values) if not refusal(config, {name: v}))
        for name, values in choices.items()
    }
    low, high = (float(f"{rate * factor:.{DIGITS}g}") for factor in (0.1, 10))
    if refusal(config, {"learning_rate": high}):
        high = rate
    if refusal(config, {"learning_rate": low}):
        low = rate
    rates = Varied("learning_rate", float, low=low, high=high, log=True)
    fields = typing.get_type_hints(type(config))
    varied = (Varied(name, fields[name], values) for name, values in kept.items() if values[1:])
    return (rates, *varied)


def refusal(config: Config, values: Mapping[str, Any]) -> str:
    """Why settings with these values would be refused; empty if they would not."""
    try:
        dataclasses.replace(config, **values)
    except BadInput as error:
        return str(error)
    return ""


def check_space(space: Space, config: Config) -> None:
    """Sees that each value is allowed with some values of the others.

    Raises:
        BadInput: If one is not.
    """
    for varied in space:
        others = [other for other in space if other is not varied]
        for value in varied.ends():
            why = refusal(config, {varied.name: value})
            if why and not _allowed_with(config, {varied.name: value}, others):
                raise BadInput(f"--space {varied}: {why}")


def _allowed_with(config: Config, values: dict[str, Any], others: Sequence[Varied]) -> bool:
    combinations: Iterator[tuple] = itertools.product(*(other.ends() for other in others))
    names = [other.name for other in others]
    return any(
        not refusal(config, {**values, **dict(zip(names, combination, strict=True))})
        for combination in itertools.islice(combinations, COMBINATIONS)
    )


def settings_of(space: Space, proposed: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a trial tries."""
    return {varied.name: varied.value(proposed[varied.name]) for varied in space}
