"""Several workers of one run as processes on this machine."""

import json
import os
import socket
import subprocess
import sys

SECONDS = 400  # in which any of them must have ended


def free_ports(count):
    """Ports that nobody listens at."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def tf_config(addresses, index):
    """The variable of one worker."""
    task = {"type": "worker", "index": index}
    return json.dumps({"cluster": {"worker": list(addresses)}, "task": task})


def start_worker(addresses, index, *arguments):
    """`kerasrnn train` as one of the workers."""
    environment = {**os.environ, "TF_CONFIG": tf_config(addresses, index)}
    return subprocess.Popen(
        [sys.executable, "-m", "kerasrnn", "train", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start_workers(count, *arguments):
    """All of them."""
    addresses = [f"localhost:{port}" for port in free_ports(count)]
    return [start_worker(addresses, index, *arguments) for index in range(count)]


def finish(workers):
    """What each wrote to standard error, when all have ended well."""
    said = [worker.communicate(timeout=SECONDS)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(workers), said
    return said
