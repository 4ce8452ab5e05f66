"""What the commands do, once their flags are known to be good."""

import dataclasses
import os
import shlex
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from kerasrnn.cluster import Cluster, check_surroundings, leads, meet
from kerasrnn.config import Config, to_yaml
from kerasrnn.data.text_files import read_texts
from kerasrnn.errors import BadInput
from kerasrnn.export.answers import AnswerNetwork, find_exported
from kerasrnn.files import remove_leftovers
from kerasrnn.listing import export_table, metrics_table, print_json, print_table
from kerasrnn.opening import open_run, task_of
from kerasrnn.quiet import start_tensorflow
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.sampling import Sampling
from kerasrnn.tasks import Measured, Predictions, Prepared, Task
from kerasrnn.writing import Writer, unknown_tokens

TOGETHER = 64  # texts written side by side: more gain little and take memory

console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


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
        _train(Run(output or "RUN"), name, task, cluster, as_json=as_json)
        return
    run = Run.create(output, name)
    run.save_config(to_yaml(name, config))
    try:
        _train(run, name, task, cluster, as_json=as_json)
    except BadInput:
        run.discard()
        raise


def resume(folder: str, *, as_json: bool) -> None:
    """Goes on with a run where it was interrupted."""
    run, name, task = open_run(folder)
    if run.finished:
        console.print(f"{folder} is finished already")
        _report(run, run.metrics(), task, as_json=as_json)
        return
    cluster = check_surroundings(task.config)
    task.check_data()
    if leads(cluster):
        remove_leftovers(run.folder)
    _train(run, name, task, cluster, as_json=as_json)


def _train(run: Run, name: str, task: Task, cluster: Cluster | None, *, as_json: bool) -> None:
    console.quiet = not leads(cluster)
    if cluster:
        meet(cluster, limit=task.config.peer_timeout, say=console.print)
    start_tensorflow()
    from kerasrnn.distribution import among_peers

    with among_peers(cluster, str(run.folder)):
        _train_together(run, name, task, cluster, as_json=as_json)


def _train_together(
    run: Run, name: str, task: Task, cluster: Cluster | None, *, as_json: bool
) -> None:
    begun, config = time.perf_counter(), task.config
    from kerasrnn import distribution, plots
    from kerasrnn.data_service import check_servable
    from kerasrnn.layers import cudnn
    from kerasrnn.progress import Progress
    from kerasrnn.training import Trainer, configure

    devices = distribution.start(config, cluster)
    configure(config)
    sample = not (config.data or config.dataset)
    prepared = task.prepare().in_epochs_of(config.steps_per_epoch)
    for line in prepared.notes:
        console.print(f"{'sample data: ' if sample else 'data: '}{line}")
    if prepared.padding is not None:
        console.print(f"padding: {prepared.padding:.1%} of the steps of an epoch's batches")
    if config.data_service:
        check_servable(prepared.train(0), name)
    devices.compare(config, prepared)
    with devices.scope():
        model = task.build_model(prepared.transforms)
    for line in task.initial_weights(model, prepared.transforms):
        console.print(line)
    device = devices.about(_device())
    if devices.is_chief:
        for transform in prepared.transforms.values():
            transform.save(run.transforms_folder)
        run.save_environment(seed=config.seed, deterministic=config.deterministic, device=device)
    console.print(f"{name}, {config.cell}: {model.count_params():,} parameters on {device}")
    console.print(cudnn.report(model, jit_compile=config.jit_compile))
    progress = Progress(
        epochs=config.epochs,
        steps=prepared.steps,
        batch_size=config.batch_size,
        monitor=task.monitor,
    )
    progress.console.quiet = not devices.is_chief
    try:
        trainer = Trainer(task, prepared, model, run, progress, devices)
        state = trainer.train()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; go on with: kerasrnn train --resume {run.folder}"
        ) from None
    finally:
        progress.close()
    if not devices.is_chief:
        devices.wait_for_chief()
        return
    plots.history(
        run.plots_folder / "history.png", state.history, monitor=task.monitor, best=state.best_epoch
    )
    if trainer.diagnosis:
        plots.gradients(run.plots_folder / "gradients.png", trainer.diagnosis.rows)
        for line in trainer.diagnosis.summary():
            console.print(line)
    metrics = {
        "task": name,
        "cell": config.cell,
        "parameters": model.count_params(),
        "seconds": 0.0,
        "train_seconds": round(state.seconds, 3),
        "epochs": state.epoch,
        "best_epoch": state.best_epoch,
        "monitor": task.monitor,
        **({} if prepared.padding is None else {"padding": round(prepared.padding, 5)}),
        "device": device,
        **_final_scores(run, task, prepared),
    }
    metrics["seconds"] = round(time.perf_counter() - begun, 3)
    run.save_metrics(metrics)
    devices.wait_for_chief()
    _report(run, metrics, task, as_json=as_json)


