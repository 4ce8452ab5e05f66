"""What the commands do, once their flags are known to be good."""

import dataclasses
import sys
import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from kerasrnn.config import Config, flag, to_yaml
from kerasrnn.errors import BadInput
from kerasrnn.files import remove_leftovers
from kerasrnn.listing import metrics_table, print_json, print_table
from kerasrnn.quiet import start_tensorflow
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.sampling import Sampling
from kerasrnn.tasks import Prepared, Task

console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def train(name: str, config: Config, *, output: str, as_json: bool) -> None:
    """Trains a new run from its settings.

    Raises:
        BadInput: If the data or the output folder cannot be used.
        RunFailed: If training breaks down.
    """
    task = TASKS.load(name)(config)
    task.check_data()
    run = Run.create(output, name)
    run.save_config(to_yaml(name, config))
    try:
        _train(run, name, task, as_json=as_json)
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
    task.check_data()
    remove_leftovers(run.folder)
    _train(run, name, task, as_json=as_json)


def open_run(folder: str, replace: Mapping[str, Any] | None = None) -> tuple[Run, str, Task]:
    """A run and its task, some of its settings replaced for this call.

    Raises:
        BadInput: If there is no run, its settings are broken, or it has none of that name.
    """
    run = Run.open(folder)
    settings = run.settings()
    where = run.folder / "config.yaml"
    name = settings.pop("task", None)
    if not name:
        raise BadInput(f"{where} is broken: it names no task")
    kind = TASKS.load(name)
    known = {field.name for field in dataclasses.fields(kind.config_type)}
    if unknown := sorted(set(settings) - known):
        raise BadInput(f"{where}: unknown setting '{unknown[0]}'; was it made by another version?")
    for setting, value in (replace or {}).items():
        if setting not in known:
            raise BadInput(f"{flag(setting)} is not for {folder}: {name} reads no such column")
        settings[setting] = value
    try:
        return run, name, kind(kind.config_type(**settings))
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error


def _train(run: Run, name: str, task: Task, *, as_json: bool) -> None:
    begun, config = time.perf_counter(), task.config
    start_tensorflow()
    from kerasrnn import plots
    from kerasrnn.layers import cudnn
    from kerasrnn.progress import Progress
    from kerasrnn.training import Trainer, configure

    configure(config)
    sample = not (config.data or config.dataset)
    prepared = task.prepare()
    for line in prepared.notes:
        console.print(f"{'sample data: ' if sample else 'data: '}{line}")
    for transform in prepared.transforms.values():
        transform.save(run.transforms_folder)
    model = task.build_model(prepared.transforms)
    for line in task.initial_weights(model, prepared.transforms):
        console.print(line)
    run.save_environment(seed=config.seed, deterministic=config.deterministic, device=_device())
    console.print(f"{name}, {config.cell}: {model.count_params():,} parameters on {_device()}")
    console.print(cudnn.report(model, jit_compile=config.jit_compile))
    progress = Progress(
        epochs=config.epochs,
        steps=prepared.steps,
        batch_size=config.batch_size,
        monitor=task.monitor,
    )
    try:
        trainer = Trainer(task, prepared, model, run, progress)
        state = trainer.train()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; go on with: kerasrnn train --resume {run.folder}"
        ) from None
    finally:
        progress.close()
    plots.history(
        run.plots_folder / "history.png", state.history, monitor=task.monitor, best=state.best_epoch
    )
    metrics = {
        "task": name,
        "cell": config.cell,
        "parameters": model.count_params(),
        "seconds": 0.0,
        "train_seconds": round(state.seconds, 3),
        "epochs": state.epoch,
        "best_epoch": state.best_epoch,
        "device": _device(),
        **_final_scores(run, task, prepared),
    }
    metrics["seconds"] = round(time.perf_counter() - begun, 3)
    run.save_metrics(metrics)
    _report(run, metrics, task, as_json=as_json)


def _final_scores(run: Run, task: Task, prepared: Prepared) -> dict[str, Any]:
    """Scores of the best epoch as it was saved; the test part is looked at here alone."""
    network = _network(run, task, prepared.transforms)
    scores = {"valid": task.score(network, prepared.valid, prepared.transforms)}
    if prepared.test is not None:
        scores["test"] = task.score(network, prepared.test, prepared.transforms)
    task.plot(network, prepared, run.plots_folder)
    sign = -1 if task.higher_is_better else 1
    strongest = min(prepared.baselines.values(), key=lambda m: sign * m[task.monitor])
    scores.setdefault("test", {})
    return {**scores, "baseline": strongest, "baselines": prepared.baselines}


