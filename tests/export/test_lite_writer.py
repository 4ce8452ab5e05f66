"""The loop inside a TFLite file of one step: it writes what the run writes."""

import numpy as np
import pytest

from kerasrnn.export import litert
from kerasrnn.export.answers import AnswerNetwork, AnswerWriter
from kerasrnn.export.lite_writer import LiteWriter, proof, writer_of
from kerasrnn.generation import Generator
from kerasrnn.metrics import cross_entropy
from kerasrnn.opening import open_run
from kerasrnn.sampling import Sampling
from kerasrnn.writing import DRAWN

PROMPTS = ["ab", "cad be", "b", ""]
HOW = [
    {"temperature": 0},
    {"temperature": 1.3, "seed": 4},
    {"temperature": 0.7, "top_k": 3},
    {"top_p": 0.6, "seed": 2**31 - 1},
]


@pytest.fixture(scope="module")
def opened(written):
    """By the file's name: what continues texts with it, however drawn; by `run` the run."""
    return opener(written)


def opener(written):
    run, _, task = open_run(str(written.run))
    transforms = task.load_transforms(run.transforms_folder)
    model = task.training_model(run.load_model(), transforms)

    def by(name, **how):
        if name == "run":
            return Generator(model, transforms["text"], Sampling(**how))
        file = litert.LiteModel(written.folder / name)
        return writer_of(AnswerNetwork(task, file, transforms), transforms["text"], Sampling(**how))

    return by


@pytest.mark.parametrize("how", HOW)
def test_a_file_writes_what_the_run_writes(opened, how):
    ours = opened("m.tflite", **how)
    assert isinstance(ours, LiteWriter)
    expected = opened("run", **how).write(PROMPTS, 300)  # more than a piece
    assert ours.write(PROMPTS, 300) == expected
    assert len(set(expected)) > 1
    assert "".join(ours.stream(PROMPTS[0], 300)) == expected[0]
    assert ours.write(PROMPTS[:2], 20) == [text[:20] for text in expected[:2]]


@pytest.mark.parametrize("beam", [1, 3])
def test_a_file_finds_the_likeliest_that_the_run_finds(opened, beam):
    expected = opened("run").search(PROMPTS, 12, beam)
    assert opened("m.tflite").search(PROMPTS, 12, beam) == expected


def test_given_ids_are_taken_and_the_others_drawn(opened):
    writer = opened("m.tflite", temperature=0)
    writer.begin([np.array([2])])
    drawn = writer.piece(0, 6)[0]
    loop = writer._writing
    given, _ = proof(
        {"ids": np.array([[2, *drawn[:2], DRAWN, DRAWN]]), **zeros(loop)},
        {"logits": np.zeros((1, 5, loop.shapes["logits"][-1]), np.float32)},
    )
    answer = loop.answer({**given, "temperature": np.zeros(1)})
    assert answer["ids"].tolist() == [[2, *drawn[:4]]]


def test_whole_numbers_cost_little(opened, written):
    """Bits a character of int8 weights, through the loop itself, on text of the run."""
    _, _, task = open_run(str(written.run))
    batches = list(task.prepare().held_out.take(4))
    exact, near = (
        bits(opened(name)._writing, batches) for name in ("m.tflite", "m_dynamic.tflite")
    )
    assert exact != near
    assert near == pytest.approx(exact, rel=0.01)


@pytest.mark.slow
def test_files_of_whole_numbers_alone_have_no_loop_and_write_all_the_same(exports):
    """The converter breaks down on loops in them."""
    how = {"formats": ("tflite",), "rnn": "unrolled", "quantize": ("int8",)}
    written = exports("text_generation", {"units": 32}, **how)
    writer = opener(written)("m.tflite", seed=1)
    assert type(writer) is AnswerWriter
    assert [len(text) for text in writer.write(PROMPTS, 9)] == [9] * len(PROMPTS)


def test_the_loop_is_proved_with_the_file(written):
    proved = {
        part["quantize"]: part["loaders"][0]["endpoints"]["write"]["maximum_difference"]
        for part in written.report["tflite"].values()
    }
    assert proved["none"] < 1e-5 < proved["dynamic"] < 0.2
    assert "### `write` (TFLite alone)" in (written.folder / "model_card.md").read_text()


def zeros(loop):
    shapes = {n: s for n, s in loop.shapes.items() if n.startswith("state_")}
    return {name: np.zeros((1, *shape[1:]), np.float32) for name, shape in shapes.items()}


def bits(loop, batches):
    """Mean over all ids, the state carried along, an id a call."""
    rows, size = len(batches[0][0]), loop.shapes["logits"][-1]
    state = {name: np.repeat(array, rows, 0) for name, array in zeros(loop).items()}
    losses, counts = [], []
    for ids, targets, weights in batches:
        for step in range(ids.shape[1]):
            one = {"ids": ids[:, step : step + 1].numpy(), **state}
            request, _ = proof(one, {"logits": np.zeros((rows, 1, size), np.float32)})
            answer = loop.answer(request)
            state = {name: answer[name] for name in state}
            weight = np.asarray(weights)[:, step]
            losses.append(cross_entropy(answer["logits"], targets[:, step].numpy()) * weight)
            counts.append(weight)
    return float(np.sum(losses) / np.sum(counts) / np.log(2))
