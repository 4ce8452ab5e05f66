"""The command line: flags to calls. The work is in `commands.py`.

Everything here answers without TensorFlow, so that help, lists and wrong flags come at once.
"""

import argparse
import dataclasses
import difflib
import functools
import shlex
import sys
import typing
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jsonargparse import ActionYesNo, ArgumentError, ArgumentParser

from kerasrnn import __version__
from kerasrnn.config import Config, flag, read_yaml
from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.export.settings import FORMATS, QUANTIZE, RNN
from kerasrnn.registry import TASKS
from kerasrnn.sampling import Sampling

HELP = """\
usage: kerasrnn COMMAND ...

Recurrent networks in Keras: from sequences to a trained, measured model.

  kerasrnn list                                tasks and cells
  kerasrnn train --task sentiment              train on the embedded sample
  kerasrnn train --task sentiment --data F.csv train on your own data
  kerasrnn train --resume RUN                  go on after an interruption
  kerasrnn evaluate RUN --data F.csv           measure on other data
  kerasrnn predict RUN "a text"                answers for new data
  kerasrnn predict RUN "a text" --explain      and which words carried them
  kerasrnn generate RUN --prompt "The "        let a language model write
  kerasrnn export RUN                          for TensorFlow Serving and TFLite
  kerasrnn inspect RUN                         settings, sizes, metrics

predict, evaluate, generate and inspect also take the folder of an exported
model or its .tflite file.

`kerasrnn COMMAND --help` lists a command's flags, and
`kerasrnn train --task NAME --help` those of a task.
--json prints JSON lines, --debug shows where an error came from."""

MODEL = "Folder of a run or of an exported model, or a .tflite file."
# what other programs call it
OTHER_NAMES = {
    "lr": "--learning-rate",
    "hidden-size": "--units",
    "num-layers": "--layers",
    "embedding-dim": "--embedding",
    "sequence-length": "--steps",
}
METAVARS = {int: "N", float: "X", str: "TEXT"}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status: 0 done, 1 it failed, 2 bad usage or input."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    if debug:
        arguments.remove("--debug")
    try:
        _dispatch(arguments)
    except KeyboardInterrupt as interruption:
        return _fail(str(interruption) or "interrupted", 130, debug)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has had enough
        return 0
    except BadInput as error:
        return _fail(str(error), 2, debug)
    except RunFailed as error:
        return _fail(str(error), 1, debug)
    except Exception as error:
        text = f"{type(error).__name__}: {error}".strip().splitlines()
        return _fail(f"{text[0]} (--debug shows where)", 1, debug)
    return 0


def _fail(message: str, status: int, debug: bool) -> int:
    if debug and status != 130:
        raise
    print(f"kerasrnn: {' '.join(message.split())}", file=sys.stderr)
    return status


def _dispatch(arguments: list[str]) -> None:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(HELP)
        return
    if arguments[0] == "--version":
        print(f"kerasrnn {__version__}")
        return
    name, *rest = arguments
    if name not in COMMANDS:
        hint = _did_you_mean(name, COMMANDS)
        raise BadInput(f"unknown command '{name}'; choose from {', '.join(COMMANDS)}{hint}")
    COMMANDS[name](rest)


def _parser(command: str, description: str) -> ArgumentParser:
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


def _parse(parser: ArgumentParser, arguments: list[str], *, task: str = "") -> Any:
    try:
        return parser.parse_args(_flags_first(parser, arguments))
    except ArgumentError as error:
        raise BadInput(_readable(error, parser, arguments, task)) from error


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


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


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
        owned = _of_others(name, task) if parser.prog == "kerasrnn train" else ""
        return owned or _did_you_mean(name, flags)
    before = arguments[: arguments.index(unknown)] if unknown in arguments else []
    if len(before) > 1 and before[-2].startswith("--"):
        return f" ({before[-2]} takes one value: several with commas between, a text in quotes)"
    return ""


def _of_others(name: str, task: str) -> str:
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


def _train(arguments: list[str]) -> None:
    known, given = _train_context(arguments)
    if known.get("resume"):
        _resumes_alone(arguments, known["resume"])
        parser = _parser("train", "Goes on with an interrupted run.")
        parser.add_argument("--resume", type=str, help="The run's folder.")
        options = _parse(parser, arguments)
        from kerasrnn import commands

        commands.resume(options.resume, as_json=options.json)
        return
    task = TASKS.check(known["task"]) if known.get("task") else ""
    config_type = TASKS.load(task).config_type if task else Config
    parser = _train_parser(task, config_type)
    parser.set_defaults(_defaults(config_type, given, known.get("config", ""), task))
    options = _parse(parser, arguments, task=task)
    if not task:
        raise BadInput(f"name a task: --task {' | '.join(TASKS.names())}")
    names = [field.name for field in dataclasses.fields(config_type)]
    config = config_type(**{name: getattr(options, name) for name in names})
    from kerasrnn import commands

    commands.train(task, config, output=options.output, as_json=options.json)