def _network(run: Run, task: Task, transforms: Mapping[str, Any]) -> Any:
    from kerasrnn.network import Network

    model = run.load_model()
    shapes = [[tuple(v.shape) for v in m.weights] for m in (model, task.build_model(transforms))]
    if shapes[0] != shapes[1]:
        raise BadInput(
            f"{run.model_path} does not fit the config.yaml and transforms beside it; "
            "put back what was changed, or train again"
        )
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
    ours = (metrics["test"] or metrics["valid"])[task.monitor]
    trivial = metrics["baseline"][task.monitor]
    if (ours > trivial) if task.higher_is_better else (ours < trivial):
        return ""
    name = next(n for n, figures in metrics["baselines"].items() if figures == metrics["baseline"])
    how = "the same" if ours == trivial else "a better"
    return f"the trivial answer '{name}' has {how} {task.monitor}: try more epochs, other settings"


def _device() -> str:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    return f"{len(gpus)} GPU" if gpus else "CPU"


def _load(
    folder: str, replace: Mapping[str, Any] | None = None
) -> tuple[Run, Task, Mapping[str, Any], Any]:
    run, _, task = open_run(folder, replace)
    return run, task, *_trained(run, task)


def _trained(run: Run, task: Task) -> tuple[Mapping[str, Any], Any]:
    """Transforms and network of a run that has a model, finished or not."""
    if not run.model_path.is_file():
        raise BadInput(f"{run.folder} has no trained model yet; go on with --resume {run.folder}")
    if not run.finished:
        console.print(
            f"warning: {run.folder} is not finished; this is its best epoch so far; go on with: "
            f"kerasrnn train --resume {run.folder}"
        )
    start_tensorflow()
    from kerasrnn.training import configure

    configure(task.config)
    transforms = task.load_transforms(run.transforms_folder)
    return transforms, _network(run, task, transforms)


def evaluate(
    folder: str, *, data: str, as_json: bool, settings: Mapping[str, Any] | None = None
) -> None:
    """Scores a run on a file (`settings` say how to read it), or on its own test part again."""
    _, task, transforms, network = _load(folder, settings)
    if data:
        part = "data"
        batches, baselines = task.read_batches(transforms, data=data)
    else:
        prepared = task.prepare()
        part = "valid" if prepared.test is None else "test"
        batches = prepared.valid if prepared.test is None else prepared.test
        baselines = prepared.baselines
    scores = task.score(network, batches, transforms)
    if as_json:
        figures = {"metrics": scores, "baselines": baselines}
        print_json({"run": folder, "data": data, "part": part, **figures})
    else:
        table = metrics_table({part: scores, "baselines": baselines})
        Console(highlight=False).print(table)


def predict(
    folder: str,
    texts: list[str],
    *,
    file: str,
    as_json: bool,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Prints answers for texts or for a file (`settings` say how to read it)."""
    _, task, transforms, network = _load(folder, settings)
    answers = task.predict(network, transforms, texts, file)
    for warning in dict.fromkeys(answers.warnings):
        console.print(f"warning: {warning}")
    if as_json:
        for row in answers.rows:
            print_json(row)
    else:
        print_table(answers.header, answers.table)


def generate(
    folder: str,
    *,
    prompt: str,
    length: int,
    stop: str,
    sampling: Sampling,
    as_json: bool,
) -> None:
    """Prints the prompt and its continuation while it is made."""
    run, _, task = open_run(folder)
    if not task.generates:
        raise BadInput(f"{folder} is no language model; kerasrnn predict {folder} runs it")
    transforms, network = _trained(run, task)
    from kerasrnn.generation import Generator, unknown_tokens

    text = transforms["text"]
    if unknown := unknown_tokens(text, prompt):
        console.print(f"warning: {unknown} of the prompt's tokens were never seen in training")
    pieces = Generator(network.model, text, sampling).stream(prompt, length, stop=stop)
    if as_json:
        print_json({"prompt": prompt, "text": "".join(pieces), **dataclasses.asdict(sampling)})
        return
    sys.stdout.write(prompt)
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
    sys.stdout.write("\n")
