"""Milliseconds a call of one recurrent layer: TFLite files, TensorFlow and PyTorch side by side.

Batch 1, 100 steps of 32 features, the state after the last step; one thread everywhere; a NumPy
array in and one out. The stock conversion fixes batch and steps; ours take any batch, and the
steps that they are told, or any number of them, as a row says. Every row has the same weights and
must first answer as Keras does. Rows take turns, a repetition of many calls each, so that what else
the machine does meets all of them. Conversion is not timed.

    python -m benchmarks.tflite [--cells lstm,gru] [--units 64,128] [--json]
    pip install '.[bench]'      # PyTorch, for its row
"""

import contextlib
import functools
import gc
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reporting import PYTORCH, counts, flags, has_pytorch, tell
from kerasrnn.quiet import silenced_stderr, start_tensorflow

STOCK = "TFLite, stock conversion"
OWN = "TFLite, loop"
KINDS = {
    "none": OWN,
    "float16": f"{OWN}, float16",
    "dynamic": f"{OWN}, dynamic int8",
}
TOLERANCE = {KINDS["float16"]: 1e-3, KINDS["dynamic"]: 0.05}  # outputs are below 1
EXACT = 1e-5
LONGEST = 1.0  # seconds of one repetition; the slowest rows get fewer calls

Call = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Case:
    """The layer and what it reads."""

    cell: str
    units: int
    steps: int = 100
    features: int = 32

    def __str__(self) -> str:
        return f"{self.cell.upper()} {self.units}"

    def model(self, batch: int | None = None, steps: int | None = None) -> Any:
        """A Keras model of the layer alone; the same weights each time, no bias zero."""
        import keras

        from kerasrnn.registry import CELLS

        keras.utils.set_random_seed(1)
        inputs = keras.Input((steps, self.features), batch_size=batch)
        layer = CELLS.load(self.cell)(self.units)
        model = keras.Model(inputs, layer(inputs))
        kernel, recurrent, bias = layer.get_weights()
        bias = bias + np.random.default_rng(1).normal(0, 0.1, bias.shape)
        layer.set_weights([kernel, recurrent, bias])
        return model

    def inputs(self) -> np.ndarray:
        shape = (1, self.steps, self.features)
        return np.random.default_rng(2).normal(size=shape).astype("float32")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = flags(__doc__)
    parser.add_argument("--cells", default="lstm,gru")
    parser.add_argument("--units", type=counts, default="64,128")
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--calls", type=int, default=500, help="a repetition, at most")
    options = parser.parse_args(arguments)
    if min(options.repetitions, options.calls) < 1:
        parser.error("--repetitions and --calls begin at 1")
    start_tensorflow()
    _use_one_thread()
    cases = [Case(cell, width) for cell in options.cells.split(",") for width in options.units]
    rows = measure(cases, options.repetitions, options.calls)
    title = "A call of one recurrent layer, batch 1, 100 steps, one thread"
    tell(title, rows, lines=table(rows), bars=bars(rows), as_json=options.json)


def _use_one_thread() -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def measure(cases: Sequence[Case], repetitions: int, calls: int) -> list[dict[str, Any]]:
    """One row for each case and way of running it.

    Returns:
        `name` (the case), `way`, `ms` a call (the median, and `lowest` and `highest`), and
        `to_stock`, the ratio to the stock conversion's.

    Raises:
        ValueError: If a row answers otherwise than Keras.
    """
    found = []
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            with _quiet():
                rows = build_rows(case, Path(folder))
                check(rows, case)
            figures = take_turns(rows, case.inputs(), repetitions, calls)
        medians = {way: statistics.median(times) for way, times in figures.items()}
        found += [
            {
                "name": str(case),
                "way": way,
                "ms": medians[way],
                "lowest": min(times),
                "highest": max(times),
                "to_stock": medians[way] / medians[STOCK],
            }
            for way, times in figures.items()
        ]
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps back what converters and compilers say, on standard output as well."""
    with silenced_stderr(), contextlib.redirect_stdout(sys.stderr):
        yield


def build_rows(case: Case, folder: Path) -> dict[str, Call]:
    """Everything that is timed, by the name of its row."""
    rows = {STOCK: stock(case), **own_files(case, folder)}
    rows |= {"SavedModel signature": saved_model(case, folder / "saved"), **keras_calls(case)}
    if has_pytorch():
        rows[PYTORCH] = pytorch(case)
    return rows


def stock(case: Case) -> Call:
    """What TensorFlow's converter makes of a Keras model; it asks for a fixed shape."""
    import tensorflow as tf

    model = case.model(batch=1, steps=case.steps)
    return lite(tf.lite.TFLiteConverter.from_keras_model(model).convert(), case)