def _resumes_alone(arguments: list[str], run: str) -> None:
    own = ("--resume", f"--resume={run}", run, "--json", "-h", "--help")
    if others := [argument for argument in arguments if argument not in own]:
        raise BadInput(
            f"a resumed run keeps its settings: leave out {' '.join(others)}, or begin another "
            f"with kerasrnn train --config {Path(run) / 'config.yaml'} {' '.join(others)}"
        )


def _train_context(arguments: list[str]) -> tuple[dict[str, str], dict[str, Any]]:
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


def _defaults(
    config_type: type[Config], given: dict[str, Any], path: str, task: str
) -> dict[str, Any]:
    fields = {field.name for field in dataclasses.fields(config_type)}
    for name in given:
        if name not in fields:
            raise BadInput(f"{path}: unknown setting '{name}'{_of_others(name, task)}")
    # checked by the settings' own rules, the file named, before flags override them
    try:
        return dataclasses.asdict(config_type(**given)) if given else {}
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _train_parser(task: str, config_type: type[Config]) -> ArgumentParser:
    about = TASKS.summary(task) if task else "Trains a model. --task NAME --help lists all flags."
    parser = _parser("train", about)
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


def _list(arguments: list[str]) -> None:
    options = _parse(_parser("list", "Tasks and cells."), arguments)
    from kerasrnn.listing import print_list

    print_list(as_json=options.json)


def _evaluate(arguments: list[str]) -> None:
    parser = _parser("evaluate", "Measures a run on other data, or on its own test part again.")
    parser.add_argument("run", type=str, help=MODEL)
    parser.add_argument("--data", type=str, default="", help="File or folder to measure on.")
    _add_columns(parser, "text", "label", "source", "target")
    options = _parse(parser, arguments)
    _model_exists(options.run)
    columns = _columns(options, "text", "label", "source", "target")
    if columns and not options.data:
        raise BadInput(f"{flag(next(iter(columns)))} names a column of --data: give both")
    if columns and Path(options.data).is_dir():
        raise BadInput(
            f"{flag(next(iter(columns)))}: {options.data} is a folder and has no columns"
        )
    from kerasrnn import commands

    commands.evaluate(options.run, data=options.data, as_json=options.json, settings=columns)


def _predict(arguments: list[str]) -> None:
    parser = _parser("predict", "Answers for new data.")
    parser.add_argument("run", type=str, help=MODEL)
    parser.add_argument("texts", type=str, nargs="*", help='Texts; "-" reads standard input.')
    parser.add_argument("--input", type=str, default="", help='File to read instead, or "-".')
    _add_columns(parser, "text", "source")
    colours = "Also show which tokens of a text carried its answer, coloured on a terminal."
    parser.add_argument("--explain", action="store_true", help=colours)
    page = "Write that into a page (.html) or a picture (.png)."
    parser.add_argument("--explain-to", type=str, default="", help=page, metavar="FILE")
    folder = "Also draw each answer's picture (the alignment of a translation) into this folder."
    parser.add_argument("--plot", type=str, default="", help=folder, metavar="FOLDER")
    options = _parse(parser, arguments)
    if options.explain_to:
        from kerasrnn.explanations.files import check_path

        check_path(options.explain_to)
    _model_exists(options.run)
    columns = _columns(options, "text", "source")
    named = flag(next(iter(columns), ""))
    if columns and options.input in ("", "-"):
        raise BadInput(f"{named} names a column of --input FILE: give both")
    if columns:
        from kerasrnn.data.file_kinds import has_columns

        if not has_columns(options.input):
            raise BadInput(
                f"{named}: {options.input} is read as one text a line and has no columns; "
                "a table's name ends in .csv, .tsv or .jsonl"
            )
    texts, file = list(options.texts), options.input
    if "-" in texts:
        texts.remove("-")
        file = "-"
    from kerasrnn import commands

    commands.predict(
        options.run,
        texts,
        file=file,
        as_json=options.json,
        settings=columns,
        explain=options.explain,
        explain_to=options.explain_to,
        plot=options.plot,
    )


def _add_columns(parser: ArgumentParser, *roles: str) -> None:
    for role in roles:
        help = f"The file's column of the {role}, if another than in training."
        parser.add_argument(f"--{role}-column", type=str, default="", help=help, metavar="NAME")


