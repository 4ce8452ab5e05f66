"""A folder of modules is a registry: a file put there is found, nothing is registered by hand.

Listing reads file names and source text only, so that `kerasrnn list` and `--help` answer
without importing TensorFlow, which takes seconds.
"""

import ast
import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

from kerasrnn.errors import BadInput, did_you_mean


class Registry:
    """The modules of one package folder, each defining `attribute`.

    Args:
        package: Dotted name, `"kerasrnn.tasks"`.
        attribute: What each module defines, `"TASK"`.
        noun: What a person calls one of them, `"task"`.
    """

    def __init__(self, package: str, attribute: str, noun: str):
        self.package = package
        self.attribute = attribute
        self.noun = noun
        self._folder = Path(__file__).parent.joinpath(*package.split(".")[1:])

    def names(self) -> list[str]:
        """Sorted names; modules whose names begin with an underscore are not entries."""
        return sorted(p.stem for p in self._folder.glob("*.py") if not p.stem.startswith("_"))

    def check(self, name: str) -> str:
        """Returns the entry's own spelling (`text-generation` is `text_generation`).

        Raises:
            BadInput: If there is no such entry; the message lists the choices.
        """
        wanted = str(name).strip().lower().replace("-", "_")
        names = self.names()
        if wanted in names:
            return wanted
        hint = did_you_mean(wanted, names)
        raise BadInput(f"unknown {self.noun} '{name}'; choose from {', '.join(names)}{hint}")

    def module(self, name: str) -> ModuleType:
        """Imports the module."""
        return importlib.import_module(f"{self.package}.{self.check(name)}")

    def load(self, name: str) -> Any:
        """Imports the module and returns what it defines."""
        return getattr(self.module(name), self.attribute)

    def summary(self, name: str) -> str:
        """First line of the module's docstring, read without importing it."""
        source = (self._folder / f"{self.check(name)}.py").read_text(encoding="utf-8")
        return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


CELLS = Registry("kerasrnn.layers.cells", "CELL", "cell")
TASKS = Registry("kerasrnn.tasks", "TASK", "task")
# named here, for settings need them without importing the layers
GATED = ("gru", "lstm")  # cells with a gate that keeps the old state
POOLINGS = ("last", "max", "mean", "mean_max", "sqrtn", "attention")
CHARACTERS = ("convolution", "recurrent", "none")
DECODERS = ("crf", "max_entropy", "greedy")
ATTENTIONS = ("dot", "scaled_dot", "additive")
