"""Characters a second: a language model that writes, beside loops of one step a call from Python.

A vocabulary of 65 characters, embedding 256, a GRU of 512 or an LSTM of 1024 units, batches of 1
and 64, temperature 1. The peers:

    TensorFlow tutorial   `OneStep` of https://www.tensorflow.org/text/tutorials/text_generation:
                          strings to ids, one step, `tf.random.categorical`, ids to strings, as one
                          `tf.function` that Python calls for every character
    PyTorch               embedding, `nn.GRU`/`nn.LSTM` or their cells, a linear layer, softmax and
                          `multinomial`, under `inference_mode`; both forms have their row

All rows turn prompts into Python strings, weights are drawn at random, float32 but for those that
say int8, which are ours alone. Rows take turns, a text each, and every second turn is in reverse
order. What is built at the first call (tracing, XLA) is shown apart, as seconds. Those of ours in
float32 must first write the same text as one another from the same seed.

    python -m benchmarks.generation [--sizes gru:512,lstm:1024] [--batches 1,64] [--json]
    pip install '.[bench]'      # PyTorch, for its rows
"""

import functools
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import reporting
from benchmarks.reporting import counts, flags, has_pytorch, tell
from kerasrnn.quiet import start_tensorflow

TUTORIAL = "TensorFlow tutorial, a call a character"
PYTORCH = "PyTorch, "
COMPILED, LITE, LITE_STEP = "Generator, compiled by XLA", "TFLite, loop", "TFLite, a call a step"
LITE_INT8 = f"{LITE}, int8 weights"
SHOWN = {COMPILED: "Generator", LITE: "TFLite", LITE_INT8: "TFLite, int8"}  # in the picture
EMBEDDING, VOCABULARY = 256, 65  # of the tutorial, with its `[UNK]`
CHARACTERS = [chr(code) for code in range(ord("!"), ord("!") + VOCABULARY - 2)]
PROMPT = "".join(CHARACTERS[:6])
LONGEST = 3.0  # seconds of one turn, about; slower rows write fewer characters

Write = Callable[[int], list[str]]  # how many characters, to the texts of all rows


@dataclass(frozen=True)
class Case:
    """The network and how many texts it writes at once."""

    cell: str
    units: int
    batch: int

    def __str__(self) -> str:
        return f"{self.cell.upper()} {self.units}, batch {self.batch}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = flags(__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--characters", type=int, default=1000, help="of a text, at most")
    parser.add_argument("--sizes", default="gru:512,lstm:1024", help="cells and units")
    parser.add_argument("--batches", type=counts, default="1,64", help="texts at once")
    options = parser.parse_args(arguments)
    if min(options.repetitions, options.characters) < 1:
        parser.error("--repetitions and --characters begin at 1")
    sizes = [size.split(":") for size in options.sizes.split(",")]
    start_tensorflow()
    rows = measure(
        [Case(cell, int(units), batch) for cell, units in sizes for batch in options.batches],
        repetitions=options.repetitions,
        characters=options.characters,
    )
    title = "Characters a second that a language model writes"
    tell(title, rows, lines=table(rows), bars=bars(rows), as_json=options.json)


def measure(
    cases: Sequence[Case], *, repetitions: int = 7, characters: int = 1000
) -> list[dict[str, Any]]:
    """One row for each case and way of writing.

    Returns:
        `name` (the case), `way`, `characters_a_second` (the median, and `lowest` and `highest`),
        `first_call` in seconds, ratios `to_tutorial` and `to_pytorch` (the faster of its forms).

    Raises:
        ValueError: If two ways that should write the same do not.
    """
    rows = []
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            ways = build(case, Path(folder))
            rows += of_case(case, ways, repetitions, characters)
    return rows


