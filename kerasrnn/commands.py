"""What the commands do, once their flags are known to be good."""

import dataclasses
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from kerasrnn.cluster import check_surroundings, leads
from kerasrnn.config import Config, to_yaml
from kerasrnn.data.text_files import read_texts
from kerasrnn.errors import BadInput
from kerasrnn.export.answers import AnswerNetwork, find_exported
from kerasrnn.export.litert import usable_processors
from kerasrnn.files import remove_leftovers
from kerasrnn.listing import console, export_table, metrics_table, print_json, print_table
from kerasrnn.opening import open_run, task_of
from kerasrnn.quiet import start_tensorflow
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.sampling import Sampling
from kerasrnn.tasks import Measured, Predictions, Task
from kerasrnn.training_run import carry_out, network_of, report
from kerasrnn.writing import Writer, row_seeds, unknown_tokens

TOGETHER = 64  # texts written side by side: more gain little and take memory


def train(name: str, config: Config, *, output: str, as_json: bool) -> None:
    """Trains a new run from its settings.

    Raises:
        BadInput: If the data or the output folder cannot be used.
        RunFailed: If training breaks down.
    """
    cluster = check_surroundings(config)
    if cluster is None and os.environ.get("TF_CONFIG"):
        console.print(
            "warning: TF_CONFIG is set, and without --strategy multi_worker this process trains "
            "by itself"
        )
    task = TASKS.load(name)(config)
    task.check_data()
    if not leads(cluster):
        carry_out(Run(output or "RUN"), name, task, cluster, as_json=as_json)
        return
    run = Run.create(output, name)
    run.save_config(to_yaml(name, config))
    try:
        carry_out(run, name, task, cluster, as_json=as_json)
    except BadInput:
        run.discard()
        raise


def resume(folder: str, *, as_json: bool) -> None:
    """Goes on with a run where it was interrupted."""
    run, name, task = open_run(folder)
    if run.finished:
        console.print(f"{folder} is finished already")
        report(run, run.metrics(), task, as_json=as_json)
        return
    cluster = check_surroundings(task.config)
    task.check_data()
    if leads(cluster):
        remove_leftovers(run.folder)
    carry_out(run, name, task, cluster, as_json=as_json)


@dataclass(frozen=True)
class Loaded:
    """A model ready to answer, from a run or exported."""

    task: Task
    transforms: Mapping[str, Any]
    network: Any
    exported: bool

    def writer(self, sampling: Sampling) -> Writer:
        """What continues texts with it."""
        if self.exported:
            from kerasrnn.export.lite_writer import writer_of

            return writer_of(self.network, self.transforms["text"], sampling)
        from kerasrnn.generation import Generator

        return Generator(self.network.model, self.transforms["text"], sampling)


def _load(path: str, replace: Mapping[str, Any] | None = None, *, threads: int = 1) -> Loaded:
    """`threads` are the processors that a TFLite file may use."""
    exported = find_exported(path)
    if exported:
        _, task = task_of(exported.settings(), str(exported.path), replace)
        if not exported.lite:
            start_tensorflow()
        transforms = exported.transforms(task)
        network = AnswerNetwork(task, exported.model(threads=threads), transforms)
        return Loaded(task, transforms, network, True)
    run, _, task = open_run(path, replace)
    if not run.model_path.is_file():
        raise BadInput(f"{path} has no trained model yet; go on with --resume {path}")
    if not run.finished:
        console.print(
            f"warning: {path} is not finished; this is its best epoch so far; go on with: "
            f"kerasrnn train --resume {path}"
        )
    start_tensorflow()
    from kerasrnn.training import configure

    configure(task.config)
    transforms = task.load_transforms(run.transforms_folder)
    return Loaded(task, transforms, network_of(run, task, transforms), False)


def evaluate(
    path: str, *, data: str, as_json: bool, settings: Mapping[str, Any] | None = None
) -> None:
    """Scores a model on a file (`settings` say how to read it), or on its own test part again."""
    if not data and find_exported(path):
        raise BadInput(f"{path} is exported and has no data of its own: --data FILE")
    start_tensorflow()  # which reads the data, whatever answers
    loaded = _load(path, settings)
    task, transforms = loaded.task, loaded.transforms
    if data:
        part = "data"
        measured = task.read_batches(transforms, data=data)
        for line in measured.notes:
            console.print(f"data: {line}")
    else:
        prepared = task.prepare()
        Run.open(path).check_transforms(prepared.transforms)
        part = "valid" if prepared.test is None else "test"
        measured = Measured(prepared.held_out, prepared.baselines, prepared.notes)
    scores = task.score(loaded.network, measured.batches, transforms)
    if as_json:
        figures = {"metrics": scores, "baselines": measured.baselines}
        notes = list(measured.notes)
        print_json({"run": path, "data": data, "part": part, **figures, "notes": notes})
    else:
        table = metrics_table({part: scores, "baselines": measured.baselines})
        Console(highlight=False).print(table)


