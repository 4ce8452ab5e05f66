"""The command line: from flags, which `flags.py` reads, to calls. The work is in `commands.py`.

Everything here answers without TensorFlow, so that help, lists and wrong flags come at once.
"""

import dataclasses
import functools
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jsonargparse import ArgumentParser

from kerasrnn import __version__
from kerasrnn.config import comma_separated, flag
from kerasrnn.errors import BadInput, RunFailed, did_you_mean
from kerasrnn.export.settings import FORMATS, QUANTIZE, RNN
from kerasrnn.flags import METAVARS, new_parser, parse
from kerasrnn.sampling import Sampling
from kerasrnn.train_flags import context, read_settings, refuse_flag, resumed

HELP = """\
usage: kerasrnn COMMAND ...

Recurrent networks in Keras: from sequences to a trained, measured model.

  kerasrnn list                                tasks and cells
  kerasrnn train --task sentiment              train on the embedded sample
  kerasrnn train --task sentiment --data F.csv train on your own data
  kerasrnn train --resume RUN                  go on after an interruption
  kerasrnn tune --task sentiment               search better settings
  kerasrnn evaluate RUN --data F.csv           measure on other data
  kerasrnn predict RUN "a text"                answers for new data
  kerasrnn predict RUN "a text" --explain      and which words carried them
  kerasrnn generate RUN --prompt "The "        let a language model write
  kerasrnn export RUN                          for TensorFlow Serving and TFLite
  kerasrnn inspect RUN                         settings, sizes, metrics

predict, evaluate, generate and inspect also take the folder of an exported
model or its .tflite file.

`kerasrnn COMMAND --help` lists a command's flags, and
`kerasrnn train --task NAME --help` those of a task, which `tune` takes as well.
--json prints JSON lines, --debug shows where an error came from."""

MODEL = "Folder of a run or of an exported model, or a .tflite file."


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
        hint = did_you_mean(name, COMMANDS)
        raise BadInput(f"unknown command '{name}'; choose from {', '.join(COMMANDS)}{hint}")
    COMMANDS[name](rest)


def _train(arguments: list[str]) -> None:
    known, given = context(arguments)
    if known.get("resume"):
        again = f"begin another with kerasrnn train --config {known['resume']}/config.yaml"
        options = resumed("train", arguments, known["resume"], "run", instead=again)
        from kerasrnn import commands

        commands.resume(options.resume, as_json=options.json)
        return
    task, config, options = read_settings(
        arguments, known, given, command="train", does="Trains a model.", what="run"
    )
    from kerasrnn import commands

    commands.train(task, config, output=options.output, as_json=options.json)


def _tune(arguments: list[str]) -> None:
    known, given = context(arguments)
    if known.get("resume"):
        options = resumed(
            "tune", arguments, known["resume"], "search", instead="begin another search with"
        )
        from kerasrnn.tuning.plan import read_search

        search, output = read_search(options.resume), options.resume
    else:
        task, config, options = read_settings(
            arguments,
            known,
            given,
            command="tune",
            does="Searches settings.",
            what="search",
            add=_add_search,
        )
        from kerasrnn.tuning.plan import Search
        from kerasrnn.tuning.space import default_space, read_space

        space = read_space(options.space or [], type(config))
        for varied in space:
            refuse_flag(arguments, varied.name, f"--space varies {varied.name} already")
        if options.trials is not None and options.trials < 1:
            raise BadInput(f"--trials {options.trials} is too small; the smallest allowed is 1")
        space = space or default_space(config)
        search = Search(task, config, options.search, options.trials or 0, space)
        output = options.output
    search.check()
    from kerasrnn.tuning.search import tune

    tune(search, output=output, as_json=options.json)