def of_case(
    case: Case, ways: Mapping[str, Write], repetitions: int, characters: int
) -> list[dict[str, Any]]:
    first, counts = {}, {}
    for name, write in ways.items():
        first[name] = seconds(write, 16)
    own = [name for name in ways if not name.startswith((TUTORIAL, PYTORCH)) and "int8" not in name]
    check(case, {name: ways[name] for name in own})
    for name, write in ways.items():
        counts[name] = min(characters, max(16, int(16 * LONGEST / seconds(write, 16))))
    turns: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repetitions):
        for name in reversed(ways) if turn % 2 else ways:
            taken = seconds(ways[name], counts[name])
            turns[name].append(case.batch * counts[name] / taken)
    medians = {name: statistics.median(figures) for name, figures in turns.items()}
    torch = max((m for name, m in medians.items() if name.startswith(PYTORCH)), default=None)
    return [
        {
            "name": str(case),
            "way": name,
            "characters_a_second": medians[name],
            "lowest": min(turns[name]),
            "highest": max(turns[name]),
            "first_call": first[name],
            "to_tutorial": medians[name] / medians[TUTORIAL],
            "to_pytorch": medians[name] / torch if torch else None,
        }
        for name in ways
    ]


def seconds(write: Write, count: int) -> float:
    begun = time.perf_counter()
    write(count)
    return time.perf_counter() - begun


def build(case: Case, folder: Path) -> dict[str, Write]:
    """Everything that is timed, by the name of its row."""
    ways = {TUTORIAL: tutorial(case)}
    if has_pytorch():
        ways |= {f"{PYTORCH}{form}": pytorch(case, form) for form in ("layer", "cell")}
    return ways | ours(case, folder)


def tutorial(case: Case) -> Write:
    """The tutorial's model and loop, word for word but for the cell."""
    import keras
    import tensorflow as tf

    cells = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
    # one more than ours have, for the tutorial's vocabulary has no padding
    characters = [*CHARACTERS, "\n"]
    ids_from_chars = keras.layers.StringLookup(vocabulary=characters, mask_token=None)
    chars_from_ids = keras.layers.StringLookup(
        vocabulary=ids_from_chars.get_vocabulary(), invert=True, mask_token=None
    )

    class MyModel(keras.Model):
        def __init__(self, vocab_size: int, embedding_dim: int, rnn_units: int):
            super().__init__()
            self.embedding = keras.layers.Embedding(vocab_size, embedding_dim)
            self.rnn = cells[case.cell](rnn_units, return_sequences=True, return_state=True)
            self.dense = keras.layers.Dense(vocab_size)

        def call(self, inputs, states=None, return_state=False, training=False):
            x = self.embedding(inputs, training=training)
            if states is None:
                states = self.rnn.get_initial_state(tf.shape(x)[0])
            x, *states = self.rnn(x, initial_state=states, training=training)
            x = self.dense(x, training=training)
            return (x, states) if return_state else x

    class OneStep(keras.Model):
        def __init__(self, model, chars_from_ids, ids_from_chars, temperature=1.0):
            super().__init__()
            self.temperature = temperature
            self.model = model
            self.chars_from_ids = chars_from_ids
            self.ids_from_chars = ids_from_chars
            skip_ids = self.ids_from_chars(["[UNK]"])[:, None]
            sparse_mask = tf.SparseTensor(
                values=[-float("inf")] * len(skip_ids),
                indices=skip_ids,
                dense_shape=[len(ids_from_chars.get_vocabulary())],
            )
            self.prediction_mask = tf.sparse.to_dense(sparse_mask)

        @tf.function
        def generate_one_step(self, inputs, states=None):
            input_chars = tf.strings.unicode_split(inputs, "UTF-8")
            input_ids = self.ids_from_chars(input_chars).to_tensor()
            logits, states = self.model(inputs=input_ids, states=states, return_state=True)
            logits = logits[:, -1, :]
            logits = logits / self.temperature
            logits = logits + self.prediction_mask
            ids = tf.random.categorical(logits, num_samples=1)
            ids = tf.squeeze(ids, axis=-1)
            return self.chars_from_ids(ids), states

    model = MyModel(len(ids_from_chars.get_vocabulary()), EMBEDDING, case.units)
    one_step_model = OneStep(model, chars_from_ids, ids_from_chars)

    def write(count: int) -> list[str]:
        states, next_char = None, tf.constant([PROMPT] * case.batch)
        result = [next_char]
        for _ in range(count):
            next_char, states = one_step_model.generate_one_step(next_char, states=states)
            result.append(next_char)
        return [text.decode()[len(PROMPT) :] for text in tf.strings.join(result).numpy()]

    return write


