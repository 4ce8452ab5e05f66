"""The flags of `kerasrnn train`, made of a task's settings."""

import dataclasses
import functools
import typing
from pathlib import Path
from typing import Any

from jsonargparse import ActionYesNo, ArgumentParser

from kerasrnn.config import Config, flag, read_yaml
from kerasrnn.errors import BadInput
from kerasrnn.flags import METAVARS, new_parser, of_other_tasks
from kerasrnn.registry import TASKS


def context(arguments: list[str]) -> tuple[dict[str, str], dict[str, Any]]:
    """The flags that decide which others there are, and the settings of `--config`."""
    known: dict[str, str] = {}
    for name in ("task", "config", "resume"):
        for index, argument in enumerate(arguments):
            if argument == f"--{name}" and index + 1 < len(arguments):
                known[name] = arguments[index + 1]
            elif argument.startswith(f"--{name}="):
                known[name] = argument.partition("=")[2]
    given = read_yaml(known["config"]) if known.get("config") else {}
    recorded = given.pop("task", "")
    if recorded and known.get("task", recorded) != recorded:
        raise BadInput(f"{known['config']} is for --task {recorded}, not {known['task']}")
    if recorded:
        known["task"] = str(recorded)
    return known, given


def refuse_others(arguments: list[str], run: str) -> None:
    """Refuses flags beside `--resume`.

    Raises:
        BadInput: If there are some.
    """
    own = ("--resume", f"--resume={run}", run, "--json", "-h", "--help")
    if others := [argument for argument in arguments if argument not in own]:
        raise BadInput(
            f"a resumed run keeps its settings: leave out {' '.join(others)}, or begin another "
            f"with kerasrnn train --config {Path(run) / 'config.yaml'} {' '.join(others)}"
        )


def train_parser(task: str, config_type: type[Config]) -> ArgumentParser:
    """Flags for every setting of a task, or for those that all have in common."""
    about = TASKS.summary(task) if task else "Trains a model. --task NAME --help lists all flags."
    parser = new_parser("train", about)
    add = functools.partial(parser.add_argument, type=str)
    add("--task", default=task, help=" | ".join(TASKS.names()), metavar="NAME")
    add("--config", default="", help="Settings from a YAML file.", metavar="FILE")
    add("--resume", default="", help="Go on with this run.", metavar="RUN")
    add("--output", default="", help="Folder of the run.", metavar="RUN")
    types = typing.get_type_hints(config_type)
    defaults = {} if task else _common_defaults()
    for owner in _owners(config_type):
        group = parser.add_argument_group(owner.__doc__.partition("\n")[0].rstrip("."))
        for field in dataclasses.fields(config_type):
            if field.name in owner.__annotations__ and _first_owner(config_type, field) is owner:
                told = defaults.get(field.name, field.default)
                _add_flag(group, field, types[field.name], told=told)
    return parser


def defaults_of(
    config_type: type[Config], given: dict[str, Any], path: str, task: str
) -> dict[str, Any]:
    """The settings of a file, in the place of the defaults.

    Raises:
        BadInput: If the task has no such setting, or a value will not do.
    """
    fields = {field.name for field in dataclasses.fields(config_type)}
    for name in given:
        if name not in fields:
            raise BadInput(f"{path}: unknown setting '{name}'{of_other_tasks(name, task)}")
    # checked by the settings' own rules, the file named, before flags override them
    try:
        return dataclasses.asdict(config_type(**given)) if given else {}
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _common_defaults() -> dict[str, Any]:
    """What to tell of each common setting's default while no task is named."""
    kinds = [TASKS.load(name).config_type for name in TASKS.names()]
    names = [field.name for field in dataclasses.fields(Config)]
    values = {name: {getattr(kind, name) for kind in kinds} for name in names}
    return {name: v.pop() if len(v) == 1 else "by task" for name, v in values.items()}


def _owners(config_type: type[Config]) -> list[type]:
    classes = [c for c in config_type.__mro__ if dataclasses.is_dataclass(c)]
    return [c for c in classes if c is not Config]


def _first_owner(config_type: type[Config], field: dataclasses.Field) -> type:
    """The class that introduced a setting, not one that gave it another default."""
    return [c for c in _owners(config_type) if field.name in c.__annotations__][-1]


def _add_flag(group: Any, field: dataclasses.Field, kind: type, *, told: Any) -> None:
    choices = field.metadata["choices"]
    help = field.metadata["help"].replace("%", "%%")  # argparse fills in what % stands before
    if kind is bool:
        # --name and --no-name
        action = ActionYesNo(yes_prefix="", no_prefix="no-")
        help += f" (--no-{flag(field.name)[2:]} for not)" if field.default else ""
        group.add_argument(flag(field.name), action=action, default=field.default, help=help)
        return
    if field.default != "":
        help += f" (default: {told})"
    metavar = "{" + ",".join(choices) + "}" if choices else METAVARS[kind]
    group.add_argument(
        flag(field.name), type=kind, default=field.default, help=help, metavar=metavar
    )