def _add_search(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("Search").add_argument
    values = (
        "What to vary, several with ; between or the flag again: units=64,128 or units=32..256:32 "
        "or learning_rate=1e-4..1e-2:log (default: width, learning rate, layers, output dropout)."
    )
    add("--space", type=str, action="append", help=values, metavar="NAME=VALUES")
    kinds = "random, hyperband or bayesian (default: random)."
    add("--search", type=str, default="random", help=kinds, metavar="KIND")
    trials = "Most trials (default: 20; of hyperband those of one sweep)."
    add("--trials", type=int, help=trials, metavar="N")


def _list(arguments: list[str]) -> None:
    options = parse(new_parser("list", "Tasks and cells."), arguments)
    from kerasrnn.listing import print_list

    print_list(as_json=options.json)


def _evaluate(arguments: list[str]) -> None:
    parser = new_parser("evaluate", "Measures a run on other data, or on its own test part again.")
    parser.add_argument("run", type=str, help=MODEL)
    parser.add_argument("--data", type=str, default="", help="File or folder to measure on.")
    _add_columns(parser, "text", "label", "source", "target")
    options = parse(parser, arguments)
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
    parser = new_parser("predict", "Answers for new data.")
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
    options = parse(parser, arguments)
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
    parser = new_parser("generate", "Lets a language model write.")
    parser.add_argument("run", type=str, help=MODEL)
    add = functools.partial(_add_with_default, parser)
    prompts = "What the text begins with; given several times, each prompt is continued."
    parser.add_argument("--prompt", type=str, action="append", help=prompts, metavar="TEXT")
    file = 'File of prompts, one a line or a table\'s column of texts; "-" is standard input.'
    parser.add_argument("--input", type=str, default="", help=file, metavar="FILE")
    add("--length", 400, "Most tokens written.")
    add("--temperature", 0.8, "0: always the likeliest.")
    add("--top-k", 0, "Only the k likeliest; 0: all.")
    add("--top-p", 1.0, "Only the likeliest reaching p.")
    add("--seed", 0, "The same seed, the same text; one more for each further prompt.")
    add("--stop", "", "End before this string.")
    add("--beam", 0, "Search the likeliest text with N live ones; 0: draw.")
    options = parse(parser, arguments)
    _model_exists(options.run)
    if options.length < 1:
        raise BadInput(f"--length {options.length} is too small; the smallest allowed is 1")
    if options.beam < 0:
        raise BadInput(f"--beam {options.beam} is negative; 0 draws, and a search begins at 1")
    names = [field.name for field in dataclasses.fields(Sampling)]
    drawing = {flag(name) for name in names} & {given.partition("=")[0] for given in arguments}
    if options.beam and drawing:
        raise BadInput(f"{min(drawing)} is for drawing, and --beam draws nothing: give one of them")
    sampling = Sampling(**{name: options[name] for name in names})
    from kerasrnn import commands

    commands.generate(
        options.run,
        prompts=options.prompt or [],
        file=options.input,
        length=options.length,
        stop=options.stop,
        sampling=sampling,
        as_json=options.json,
        beam=options.beam,
    )


def _add_with_default(parser: ArgumentParser, name: str, default: Any, help: str) -> None:
    kind = type(default)
    help += "" if default == "" else f" (default: {default})"
    parser.add_argument(name, type=kind, default=default, help=help, metavar=METAVARS[kind])


def _export(arguments: list[str]) -> None:
    parser = new_parser("export", "Writes a run for TensorFlow Serving and TFLite, and proves it.")
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
    options = parse(parser, arguments)
    from kerasrnn.export.answers import find_exported

    if find_exported(options.run):
        raise BadInput(f"{options.run} is exported already; name the run it was made of")
    _run_exists(options.run)
    from kerasrnn import commands

    commands.export(
        options.run,
        as_json=options.json,
        output=options.output,
        formats=comma_separated(options.format),
        quantize=comma_separated(options.quantize),
        rnn=options.rnn,
        steps=options.steps,
        version=options.version,
        command=shlex.join(["kerasrnn", "export", *arguments]),
    )


def _inspect(arguments: list[str]) -> None:
    parser = new_parser("inspect", "Settings, sizes and metrics of a run or an exported model.")
    parser.add_argument("run", type=str, help=MODEL)
    options = parse(parser, arguments)
    from kerasrnn import listing
    from kerasrnn.export.answers import find_exported

    if exported := find_exported(options.run):
        listing.print_exported(exported, as_json=options.json)
        return
    _model_exists(options.run)
    listing.print_run(options.run, as_json=options.json)


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
    "tune": _tune,
    "evaluate": _evaluate,
    "predict": _predict,
    "generate": _generate,
    "export": _export,
    "inspect": _inspect,
}
