"""The notebooks run from top to bottom, on less data than they come with."""

import json
from pathlib import Path

import pytest

from kerasrnn.tasks import _sentiment_parts

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, monkeypatch, capsys):
    monkeypatch.setattr(_sentiment_parts, "SAMPLE_SENTENCES", 300)
    names = {}
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), str(path), "exec"), names)
    assert len(names["answers"].rows) == 2
    assert "majority class" in capsys.readouterr().out
