"""Time of a training step: our recurrent layers, Keras's own, and PyTorch's.

    python -m benchmarks.training [--units 64,128,256,512] [--cells lstm,gru] [--turns 7] [--json]
    pip install '.[bench]'      # PyTorch, for its column

A step is all of it: embedding, one recurrent layer, linear layer, loss, gradients, Adam; float32.
`classifier` reads 200 steps of 64 texts (20,000 words, embedding 128) and answers from the last
state; `characters` is a language model of 65 characters, two layers of 512, 64 texts of 100 steps.
Every contender has a process of its own, for the threads of two libraries in one get into each
other's way; they take turns, each turn at least half a second of steps, and the median of the turns
counts. Beside the time stands the share of the machine's peak: the products' additions and
multiplications a second, against the most that any product of matrices reached here.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.reporting import KERAS, PYTORCH, counts, flags, has_pytorch, tell

GATES = {"simple_rnn": 1, "gru": 3, "lstm": 4}
PEERS = {"keras": KERAS, "torch": PYTORCH}
CONTENDERS = ("kerasrnn", *PEERS)
NETWORKS = ("classifier", "characters")
TURN = 0.5  # seconds
PAUSE = 0.3  # seconds before a turn; the threads of the last one go on looking for work
PEAK_SIZES = (1024, 2048)


@dataclass(frozen=True)
class Case:
    """A network and its batch."""

    name: str
    cell: str
    units: int
    layers: int = 1
    vocabulary: int = 20_000
    embedding: int = 128
    steps: int = 200
    batch: int = 64

    def __str__(self) -> str:
        return f"{self.name}, {self.cell} {self.units}"

    @property
    def characters(self) -> bool:
        """Whether every step has an answer."""
        return self.name == "characters"

    @property
    def operations(self) -> float:
        """Additions and multiplications of the products in a step, there and back."""
        widths = [self.embedding, *[self.units] * self.layers]
        columns = GATES[self.cell] * self.units
        inner = sum((below + self.units) * columns for below in widths[:-1])
        outer = self.units * self.vocabulary if self.characters else 0
        return 3 * 2 * self.batch * self.steps * (inner + outer)


def cases(cells: Sequence[str], units: Sequence[int]) -> list[Case]:
    """What is measured."""
    rows = [Case("classifier", cell, width) for cell in cells for width in units]
    shape = {"layers": 2, "vocabulary": 65, "embedding": 64, "steps": 100}
    return rows + [Case("characters", cell, 512, **shape) for cell in cells]


def examples(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Ids, and answers: of each text, or of each step."""
    draw = np.random.default_rng(0)
    ids = draw.integers(0, case.vocabulary, (case.batch, case.steps + 1))
    answers = ids[:, 1:] if case.characters else draw.integers(0, 2, case.batch)
    return ids[:, :-1], answers