def own_files(case: Case, folder: Path) -> dict[str, Call]:
    """Our files: any batch, but for the fused operator's."""
    from kerasrnn.export.tflite import convert, with_constants

    def contents(
        form: str, kinds: list[str], shapes: Mapping[str, Any], steps: int | None
    ) -> Iterator[bytes]:
        model, endpoint = twin(case, form, steps)
        convert(with_constants(endpoint, model, shapes), "answer", kinds, folder)
        return ((folder / f"{kind}.tflite").read_bytes() for kind in kinds)

    files = zip(KINDS.values(), contents("loop", list(KINDS), {}, case.steps), strict=True)
    rows = {name: lite(content, case) for name, content in files}
    [content] = contents("loop", ["none"], {}, None)
    rows[f"{OWN}, any steps"] = lite(content, case)
    if case.cell == "lstm":
        [content] = contents("fused", ["none"], {"x": case.inputs().shape}, case.steps)
        rows["TFLite, fused"] = lite(content, case)
    return rows


def twin(case: Case, form: str, steps: int | None) -> tuple[Any, Any]:
    """The model with its recurrent layer of a form, and the endpoint that is exported of it."""
    import tensorflow as tf

    from kerasrnn.layers.recurrence import for_inference
    from kerasrnn.tasks import Endpoint

    model = for_inference(case.model(steps=steps), form)
    inputs = {"x": tf.TensorSpec([None, steps, case.features])}
    return model, Endpoint(lambda given: {"state": model(given["x"])}, inputs, "", numeric=True)


