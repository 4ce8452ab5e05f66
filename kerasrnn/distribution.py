"""Training on several devices or machines, with the results of one.

Every process makes the same batches, in the same order; each replica takes its rows of every
batch (`batch_parts`), and what they add up to is the gradient of the whole.

What one process alone may decide (which epoch is best) or know (the checkpoint) the chief decides,
and tells the others in the way in which gradients travel: they need no disk in common.
"""

from __future__ import annotations

import contextlib
import dataclasses
import faulthandler
import functools
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasrnn import __version__
from kerasrnn.batch_parts import Part, Whole
from kerasrnn.cluster import Cluster, check_batch_size, tpu_name
from kerasrnn.config import Config, flag
from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.tasks import Prepared

Learn = Callable[..., tuple[tf.Tensor, list[tf.Tensor]]]
# what a worker meets with when another one is gone
LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
)
NOT_TOGETHER = (
    "kerasrnn: the workers did not get together within {} s though each had answered: one has "
    "ended since; start all of them again"
)


class Alone:
    """One process on one device: everything as if there were no distribution."""

    replicas, workers, is_chief = 1, 1, True

    def scope(self) -> contextlib.AbstractContextManager:
        """Where variables are made."""
        return contextlib.nullcontext()

    def prepare(
        self, model: keras.Model, optimizer: keras.optimizers.Optimizer, loss: Callable
    ) -> None:
        """Makes a model and its optimiser ready for `run`."""

    def run(self, learn: Learn, batch: tuple, carry: list) -> tuple[tf.Tensor, list]:
        """One step of all replicas.

        Args:
            learn: Takes a part of a batch, its carry, and its `Whole` or `Part`; returns what
                the part adds to the loss, and the next carry.
            batch: Inputs, target, and what else there is, rows first.
            carry: As `split` gave it.

        Returns:
            The batch's loss, and the next carry.
        """
        return learn(batch, carry, Whole())

    def compare(self, config: Config, prepared: Prepared) -> None:
        """Sees that all processes have the same settings and data.

        Raises:
            BadInput: If this one's are not the chief's.
        """

    def wait_for_chief(self) -> None:
        """Returns when the chief has come here as well."""

    def split(self, carry: list[tf.Tensor]) -> list:
        """Each replica's rows of what is carried from batch to batch."""
        return carry

    def join(self, carry: list) -> list[tf.Tensor]:
        """All rows of it again."""
        return carry

    def told(self, say: Callable[[], bytes]) -> bytes:
        """What the chief says; the others do not work it out."""
        return say()

    def told_scores(self, score: Callable[[], dict[str, float]]) -> dict[str, float]:
        """Likewise, numbers by name."""
        return score()

    def about(self, device: str) -> str:
        """What a person calls it."""
        return device


