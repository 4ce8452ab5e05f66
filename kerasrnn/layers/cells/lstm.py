"""Long short-term memory: a memory c that gates open and close, hardly changed otherwise.

    i, f, o = sigmoid(W x_t + U h_{t-1} + b), each with its own weights
    c_t = f * c_{t-1} + i * tanh(W_c x_t + U_c h_{t-1} + b_c)
    h_t = o * tanh(c_t)

Source: Hochreiter & Schmidhuber 1997; the forget gate f: Gers, Schmidhuber & Cummins 2000. Its
bias starts at 1 so that the memory lasts at first (Jozefowicz, Zaremba & Sutskever 2015).
"""

import keras

CELL = keras.layers.LSTM
