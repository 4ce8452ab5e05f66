"""The character network by hand: ids to vectors, a cell, the scores of what comes next, the loss.

    x_t = E[id_t], or one-hot        vectors of the ids
    h_t = cell(x_t, h_{t-1})
    logits_t = h_t V + c
    loss = mean over the real steps of -ln softmax(logits_t)[target_t]

Back:

    dV = Σ h_tᵀ dlogits_t    dc = Σ dlogits_t    dh_t = dlogits_t Vᵀ
    dE[id] = Σ dx_t over the steps that read the id

Source: Elman 1990 for the network; Mikolov et al. 2010, "Recurrent neural network based language
model", for predicting what comes next; the initial weights, which are Keras's, from Glorot &
Bengio 2010 (uniform) and Saxe, McClelland & Ganguli 2014 (orthogonal).
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kerasrnn.errors import BadInput
from kerasrnn.reference.cells import find_cell
from kerasrnn.reference.losses import cross_entropy, log_softmax
from kerasrnn.reference.through_time import backward, forward, real_steps


class Network:
    """One recurrent layer between ids and the scores of the next ids.

    Args:
        cell: `gru`, `lstm` or `simple_rnn`.
        vocabulary_size: Number of ids.
        units: Width of the state.
        embedding: Width of an id's vector; 0 for one-hot vectors, which are not learned.
        seed: The same seed gives the same weights.
        dtype: Of the weights, and so of all that is computed.

    Attributes:
        weights: By name: `embedding` (unless one-hot), `kernel`, `recurrent`, `bias`,
            `output_kernel` `(units, vocabulary_size)`, `output_bias`, in the order in which Keras
            lists those of Embedding, the recurrent layer and Dense.

    Raises:
        BadInput: If the cell is unknown or a number out of range.
    """

    def __init__(
        self,
        cell: str,
        *,
        vocabulary_size: int,
        units: int,
        embedding: int = 0,
        seed: int = 0,
        dtype: npt.DTypeLike = np.float64,
    ):
        if vocabulary_size < 1 or units < 1 or embedding < 0:
            raise BadInput(
                "vocabulary_size and units must be at least 1 and embedding at least 0, not "
                f"{vocabulary_size}, {units} and {embedding}"
            )
        self.cell, self.vocabulary_size = find_cell(cell), vocabulary_size
        random = np.random.default_rng(seed)
        features, columns = embedding or vocabulary_size, self.cell.GATES * units
        weights = {
            "embedding": random.uniform(-0.05, 0.05, (vocabulary_size, embedding)),
            "kernel": glorot_uniform(random, features, columns),
            "recurrent": orthogonal(random, units, columns),
            "bias": self.cell.initial_bias(units),
            "output_kernel": glorot_uniform(random, units, vocabulary_size),
            "output_bias": np.zeros(vocabulary_size),
        }
        if not embedding:
            del weights["embedding"]
        self.weights = {name: weight.astype(dtype) for name, weight in weights.items()}

    def logits(
        self, ids: np.ndarray, *, lengths: np.ndarray | None = None, state: tuple | None = None
    ) -> tuple[np.ndarray, tuple]:
        """Scores of what follows each step.

        Args:
            ids: `(batch, steps)`.
            lengths: `(batch,)` real steps of each row, the rest being padding on the right.
            state: What each row begins with; zeros if left out.

        Returns:
            `(batch, steps, vocabulary_size)` logits, and the last state to go on with.

        Raises:
            BadInput: If the ids are none of the vocabulary's, or the lengths do not fit them.
        """
        h, state, _ = forward(
            self.cell,
            self._vectors(self._check(ids)),
            self._recurrent(),
            lengths=lengths,
            state=state,
        )
        return self._scores(h), state

    def gradients(
        self,
        ids: np.ndarray,
        targets: np.ndarray,
        *,
        lengths: np.ndarray | None = None,
        state: tuple | None = None,
    ) -> tuple[float, dict[str, np.ndarray], tuple]:
        """Loss and its gradient for each weight; `ids`, `lengths` and `state` as in `logits`.

        A text too long for one batch is read in pieces: the state that is returned begins the
        next, and the gradient stops at the border (truncated back-propagation through time).

        Args:
            targets: `(batch, steps)` ids that should follow; any ids at padded steps.

        Returns:
            Mean loss of the real steps in nats, gradients by the names of the weights, last state.

        Raises:
            BadInput: As in `logits`, or if the targets are not one for each id.
        """
        ids, targets = self._check(ids), self._check(targets)
        if ids.shape != targets.shape:
            raise BadInput(f"ids {ids.shape} and targets {targets.shape} differ in shape")
        x, weights = self._vectors(ids), self._recurrent()
        h, state, trace = forward(self.cell, x, weights, lengths=lengths, state=state)
        real = real_steps(*ids.shape, lengths)
        loss, d_logits = cross_entropy(self._scores(h), targets, real)
        d_h = d_logits @ self.weights["output_kernel"].T
        d_x, _, (d_kernel, d_recurrent, d_bias) = backward(self.cell, d_h, trace, weights)
        gradients = {
            "kernel": d_kernel,
            "recurrent": d_recurrent,
            "bias": d_bias,
            "output_kernel": np.einsum("bsu,bsv->uv", h, d_logits),
            "output_bias": d_logits.sum((0, 1)),
        }
        if "embedding" in self.weights:
            gradients["embedding"] = np.zeros_like(self.weights["embedding"])
            np.add.at(gradients["embedding"], ids, d_x)  # an id read twice gets both gradients
        return loss, gradients, state

    def write(
        self, first: int, *, temperature: float = 0.0, random: np.random.Generator | None = None
    ) -> Iterator[int]:
        """Ids one after the other, without end, each read in its turn to draw the next.

        Args:
            first: The id that is read at the beginning, and not among those given.
            temperature: 0 takes the likeliest; 1 draws by the probabilities.
            random: What is drawn with, if the temperature is above 0.
        """
        last, state = first, None
        random = random or np.random.default_rng(0)
        while True:
            logits, state = self.logits(np.array([[last]]), state=state)
            if temperature:
                scores = logits[0, 0].astype(np.float64)
                # the largest is 0, so that dividing by next to nothing leaves it the likeliest
                p = np.exp(log_softmax((scores - scores.max()) / temperature))
                last = int(random.choice(self.vocabulary_size, p=p))
            else:
                last = int(logits[0, 0].argmax())
            yield last

    def _check(self, ids: np.ndarray) -> np.ndarray:
        ids = np.asarray(ids)
        if ids.ndim != 2 or not ids.size:
            raise BadInput(f"ids are (batch, steps), at least one of each, not {ids.shape}")
        if ids.min() < 0 or ids.max() >= self.vocabulary_size:
            last = self.vocabulary_size - 1
            raise BadInput(f"ids {ids.min()} to {ids.max()} are not within 0 and {last}")
        return ids

    def _vectors(self, ids: np.ndarray) -> np.ndarray:
        if "embedding" in self.weights:
            return self.weights["embedding"][ids]
        return np.eye(self.vocabulary_size, dtype=self.weights["kernel"].dtype)[ids]

    def _recurrent(self) -> tuple:
        return tuple(self.weights[name] for name in ("kernel", "recurrent", "bias"))

    def _scores(self, h: np.ndarray) -> np.ndarray:
        return h @ self.weights["output_kernel"] + self.weights["output_bias"]


def glorot_uniform(random: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Numbers so small that activations and gradients keep their size through the matrix."""
    limit = np.sqrt(6 / (rows + columns))
    return random.uniform(-limit, limit, (rows, columns))


def orthogonal(random: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Rows of length 1 at right angles to one another; needs `rows <= columns`."""
    q, r = np.linalg.qr(random.normal(size=(columns, rows)))
    return (q * np.sign(np.diag(r))).T  # with the signs, every such matrix is equally likely
