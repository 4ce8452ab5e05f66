"""The model card says what the model is, and nothing that is not so."""

import json
import re

import pytest

from kerasrnn.opening import open_run


@pytest.fixture(scope="module")
def card(exported):
    return (exported.folder / "model_card.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def unfinished(exported_text):
    return (exported_text.folder / "model_card.md").read_text(encoding="utf-8")


def section(card, name):
    return card.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def table(text):
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip(" `") for cell in line] for line in lines if "---" not in line[0]]


def test_its_sections_are_in_the_order_of_a_readers_questions(card, unfinished):
    wanted = ["How good", "Limits", "Signatures", "Example", "Files", "Made by"]
    assert re.findall(r"^## (.*)$", card, re.MULTILINE) == wanted
    assert re.findall(r"^## (.*)$", unfinished, re.MULTILINE) == wanted[1:]
    assert card.startswith("# reviews\n\n")
    assert unfinished.startswith("# m\n\n")


def test_figures_are_those_of_the_run_beside_the_trivial_answers(exported, card):
    metrics = json.loads((exported.run / "metrics.json").read_text())
    text = section(card, "How good")
    for name, value in metrics["test"].items():
        trivial = metrics["baselines"]["majority class"][name]
        assert re.search(rf"\| {name} \| {value:.4f} \| {trivial:.4f} \|", text)
    assert "| → | accuracy |" in text
    assert "the test part" in text
    assert f"{metrics['parameters']:,} parameters" in card


def test_an_unfinished_run_is_called_so(unfinished, card):
    assert "training is not finished" in unfinished
    assert "training is not finished" not in card


def test_limits_are_those_of_the_task(exported, card):
    run, _, task = open_run(str(exported.run))
    lines = task.limits(task.load_transforms(run.transforms_folder))
    assert section(card, "Limits").strip().splitlines() == [f"- {line}" for line in lines]


def test_every_signature_has_its_tensors(exported, exported_text, card, unfinished):
    from kerasrnn.export.saved_model import read_graph

    for made, text in ((exported, card), (exported_text, unfinished)):
        signatures = read_graph(made.folder / "1").signature_def
        names = [name for name in signatures if not name.startswith("__")]
        told = re.findall(r"^### `(\w+)` \((\w+)\)$", text, re.MULTILINE)
        methods = [(n, signatures[n].method_name.rpartition("/")[2]) for n in names]
        assert sorted(set(told)) == sorted(methods)
        for name in names:
            part = section(text, "Signatures").partition(f"### `{name}`")[2].partition("\n### ")[0]
            found = {(row[0], row[1]) for row in table(part)}
            wanted = {("in", n) for n in signatures[name].inputs}
            wanted |= {("out", n) for n in signatures[name].outputs}
            assert wanted <= found


def test_each_signature_is_told_once(card):
    told = re.findall(r"^### `(\w+)`", card, re.MULTILINE)
    assert len(told) == len(set(told)) == 3


def test_the_example_is_one_that_can_be_sent(exported, card):
    text = section(card, "Example")
    assert "POST http://localhost:8501/v1/models/reviews:predict" in text
    [body] = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    [row] = body["instances"]
    assert set(row) == {"text"}
    assert row["text"]


def test_files_have_the_figures_of_the_verification(exported, card):
    header, *rows = table(section(card, "Files"))
    assert header[0] == "file"
    assert [row[0] for row in rows] == ["1/", *exported.report["tflite"]]
    for row, part in zip(rows[1:], exported.report["tflite"].values(), strict=True):
        assert row[3] == f"{part['metric']['before']:.4f} → {part['metric']['after']:.4f}"
    examples = exported.report["saved_model"]["metric"]["examples"]
    assert f"{examples:,} held-out examples" in section(card, "Files")


def test_it_says_what_made_it(exported, card):
    text = section(card, "Made by")
    assert f"kerasrnn export {exported.run} --output {exported.folder}" in text
    assert "--quantize none,dynamic" in text


def test_lines_of_tables_have_as_many_cells_as_their_header(card, unfinished):
    for text in (card, unfinished):
        blocks = re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE)
        assert len(blocks) >= 3
        for block in blocks:
            assert len({line.count("|") for line in block.splitlines()}) == 1
