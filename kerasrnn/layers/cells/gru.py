"""Gated recurrent unit: one update gate instead of LSTM's input and forget, no separate memory.

    z, r = sigmoid(W x_t + U h_{t-1} + b), each with its own weights
    h_t = z * h_{t-1} + (1 - z) * tanh(W_h x_t + b_h + r * (U_h h_{t-1} + b'_h))

Source: Cho et al. 2014; the reset gate r after the product, as cuDNN computes it
(`reset_after=True`).
"""

import keras

CELL = keras.layers.GRU
