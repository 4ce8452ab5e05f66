"""The folder of an exported model: numbers, names, what is left behind and what is given a name."""

import fcntl
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.export import folders
from kerasrnn.files import TEMPORARY


def version(folder, number, *, whole=True):
    (folder / str(number)).mkdir(parents=True)
    if whole:
        (folder / str(number) / "saved_model.pb").write_text("graph")
    return folder / str(number)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# Versions


def test_versions_are_folders_named_by_a_number_alone(tmp_path):
    for name in (10, 9, 2):
        version(tmp_path, name)
    for name in ("v3", "3a", "-4", "5.0", ".6", f"{TEMPORARY}7", "assets"):
        (tmp_path / name).mkdir()
    (tmp_path / "11").write_text("a file")
    assert folders.versions(tmp_path) == [2, 9, 10]


def test_no_folder_has_no_version(tmp_path):
    assert folders.versions(tmp_path / "none") == []
    assert folders.last_version(tmp_path / "none") is None
    assert folders.free_version(tmp_path / "none", None) == 1
    assert folders.free_version(tmp_path / "none", 7) == 7


def test_the_free_version_is_the_next_after_the_last(tmp_path):
    version(tmp_path, 3)
    version(tmp_path, 10, whole=False)
    assert folders.free_version(tmp_path, None) == 11
    assert folders.free_version(tmp_path, 4) == 4


@pytest.mark.parametrize("make", [os.mkdir, lambda path: open(path, "w").close()])
def test_a_version_that_is_there_is_not_free(tmp_path, make):
    version(tmp_path, 5)
    make(tmp_path / "6")
    for number in (5, 6):
        with pytest.raises(BadInput, match=f"has a version {number} already, which is never"):
            folders.free_version(tmp_path, number)


def test_the_last_version_is_the_greatest_whole_one(tmp_path):
    version(tmp_path, 9)
    version(tmp_path, 10)
    version(tmp_path, 11, whole=False)
    assert folders.last_version(tmp_path) == tmp_path / "10"
    assert folders.last_version(tmp_path / "9") == tmp_path / "9"
    assert folders.last_version(tmp_path / "11") is None


# Names


@given(name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,30}", fullmatch=True))
def test_a_name_of_plain_characters_is_taken(name):
    folders.check_name(name)


@given(name=st.text())
def test_a_name_is_plain_or_refused(name):
    plain = name.isascii() and name.replace("_", "a").replace("-", "a").replace(".", "a").isalnum()
    if plain and name[0].isalnum():
        folders.check_name(name)
    else:
        with pytest.raises(BadInput, match="cannot name a model"):
            folders.check_name(name)


# What is not finished


