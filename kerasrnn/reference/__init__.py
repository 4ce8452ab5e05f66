"""Recurrent networks written out in NumPy: the oracle of the tests, and the textbook.

Read in this order:

    cells/            one step of SimpleRNN, LSTM, GRU, forward and back
    through_time.py   many steps, forward and back, over rows of different length
    losses.py         softmax cross-entropy
    network.py        ids -> vectors -> cell -> logits -> loss, and the gradient of each weight
    optimizers.py     from gradients to smaller losses
    differences.py    whether the gradients are right
    hello.py          all of it on "hello world"

`d_x` is the gradient of the loss with respect to `x`, of the same shape as `x`. Weights are laid
out as Keras does. Everything is computed in the type of the weights, float64 unless asked
otherwise. Written for reading: Keras is faster.
"""
