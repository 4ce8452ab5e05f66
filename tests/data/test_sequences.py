"""Rows grouped into sequences by their ids, from tables and from the form of C-MAPSS."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrnn.data.sequences import (
    CMAPSS_NAMES,
    choose_column,
    is_cmapss,
    number_columns,
    open_table,
    read_targets,
    sequences_of,
)
from kerasrnn.errors import BadInput

COLUMNS = {"id_column": "id", "features": ("a", "b")}


def table(tmp_path, *lines, name="x.csv"):
    (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return open_table(tmp_path / name)


def cmapss(*rows):
    """Lines of unit and cycle with 24 numbers that tell the row."""
    return [f"{u} {c} " + " ".join(f"{u}.{c}" for _ in range(24)) + "  " for u, c in rows]


def test_rows_of_an_id_are_one_sequence_wherever_they_stand(tmp_path):
    found = sequences_of(
        table(tmp_path, "id,a,b,y", "p,1,2,3", "q,4,5,6", "p,7,8,", "r,0,0,1", "q,9,9,9"),
        **COLUMNS,
        targets=("y",),
    )
    assert found.ids == ("p", "q", "r")
    assert found.ends.tolist() == [2, 4, 5]
    assert found.lengths.tolist() == [2, 2, 1]
    assert found.inputs.tolist() == [[1, 2], [7, 8], [4, 5], [9, 9], [0, 0]]
    np.testing.assert_array_equal(found.targets[:, 0], [3, np.nan, 6, 9, 1])
    assert found.times == ("1", "2", "1", "2", "1")
    assert found.lines.tolist() == [2, 4, 3, 6, 5]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.randoms())
def test_some_sequences_are_taken_with_all_that_is_theirs(tmp_path_factory, groups, random):
    lines = [f"{group},{row},0" for row, group in enumerate(groups)]
    whole = sequences_of(table(tmp_path_factory.mktemp("x"), "id,a,b", *lines), **COLUMNS)
    chosen = list(range(len(whole.ids)))
    random.shuffle(chosen)
    chosen = chosen[: random.randint(1, len(chosen))]
    part = whole.take(np.array(chosen))
    assert part.ids == tuple(whole.ids[i] for i in chosen)
    for name, rows, lines in zip(
        part.ids, part.split(part.inputs), part.split(part.lines), strict=True
    ):
        assert rows[:, 0].tolist() == [r for r, group in enumerate(groups) if str(group) == name]
        assert (lines == rows[:, 0] + 2).all()


def test_the_first_rows_of_sequences_are_taken(tmp_path):
    lines = ("p,1,1", "q,2,1", "p,3,1", "q,4,1", "q,5,1")
    whole = sequences_of(table(tmp_path, "id,a,b", *lines), **COLUMNS)
    part = whole.take(np.array([1, 0]), np.array([2, 1]))
    assert part.inputs[:, 0].tolist() == [2, 4, 1]
    assert part.ends.tolist() == [2, 3]


def test_what_remains_is_counted_to_the_last_row(tmp_path):
    whole = sequences_of(table(tmp_path, "id,a,b", "p,1,1", "q,1,1", "p,1,1", "p,1,1"), **COLUMNS)
    assert whole.with_remaining().targets[:, 0].tolist() == [2, 1, 0, 0]


def test_the_form_of_cmapss_is_known_by_its_looks(tmp_path):
    found = table(tmp_path, *cmapss((1, 1), (1, 2), (2, 1)), "", name="train_FD001.txt")
    assert is_cmapss(found)
    assert tuple(found.names) == CMAPSS_NAMES
    part = sequences_of(
        found, id_column="unit", time_column="cycle", features=("setting_1", "sensor_21")
    )
    assert part.ids == ("1", "2")
    assert part.inputs.tolist() == [[1.1, 1.1], [1.2, 1.2], [2.1, 2.1]]
    text = (tmp_path / "train_FD001.txt").read_bytes()
    (tmp_path / "x.txt.gz").write_bytes(gzip.compress(text))
    assert open_table(tmp_path / "x.txt.gz").columns == found.columns


def test_a_line_of_cmapss_that_is_cut_off_is_named(tmp_path):
    lines = cmapss((1, 1), (1, 2))
    with pytest.raises(BadInput, match=r"x.txt: line 2: 25 numbers .* has 26"):
        table(tmp_path, lines[0], lines[1].rsplit(maxsplit=1)[0], name="x.txt")
    part = table(tmp_path, lines[0], lines[1].replace("1.2", "oil", 1), name="x.txt")
    with pytest.raises(BadInput, match=r"x.txt: line 2, column 'setting_1': 'oil' is not a finite"):
        sequences_of(part, id_column="unit", features=CMAPSS_NAMES[2:])


@pytest.mark.parametrize("line", ["112 ", "unit cycle a"])
def test_a_text_file_of_another_form_is_refused(tmp_path, line):
    with pytest.raises(BadInput, match=r"x.txt: line 1: '.*' is neither a table's first line"):
        table(tmp_path, line, name="x.txt")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("id,a,b", "p,1,2", "q,1,oops"), r"line 3, column 'b': 'oops' is not a finite number"),
        (("id,a,b", "p,1,2", "q,,2"), r"line 3, column 'a': '' is a missing value"),
        (("id,a,b", "p,1,2", "q,nan,2"), r"line 3, column 'a': 'nan' is a missing value"),
        (("id,a,b", "p,1,2", "q,inf,2"), r"line 3, column 'a': 'inf' is not a finite number"),
        (("id,a,b", "p,1,2", " ,1,2"), r"line 3, column 'id' is empty"),
        (("id,a", "p,1"), r"no column 'b'; choose from 'id', 'a'"),
        (("id,a,b", "p,1,2", "q,1"), r"line 3: 2 cells where the first row has 3"),
        (("id,a,b",), r"no rows below the header"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(tmp_path, lines, says):
    with pytest.raises(BadInput, match=r"x.csv: " + says):
        sequences_of(table(tmp_path, *lines), **COLUMNS)


def test_times_must_ascend_within_a_sequence_alone(tmp_path):
    rows = ("p,5,1,1", "q,1,1,1", "p,6,1,1", "q,2,1,1")
    ordered = {**COLUMNS, "time_column": "t"}
    assert sequences_of(table(tmp_path, "id,t,a,b", *rows), **ordered).times == ("5", "6", "1", "2")
    with pytest.raises(BadInput, match=r"line 6, column 't': '6' does not follow '6'"):
        sequences_of(table(tmp_path, "id,t,a,b", *rows, "p,6,1,1"), **ordered)
    dates = ("p,2024-01-02,1,1", "q,2024-01-01,1,1", "p,2024-01-01,1,1")
    with pytest.raises(BadInput, match=r"line 4, column 't': '2024-01-01' is earlier than"):
        sequences_of(table(tmp_path, "id,t,a,b", *dates), **ordered)


def test_elements_are_strings_as_they_are(tmp_path):
    whole = table(tmp_path, "id,element,v", "1,AA,2", '1," ",3', '2,"B, c",1')
    found = sequences_of(whole, id_column="id", elements="element", targets=("v",))
    assert found.inputs.tolist() == ["AA", " ", "B, c"]
    empty = table(tmp_path, "id,element,v", "1,AA,2", "1,,3")
    with pytest.raises(BadInput, match=r"line 3, column 'element' is empty"):
        sequences_of(empty, id_column="id", elements="element")


def test_columns_are_found_by_name_by_usual_names_or_not_at_all(tmp_path):
    whole = table(tmp_path, "Unit,Cycle,a,word", "1,1,2,x")
    assert choose_column(whole, "", ("id", "unit"), "id") == "Unit"
    assert choose_column(whole, "a", ("id", "unit"), "id") == "a"
    assert choose_column(whole, "unit", ("id",), "id") == "Unit"
    assert choose_column(whole, "", ("id",), "id") == ""
    assert choose_column(whole, "none", ("unit",), "id") == ""
    with pytest.raises(BadInput, match=r"no id column 'uint'; choose from 'Unit', 'Cycle'"):
        choose_column(whole, "uint", ("unit",), "id")
    assert number_columns(whole, but=("Unit", "Cycle")) == ("a",)
    with pytest.raises(BadInput, match=r"no column of numbers beside 'Unit', 'Cycle', 'a'"):
        number_columns(whole, but=("Unit", "Cycle", "a"))


def test_targets_stand_in_the_order_of_the_sequences_or_by_their_ids(tmp_path):
    (tmp_path / "rul.txt").write_text("112 \n98 \n\n")
    assert read_targets(tmp_path / "rul.txt", ("a", "b")).tolist() == [112, 98]
    (tmp_path / "rul.csv").write_text("id,rul\nb,98\na,112\nc,7\n")
    assert read_targets(tmp_path / "rul.csv", ("a", "b")).tolist() == [112, 98]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("112\n", r"1 numbers for 2 sequences"),
        ("112\nx\n", r"line 2: 'x' is not a finite number"),
        ("id,rul\na,1\n", r"no number for the sequence 'b'"),
        ("id,rul\na,1\nb,\n", r"line 3, column 'rul' is a missing value"),
        ("id,rul\na,1\na,2\n", r"line 3, column 'rul' is the second of 'a'"),
    ],
)
def test_targets_that_do_not_fit_are_refused(tmp_path, text, says):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(BadInput, match=r"t.csv: " + says):
        read_targets(tmp_path / "t.csv", ("a", "b"))
