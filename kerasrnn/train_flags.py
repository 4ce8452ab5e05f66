"""The flags of `kerasrnn train` and `kerasrnn tune`, made of a task's settings."""

import dataclasses
import functools
import typing
from collections.abc import Callable
from typing import Any

from jsonargparse import ActionYesNo, ArgumentParser

from kerasrnn.config import Config, flag, read_yaml
from kerasrnn.errors import BadInput
from kerasrnn.flags import METAVARS, new_parser, of_other_tasks, parse
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


def resumed(command: str, arguments: list[str], folder: str, what: str, *, instead: str) -> Any:
    """The flags of a command that goes on with something, whose settings they cannot change."""
    _refuse_others(arguments, folder, instead=instead)
    parser = new_parser(command, f"Goes on with an interrupted {what}.")
    parser.add_argument("--resume", type=str, help=f"The folder of the {what}.")
    return parse(parser, arguments)


def read_settings(
    arguments: list[str],
    known: dict[str, str],
    given: dict[str, Any],
    *,
    command: str,
    does: str,
    what: str,
    add: Callable[[ArgumentParser], None] = lambda parser: None,
) -> tuple[str, Config, Any]:
    """A task's name, its settings, and all flags of a command that takes settings.

    Args:
        arguments: Of the command.
        known: The flags that decide which others there are.
        given: The settings of `--config`.
        command: Its name.
        does: What it does.
        what: What it makes.
        add: Adds the command's own flags.
    """
    task = TASKS.check(known["task"]) if known.get("task") else ""
    config_type = TASKS.load(task).config_type if task else Config
    parser = _parser(command, task, config_type, does=does, what=what)
    add(parser)
    parser.set_defaults(_defaults_of(config_type, given, known.get("config", ""), task))
    options = parse(parser, arguments, task=task)
    if not task:
        raise BadInput(f"name a task: --task {' | '.join(TASKS.names())}")
    names = [field.name for field in dataclasses.fields(config_type)]
    return task, config_type(**{name: getattr(options, name) for name in names}), options


def _refuse_others(arguments: list[str], run: str, *, instead: str) -> None:
    """Refuses flags beside `--resume`.

    Args:
        arguments: All of them.
        run: What is to be resumed.
        instead: What to do to change them, the flags being named after it.

    Raises:
        BadInput: If there are some.
    """
    own = ("--resume", f"--resume={run}", run, "--json", "-h", "--help")
    if others := [argument for argument in arguments if argument not in own]:
        raise BadInput(
            f"what is resumed keeps its settings: leave out {' '.join(others)}, or "
            f"{instead} {' '.join(others)}"
        )


def refuse_flag(arguments: list[str], name: str, because: str) -> None:
    """Refuses the flag of a setting, if it is given.

    Raises:
        BadInput: If it is.
    """
    flags = (flag(name), flag(f"no_{name}"))
    if any(argument.partition("=")[0] in flags for argument in arguments):
        raise BadInput(f"{because}: leave out {flag(name)}")


def _parser(
    command: str, task: str, config_type: type[Config], *, does: str, what: str
) -> ArgumentParser:
    """Flags for every setting of a task, or for those that all have in common.

    Args:
        command: Whose flags they are.
        task: Empty if none is named.
        config_type: The task's settings, or `Config`.
        does: What the command does, where no task is named.
        what: It makes: a run, for one.
    """
    about = TASKS.summary(task) if task else f"{does} --task NAME --help lists all flags."
    parser = new_parser(command, about)
    add = functools.partial(parser.add_argument, type=str)
    add("--task", default=task, help=" | ".join(TASKS.names()), metavar="NAME")
    add("--config", default="", help="Settings from a YAML file.", metavar="FILE")
    add("--resume", default="", help=f"Go on with this {what}.", metavar=what.upper())
    add("--output", default="", help=f"Folder of the {what}.", metavar=what.upper())
    types = typing.get_type_hints(config_type)
    defaults = {} if task else _common_defaults()
    for owner in _owners(config_type):
        group = parser.add_argument_group(owner.__doc__.partition("\n")[0].rstrip("."))
        for field in dataclasses.fields(config_type):
            if field.name in owner.__annotations__ and _first_owner(config_type, field) is owner:
                told = defaults.get(field.name, field.default)
                _add_flag(group, field, types[field.name], told=told)
    return parser


def _defaults_of(
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
