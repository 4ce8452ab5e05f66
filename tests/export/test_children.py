"""Programs of their own: what they leave when they fail, and when they are left alone."""

import os
import subprocess
import sys
import time

import pytest

from kerasrnn.errors import RunFailed
from kerasrnn.export import children


@pytest.mark.parametrize(
    ("status", "errors", "says"),
    [
        (-6, "F0000 check failed", "broke down (signal 6) on this model"),
        (1, "warning\nValueError: no such thing\nmore", "failed: ValueError: no such thing"),
        (1, "neither here\n\n", "failed: neither here"),
        (3, "", "failed: exit status 3"),
    ],
)
def test_the_reason_is_one_line(status, errors, says):
    assert children.reason(status, errors) == says


def test_what_failed_is_named():
    with pytest.raises(RunFailed, match=r"^the check failed: TypeError: main\(\) missing"):
        children.run("the check", "check_process")


def test_what_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(children, "LONGEST", 0.01)
    with pytest.raises(RunFailed, match=r"^the check did not come to an end within 0.01 seconds"):
        children.run("the check", "check_process")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells of a parent's end")
def test_a_child_ends_with_its_parent():
    child = (
        "from kerasrnn.export.children import end_with_parent; import time; end_with_parent(); "
        "print('ready', flush=True); time.sleep(60)"
    )
    parent = (
        "import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', sys.argv[1]], "
        "stdout=subprocess.PIPE); c.stdout.readline(); print(c.pid, flush=True); c.wait()"
    )
    process = subprocess.Popen([sys.executable, "-c", parent, child], stdout=subprocess.PIPE)
    number = int(process.stdout.readline())
    os.kill(number, 0)  # it is there
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 30
    while _runs(number):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(number):
    try:
        os.kill(number, 0)
        with open(f"/proc/{number}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (OSError, ProcessLookupError):
        return False
