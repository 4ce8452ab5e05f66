"""The old file or the new one, never a half."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.errors import BadInput
from kerasrnn.files import read_json, read_lines, replacing, write_json, write_text


def test_a_new_file_appears_in_a_new_folder(tmp_path):
    path = tmp_path / "a" / "b" / "c.txt"
    write_text(path, "é\nb\r\n")
    assert path.read_bytes() == "é\nb\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_file_changes_only_when_the_block_is_done(tmp_path):
    path = tmp_path / "a.keras"
    path.write_text("old")
    with replacing(path) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".keras"
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file_and_no_other(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def interrupted():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_bad_input_and_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput, match=r"cannot write .*a\.txt: No space left on device"):
        write_text(tmp_path / "a.txt", "new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match=r"cannot write .*file/a\.txt"):
        write_text(tmp_path / "file" / "a.txt", "new")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_without_permission_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(BadInput, match=r"cannot write .*a\.txt: Permission denied"):
        write_text(tmp_path / "a.txt", "new")


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(BadInput, match=r"cannot write .*a\.txt: Is a directory"):
        write_text(tmp_path / "a.txt", "new")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "a.json"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=VALUES)
def test_json_comes_back(path, value):
    write_json(path, value)
    assert read_json(path) == value


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_lacks_are_refused(path, number):
    write_json(path, {"old": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"value": number})
    assert json.loads(path.read_text()) == {"old": 1}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"nope"])
def test_broken_json_is_named(path, content):
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"a\.json is broken: "):
        read_json(path)


@pytest.mark.parametrize("read", [read_json, read_lines])
def test_a_missing_file_is_named(tmp_path, read):
    with pytest.raises(BadInput, match=r"cannot read .*none: No such file"):
        read(tmp_path / "none")


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("", []),
        ("\n", [""]),
        ("a\nb", ["a", "b"]),
        ("a\n\nb\n", ["a", "", "b"]),
        ("a\u2028b\r\x85\x0b\n", ["a\u2028b\r\x85\x0b"]),
    ],
)
def test_lines_end_at_line_feeds_alone(path, content, lines):
    path.write_bytes(content.encode())
    assert read_lines(path) == lines