def tensorflow_step(case: Case, *, ours: bool) -> Callable[[], float]:
    """A step with our layers and Adam, or with Keras's."""
    from kerasrnn.quiet import start_tensorflow

    start_tensorflow()
    import keras
    import tensorflow as tf

    from kerasrnn import optimizers
    from kerasrnn.registry import CELLS

    names = {"simple_rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
    kind = CELLS.load(case.cell) if ours else getattr(keras.layers, names[case.cell])
    inputs = keras.Input((case.steps,), dtype="int32")
    x = keras.layers.Embedding(case.vocabulary, case.embedding)(inputs)
    for layer in range(case.layers):
        x = kind(case.units, return_sequences=case.characters or layer < case.layers - 1)(x)
    outputs = keras.layers.Dense(case.vocabulary if case.characters else 2)(x)
    model = keras.Model(inputs, outputs)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = (optimizers if ours else keras.optimizers).Adam()
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(ids, answers):
        with tf.GradientTape() as tape:
            value = loss(answers, model(ids, training=True))
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return value

    batch = [tf.constant(array, tf.int32) for array in examples(case)]
    return lambda: float(step(*batch))


def torch_step(case: Case) -> Callable[[], float]:
    """A step of PyTorch."""
    import torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            kinds = {"simple_rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
            self.embedding = torch.nn.Embedding(case.vocabulary, case.embedding)
            self.read = kinds[case.cell](
                case.embedding, case.units, num_layers=case.layers, batch_first=True
            )
            self.answer = torch.nn.Linear(case.units, case.vocabulary if case.characters else 2)

        def forward(self, ids):
            states = self.read(self.embedding(ids))[0]
            if not case.characters:
                return self.answer(states[:, -1])
            return self.answer(states).transpose(1, 2)  # the loss has its classes second

    network = Network()
    optimizer = torch.optim.Adam(network.parameters())
    loss = torch.nn.CrossEntropyLoss()
    ids, answers = (torch.from_numpy(array) for array in examples(case))

    def step() -> float:
        optimizer.zero_grad()
        value = loss(network(ids), answers)
        value.backward()
        optimizer.step()
        return value.item()

    return step


def serve(contender: str, case: Case) -> None:
    """Runs a turn of steps for every number of them on standard input; tells the seconds of one."""
    step = (
        torch_step(case)
        if contender == "torch"
        else tensorflow_step(case, ours=contender == "kerasrnn")
    )
    begun = time.perf_counter()
    first = step()
    begun, started = time.perf_counter(), time.perf_counter() - begun
    second = step()
    if not second < first:
        sys.exit(f"{contender} does not learn: {first} and then {second}")
    print(json.dumps([started, time.perf_counter() - begun]), flush=True)
    for line in sys.stdin:
        begun = time.perf_counter()
        for _ in range(int(line)):
            step()
        print((time.perf_counter() - begun) / int(line), flush=True)


def peak() -> float:
    """The most additions and multiplications a second of a product of large matrices."""
    from kerasrnn.quiet import start_tensorflow

    start_tensorflow()
    import tensorflow as tf

    best = 0.0
    for size in PEAK_SIZES:
        matrix = tf.random.normal([size, size])
        for compiled in (False, True):
            product = tf.function(lambda x: tf.matmul(x, x), jit_compile=compiled)
            product(matrix)
            for _ in range(10):
                begun = time.perf_counter()
                float(product(matrix)[0, 0])
                best = max(best, 2 * size**3 / (time.perf_counter() - begun))
    return best


def measure(rows: Sequence[Case], contenders: Sequence[str], turns: int) -> list[dict]:
    """Times of a step of each contender, medians of turns.

    Returns:
        For each case its `name`; by contender `<name>_ms` and, of the first step, `<name>_first_s`;
        `to_<name>`, how many times as long as ours a peer takes; `peak_gflops`, `share_of_peak`.
    """
    found = []
    for case in rows:
        children = {name: _child(name, case) for name in contenders}
        try:
            found.append({"name": str(case), **_turns(children, turns)})
        finally:
            for child in children.values():
                child.kill()
                child.wait()
        print(".", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    best = peak()
    for case, row in zip(rows, found, strict=True):
        row["peak_gflops"] = best / 1e9
        row["share_of_peak"] = case.operations / (row["kerasrnn_ms"] / 1e3) / best
    return found


def _child(contender: str, case: Case) -> subprocess.Popen:
    command = [sys.executable, "-m", "benchmarks.training", "--child", contender]
    command += ["--case", json.dumps(asdict(case))]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


def _turns(children: dict[str, subprocess.Popen], turns: int) -> dict:
    first, counts = {}, {}
    for name, child in children.items():
        first[name], second = json.loads(_line(name, child))
        counts[name] = max(1, round(TURN / second))
    times: dict[str, list[float]] = {name: [] for name in children}
    for _ in range(turns):
        for name, child in children.items():
            time.sleep(PAUSE)
            child.stdin.write(f"{counts[name]}\n")
            child.stdin.flush()
            times[name].append(float(_line(name, child)))
    ms = {name: 1e3 * statistics.median(values) for name, values in times.items()}
    return {
        **{f"{name}_ms": value for name, value in ms.items()},
        **{f"{name}_first_s": value for name, value in first.items()},
        **{f"to_{name}": value / ms["kerasrnn"] for name, value in ms.items() if name in PEERS},
    }


def _line(name: str, child: subprocess.Popen) -> str:
    line = child.stdout.readline()
    if not line:
        sys.exit(f"{name} ended with status {child.wait()}")
    return line


def table(rows: Sequence[dict]) -> list[str]:
    """Markdown: milliseconds, how many times as long as ours, shares of the peak."""
    lines = ["| | ours, ms | Keras | PyTorch | share of the peak |", "|---|---:|---:|---:|---:|"]
    for row in rows:
        told = []
        for name in CONTENDERS[1:]:
            time, ratio = row.get(f"{name}_ms"), row.get(f"to_{name}")
            told.append(f"{time:,.0f} ({ratio:.2f})" if time else "–")
        figures = f"{row['kerasrnn_ms']:,.0f} | {' | '.join(told)} | {row['share_of_peak']:.0%}"
        lines.append(f"| {row['name']} | {figures} |")
    peak_rate = f"The peak is {rows[0]['peak_gflops']:.0f} GFLOP/s"
    return [*lines, "", f"{peak_rate}; in brackets: times as long as ours."]


def bars(rows: Sequence[dict]) -> list[dict]:
    """How many times as fast as each peer."""
    peers = {f"to_{name}": peer for name, peer in PEERS.items()}
    return [
        {"name": row["name"], **{peer: row[key] for key, peer in peers.items() if key in row}}
        for row in rows
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = flags(__doc__)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--units", type=counts, default="64,128,256,512", help="of the classifier")
    parser.add_argument("--cells", default="lstm,gru")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--child", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--case", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        serve(given.child, Case(**json.loads(given.case)))
        return
    networks, cells = given.networks.split(","), given.cells.split(",")
    if not (set(networks) <= set(NETWORKS) and set(cells) <= set(GATES) and given.turns > 0):
        parser.error(f"networks are {', '.join(NETWORKS)}, cells {', '.join(GATES)}; turns from 1")
    contenders = [name for name in CONTENDERS if name != "torch" or has_pytorch()]
    wanted = cases(cells, given.units)
    rows = measure([c for c in wanted if c.name in networks], contenders, given.turns)
    title = "A training step on this processor"
    tell(title, rows, lines=table(rows), bars=bars(rows), as_json=given.json)


if __name__ == "__main__":
    main()
