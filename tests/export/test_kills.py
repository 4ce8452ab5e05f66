"""Killed anywhere, an export leaves a whole version or none, and never touches an earlier one."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from export_checks import Keras, check_answers, check_tflite

from kerasrnn.export import export, folders
from kerasrnn.export.c_api import Session
from kerasrnn.export.litert import LiteModel
from kerasrnn.export.saved_model import tensor_names
from kerasrnn.files import TEMPORARY

pytestmark = pytest.mark.slow

SERVED, BOTH = "saved_model", "saved_model,tflite"
SPREAD = [(SERVED, 38), (BOTH, 12)]  # kills at moments spread over an export's whole duration
AIMED = 12  # and while its files are given their names


@pytest.fixture(scope="module")
def run(untrained):
    return untrained("sentiment", cell="simple_rnn", bidirectional=False)


@pytest.fixture(scope="module")
def keras(run):
    return Keras(run)


@pytest.fixture(scope="module")
def first(run, tmp_path_factory):
    """A folder with one version."""
    folder = tmp_path_factory.mktemp("first") / "m"
    export(run, output=folder)
    return folder


def start(run, folder, formats):
    """An export in a process group of its own, which its children belong to."""
    arguments = ["export", run, "--output", folder, "--format", formats]
    return subprocess.Popen(
        [sys.executable, "-m", "kerasrnn", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def kill(process):
    """Says whether it still ran."""
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return running


def members(session):
    """Programs of a session that are still there, by their command lines."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if folder.name.isdecimal() and int(fields[3]) == session and fields[0] != "Z":
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except (OSError, IndexError):
            continue
    return found


def content(folder):
    """Everything but what is unfinished."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.relative_to(folder).parts[0].startswith(TEMPORARY)
    }


def unfinished(folder):
    return [path for path in folder.iterdir() if path.name.startswith(TEMPORARY)]


class Folder:
    """An exported model's folder that is looked at after every kill."""

    looking = threading.Lock()

    def __init__(self, folder, first, keras):
        shutil.copytree(first, folder)
        self.folder, self.keras = folder, keras
        self.versions = self.read_versions()

    def read_versions(self):
        return {n: content(self.folder / str(n)) for n in folders.versions(self.folder)}

    def check(self):
        """What is there is whole, and what was there is the same; says how much is new."""
        now = self.read_versions()
        new = sorted(now.keys() - self.versions.keys())
        assert now.keys() >= self.versions.keys()
        for number, files in self.versions.items():
            assert now[number] == files
        assert len(new) <= 1
        assert new in ([], [max(self.versions) + 1])
        self.versions = now
        assert len(unfinished(self.folder)) <= 1
        with self.looking:
            for number in new:
                self.check_version(self.folder / str(number))
            self.check_files()
        return len(new)

    def check_version(self, folder):
        session = Session(folder, tensor_names(folder))
        for name, request in self.keras.requests.items():
            expected = self.keras.answer(name, request)
            check_answers(lambda r, name=name: session.answer(name, r), request, expected)
        assert json.loads((folder / folders.SETTINGS / "export.json").read_text())
        assert (folder / "assets.extra" / "tf_serving_warmup_requests").stat().st_size

    def check_files(self):
        names = {path.name for path in self.folder.iterdir() if path.is_file()}
        assert names == {
            "batching.config",
            "client.py",
            "docker-compose.yml",
            "m.tflite",
            "model_card.md",
            "models.config",
            "verification.json",
        }
        assert json.loads((self.folder / "verification.json").read_text())["name"] == "m"
        assert (self.folder / "model_card.md").read_text().endswith("```\n")
        assert LiteModel(self.folder / "m.tflite").signature == "ids"


def kill_after(run, folder, formats, delay):
    process = start(run, folder.folder, formats)
    time.sleep(delay)
    return kill(process)


def kill_while_naming(run, folder, delay):
    """Kills a little after the last file was written, so when the first gets its name."""
    process = start(run, folder.folder, SERVED)
    while process.poll() is None and not list(folder.folder.glob(f"{TEMPORARY}*/model_card.md")):
        time.sleep(0.0005)
    time.sleep(delay)
    return kill(process)


def check_goes_on(run, folder, keras):
    """A complete export after all the killed ones."""
    last = max(folder.versions)
    process = start(run, folder.folder, BOTH)
    _, err = process.communicate()
    assert process.returncode == 0, err.decode()
    assert folder.check() == 1
    assert folders.versions(folder.folder)[-1] == last + 1
    assert not unfinished(folder.folder)
    check_tflite(folder.folder / "m.tflite", keras, "none")


