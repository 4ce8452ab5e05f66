"""What must not happen in this process, or must happen without what it holds, in one of its own."""

import contextlib
import ctypes
import re
import signal
import subprocess
import sys

from kerasrnn.errors import RunFailed

LONGEST = 3600  # seconds
SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's sys/prctl.h


def run(what: str, module: str, *arguments: str) -> None:
    """Runs a module of the exporter and waits for its end.

    Args:
        what: The subject of the message if it fails.
        module: Its name in `kerasrnn.export`.
        arguments: Of its command line.

    Raises:
        RunFailed: If it fails, breaks down or takes too long.
    """
    command = [sys.executable, "-m", f"kerasrnn.export.{module}", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired as error:
        raise RunFailed(f"{what} did not come to an end within {LONGEST} seconds") from error
    if done.returncode:
        raise RunFailed(f"{what} {reason(done.returncode, done.stderr)}")


def reason(status: int, errors: str) -> str:
    """Why a program ended badly; below its error TensorFlow may have told of its graph."""
    if status < 0:
        return f"broke down (signal {-status}) on this model"
    lines = [line for line in errors.splitlines() if line.strip()] or [f"exit status {status}"]
    told = [line for line in lines if re.match(r"[\w.]+(Error|Input|Interrupt|Exit)\b", line)]
    return f"failed: {(told or lines)[-1]}"


def end_with_parent() -> None:
    """Ends this process when the one that started it ends, however that happens (on Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
