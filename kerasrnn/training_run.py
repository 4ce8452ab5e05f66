"""A run from its settings to what is said at its end: data, training, scores, pictures."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console

from kerasrnn.cluster import Cluster, leads, meet
from kerasrnn.listing import console, metrics_table, print_json
from kerasrnn.quiet import start_tensorflow
from kerasrnn.runs import Run
from kerasrnn.tasks import Prepared, Task

if TYPE_CHECKING:
    from kerasrnn.diagnosis import GradientDiagnosis
    from kerasrnn.distribution import Alone
    from kerasrnn.network import Network
    from kerasrnn.training import State


@dataclass(frozen=True)
class Learnt:
    """A run whose training has ended, before anything is measured.

    Args:
        prepared: Its data.
        state: What became of the epochs.
        diagnosis: What was recorded of gradients, if anything.
        devices: Those that trained.
        device: What they are called.
        parameters: Of the model.
    """

    prepared: Prepared
    state: State
    diagnosis: GradientDiagnosis | None
    devices: Alone
    device: str
    parameters: int


def carry_out(run: Run, name: str, task: Task, cluster: Cluster | None, *, as_json: bool) -> None:
    """Trains a run to its end, or on from its checkpoint, scores its best epoch, and reports.

    Raises:
        BadInput: If the data, the devices or the other workers do not fit the settings.
        RunFailed: If training breaks down.
    """
    console.quiet = not leads(cluster)
    if cluster:
        meet(cluster, limit=task.config.peer_timeout, say=console.print)
    start_tensorflow()
    from kerasrnn.distribution import among_peers

    with among_peers(cluster, str(run.folder)):
        _carry_out(run, name, task, cluster, as_json=as_json)


def _carry_out(run: Run, name: str, task: Task, cluster: Cluster | None, *, as_json: bool) -> None:
    begun = time.perf_counter()
    from kerasrnn import plots

    learnt = learn(run, name, task, cluster)
    state, devices, prepared = learnt.state, learnt.devices, learnt.prepared
    if not devices.is_chief:
        devices.wait_for_chief()
        return
    plots.history(
        run.plots_folder / "history.png", state.history, monitor=task.monitor, best=state.best_epoch
    )
    if learnt.diagnosis:
        plots.gradients(run.plots_folder / "gradients.png", learnt.diagnosis.rows)
        for line in learnt.diagnosis.summary():
            console.print(line)
    metrics = {
        "task": name,
        "cell": task.config.cell,
        "parameters": learnt.parameters,
        "seconds": 0.0,
        "train_seconds": round(state.seconds, 3),
        "epochs": state.epoch,
        "best_epoch": state.best_epoch,
        "monitor": task.monitor,
        **({} if prepared.padding is None else {"padding": round(prepared.padding, 5)}),
        "device": learnt.device,
        **_final_scores(run, task, prepared),
    }
    metrics["seconds"] = round(time.perf_counter() - begun, 3)
    run.save_metrics(metrics)
    devices.wait_for_chief()
    report(run, metrics, task, as_json=as_json)


def learn(run: Run, name: str, task: Task, cluster: Cluster | None) -> Learnt:
    """Trains a run to its end, or on from its checkpoint; TensorFlow has been started.

    Progress is shown unless `console` is quiet.

    Raises:
        BadInput: If the data or the devices do not fit the settings.
        RunFailed: If training breaks down.
    """
    from kerasrnn import distribution
    from kerasrnn.data_service import check_servable
    from kerasrnn.layers import cudnn
    from kerasrnn.progress import Progress
    from kerasrnn.training import Trainer, configure

    config = task.config
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
    progress.console.quiet = console.quiet
    try:
        trainer = Trainer(task, prepared, model, run, progress, devices)
        state = trainer.train()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; go on with: kerasrnn train --resume {run.folder}"
        ) from None
    finally:
        progress.close()
    parameters = model.count_params()
    return Learnt(prepared, state, trainer.diagnosis, devices, device, parameters)


def _final_scores(run: Run, task: Task, prepared: Prepared) -> dict[str, Any]:
    """Scores of the best epoch as it was saved; the test part is looked at here alone."""
    network = network_of(run, task, prepared.transforms, walked=True)
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


def network_of(
    run: Run, task: Task, transforms: Mapping[str, Any], *, walked: bool = False
) -> Network:
    """The trained model of a run, with which its task answers.

    Args:
        walked: Whether it will answer many batches, as `Network` says.
    """
    from kerasrnn.network import Network

    built = task.build_model(transforms)
    model = run.load_model_like(built)
    if walked:  # what is saved has Keras's layers
        built.set_weights(model.get_weights())
        model = built
    return Network(task, task.training_model(model, transforms), walked=walked)


def report(run: Run, metrics: dict[str, Any], task: Task, *, as_json: bool) -> None:
    """Prints what became of a run, and what to do with it."""
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