def test_what_is_not_finished_is_beside_the_versions_and_no_number(tmp_path):
    version(tmp_path, 1)
    with folders.staging(tmp_path) as work:
        (work / "half").write_text("a fi")
        assert work.parent == tmp_path
        assert not work.name.isdecimal()
        assert folders.versions(tmp_path) == [1]
    assert names(tmp_path) == ["1"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_nothing_not_even_a_new_folder(tmp_path, error):
    def fail(folder):
        with folders.staging(folder) as work:
            (work / "1").mkdir()
            (work / "1" / "saved_model.pb").write_text("half a gra")
            raise error

    with pytest.raises(error):
        fail(tmp_path / "new")
    assert names(tmp_path) == []
    (tmp_path / "empty").mkdir()
    with pytest.raises(error):
        fail(tmp_path / "empty")
    assert names(tmp_path) == ["empty"]


def test_what_a_killed_export_left_is_removed(tmp_path):
    code = (
        "import os, pathlib, signal, sys\n"
        "from kerasrnn.export import folders\n"
        "with folders.staging(pathlib.Path(sys.argv[1])) as work:\n"
        "    (work / '1').mkdir()\n"
        "    (work / '1' / 'saved_model.pb').write_text('half a gra')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "m"], check=False)
    assert done.returncode == -9
    [left] = names(tmp_path / "m")
    assert left.startswith(TEMPORARY)
    (tmp_path / "m" / f"{TEMPORARY}file").write_text("half a fi")
    (tmp_path / "m" / f"{TEMPORARY}unlocked").mkdir()
    with folders.staging(tmp_path / "m") as work:
        assert names(tmp_path / "m") == [work.name]


def test_what_a_living_export_holds_stays(tmp_path):
    with folders.staging(tmp_path) as first:
        (first / "mine").write_text("half a fi")
        with folders.staging(tmp_path) as second:
            assert names(tmp_path) == sorted([first.name, second.name])
        assert (first / "mine").read_text() == "half a fi"
    assert names(tmp_path) == []


def test_the_lock_is_free_for_others_when_the_holder_is_gone(tmp_path):
    with folders.staging(tmp_path) as work:
        with open(work / folders.LOCK) as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # a child that outlives its parent must not hold it
        assert not os.get_inheritable(os.open(work / folders.LOCK, os.O_RDONLY))


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_place_of_the_folder_is_named(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    with (
        pytest.raises(BadInput, match="is a file; name a folder"),
        folders.staging(tmp_path / place),
    ):
        pass
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_without_permission_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with (
        pytest.raises(BadInput, match=r"cannot write into .*: Permission denied"),
        folders.staging(tmp_path / "m"),
    ):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    def refuse(**arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folders.tempfile, "mkdtemp", refuse)
    with (
        pytest.raises(BadInput, match=r"cannot write into .*: Permission denied"),
        folders.staging(tmp_path),
    ):
        pass


# Names given


@pytest.fixture
def work(tmp_path):
    """A finished export that has no name yet, and an older one."""
    folder, work = tmp_path / "m", tmp_path / "m" / f"{TEMPORARY}work"
    version(folder, 1)
    (folder / "card.md").write_text("old")
    version(work, 2)
    (work / "2" / "variables").mkdir()
    (work / "2" / "variables" / "data").write_text("numbers")
    (work / "card.md").write_text("new")
    (work / "m.tflite").write_text("model")
    return work


FILES = ["card.md", "m.tflite"]


def test_files_are_put_in_place_and_the_version_last(work, monkeypatch):
    folder, order = work.parent, []
    for name in ("replace", "rename"):
        move = getattr(os, name)

        def moved(source, target, move=move):
            move(source, target)
            order.append(target.name)

        monkeypatch.setattr(folders.os, name, moved)
    folders.publish(work, folder, FILES, 2)
    assert order == [*FILES, "2"]
    assert (folder / "card.md").read_text() == "new"
    assert (folder / "2" / "variables" / "data").read_text() == "numbers"
    assert (folder / "1" / "saved_model.pb").read_text() == "graph"


@pytest.mark.parametrize("moves", range(3))
def test_stopped_between_two_names_there_is_no_half_version(work, monkeypatch, moves):
    folder, left = work.parent, [moves]
    for name in ("replace", "rename"):
        move = getattr(os, name)

        def stop(source, target, move=move):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            move(source, target)

        monkeypatch.setattr(folders.os, name, stop)
    with pytest.raises(KeyboardInterrupt):
        folders.publish(work, folder, FILES, 2)
    assert folders.versions(folder) == [1]
    assert (folder / "card.md").read_text() == ("new" if moves else "old")


def test_everything_is_on_the_disk_before_anything_is_named(work, monkeypatch):
    flushed, flush = [], folders._flush

    def note(path):
        flushed.append((path.name, (work.parent / "2").exists(), (work / "card.md").exists()))
        flush(path)

    monkeypatch.setattr(folders, "_flush", note)
    folders.publish(work, work.parent, FILES, 2)
    *files, last = flushed
    assert {name for name, *_ in files} == {"card.md", "m.tflite", "saved_model.pb", "data"}
    assert all(not named and here for _, named, here in files)
    assert last == ("m", True, False)


def test_a_version_that_appeared_meanwhile_is_not_overwritten(work):
    folder = work.parent
    version(folder, 2)
    with pytest.raises(BadInput, match="has appeared meanwhile; export again"):
        folders.publish(work, folder, FILES, 2)
    assert (folder / "card.md").read_text() == "old"
    assert not (folder / "2" / "variables").exists()


def test_a_version_that_appears_at_the_last_moment_is_not_overwritten(work, monkeypatch):
    folder, replace = work.parent, os.replace

    def appear(source, target):
        replace(source, target)
        if not (folder / "2").exists():
            version(folder, 2)

    monkeypatch.setattr(folders.os, "replace", appear)
    with pytest.raises(RunFailed, match="cannot write into"):
        folders.publish(work, folder, FILES, 2)
    assert names(folder / "2") == ["saved_model.pb"]


def test_an_error_of_the_disk_is_a_failure_of_the_run(work, monkeypatch):
    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "_flush", full)
    with pytest.raises(RunFailed, match=r"cannot write into .*: No space left on device"):
        folders.publish(work, work.parent, FILES, 2)
    assert folders.versions(work.parent) == [1]


def test_without_a_version_files_alone_are_named(work):
    folders.publish(work, work.parent, FILES, 0)
    assert folders.versions(work.parent) == [1]
    assert (work.parent / "m.tflite").read_text() == "model"


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    folders.check_output(tmp_path / "new")
    folders.check_output(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadInput, match=r"is not empty and holds no exported model; .*--output"):
        folders.check_output(tmp_path)


@pytest.mark.parametrize("name", ["3/saved_model.pb", "verification.json"])
def test_a_folder_of_an_earlier_export_is_taken(tmp_path, name):
    (tmp_path / "notes.txt").write_text("mine")
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}")
    folders.check_output(tmp_path)