def predict(
    path: str,
    texts: list[str],
    *,
    file: str,
    as_json: bool,
    settings: Mapping[str, Any] | None = None,
    explain: bool = False,
    explain_to: str = "",
    plot: str = "",
) -> None:
    """Prints answers for texts or for a file (`settings` say how to read it).

    Args:
        path: The model.
        texts: From the command line.
        file: To read others from, or empty.
        as_json: Whether to print JSON lines.
        settings: Those of the run that are replaced.
        explain: Whether to print what carried each answer as well.
        explain_to: File to write that into, or empty.
        plot: Folder to draw each answer's picture into, or empty.
    """
    if explain or explain_to:
        _check_explains(path)
    if not texts and not file and (exported := find_exported(path)):
        _, task = task_of(exported.settings(), str(exported.path))
        raise BadInput(f"{path} is exported and has no data of its own: give {task.asks}")
    loaded = _load(path, settings)
    answers = loaded.task.predict(loaded.network, loaded.transforms, texts, file)
    warnings, explained, explanations = [*answers.warnings], [], []
    if explain or explain_to:
        explained = loaded.task.explain(loaded.network, loaded.transforms, answers.rows)
        explanations = [decision for e in explained for decision in e.decisions]
        warnings += [warning for e in explained for warning in e.warnings]
    if explain_to:
        from kerasrnn.explanations import files

        warnings += files.write(explain_to, explanations, title=f"Predictions of {path}")
    if plot:
        warnings += _draw(answers, plot)
    for warning in dict.fromkeys(warnings):
        console.print(f"warning: {warning}")
    if as_json:
        told = [e.as_json() for e in explained] if explain else [{}] * len(answers.rows)
        for row, more in zip(answers.rows, told, strict=True):
            print_json({**row, **more})
    elif explain:
        from kerasrnn.explanations.terminal import show

        show(explanations)
    else:
        print_table(answers.header, answers.table)
    if explain_to:
        console.print(f"explained in {explain_to}")


def _check_explains(path: str) -> None:
    if find_exported(path):
        raise BadInput(
            f"{path} is exported, and explanations need the gradients of the run it was made of: "
            "give the run's folder to --explain"
        )
    _, name, task = open_run(path)
    if not task.explains:
        able = [n for n in TASKS.names() if TASKS.load(n).explains]
        raise BadInput(
            f"--explain shows which tokens of a text carried a decision, and {name} makes none; "
            f"tasks that do: {', '.join(able)}"
        )


def _draw(answers: Predictions, folder: str) -> list[str]:
    """Writes `1.png` and so on; returns what is amiss with them."""
    if not answers.pictures:
        raise BadInput("--plot: of the answers of this task there is nothing to draw")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"--plot: cannot make the folder {folder}: {error.strerror}") from error
    amiss = []
    for number, draw in enumerate(answers.pictures, 1):
        amiss += draw(Path(folder) / f"{number}.png")
    console.print(f"drawn: {folder}/1.png" + (f" to {number}.png" if number > 1 else ""))
    return amiss


def generate(
    path: str,
    *,
    prompts: list[str],
    file: str,
    length: int,
    stop: str,
    sampling: Sampling,
    as_json: bool,
    beam: int = 0,
) -> None:
    """Prints each prompt and its continuation, a single one while it is drawn.

    Args:
        path: The model.
        prompts: From the command line.
        file: To read others from, or empty; without any prompt the text begins as after a line.
        length: Most tokens written after each.
        stop: Ends a text before this string.
        sampling: How to draw; each prompt after the first has a seed one more than that before.
        as_json: Whether to print JSON lines.
        beam: Live texts of a search for the likeliest, in the place of drawing; 0 draws.
    """
    exported = find_exported(path)
    task = task_of(exported.settings(), path)[1] if exported else open_run(path)[2]
    if not task.writes:
        raise BadInput(f"{path} is no language model; kerasrnn predict {path} runs it")
    warnings: list[str] = []
    prompts = [*prompts, *(read_texts(file, warnings=warnings) if file else [])] or [""]
    loaded = _load(path, threads=usable_processors())
    text, writer = loaded.transforms["text"], loaded.writer(sampling)
    if unknown := unknown_tokens(text, prompts):
        whose = "the prompt's" if len(prompts) == 1 else "the prompts'"
        warnings.append(f"{unknown} of {whose} tokens were never seen in training")
    for warning in warnings:
        console.print(f"warning: {warning}")
    if len(prompts) == 1 and not as_json and not beam:
        sys.stdout.write(prompts[0])
        for piece in writer.stream(prompts[0], length, stop=stop):
            sys.stdout.write(piece)
            sys.stdout.flush()
        sys.stdout.write("\n")
        return
    seeds = row_seeds(sampling.seed, len(prompts)).tolist()
    how = [dataclasses.replace(sampling, seed=seed) for seed in seeds]
    together = max(TOGETHER // beam, 1) if beam else TOGETHER
    for first in range(0, len(prompts), together):
        asked = prompts[first : first + together]
        if beam:
            continuations = writer.search(asked, length, beam, stop=stop)
        else:
            writer.sampling = how[first]
            continuations = writer.write(asked, length, stop=stop)
        for row, (prompt, continuation) in enumerate(zip(asked, continuations, strict=True)):
            if as_json:
                made = {"beam": beam} if beam else dataclasses.asdict(how[first + row])
                print_json({"prompt": prompt, "text": continuation, **made})
            else:
                separator = "\n" if first or row else ""
                sys.stdout.write(f"{separator}{prompt}{continuation}\n")


def export(run: str, *, as_json: bool, **settings: Any) -> None:
    """Exports a run and prints what was found of each file."""
    from kerasrnn.export import export as write

    report = write(run, say=console.print, **settings)
    if as_json:
        print_json(report)
        return
    print_table(*export_table(report))
    folder = report["folder"]
    print(f"exported: {folder}")
    if "saved_model" in report:
        print(f"serve it: cd {shlex.quote(folder)} && docker compose up")
    for name in list(report.get("tflite", {}))[:1]:
        print(f"try: kerasrnn inspect {shlex.quote(f'{folder}/{name}')}")