def _final_scores(run: Run, task: Task, prepared: Prepared) -> dict[str, Any]:
    """Scores of the best epoch as it was saved; the test part is looked at here alone."""
    network = _network(run, task, prepared.transforms)
    scores = {"valid": task.score(network, prepared.valid, prepared.transforms)}
    if prepared.test is not None:
        scores["test"] = task.score(network, prepared.test, prepared.transforms)
    task.plot(network, prepared, run.plots_folder)
    sign = -1 if task.higher_is_better else 1
    # a trivial answer may have no figure of the kind that is watched
    rivals = [m for m in prepared.baselines.values() if task.monitor in m]
    strongest = min(rivals, key=lambda m: sign * m[task.monitor])
    scores.setdefault("test", {})
    return {**scores, "baseline": strongest, "baselines": prepared.baselines}


def _network(run: Run, task: Task, transforms: Mapping[str, Any]) -> Any:
    from kerasrnn.network import Network

    model = run.load_model_like(task.build_model(transforms))
    return Network(task, task.training_model(model, transforms))


def _report(run: Run, metrics: dict[str, Any], task: Task, *, as_json: bool) -> None:
    if as_json:
        print_json(metrics)
        return
    Console(highlight=False).print(metrics_table(metrics))
    if doubt := _doubt(metrics, task):
        print(doubt)
    sample = not (task.config.data or task.config.dataset)
    print(f"run: {run.folder}" + (" (trained on the embedded sample)" if sample else ""))
    for command in task.next_commands(str(run.folder)):
        print(f"try: {command}")


def _doubt(metrics: dict[str, Any], task: Task) -> str:
    """What to say of a network that is no better than a trivial answer; else nothing."""
    # a task that has seen no data yet may not know it: labels decide what tagging goes by
    monitor = metrics.get("monitor", task.monitor)
    ours = (metrics["test"] or metrics["valid"])[monitor]
    trivial = metrics["baseline"][monitor]
    if (ours > trivial) if task.higher_is_better else (ours < trivial):
        return ""
    name = next(n for n, figures in metrics["baselines"].items() if figures == metrics["baseline"])
    how = "the same" if ours == trivial else "a better"
    return f"the trivial answer '{name}' has {how} {monitor}: try more epochs, other settings"


def _device() -> str:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    return f"{len(gpus)} GPU" if gpus else "CPU"


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
            from kerasrnn.export.answers import AnswerWriter

            return AnswerWriter(self.network, self.transforms["text"], sampling)
        from kerasrnn.generation import Generator

        return Generator(self.network.model, self.transforms["text"], sampling)


def _load(path: str, replace: Mapping[str, Any] | None = None) -> Loaded:
    exported = find_exported(path)
    if exported:
        _, task = task_of(exported.settings(), str(exported.path), replace)
        if not exported.lite:
            start_tensorflow()
        transforms = exported.transforms(task)
        network = AnswerNetwork(task, exported.model(), transforms)
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
    return Loaded(task, transforms, _network(run, task, transforms), False)


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
) -> None:
    """Prints each prompt and its continuation, a single one while it is made.

    Args:
        path: The model.
        prompts: From the command line.
        file: To read others from, or empty; without any prompt the text begins as after a line.
        length: Most tokens written after each.
        stop: Ends a text before this string.
        sampling: How to draw; each prompt after the first has a seed one more than that before.
        as_json: Whether to print JSON lines.
    """
    exported = find_exported(path)
    task = task_of(exported.settings(), path)[1] if exported else open_run(path)[2]
    if not task.writes:
        raise BadInput(f"{path} is no language model; kerasrnn predict {path} runs it")
    warnings: list[str] = []
    prompts = [*prompts, *(read_texts(file, warnings=warnings) if file else [])] or [""]
    loaded = _load(path)
    text, writer = loaded.transforms["text"], loaded.writer(sampling)
    if unknown := unknown_tokens(text, prompts):
        whose = "the prompt's" if len(prompts) == 1 else "the prompts'"
        warnings.append(f"{unknown} of {whose} tokens were never seen in training")
    for warning in warnings:
        console.print(f"warning: {warning}")
    if len(prompts) == 1 and not as_json:
        sys.stdout.write(prompts[0])
        for piece in writer.stream(prompts[0], length, stop=stop):
            sys.stdout.write(piece)
            sys.stdout.flush()
        sys.stdout.write("\n")
        return
    for first in range(0, len(prompts), TOGETHER):
        asked = prompts[first : first + TOGETHER]
        writer.sampling = dataclasses.replace(sampling, seed=(sampling.seed + first) % 2**31)
        continuations = writer.write(asked, length, stop=stop)
        for row, (prompt, continuation) in enumerate(zip(asked, continuations, strict=True)):
            if as_json:
                how = dataclasses.replace(sampling, seed=(sampling.seed + first + row) % 2**31)
                print_json({"prompt": prompt, "text": continuation, **dataclasses.asdict(how)})
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
