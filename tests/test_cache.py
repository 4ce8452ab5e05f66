"""What is made once is found again, and nothing that is not what it says."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kerasrnn import cache
from kerasrnn.errors import BadInput
from kerasrnn.files import TEMPORARY


class Making:
    """Makes entries of a file and counts them."""

    def __init__(self, folder):
        self.root, self.source, self.made, self.said = folder / "cache", folder / "a.txt", 0, []
        self.source.write_text("some text")

    def __call__(self, where=None, **settings):
        def build(folder):
            self.made += 1
            (folder / "copy").write_text(self.source.read_text())
            return {"number": self.made}

        return cache.prepared(
            cache.Recipe("copy", [self.source], settings),
            build,
            lambda folder, told: ((folder / "copy").read_text(), told["number"]),
            where=str(self.root) if where is None else where,
            say=self.said.append,
        )

    def entry(self):
        [folder] = [path for path in self.root.iterdir() if path.is_dir()]
        return folder


@pytest.fixture
def making(tmp_path):
    return Making(tmp_path)


def test_the_second_time_it_is_found(making):
    assert making(x=1) == making(x=1) == ("some text", 1)
    assert [line.split(":")[0] for line in making.said] == ["kept for the next time", "cached"]


def test_other_settings_or_data_make_another(making):
    assert [making(x=1)[1], making(x=2)[1], making(x=1)[1]] == [1, 2, 1]
    before = making.source.stat()
    making.source.write_text("some test")  # as long, and at the same time
    os.utime(making.source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert making(x=1) == ("some test", 3)
    os.utime(making.source, ns=(1, 1))
    assert making(x=1)[1] == 4


def test_another_version_of_the_code_makes_another(making, monkeypatch):
    making()
    monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    assert making()[1] == 2


@pytest.mark.parametrize("content", [b"some", b"some tex\0", b""])
def test_an_entry_cut_short_or_overwritten_is_made_anew(making, content):
    making()
    (making.entry() / "copy").write_bytes(content)
    assert making() == ("some text", 2)
    assert making() == ("some text", 2)


@pytest.mark.parametrize("name", ["copy", "meta.json"])
def test_an_entry_that_lacks_a_file_is_made_anew(making, name):
    making()
    (making.entry() / name).unlink()
    assert making() == ("some text", 2)


def test_small_files_and_off_keep_nothing(making, monkeypatch):
    monkeypatch.setenv(cache.PLACE, str(making.root))
    assert [making(where="")[1], making(where="")[1], making(where="off")[1]] == [1, 2, 3]
    assert not making.root.exists()
    monkeypatch.setattr(cache, "LARGE", 1)
    assert [making(where="")[1], making(where="")[1], making(where="off")[1]] == [4, 4, 5]


def test_a_large_file_is_told_by_blocks_from_all_over_it(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "SAMPLE", 16)
    path = tmp_path / "a"
    content = bytearray(range(256)) * 80
    path.write_bytes(content)
    first = cache.digest(path)
    for place in (0, len(content) - 1, 16 + (len(content) - 16) // 63 - 8):
        changed = content.copy()
        changed[place] ^= 1
        path.write_bytes(changed)
        assert cache.digest(path) != first


def test_a_folder_that_cannot_be_written_is_told(making):
    blocked = making.root.parent / "file"
    blocked.write_text("")
    with pytest.raises(BadInput, match=r"cannot use the cache .*--cache DIR"):
        making(where=str(blocked))


CHILD = """
import sys, time
from pathlib import Path
from kerasrnn import cache
source, root, wait = sys.argv[1:]
def build(folder):
    (folder / "copy").write_text("half")
    print("building", flush=True)
    time.sleep(float(wait))
    (folder / "copy").write_text("whole")
    return {}
print(cache.prepared(cache.Recipe("copy", [Path(source)], {}), build,
                     lambda folder, told: (folder / "copy").read_text(), where=root), flush=True)
"""


def child(making, wait):
    command = [sys.executable, "-c", CHILD, str(making.source), str(making.root), str(wait)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_writer_that_is_killed_leaves_no_half(making):
    killed = child(making, 60)
    assert killed.stdout.readline() == "building\n"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert list(making.root.glob(f"{TEMPORARY}*"))
    after = child(making, 0)
    assert after.communicate()[0] == "building\nwhole\n"
    assert not list(making.root.glob(f"{TEMPORARY}*"))


def test_of_two_at_once_one_makes_it(making):
    both = [child(making, 1), child(making, 1)]
    told = [process.communicate()[0] for process in both]
    assert sorted(told) == ["building\nwhole\n", "whole\n"]


def test_it_stands_where_the_environment_says(monkeypatch):
    monkeypatch.setenv(cache.PLACE, "/a")
    assert cache.usual_folder() == Path("/a")
    monkeypatch.delenv(cache.PLACE)
    monkeypatch.setenv("XDG_CACHE_HOME", "/b")
    assert cache.usual_folder() == Path("/b/kerasrnn")
