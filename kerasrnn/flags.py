"""Flags read as every command reads them, and what is said of those that are none."""

import argparse
import dataclasses
from typing import Any

from jsonargparse import ArgumentError, ArgumentParser

from kerasrnn.config import flag
from kerasrnn.errors import BadInput, did_you_mean
from kerasrnn.registry import TASKS

# what other programs call it
OTHER_NAMES = {
    "lr": "--learning-rate",
    "hidden-size": "--units",
    "num-layers": "--layers",
    "embedding-dim": "--embedding",
    "sequence-length": "--steps",
}
METAVARS = {int: "N", float: "X", str: "TEXT"}


def new_parser(command: str, description: str) -> ArgumentParser:
    """A parser with the flags that every command has."""
    parser = ArgumentParser(
        prog=f"kerasrnn {command}",
        description=description,
        exit_on_error=False,
        formatter_class=argparse.HelpFormatter,  # the library's own adds types to every line
    )
    parser.add_argument("--json", action="store_true", help="JSON lines on standard output.")
    # `main` takes it away before anything can go wrong; here it is for the help
    parser.add_argument("--debug", action="store_true", help="Show where an error came from.")
    return parser


def parse(parser: ArgumentParser, arguments: list[str], *, task: str = "") -> Any:
    """Values by the names of the flags.

    Raises:
        BadInput: In the words of the command line, with what may have been meant.
    """
    try:
        return parser.parse_args(_flags_first(parser, arguments))
    except ArgumentError as error:
        raise BadInput(_readable(error, parser, arguments, task)) from error


def of_other_tasks(name: str, task: str) -> str:
    """Which tasks have a flag that this one has not, in words; empty if none has."""
    setting = name.lstrip("-").replace("-", "_")
    settings = {setting, setting.removeprefix("no_")}
    owners = [
        other
        for other in TASKS.names()
        if settings & {field.name for field in dataclasses.fields(TASKS.load(other).config_type)}
    ]
    here = f"this is --task {task}" if task else "name one with --task"
    return f" ({name} belongs to {', '.join(owners)}; {here})" if owners else ""


def _flags_first(parser: ArgumentParser, arguments: list[str]) -> list[str]:
    """The same arguments, for a flag between a run and its texts would end the list of texts."""
    # how many values each takes; those that may have one or not stay where they are
    takes = {
        name: 0 if action.nargs == 0 else 1
        for action in parser._actions
        for name in action.option_strings
        if action.nargs in (None, 0)
    }
    flags: list[str] = []
    others: list[str] = []
    rest = list(arguments)
    while rest and rest[0] != "--":
        name, joined, _ = rest[0].partition("=")
        count = 1 + (takes[name] if name in takes and not joined else 0)
        (flags if name in takes else others).extend(rest[:count])
        rest = rest[count:]
    return [*flags, *others, *rest]


def _readable(error: Exception, parser: ArgumentParser, arguments: list[str], task: str) -> str:
    """The library's message in the words of the command line."""
    text = " ".join(str(error).split())
    if text.startswith('Parser key "'):
        key, _, problem = text.removeprefix('Parser key "').partition('":')
        problem = problem.replace("<class 'int'>", "whole number")
        problem = problem.replace("<class 'float'>", "number").replace("Expected", "expected")
        return f"{flag(key)}: {problem.strip()}"
    unknown = text.removeprefix("unrecognized arguments: ").split()[0]
    if unknown != text.split()[0]:
        text += _hint(unknown, parser, arguments, task)
    return f"{text}; {parser.prog}{f' --task {task}' if task else ''} --help lists the flags"


def _hint(unknown: str, parser: ArgumentParser, arguments: list[str], task: str) -> str:
    """What an argument that is none may have been meant for."""
    name = unknown.partition("=")[0]
    if name.startswith("-"):
        flags = [flag for action in parser._actions for flag in action.option_strings]
        usual = OTHER_NAMES.get(name.lstrip("-").replace("_", "-"), name)
        if usual in flags:
            return f" (did you mean {usual}?)"
        owned = of_other_tasks(name, task) if "--task" in flags else ""
        return owned or did_you_mean(name, flags)
    before = arguments[: arguments.index(unknown)] if unknown in arguments else []
    if len(before) > 1 and before[-2].startswith("--"):
        return f" ({before[-2]} takes one value: several with commas between, a text in quotes)"
    return ""
