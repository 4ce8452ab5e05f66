"""Layers that Keras lacks, and faster forms of its recurrent ones.

`from kerasrnn.layers import GRU, LSTM, SimpleRNN` takes the place of those of `keras.layers`.
"""

from kerasrnn.layers.cells.gru import GRU
from kerasrnn.layers.cells.lstm import LSTM
from kerasrnn.layers.cells.simple_rnn import SimpleRNN

__all__ = ["GRU", "LSTM", "SimpleRNN"]