def two_at_a_time(task, jobs, make):
    """Gives each of two threads a folder of its own and every second job; all results."""

    def work(lane):
        folder = make(lane)
        return [task(folder, job) for job in jobs[lane::2]], folder

    with ThreadPoolExecutor(2) as pool:
        lanes = list(pool.map(work, range(2)))
    return [result for results, _ in lanes for result in results], [f for _, f in lanes]


def test_killed_at_any_moment_an_export_leaves_a_whole_version_or_none(run, first, keras, tmp_path):
    draw, durations = random.Random(0), {}
    for formats, _ in SPREAD:
        begun = time.perf_counter()
        process = start(run, tmp_path / "timed" / "m", formats)
        process.communicate()
        assert process.returncode == 0
        durations[formats] = time.perf_counter() - begun
    jobs = [
        (formats, durations[formats] * (i + draw.random()) / count)
        for formats, count in SPREAD
        for i in range(count)
    ]
    draw.shuffle(jobs)

    def kill_one(folder, job):
        running = kill_after(run, folder, *job)
        return running, folder.check(), bool(unfinished(folder.folder))

    results, used = two_at_a_time(
        kill_one, jobs, lambda lane: Folder(tmp_path / f"{lane}" / "m", first, keras)
    )
    killed = [result for result in results if result[0]]
    assert len(killed) > 0.6 * len(jobs), "most exports were over before they were killed"
    assert sum(left for *_, left in killed) > 0.2 * len(jobs), "hardly one had begun to write"
    for folder in used:
        check_goes_on(run, folder, keras)


def test_killed_while_naming_its_files_an_export_leaves_a_whole_version_or_none(
    run, first, keras, tmp_path
):
    draw = random.Random(1)
    jobs = [draw.uniform(0, 0.04) for _ in range(AIMED)]

    def kill_one(folder, delay):
        return kill_while_naming(run, folder, delay), folder.check()

    results, used = two_at_a_time(
        kill_one, jobs, lambda lane: Folder(tmp_path / f"{lane}" / "m", first, keras)
    )
    assert any(running for running, _ in results)
    for folder in used:
        check_goes_on(run, folder, keras)


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "nothing of the kind within the time"
        time.sleep(0.01)
    return found


@pytest.mark.parametrize("child", ["check_process saved_model", "convert_process"])
def test_children_of_a_killed_export_end_and_write_nothing(run, first, keras, tmp_path, child):
    """As when the system is out of memory: the parent alone is killed."""
    folder = Folder(tmp_path / "m", first, keras)
    before = content(folder.folder)
    process = start(run, folder.folder, BOTH)
    wait_for(lambda: [line for line in members(process.pid) if child in line], 120)
    time.sleep(0.5)
    process.kill()
    process.communicate()
    wait_for(lambda: not members(process.pid), 60)
    assert content(folder.folder) == before
    assert folder.check() == 0
    check_goes_on(run, folder, keras)


def test_the_next_export_does_not_wait_for_such_children(run, first, keras, tmp_path):
    folder = Folder(tmp_path / "m", first, keras)
    process = start(run, folder.folder, BOTH)
    wait_for(lambda: [line for line in members(process.pid) if "convert_process" in line], 120)
    process.kill()
    process.communicate()
    check_goes_on(run, folder, keras)


@pytest.mark.parametrize("wait", [0.0, 3.0])
def test_an_interrupted_export_tidies_up(run, first, tmp_path, wait):
    folder = tmp_path / "m"
    shutil.copytree(first, folder)
    before = content(folder)
    process = start(run, folder, BOTH)
    wait_for(lambda: unfinished(folder), 120)
    time.sleep(wait)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in err.decode()
    assert err.decode().splitlines()[-1] == "kerasrnn: interrupted"
    assert content(folder) == before
    assert not unfinished(folder)
    assert not members(process.pid)


def test_two_exports_at_once_are_two_versions_or_one_and_a_refusal(run, first, keras, tmp_path):
    folder = Folder(tmp_path / "m", first, keras)
    both = [start(run, folder.folder, SERVED) for _ in range(2)]
    errors = [process.communicate()[1].decode() for process in both]
    statuses = sorted(process.returncode for process in both)
    assert statuses in ([0, 0], [0, 2]), errors
    if statuses == [0, 2]:
        assert any("has appeared meanwhile" in text for text in errors)
    assert not unfinished(folder.folder)
    for number in folders.versions(folder.folder):
        folder.check_version(folder.folder / str(number))
    assert len(folders.versions(folder.folder)) == 1 + statuses.count(0)