def pytorch(case: Case, form: str) -> Write:
    """One step a call; as a layer, which reads the prompt at once, or as a cell."""
    import torch

    torch.manual_seed(1)
    layers = {
        ("gru", "layer"): functools.partial(torch.nn.GRU, batch_first=True),
        ("lstm", "layer"): functools.partial(torch.nn.LSTM, batch_first=True),
        ("gru", "cell"): torch.nn.GRUCell,
        ("lstm", "cell"): torch.nn.LSTMCell,
    }
    embedding = torch.nn.Embedding(VOCABULARY, EMBEDDING)
    recurrent = layers[case.cell, form](EMBEDDING, case.units).eval()
    linear = torch.nn.Linear(case.units, VOCABULARY)
    prompt = torch.tensor([[2 + CHARACTERS.index(c) for c in PROMPT]] * case.batch)

    def layer_step(ids: Any, state: Any) -> tuple[Any, Any]:
        outputs, state = recurrent(embedding(ids), state)
        return linear(outputs[:, -1]), state

    def cell_step(ids: Any, state: Any) -> tuple[Any, Any]:
        for i in range(ids.shape[1]):
            state = recurrent(embedding(ids[:, i]), state)
        return linear(state[0] if case.cell == "lstm" else state), state

    step = layer_step if form == "layer" else cell_step

    @torch.inference_mode()
    def write(count: int) -> list[str]:
        ids, state, drawn = prompt, None, []
        for _ in range(count):
            logits, state = step(ids, state)
            logits[:, :2] = -float("inf")
            ids = torch.multinomial(torch.softmax(logits, -1), 1)
            drawn.append(ids)
        return ["".join(CHARACTERS[i - 2] for i in row) for row in torch.cat(drawn, 1).tolist()]

    return write


def ours(case: Case, folder: Path) -> dict[str, Write]:
    """What a user has of one network: `Generator` and the exported files."""
    import keras

    from kerasrnn.generation import Generator
    from kerasrnn.models import text_generator
    from kerasrnn.sampling import Sampling
    from kerasrnn.transforms.text import Text
    from kerasrnn.transforms.tokenizer import Tokenizer

    keras.utils.set_random_seed(1)
    text = Text.fit(["".join(CHARACTERS)], Tokenizer("character", reversible=True))
    settings = {"cell": case.cell, "units": case.units, "embedding": EMBEDDING}
    make = functools.partial(text_generator, vocabulary_size=VOCABULARY, state=True, **settings)
    model, masked = make(), make(masked=True)
    masked.set_weights(model.get_weights())
    writers = {
        "Generator": Generator(model, text, Sampling(), compiled=False),
        COMPILED: Generator(model, text, Sampling(), compiled=True),
        **lite_writers(settings, masked, text, folder),
    }
    prompts = [PROMPT] * case.batch
    ways = {name: functools.partial(writer.write, prompts) for name, writer in writers.items()}
    ways["SavedModel"] = saved_model(case, settings, masked, text, folder)
    return ways


