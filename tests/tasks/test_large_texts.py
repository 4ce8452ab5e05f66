"""Labelled texts in files are those in memory: ids, labels, and what is wrong with them."""

import collections

import numpy as np
import pytest
from small_runs import small_config

from kerasrnn import cache
from kerasrnn.errors import BadInput
from kerasrnn.ids import UNKNOWN_ID
from kerasrnn.registry import TASKS


@pytest.fixture
def task(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "LARGE", 1)

    def make(**settings):
        kind = TASKS.load("sentiment")
        return kind(
            small_config("sentiment", tmp_path, **settings | {"cache": str(tmp_path / "c")})
        )

    return make


def write(path, rows):
    path.write_text("text,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows))
    return str(path)


def rows_of(count, seed=0):
    draw = np.random.default_rng(seed)
    words = np.array(["film", "good", "bad", "the", "was", "so"])
    return [
        (" ".join(draw.choice(words, draw.integers(1, 9))), ("n", "p")[i % 2]) for i in range(count)
    ]


def seen(batches):
    return collections.Counter(
        (tuple(int(i) for i in row if i), int(label))
        for ids, labels in batches
        for row, label in zip(ids.numpy(), labels.numpy(), strict=True)
    )


def test_given_parts_are_read_as_in_memory(task, tmp_path, monkeypatch):
    parts = {
        name: write(tmp_path / f"{name}.csv", rows_of(count, seed))
        for seed, (name, count) in enumerate((("data", 90), ("valid_data", 30), ("test_data", 20)))
    }
    large = task(**parts)
    large.check_data()
    stored = large.prepare()
    monkeypatch.setattr(cache, "LARGE", 1 << 30)
    whole = task(**parts).prepare()
    assert stored.transforms["text"].vocabulary.tokens == whole.transforms["text"].vocabulary.tokens
    assert stored.transforms["labels"] == whole.transforms["labels"]
    assert (stored.steps, stored.baselines) == (whole.steps, whole.baselines)
    for part in ("valid", "test"):
        assert seen(getattr(stored, part)) == seen(getattr(whole, part))
    for epoch in (0, 1):
        for one, other in zip(stored.train(epoch), whole.train(epoch), strict=True):
            for a, b in zip(one, other, strict=True):
                np.testing.assert_array_equal(a, b)
    assert stored.padding == whole.padding


def test_parts_cut_from_a_file_are_disjoint_and_of_their_shares(task, tmp_path):
    path = write(tmp_path / "a.csv", [(f"w{i}", "np"[i % 2]) for i in range(3000)])
    prepared = task(data=path, minimum_count=1).prepare()
    parts = [sum(seen(batches).values()) for batches in (prepared.train(0), prepared.valid)]
    parts.append(sum(seen(prepared.test).values()))
    assert sum(parts) == 3000
    assert [round(part / 3000, 1) for part in parts] == [0.8, 0.1, 0.1]
    again = task(data=path, minimum_count=1).prepare()
    assert seen(again.valid) == seen(prepared.valid)
    assert any("cached" in note for note in again.notes)
    other = task(data=path, minimum_count=1, seed=7).prepare()
    assert not any("cached" in note for note in other.notes)


def test_neighbours_may_be_kept_together(task, tmp_path):
    path = write(tmp_path / "a.csv", [(f"w{i // 10}", "np"[i % 2]) for i in range(2000)])
    prepared = task(data=path, minimum_count=1, block=10).prepare()
    assert all(count == 5 for count in seen(prepared.train(0)).values())
    # none of the others' words was in training
    assert {ids for ids, _ in seen(prepared.valid)} == {(UNKNOWN_ID,)}


@pytest.mark.parametrize(
    ("rows", "valid", "message"),
    [
        ([("a", "n")] * 50, None, "only the label 'n'"),
        ([("a", "n"), ("b", "p")] * 50, [("a", "q")], "label 'q' of the valid part was never seen"),
        ([("a", "n"), ("b", " ")], None, "line 3: empty label"),
        ([("a", f"l{i}") for i in range(50)], [("a", "l1")], "every row has a label of its own"),
    ],
)
def test_what_cannot_be_learned_is_told(task, tmp_path, rows, valid, message):
    given = {"data": write(tmp_path / "a.csv", rows)}
    if valid:
        given["valid_data"] = given["test_data"] = write(tmp_path / "b.csv", valid)
    with pytest.raises(BadInput, match=message):
        task(**given).prepare()


def test_wrong_columns_are_told_at_once(task, tmp_path):
    path = write(tmp_path / "a.csv", rows_of(50))
    with pytest.raises(BadInput, match="no column 'mood'"):
        task(data=path, label_column="mood").check_data()


def test_examples_for_exports_are_of_the_part_held_out(task, tmp_path):
    made = task(data=write(tmp_path / "a.csv", rows_of(200)))
    prepared = made.prepare()
    for training in (False, True):
        requests = made.requests(prepared.transforms, prepared, 3, training=training)
        assert len(requests["ids"]["ids"]) == len(requests["serving_default"]["text"]) == 3
