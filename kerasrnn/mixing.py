"""Numbers to numbers that look drawn, the same everywhere and for ever."""

from typing import Any

import numpy as np


def mixed(numbers: Any) -> Any:
    """uint64 to uint64, each bit depending on all: SplitMix64's finaliser (Steele et al. 2014).

    Written in operators that NumPy and TensorFlow share: tensors have none that shifts.
    """
    x = (numbers ^ (numbers // np.uint64(2**30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x // np.uint64(2**27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x // np.uint64(2**31))
