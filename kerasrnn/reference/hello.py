"""The character network on one short text: it is learned by heart and written down again.

    python -m kerasrnn.reference.hello --cell lstm
    python -m kerasrnn.reference.hello --text "to be or not to be" --check

Before the first character and after the last the network reads and predicts an end mark, so that
it learns where to begin and where to stop. "hello world" needs the state: after an l comes l, o
or d, after an o a space or r.

Source: Karpathy 2015, "The unreasonable effectiveness of recurrent neural networks", for the
exercise.
"""

import argparse
import itertools
import sys
from collections.abc import Sequence

import numpy as np

from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.reference.cells import CELLS
from kerasrnn.reference.differences import check_gradients
from kerasrnn.reference.network import Network
from kerasrnn.reference.optimizers import (
    OPTIMIZERS,
    Optimizer,
    clip_by_global_norm,
    make_optimizer,
)

END = 0  # id of the mark; characters begin at 1
REPORTS = 10  # lines on the loss during training
SAMPLES = 3
RATES = {"adagrad": 0.2, "adam": 0.01, "sgd": 0.5}  # for texts of a line


class Characters:
    """A text's characters and their ids."""

    def __init__(self, text: str):
        self.characters = sorted(set(text))

    def __len__(self) -> int:
        return len(self.characters) + 1

    def encode(self, text: str) -> np.ndarray:
        """`(1, steps)` ids, the end mark before and after them."""
        ids = [self.characters.index(character) + 1 for character in text]
        return np.array([[END, *ids, END]])

    def decode(self, ids: Sequence[int]) -> str:
        """Characters up to the end mark."""
        real = itertools.takewhile(lambda i: i != END, ids)
        return "".join(self.characters[i - 1] for i in real)


def train(
    network: Network, ids: np.ndarray, optimizer: Optimizer, *, clip_norm: float, updates: int
) -> float:
    """Changes the weights so that each id follows from those before; prints the loss at times.

    Returns:
        The last loss, in nats a character.

    Raises:
        RunFailed: If the loss is no longer a number.
    """
    for i in range(updates + 1):
        loss, gradients, _ = network.gradients(ids[:, :-1], ids[:, 1:])
        if not np.isfinite(loss):
            raise RunFailed(f"the loss is {loss} after {i} updates; lower --learning-rate")
        clipped, norm = clip_by_global_norm(gradients, clip_norm)
        if i % max(1, updates // REPORTS) == 0 or i == updates:
            print(f"update {i:4}  loss {loss:.4f}  gradient norm {norm:.4f}")
        if i < updates:  # the last loss is that of the weights as they stay
            optimizer.update(network.weights, clipped)
    return loss


def write(network: Network, characters: Characters, most: int, **settings) -> str:
    """What the network writes up to the end mark, at most so many characters."""
    return characters.decode(list(itertools.islice(network.write(END, **settings), most)))


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Settings from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m kerasrnn.reference.hello",
        description="A character network in NumPy learns a short text by heart.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--text", default="hello world", help="What is learned.")
    add("--cell", choices=CELLS, default="gru", help="Recurrent cell.")
    add("--units", type=int, default=32, help="Width of the state.")
    add("--embedding", type=int, default=0, help="Width of a character's vector; 0: one-hot.")
    add("--optimizer", choices=OPTIMIZERS, default="adam", help="How the weights are changed.")
    add("--learning-rate", type=float, help=f"By default as the optimizer needs: {RATES}.")
    add("--clip-norm", type=float, default=5.0, help="Largest norm of all gradients together.")
    add("--updates", type=int, default=300, help="How often the weights are changed.")
    add("--temperature", type=float, default=1.0, help="Of the samples.")
    add("--seed", type=int, default=1, help="Of the weights and the samples.")
    add("--check", action="store_true", help="Compare the gradients with finite differences first.")
    return parser.parse_args(arguments)


def run(a: argparse.Namespace) -> None:
    """Trains, then writes the text greedily and by drawing."""
    if not a.text:
        raise BadInput("--text is empty; give a character at least")
    for name in ("learning_rate", "clip_norm", "updates", "temperature"):
        if (value := getattr(a, name)) is not None and not value > 0:
            raise BadInput(f"--{name.replace('_', '-')} {value} is not above 0")
    if a.seed < 0:
        raise BadInput(f"--seed {a.seed} is negative")
    characters = Characters(a.text)
    network = Network(
        a.cell,
        vocabulary_size=len(characters),
        units=a.units,
        embedding=a.embedding,
        seed=a.seed,
    )
    ids = characters.encode(a.text)
    if a.check:
        for name, error in check_gradients(network, ids[:, :-1], ids[:, 1:]).items():
            print(f"gradient of {name}: relative error {error:.1e}")
    optimizer = make_optimizer(a.optimizer, a.learning_rate or RATES[a.optimizer])
    train(network, ids, optimizer, clip_norm=a.clip_norm, updates=a.updates)
    most = 2 * len(a.text) + 10
    print("greedy: ", write(network, characters, most))
    random = np.random.default_rng(a.seed)
    for _ in range(SAMPLES):
        text = write(network, characters, most, temperature=a.temperature, random=random)
        print("sampled:", text)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    try:
        run(read_arguments(arguments))
    except (BadInput, RunFailed) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadInput) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