class Replicated(Alone):
    """Several replicas, or one, by a strategy of TensorFlow.

    Args:
        strategy: Made before any operation ran.
        cluster: The processes, if there are several.
    """

    def __init__(self, strategy: tf.distribute.Strategy, cluster: Cluster | None = None):
        self.strategy = strategy
        self.replicas = strategy.num_replicas_in_sync
        self.workers = len(cluster.members) if cluster else 1
        self.is_chief = cluster is None or cluster.is_chief
        self.fixed = isinstance(strategy, tf.distribute.TPUStrategy)
        words = tf.TensorSpec([None], tf.int64)
        self._sum = tf.function(self._sum_of_chief, input_signature=[words])

    def scope(self) -> contextlib.AbstractContextManager:
        return self.strategy.scope()

    def prepare(
        self, model: keras.Model, optimizer: keras.optimizers.Optimizer, loss: Callable
    ) -> None:
        # of a plain function too: where there are weights, it is a mean over them
        by_weights = "mean_with_sample_weight"
        self.by_weights = getattr(loss, "reduction", by_weights) == by_weights
        # Keras's own losses divide their mean by the number of replicas
        self.scale = self.replicas if isinstance(loss, keras.losses.Loss) else 1
        # `Part.total` adds the gradients up before they are clipped; Keras would do so after
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        inner._all_reduce_sum_gradients = list
        if self.replicas > 1:
            for layer in model._flatten_layers():
                for value in vars(layer).values():
                    if isinstance(value, keras.random.SeedGenerator):
                        value.next = functools.partial(_own_seed, value.next)

    def run(self, learn: Learn, batch: tuple, carry: list) -> tuple[tf.Tensor, list]:
        def part_of(batch: tuple, carry: list) -> tuple[tf.Tensor, list]:
            how = {"by_weights": self.by_weights, "scale": self.scale, "fixed": self.fixed}
            part = Part(batch, self.replicas, **how)
            return learn(part.batch, carry, part)

        rows = tf.nest.flatten(batch)[0].shape[0]
        if self.fixed and (rows is None or rows % self.replicas):
            raise BadInput(
                "--strategy tpu needs batches that all have one size and one length, and those of "
                "this task differ"
            )
        loss, carry = self.strategy.run(part_of, args=(batch, carry))
        return self.strategy.reduce("SUM", loss, axis=None), carry

    def compare(self, config: Config, prepared: Prepared) -> None:
        if self.workers == 1:
            return
        ours = _fingerprint(config, prepared)
        chiefs = json.loads(self.told(lambda: json.dumps(ours).encode()))
        differing = [name for name in {**chiefs, **ours} if chiefs.get(name) != ours.get(name)]
        if differing:
            name = differing[0]
            raise BadInput(
                f"this worker has other {'settings' if name.startswith('-') else 'data'} than the "
                f"chief: {name} is {ours.get(name)} here and {chiefs.get(name)} there; give all "
                "workers the same flags and the same files"
            )

    def wait_for_chief(self) -> None:
        self.told(lambda: b"")

    def split(self, carry: list[tf.Tensor]) -> list:
        return [self._split(value) for value in carry]

    def _split(self, value: tf.Tensor) -> Any:
        each = value.shape[0] // self.replicas

        def rows(context: Any) -> tf.Tensor:
            first = context.replica_id_in_sync_group * each
            return value[first : first + each]

        return self.strategy.experimental_distribute_values_from_function(rows)

    def join(self, carry: list) -> list[tf.Tensor]:
        return [self._join(value) for value in carry]

    def _join(self, value: Any) -> tf.Tensor:
        kind = self.strategy.experimental_local_results(value)[0].dtype
        if kind == tf.bfloat16:  # which cannot be gathered
            value = self.strategy.run(tf.cast, args=(value, tf.float32))
        return tf.cast(self.strategy.gather(value, axis=0), kind)

    def told(self, say: Callable[[], bytes]) -> bytes:
        if self.workers == 1:
            return say()
        data = say() if self.is_chief else b""
        size = int(self._sum(tf.constant([len(data)], tf.int64))[0])
        if not size:
            return b""  # TensorFlow does not survive the sum of nothing
        words = np.zeros(-(-size // 8), np.int64)
        if self.is_chief:
            words.view(np.uint8)[:size] = np.frombuffer(data, np.uint8)
        return self._sum(tf.constant(words)).numpy().tobytes()[:size]

    def told_scores(self, score: Callable[[], dict[str, float]]) -> dict[str, float]:
        if self.workers == 1:
            return score()

        def say() -> bytes:
            return json.dumps({name: float(value) for name, value in score().items()}).encode()

        return json.loads(self.told(say))

    def _sum_of_chief(self, value: tf.Tensor) -> tf.Tensor:
        def own(value: tf.Tensor) -> tf.Tensor:
            first = tf.distribute.get_replica_context().replica_id_in_sync_group == 0
            return tf.where(first, value, tf.zeros_like(value))

        return self.strategy.reduce("SUM", self.strategy.run(own, args=(value,)), axis=None)

    def about(self, device: str) -> str:
        if self.workers > 1:
            return f"{self.workers} workers, {self.replicas} replicas, {device}"
        return f"{self.replicas} replicas, {device}" if self.replicas > 1 else device


def _own_seed(draw: Callable[..., tf.Tensor], *arguments: Any, **named: Any) -> tf.Tensor:
    """A seed that is another on each replica, the state it is drawn from being the same."""
    seed, context = draw(*arguments, **named), tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return seed
    drawn = tf.random.experimental.stateless_fold_in(
        tf.cast(seed, tf.int32), context.replica_id_in_sync_group
    )
    return tf.cast(drawn, seed.dtype)


def _fingerprint(config: Config, prepared: Prepared) -> dict[str, Any]:
    """What must be the same everywhere, by what a person calls it; paths may differ."""
    settings = {
        flag(field.name): getattr(config, field.name)
        for field in dataclasses.fields(config)
        if not field.metadata["path"]
    }
    digest = hashlib.sha256()
    for array in tf.nest.flatten(next(iter(prepared.train(0)))):
        digest.update(array.numpy().tobytes())
    return {
        **settings,
        "the program's version": __version__,
        "TensorFlow's version": tf.__version__,
        "the number of batches": prepared.steps,
        "the first batch's digest": digest.hexdigest()[:12],
    }


@contextlib.contextmanager
def among_peers(cluster: Cluster | None, run: str) -> Iterator[None]:
    """Says in a line what it means when another worker is gone.

    Args:
        cluster: The workers, if there are several.
        run: What to go on with.

    Raises:
        RunFailed: If that happened within the block.
    """
    try:
        yield
    except tf.errors.OpError as error:
        _, aborted, reason = str(error).partition("Collective ops is aborted by: ")
        # another worker's heartbeat was missed while all were getting together
        missed = "CoordinationServiceError" in str(error)
        if cluster is None or not (aborted or missed or isinstance(error, LOST)):
            raise
        reason = (reason if aborted else error.message).strip().splitlines()[0]
        raise RunFailed(
            f"another of the {len(cluster.members)} workers is gone: its own messages say why "
            f"(TensorFlow here: {reason:.150}); start all of them again, with kerasrnn train "
            f"--resume {run}"
        ) from error


def start(config: Config, cluster: Cluster | None) -> Alone:
    """The distribution that the settings ask for, before any operation has run.

    Raises:
        BadInput: If what it needs is not there, or the batch does not divide among its replicas.
    """
    if config.strategy == "none":
        return Alone()
    distribution = Replicated(_strategy(config, cluster), cluster)
    check_batch_size(config.batch_size, distribution.replicas, "replicas")
    return distribution


def _strategy(config: Config, cluster: Cluster | None) -> tf.distribute.Strategy:
    if cluster:
        return _of_workers(cluster, limit=config.peer_timeout)
    if config.strategy == "mirrored":
        return tf.distribute.MirroredStrategy(_devices())
    if config.strategy == "one_device":
        return tf.distribute.OneDeviceStrategy(_devices()[0])
    return _tpu()


def _of_workers(cluster: Cluster, *, limit: int) -> tf.distribute.Strategy:
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({job: list(members) for job, members in cluster.jobs.items()}),
        task_type=cluster.job,
        task_id=cluster.index,
        rpc_layer="grpc",
    )
    # all answered a moment ago; if one has died since, TensorFlow would wait for it an hour
    with _at_most(limit, NOT_TOGETHER.format(limit)):
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
    # TensorFlow takes the signal and goes on; whatever moment it comes at, the files are whole
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return strategy


@contextlib.contextmanager
def _at_most(seconds: int, message: str) -> Iterator[None]:
    """Ends the process with a message and status 1 if the block takes longer.

    TensorFlow keeps Python's lock while it waits, so that no thread and no signal handler of ours
    would run: another process speaks, and a timer outside Python's reach ends this one.
    """
    # nothing to say where the process that it speaks for has ended otherwise
    code = (
        "import os, sys, time; parent = os.getppid(); time.sleep(float(sys.argv[1])); "
        "os.getppid() == parent and print(sys.argv[2], file=sys.stderr)"
    )
    speaker = subprocess.Popen([sys.executable, "-c", code, str(seconds), message])
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(seconds + 1, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            speaker.kill()
            speaker.wait()


def _devices() -> list[str]:
    """Names of the GPUs, or else of the processors."""
    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    return [f"/{kind}:{i}" for i, _ in enumerate(tf.config.list_logical_devices(kind))]


def _tpu() -> tf.distribute.Strategy:
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=tpu_name())
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, tf.errors.OpError) as error:
        raise BadInput(f"--strategy tpu: {str(error).splitlines()[0]}") from error
    return tf.distribute.TPUStrategy(resolver)
