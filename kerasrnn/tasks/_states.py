"""States of networks that go on from call to call, by the names that endpoints have for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasrnn.tasks import Exported

if TYPE_CHECKING:
    import keras

STATE = "state_"  # what their names begin with


def state_shapes(model: keras.Model) -> dict[str, tuple[int, ...]]:
    """Of each state without the batch, by its name, in the order of the model's."""
    states = model.input["state"]
    return {f"{STATE}{i}": tuple(tensor.shape[1:]) for i, tensor in enumerate(states)}


def state_names(exported: Exported) -> list[str]:
    """Names of the states of a numeric endpoint in the same order; none if it has no state."""
    names = [name for name in exported.shapes if name.startswith(STATE)]
    return sorted(names, key=lambda name: int(name.removeprefix(STATE)))