def _columns(options: Any, *roles: str) -> dict[str, str]:
    """The settings of the run that these flags replace."""
    names = [f"{role}_column" for role in roles]
    return {name: options[name] for name in names if options[name]}


def _generate(arguments: list[str]) -> None:
    parser = _parser("generate", "Lets a language model write.")
    parser.add_argument("run", type=str, help=MODEL)
    add = functools.partial(_add_with_default, parser)
    add("--prompt", "", "What the text begins with.")
    add("--length", 400, "Most tokens written.")
    add("--temperature", 0.8, "0: always the likeliest.")
    add("--top-k", 0, "Only the k likeliest; 0: all.")
    add("--top-p", 1.0, "Only the likeliest reaching p.")
    add("--seed", 0, "The same seed, the same text.")
    add("--stop", "", "End before this string.")
    options = _parse(parser, arguments)
    _model_exists(options.run)
    if options.length < 1:
        raise BadInput(f"--length {options.length} is too small; the smallest allowed is 1")
    names = [field.name for field in dataclasses.fields(Sampling)]
    sampling = Sampling(**{name: options[name] for name in names})
    from kerasrnn import commands

    commands.generate(
        options.run,
        prompt=options.prompt,
        length=options.length,
        stop=options.stop,
        sampling=sampling,
        as_json=options.json,
    )


def _add_with_default(parser: ArgumentParser, name: str, default: Any, help: str) -> None:
    kind = type(default)
    help += "" if default == "" else f" (default: {default})"
    parser.add_argument(name, type=kind, default=default, help=help, metavar=METAVARS[kind])


def _export(arguments: list[str]) -> None:
    parser = _parser("export", "Writes a run for TensorFlow Serving and TFLite, and proves it.")
    parser.add_argument("run", type=str, help="The run's folder.")
    add = functools.partial(parser.add_argument, type=str)
    add("--output", default="", help="Folder (default: exported_models/<run>).", metavar="FOLDER")
    add(
        "--format",
        default=",".join(FORMATS),
        help=f"{' and/or '.join(FORMATS)}, comma-separated (default: both).",
    )
    kinds = "TFLite weights, comma-separated for several files: " + ", ".join(QUANTIZE)
    add("--quantize", default="none", help=f"{kinds} (default: none).", metavar="KIND")
    forms = f"Recurrent layers in TFLite: {', '.join(RNN)} (default: loop)."
    add("--rnn", default="loop", help=forms, metavar="FORM")
    whole = functools.partial(parser.add_argument, type=int, metavar="N")
    whole("--steps", default=0, help="Number of steps of fused and unrolled (default: the task's).")
    whole("--version", help="Of the SavedModel, from 1 on (default: the next free one).")
    options = _parse(parser, arguments)
    from kerasrnn.export.answers import find_exported

    if find_exported(options.run):
        raise BadInput(f"{options.run} is exported already; name the run it was made of")
    _run_exists(options.run)
    from kerasrnn import commands

    commands.export(
        options.run,
        as_json=options.json,
        output=options.output,
        formats=_comma_separated(options.format),
        quantize=_comma_separated(options.quantize),
        rnn=options.rnn,
        steps=options.steps,
        version=options.version,
        command=shlex.join(["kerasrnn", "export", *arguments]),
    )


def _inspect(arguments: list[str]) -> None:
    parser = _parser("inspect", "Settings, sizes and metrics of a run or an exported model.")
    parser.add_argument("run", type=str, help=MODEL)
    options = _parse(parser, arguments)
    from kerasrnn import listing
    from kerasrnn.export.answers import find_exported

    if exported := find_exported(options.run):
        listing.print_exported(exported, as_json=options.json)
        return
    _model_exists(options.run)
    listing.print_run(options.run, as_json=options.json)


def _comma_separated(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _run_exists(folder: str) -> None:
    from kerasrnn.runs import Run

    Run.open(Path(folder))


def _model_exists(path: str) -> None:
    from kerasrnn.export.answers import find_exported

    if find_exported(path):
        return
    folder = Path(path)
    if folder.is_dir() and not (folder / "config.yaml").is_file():
        raise BadInput(
            f"{path} is neither a run, which has a config.yaml, nor an exported model, which has "
            "a version's folder with a saved_model.pb"
        )
    _run_exists(path)


COMMANDS = {
    "list": _list,
    "train": _train,
    "evaluate": _evaluate,
    "predict": _predict,
    "generate": _generate,
    "export": _export,
    "inspect": _inspect,
}
