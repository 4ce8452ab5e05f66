"""A search on several machines: what KerasTuner's variables say, and whether the chief answers.

Nothing here imports TensorFlow. Source of the variables:
https://keras.io/keras_tuner/guides/distributed_tuning/
"""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

from kerasrnn.errors import BadInput, RunFailed

VARIABLES = ("KERASTUNER_TUNER_ID", "KERASTUNER_ORACLE_IP", "KERASTUNER_ORACLE_PORT")
PAUSE = 0.5  # seconds between calls on a chief that is not there yet
WAIT = 300  # seconds that a worker waits at the start for the chief


@dataclass(frozen=True)
class Peer:
    """One of the processes of a search.

    Args:
        name: Its own; each has another.
        host: Of the chief.
        port: Of the chief.
    """

    name: str
    host: str
    port: int

    @property
    def is_chief(self) -> bool:
        """Whether this process asks the oracle and trains nothing: KerasTuner's own rule."""
        return "chief" in self.name

    @property
    def address(self) -> str:
        """The chief's."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_peer(environment: Mapping[str, str] = os.environ) -> Peer | None:
    """What KerasTuner's three variables say; none if none is set.

    Raises:
        BadInput: If one is missing or wrong.
    """
    values = [environment.get(name, "").strip() for name in VARIABLES]
    if not any(values):
        return None
    if missing := [name for name, value in zip(VARIABLES, values, strict=True) if not value]:
        raise BadInput(
            f"{' and '.join(missing)} is not set: a search on several machines takes "
            f"{', '.join(VARIABLES)}, such as chief (or worker-1), 10.0.0.1 and 8000; "
            "without any of them this process searches by itself"
        )
    name, host, port = values
    if not (port.isdecimal() and 0 < int(port) < 65536):
        raise BadInput(f"KERASTUNER_ORACLE_PORT '{port}' is no port: a number from 1 to 65535")
    return Peer(name, host, int(port))


def wait_for_chief(peer: Peer, *, limit: float = WAIT) -> None:
    """Returns when the chief's port is open.

    Raises:
        RunFailed: If it is not in time.
    """
    until = time.monotonic() + limit
    while True:
        try:
            socket.create_connection((peer.host, peer.port), timeout=2).close()
            return
        except OSError as error:
            if time.monotonic() > until:
                raise RunFailed(
                    f"the chief did not answer at {peer.address} within {limit:g} s ({error}): "
                    "start the same command there with KERASTUNER_TUNER_ID=chief"
                ) from error
        time.sleep(PAUSE)
