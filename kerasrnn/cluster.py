"""Who trains together: what `TF_CONFIG` says, and whether the others are there.

Nothing here imports TensorFlow, which waits for an hour for a worker that never comes, and says
nothing meanwhile. Source of the form: https://www.tensorflow.org/guide/distributed_training,
"Setting up the TF_CONFIG environment variable".
"""

import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasrnn.config import Config
from kerasrnn.errors import BadInput, RunFailed

EXAMPLE = '{"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": "worker", "index": 0}}'
JOBS = ("chief", "worker")  # whose members train; the first member there is leads
PAUSE = 0.2  # seconds between calls on a worker that is not there yet
TPU_DEVICES = ("/dev/accel0", "/dev/vfio/0")


@dataclass(frozen=True)
class Cluster:
    """The processes that train together, and which of them this is.

    Args:
        jobs: `host:port` of each member by the name of its job.
        job: This process's.
        index: Its place in the job.
    """

    jobs: Mapping[str, tuple[str, ...]]
    job: str
    index: int

    @property
    def members(self) -> list[str]:
        """All addresses, the chief's first."""
        return [address for job in JOBS for address in self.jobs.get(job, ())]

    @property
    def address(self) -> str:
        """This process's own."""
        return self.jobs[self.job][self.index]

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run."""
        return self.address == self.members[0]


def read_cluster(environment: Mapping[str, str] = os.environ) -> Cluster:
    """What the variable `TF_CONFIG` says.

    Raises:
        BadInput: If it is missing or not in order.
    """
    text = environment.get("TF_CONFIG", "")
    if not text.strip():
        raise BadInput(
            "--strategy multi_worker needs the variable TF_CONFIG, another on each worker, such "
            f"as {EXAMPLE}; on one machine take --strategy mirrored"
        )
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"TF_CONFIG is not JSON, at its character {error.pos + 1} ({error.msg}): it should "
            f"look like {EXAMPLE}"
        ) from error
    try:
        jobs = {str(job): tuple(members) for job, members in config["cluster"].items()}
        job, index = str(config["task"]["type"]), int(config["task"]["index"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"TF_CONFIG lacks cluster or task: it should look like {EXAMPLE}") from error
    return _checked(jobs, job, index)


def _checked(jobs: dict[str, tuple[Any, ...]], job: str, index: int) -> Cluster:
    if "ps" in jobs:
        raise BadInput(
            "TF_CONFIG has parameter servers (ps), with which Keras 3 does not train: name "
            "workers only"
        )
    jobs = {name: members for name, members in jobs.items() if name in JOBS and members}
    if job not in jobs:
        raise BadInput(
            f"TF_CONFIG: its task is of type '{job}' and its cluster has "
            f"{' and '.join(jobs) or 'no chief and no worker'}"
        )
    if not 0 <= index < len(jobs[job]):
        raise BadInput(
            f"TF_CONFIG: its task is {job} {index} and its cluster has {len(jobs[job])}, from 0 "
            f"to {len(jobs[job]) - 1}"
        )
    if len(jobs.get("chief", ())) > 1:
        raise BadInput(f"TF_CONFIG has {len(jobs['chief'])} chiefs: name one, the others workers")
    cluster = Cluster(jobs, job, index)
    for address in cluster.members:
        split_address(address, "TF_CONFIG")
    if len(set(cluster.members)) < len(cluster.members):
        twice = next(a for a in cluster.members if cluster.members.count(a) > 1)
        raise BadInput(f"TF_CONFIG names {twice} twice: each worker has an address of its own")
    return cluster


def split_address(address: Any, where: str) -> tuple[str, int]:
    """Host and port of `host:port`.

    Raises:
        BadInput: If it is something else.
    """
    host, colon, port = str(address).rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) < 65536):
        raise BadInput(f"{where}: '{address}' is not host:port")
    return host.strip("[]"), int(port)


def meet(cluster: Cluster, *, limit: float, say: Callable[[str], None] = lambda text: None) -> None:
    """Waits until every worker has come, being there for the others meanwhile.

    Args:
        cluster: Who is awaited.
        limit: Seconds to wait.
        say: Takes a line for a person to read.

    Raises:
        BadInput: If this worker's port is taken.
        RunFailed: If somebody has not come in time.
    """
    missing = [address for address in cluster.members if address != cluster.address]
    if not missing:
        return
    say(f"waiting for {len(missing)} more of {len(cluster.members)} workers")
    until = time.monotonic() + limit
    with _listening(cluster):
        while missing:
            missing = [address for address in missing if not _answers(address)]
            if missing and time.monotonic() > until:
                raise RunFailed(
                    f"{', '.join(missing)} did not come within {limit:g} s: start the same "
                    "command there, see that TF_CONFIG is right and the port open, or wait "
                    "longer with --peer-timeout SECONDS"
                )
            if missing:
                time.sleep(PAUSE)


def _listening(cluster: Cluster) -> socket.socket:
    host, port = split_address(cluster.address, "TF_CONFIG")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind(("", port))
        server.listen(len(cluster.members))
    except OSError as error:
        server.close()
        raise BadInput(
            f"port {port} of this worker ({cluster.job} {cluster.index} of TF_CONFIG) cannot be "
            f"opened: {error.strerror}; is it started twice, or with another one's index?"
        ) from error
    return server


def _answers(address: str) -> bool:
    try:
        # the gRPC server that TensorFlow opens in the same place takes a call as well
        socket.create_connection(split_address(address, "TF_CONFIG"), timeout=2).close()
    except OSError:
        return False
    return True


def check_service(address: str) -> None:
    """Sees that something listens where tf.data is to be served.

    Args:
        address: `grpc://host:port`.

    Raises:
        BadInput: If nothing does.
    """
    plain = address.removeprefix("grpc://")
    if not _answers(plain):
        raise BadInput(
            f"--data-service {address}: nothing listens there; start the dispatcher first "
            "(docs/scale.md)"
        )


def tpu_name(environment: Mapping[str, str] = os.environ) -> str:
    """What TensorFlow finds the TPU by.

    Raises:
        BadInput: If there is no sign of one; TensorFlow itself would search for minutes.
    """
    if environment.get("TPU_NAME"):
        return environment["TPU_NAME"]
    if any(Path(device).exists() for device in TPU_DEVICES):
        return "local"
    raise BadInput(
        "--strategy tpu: no TPU here: start this on a TPU machine, or name one in the variable "
        "TPU_NAME"
    )


def check_surroundings(config: Config) -> Cluster | None:
    """Sees, without TensorFlow, that what the settings need of the surroundings is there.

    Returns:
        The cluster, if there is one.

    Raises:
        BadInput: If something is not there.
    """
    if config.data_service:
        check_service(config.data_service)
    if config.strategy == "tpu":
        tpu_name()
    if config.strategy != "multi_worker":
        return None
    cluster = read_cluster()
    check_batch_size(config.batch_size, len(cluster.members), "workers")
    return cluster


def check_batch_size(size: int, parts: int, what: str) -> None:
    """Refuses a batch that does not divide.

    Raises:
        BadInput: If it does not.
    """
    if size % parts:
        lower, upper = size // parts * parts, -(-size // parts) * parts
        either = f"{lower} or {upper}" if lower else f"{upper}"
        raise BadInput(
            f"--batch-size {size} is that of all {parts} {what} together and does not divide "
            f"among them: take {either}"
        )


def leads(cluster: Cluster | None) -> bool:
    """Whether this process is the one that writes: the chief, or the only one."""
    return cluster is None or cluster.is_chief
