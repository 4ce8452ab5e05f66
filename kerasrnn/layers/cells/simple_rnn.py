"""Simple recurrent network: the new state is one tanh of input and old state.

    h_t = tanh(W x_t + U h_{t-1} + b)

Source: Elman 1990, "Finding structure in time". Its gradient shrinks or grows with every step
back (Bengio, Simard & Frasconi 1994), so it suits short memories.
"""

import keras

CELL = keras.layers.SimpleRNN