def lite(content: bytes, case: Case) -> Call:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=1)
    [given], [wanted] = (
        [detail["index"] for detail in details]
        for details in (interpreter.get_input_details(), interpreter.get_output_details())
    )
    interpreter.resize_tensor_input(given, case.inputs().shape)
    interpreter.allocate_tensors()

    def call(x: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(given, x)
        interpreter.invoke()
        return interpreter.get_tensor(wanted)

    return call


def saved_model(case: Case, folder: Path) -> Call:
    import tensorflow as tf

    from kerasrnn.export.saved_model import write_saved_model

    model, endpoint = twin(case, "graph", case.steps)
    write_saved_model(folder, {"answer": endpoint}, model.variables)
    loaded = tf.saved_model.load(str(folder))
    signature = loaded.signatures["answer"]

    def call(x: np.ndarray, loaded=loaded) -> np.ndarray:  # its variables live as long as it does
        return signature(x=tf.constant(x))["state"].numpy()

    return call


def keras_calls(case: Case) -> dict[str, Call]:
    """The Keras model itself, three ways."""
    import tensorflow as tf

    model = case.model(batch=1, steps=case.steps)
    graph = tf.function(functools.partial(model, training=False))
    compiled = tf.function(functools.partial(model, training=False), jit_compile=True)
    return {
        "tf.function": lambda x: graph(tf.constant(x)).numpy(),
        "tf.function(jit_compile=True)": lambda x: compiled(tf.constant(x)).numpy(),
        "model.predict": lambda x: model.predict(x, verbose=0),
    }


def pytorch(case: Case) -> Call:
    import torch

    torch.set_num_threads(1)
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[case.cell](
        case.features, case.units, batch_first=True
    )
    [keras_layer] = (layer for layer in case.model().layers if layer.weights)
    weights = torch_weights(case.cell, *keras_layer.get_weights())
    layer.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    layer.eval()

    def call(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return layer(torch.from_numpy(x))[0][:, -1].numpy()

    return call


def torch_weights(
    cell: str, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> dict[str, np.ndarray]:
    """Keras's weights under PyTorch's names.

    PyTorch has the gates of a GRU as r, z, candidate where Keras has z, r, candidate; those of an
    LSTM stand alike. It always has two biases, Keras's LSTM one.
    """
    order = [1, 0, 2] if cell == "gru" else [0, 1, 2, 3]
    biases = bias if cell == "gru" else [bias, np.zeros_like(bias)]
    arrays = {
        "weight_ih_l0": kernel.T,
        "weight_hh_l0": recurrent.T,
        "bias_ih_l0": biases[0],
        "bias_hh_l0": biases[1],
    }
    gates = {name: np.split(array, len(order)) for name, array in arrays.items()}
    return {name: np.concatenate([parts[i] for i in order]) for name, parts in gates.items()}


def check(rows: Mapping[str, Call], case: Case) -> None:
    """Asks every row twice, so that a state kept between calls shows.

    Raises:
        ValueError: If a row answers otherwise than Keras.
    """
    x = case.inputs()
    expected = case.model()(x, training=False).numpy()
    for name, call in rows.items():
        for _ in range(2):
            apart = float(np.abs(call(x) - expected).max())
            if not apart <= TOLERANCE.get(name, EXACT):
                raise ValueError(f"{case}: {name} is {apart:.1e} away from Keras")


def take_turns(
    rows: Mapping[str, Call], x: np.ndarray, repetitions: int, calls: int
) -> dict[str, list[float]]:
    """Milliseconds a call by row, one figure a repetition; every second one in reverse order."""
    counts = {
        name: min(calls, max(1, int(LONGEST / seconds(call, x, 3)))) for name, call in rows.items()
    }
    figures: dict[str, list[float]] = {name: [] for name in rows}
    for repetition in range(repetitions):
        names = list(rows)
        for name in reversed(names) if repetition % 2 else names:
            seconds(rows[name], x, 1 + counts[name] // 10)  # what the row before left behind
            figures[name].append(1000 * seconds(rows[name], x, counts[name]))
    return figures


def seconds(call: Call, x: np.ndarray, times: int) -> float:
    """Mean seconds a call."""
    gc.collect()
    gc.disable()
    try:
        begun = time.perf_counter()
        for _ in range(times):
            call(x)
        return (time.perf_counter() - begun) / times
    finally:
        gc.enable()


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Markdown: medians, and in brackets their ratio to the stock conversion's."""
    cases, ways = (list(dict.fromkeys(row[key] for row in rows)) for key in ("name", "way"))
    found = {(row["way"], row["name"]): row for row in rows}
    lines = [
        f"| {'ms a call (ratio to stock)':30}| " + " | ".join(f"{c:>13}" for c in cases) + " |",
        f"|---{'|---:' * len(cases)}|",
    ]
    for way in ways:
        cells = (_cell(found.get((way, case))) for case in cases)
        lines.append(f"| {way:30}| " + " | ".join(f"{cell:>13}" for cell in cells) + " |")
    return lines


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "–"
    digits = max(0, 2 - math.floor(math.log10(row["ms"])))  # three in all
    return f"{row['ms']:.{digits}f} ({row['to_stock']:.{2 if row['to_stock'] < 10 else 0}f})"


def bars(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How many times as fast as its peers our file is, float32, as it is exported by default."""
    ms = {(row["name"], row["way"]): row["ms"] for row in rows}
    peers = {STOCK: "stock conversion", PYTORCH: PYTORCH}
    return [
        {
            "name": case,
            **{
                told: ms[case, way] / ms[case, OWN]
                for way, told in peers.items()
                if (case, way) in ms
            },
        }
        for case in dict.fromkeys(row["name"] for row in rows)
    ]


if __name__ == "__main__":
    main()
