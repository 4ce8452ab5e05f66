"""The sigmoid against its definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.reference.activations import sigmoid


@given(st.floats(-700, 700))
def test_it_is_that_of_the_definition(x):
    assert float(sigmoid(np.float64(x))) == pytest.approx(1 / (1 + math.exp(-x)), abs=1e-15)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_overflows(dtype):
    y = sigmoid(np.array([-1e6, 0, 1e6], dtype))
    assert y.tolist() == [0, 0.5, 1]
    assert y.dtype == dtype
