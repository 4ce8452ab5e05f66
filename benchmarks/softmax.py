"""Time and memory of the loss over a large vocabulary, its gradients included, form by form.

A language model's last layer and loss for a batch of 64 rows of 35 steps, 256 units: `full` scores
every word at once, by a logarithm of the softmax of which the target's is taken (`log-softmax`) or
by the one operator that `kerasrnn.losses` takes; `sliced` and `sampled` are those of
`kerasrnn.large_softmax`. Each form runs in a process of its own, whose memory at its largest is
told less what it had before the first step; processes take turns, and figures are medians.

    python -m benchmarks.softmax [--vocabularies 20000,50000] [--json]
    pip install '.[bench]'      # PyTorch, for its row
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.reporting import PYTORCH, counts, flags, has_pytorch, tell

ROWS, WIDTH, SAMPLES = 64 * 35, 256, 1024
FORMS = ("full, log-softmax", "full", "sliced", "sampled")
STEPS = 3  # timed in a process, after one that is not


def main(arguments: Sequence[str] | None = None) -> None:
    parser = flags(__doc__)
    parser.add_argument("--vocabularies", type=counts, default="20000,50000", help="how many words")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--child", nargs=2, metavar=("FORM", "WORDS"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(one_process(options.child[0], int(options.child[1]))))
        return
    if options.repetitions < 1:
        parser.error("--repetitions begins at 1")
    rows = measure(options.vocabularies, options.repetitions)
    title = "Loss over a large vocabulary and its gradients, one thread"
    tell(title, rows, bars=bars(rows), ratio="times less than", as_json=options.json)


def measure(vocabularies: Sequence[int], repetitions: int) -> list[dict[str, Any]]:
    """Rows of `name`, `form`, `seconds`, `megabytes`, `loss`, and two ratios to the first form.

    Raises:
        RuntimeError: If the forms that should agree give different losses.
    """
    forms = [*FORMS, *([PYTORCH] if has_pytorch() else [])]
    rows = []
    for vocabulary in vocabularies:
        found: dict[str, list[dict[str, float]]] = {form: [] for form in forms}
        for _ in range(repetitions):
            for form in forms:
                found[form].append(_child(form, vocabulary))
        of_vocabulary = [
            {
                "name": f"{vocabulary:,} words",
                "form": form,
                **{key: statistics.median(f[key] for f in figures) for key in figures[0]},
            }
            for form, figures in found.items()
        ]
        first = of_vocabulary[0]
        for row in of_vocabulary:
            if row["form"] != "sampled" and abs(row["loss"] - first["loss"]) > 1e-4:
                raise RuntimeError(f"{row['form']}: a loss of {row['loss']}, not {first['loss']}")
            row["time_ratio"] = row["seconds"] / first["seconds"]
            row["memory_ratio"] = row["megabytes"] / first["megabytes"]
        rows += of_vocabulary
    return rows


def bars(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many times less time, and less memory, our forms take than the peers."""
    found = {(row["name"], row["form"]): row for row in rows}
    peers = {FORMS[0]: "log-softmax", PYTORCH: PYTORCH}
    return [
        {
            "name": f"{name}: {form}, {told}",
            **{
                peer: found[name, other][key] / row[key]
                for other, peer in peers.items()
                if (name, other) in found
            },
        }
        for (name, form), row in found.items()
        if form in ("sliced", "sampled")
        for key, told in (("seconds", "time"), ("megabytes", "memory"))
    ]


def _child(form: str, vocabulary: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.softmax", "--child", form, str(vocabulary)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def one_process(form: str, vocabulary: int) -> dict[str, float]:
    """Figures of one form in this process, on one thread.

    Returns:
        `seconds` of a step (loss and gradients), `megabytes` it takes at most, and the `loss`.
    """
    rng = np.random.default_rng(0)
    arrays = {
        "hidden": rng.normal(size=(ROWS, WIDTH)),
        "kernel": 0.05 * rng.normal(size=(WIDTH, vocabulary)),
        "bias": np.zeros(vocabulary),
    }
    arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
    targets = rng.integers(0, vocabulary, ROWS).astype(np.int32)
    step = pytorch(arrays, targets) if form == PYTORCH else tensorflow(form, arrays, targets)
    before = _peak()
    loss = step()
    begun = time.perf_counter()
    for _ in range(STEPS):
        step()
    seconds = (time.perf_counter() - begun) / STEPS
    return {"seconds": seconds, "megabytes": _peak() - before, "loss": loss}


def tensorflow(
    form: str, arrays: dict[str, np.ndarray], targets: np.ndarray
) -> Callable[[], float]:
    """One step in TensorFlow."""
    from kerasrnn.quiet import start_tensorflow

    start_tensorflow()
    import tensorflow as tf

    from kerasrnn.large_softmax import Unscored
    from kerasrnn.losses import CrossEntropy

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    parts = [tf.Variable(array) for array in arrays.values()]
    wanted, ones = tf.constant(targets), tf.ones(ROWS)
    mean = CrossEntropy(reduction="mean_with_sample_weight")

    def loss_of(hidden: Any, kernel: Any, bias: Any) -> Any:
        if form == "full":
            return mean(wanted, tf.matmul(hidden, kernel) + bias, ones)
        if form == "sliced":
            return Unscored(hidden, kernel, bias).sliced(wanted, ones)
        if form == "sampled":
            unscored = Unscored(hidden, kernel, bias)
            return unscored.sampled(wanted, ones, samples=SAMPLES, seed=1)
        log_p = tf.nn.log_softmax(tf.matmul(hidden, kernel) + bias)
        return -tf.reduce_mean(tf.gather(log_p, wanted, batch_dims=1))

    @tf.function(autograph=False)
    def step() -> tuple:
        with tf.GradientTape() as tape:
            loss = loss_of(*parts)
        return loss, [tf.convert_to_tensor(g) for g in tape.gradient(loss, parts)]

    return lambda: float(step()[0])


def pytorch(arrays: dict[str, np.ndarray], targets: np.ndarray) -> Callable[[], float]:
    """One step in PyTorch."""
    import torch

    torch.set_num_threads(1)
    parts = [torch.from_numpy(array).requires_grad_() for array in arrays.values()]
    wanted = torch.from_numpy(targets).long()

    def step() -> float:
        hidden, kernel, bias = parts
        loss = torch.nn.functional.cross_entropy(torch.addmm(bias, hidden, kernel), wanted)
        torch.autograd.grad(loss, parts)
        return loss.item()

    return step


def _peak() -> float:
    """Megabytes that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
