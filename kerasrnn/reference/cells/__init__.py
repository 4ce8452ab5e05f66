"""One file per cell: its equations, one step forward and the same step back.

Each module has

    STATES, GATES                            vectors carried on; blocks of columns in the kernels
    initial_bias(units)                      the bias a new cell begins with
    step(x, state, weights)                  the next state, and what the way back needs
    step_back(d_state, kept, weights)        gradients of input, state before and weights

where `x` is `(batch, features)`, `state` a tuple of `(batch, units)` whose first is the output h,
and `weights` are Keras's: kernel `(features, GATES * units)`, recurrent `(units, GATES * units)`
and bias. What of a step's gradient belongs to the weights is summed over the batch; summing it
over the steps is `through_time`'s part.
"""

from types import ModuleType

from kerasrnn.errors import BadInput
from kerasrnn.reference.cells import gru, lstm, simple_rnn

CELLS: dict[str, ModuleType] = {"gru": gru, "lstm": lstm, "simple_rnn": simple_rnn}


def find_cell(name: str) -> ModuleType:
    """The module of a cell.

    Raises:
        BadInput: If there is no such cell.
    """
    if name not in CELLS:
        raise BadInput(f"unknown cell '{name}'; choose from {', '.join(CELLS)}")
    return CELLS[name]