def lite_writers(settings: Mapping[str, Any], model: Any, text: Any, folder: Path) -> dict:
    """Files as `export --rnn unrolled` writes them, by their loop and by one step a call."""
    from kerasrnn.export.answers import AnswerNetwork, AnswerWriter
    from kerasrnn.export.lite_writer import writer_of
    from kerasrnn.export.litert import WRITE, LiteModel, usable_processors
    from kerasrnn.export.tflite import convert, with_constants
    from kerasrnn.layers.recurrence import for_inference
    from kerasrnn.sampling import Sampling
    from kerasrnn.tasks.text_generation import TASK

    task, transforms = TASK(TASK.config_type(**settings)), {"text": text}
    twin = for_inference(model, "unrolled")
    endpoint = task.endpoints(twin, transforms)["step"]
    specs = endpoint.inputs.items()
    shapes = {name: [None, *(size or 1 for size in spec.shape[1:])] for name, spec in specs}
    frozen, loop = with_constants(endpoint, twin, shapes), task.written_inside(twin, transforms)
    convert(frozen, "step", ["none", "dynamic"], folder, beside={WRITE: loop})
    files = {
        kind: LiteModel(folder / f"{kind}.tflite", threads=usable_processors())
        for kind in ("none", "dynamic")
    }
    networks = {kind: AnswerNetwork(task, file, transforms) for kind, file in files.items()}
    return {
        LITE: writer_of(networks["none"], text, Sampling()),
        LITE_INT8: writer_of(networks["dynamic"], text, Sampling()),
        f"{LITE_STEP}, int8 weights": AnswerWriter(networks["dynamic"], text, Sampling()),
    }


def saved_model(
    case: Case, settings: Mapping[str, Any], model: Any, text: Any, folder: Path
) -> Write:
    """The endpoint that a server has: prompts to texts in one call."""
    import tensorflow as tf

    from kerasrnn.export.saved_model import write_saved_model
    from kerasrnn.layers.recurrence import for_inference
    from kerasrnn.tasks.text_generation import TASK

    twin = for_inference(model, "graph")
    endpoints = TASK(TASK.config_type(**settings)).endpoints(twin, {"text": text})
    endpoint = {"serving_default": endpoints["serving_default"]}
    write_saved_model(
        folder / "saved", endpoint, [*(w.value for w in twin.weights), *text.trackables()]
    )
    loaded = tf.saved_model.load(str(folder / "saved"))
    usual = {"temperature": 1.0, "top_k": 0, "top_p": 1.0}
    request = {name: tf.constant([value] * case.batch) for name, value in usual.items()}
    request |= {"prompt": tf.constant([PROMPT] * case.batch), "seed": tf.range(case.batch)}

    def write(count: int) -> list[str]:
        length = tf.fill([case.batch], count)
        answer = loaded.signatures["serving_default"](**request, length=length)
        return [text.decode() for text in answer["text"].numpy()]

    return write


def check(case: Case, ways: Mapping[str, Write]) -> None:
    """Lets each write, twice, so that a state kept between calls shows.

    Raises:
        ValueError: If texts from one seed differ between them.
    """
    expected = next(iter(ways.values()))(20)
    for name, write in ways.items():
        for _ in range(2):
            if write(20) != expected:
                raise ValueError(f"{case}: {name} writes another text")


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Markdown, a table for each case."""
    lines = []
    for case in dict.fromkeys(row["name"] for row in rows):
        lines += [
            *([""] if lines else []),
            f"| {case:42}| characters/s | to tutorial | to PyTorch | first call, s |",
            "|---|---:|---:|---:|---:|",
        ]
        for row in (row for row in rows if row["name"] == case):
            torch = f"{row['to_pytorch']:.2f}" if row["to_pytorch"] else "–"
            lines.append(
                f"| {row['way']:42}| {row['characters_a_second']:,.0f} | {row['to_tutorial']:.2f} "
                f"| {torch} | {row['first_call']:.2f} |"
            )
    return lines


def bars(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`Generator` as it writes long texts, and the loop of files in float32 and in int8."""
    peers = {"to_tutorial": "TensorFlow tutorial", "to_pytorch": reporting.PYTORCH}
    return [
        {
            "name": f"{row['name']}: {SHOWN[row['way']]}",
            **{peer: row[key] for key, peer in peers.items() if row[key]},
        }
        for row in rows
        if row["way"] in SHOWN
    ]


if __name__ == "__main__":
    main()
