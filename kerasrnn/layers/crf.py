"""Linear-chain conditional random field: scores of whole label sequences, not of single labels.

Source: Lafferty, McCallum & Pereira 2001; the recursions as in Sutton & McCallum 2012, "An
introduction to conditional random fields", section 4.1. The score of labels y for emissions e is

    start[y_0] + sum_t e_t[y_t] + sum_t transition[y_(t-1), y_t] + end[y_last]

and a sequence's probability the softmax of the scores of all sequences. Both recursions subtract
what their scores have in common at every step, so that no length is too long for single precision.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from kerasrnn.layers.recurrence import walk

FORBIDDEN = -1e4  # finite, in float16 too; its exponential is zero
LEAST = 1e-30  # where a sum of probabilities may be none in single precision

Reduce = Callable[..., tf.Tensor]


@keras.saving.register_keras_serializable(package="kerasrnn")
class CRF(keras.layers.Layer):
    """Emissions to the same emissions; holds what decides which label follows which.

    As a layer it changes nothing, so that a model's output stays one score for each step and
    label; loss and decoding find the layer in the model and ask it.

    Args:
        labels: How many.
        learned: Whether transitions have scores that are learned (a CRF), or are merely allowed
            or not (a softmax at each step, of which the best allowed sequence is sought).
        follows: `labels` rows of `labels` booleans: whether the second may follow the first.
            All may, if left out; likewise for the next two.
        starts: Whether a label may come first.
        ends: Whether it may come last.
        form: Of the recursions when decoding, as in `recurrence.py`.
    """

    def __init__(
        self,
        labels: int,
        learned: bool = True,
        follows: Sequence[Sequence[bool]] | None = None,
        starts: Sequence[bool] | None = None,
        ends: Sequence[bool] | None = None,
        form: str = "graph",
        **kwargs,
    ):
        super().__init__(**{**kwargs, "dtype": "float32"})  # sums over sequences need its width
        self.labels, self.learned, self.form = labels, learned, form
        self.follows, self.starts, self.ends = follows, starts, ends
        self.supports_masking = True  # it is given the mask where it needs one, and passes none on

    def compute_mask(self, *args, **kwargs):
        return None

    def build(self, shape):
        if self.learned:
            sizes = {"transition": (self.labels, self.labels)}
            sizes |= {"start": (self.labels,), "end": (self.labels,)}
            self.scores = [
                self.add_weight(shape=size, initializer="zeros", name=name)
                for name, size in sizes.items()
            ]

    def call(self, emissions):
        return emissions

    def compute_output_spec(self, emissions):
        return keras.KerasTensor(emissions.shape, dtype=emissions.dtype)

    def for_inference(self, form: str) -> "CRF":
        """The same layer, decoding in another form; without its weights."""
        return CRF(**{**self.get_config(), "form": form})

    def transitions(self) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Scores `(labels, labels)` from row to column, and `(labels,)` at start and end."""
        size = self.labels
        learned = [tf.convert_to_tensor(w) for w in self.scores] if self.learned else []
        zeros = [tf.zeros([size, size]), tf.zeros([size]), tf.zeros([size])]
        rules = (self.follows, self.starts, self.ends)
        both = []
        for score, rule in zip(learned or zeros, rules, strict=True):
            never = 0.0 if rule is None else FORBIDDEN * (1 - tf.cast(tf.constant(rule), "float32"))
            both.append(score + never)
        return tuple(both)

    def negative_log_likelihood(self, emissions, labels, mask):
        """Nats of each row's label sequence.

        Args:
            emissions: `(batch, steps, labels)`.
            labels: `(batch, steps)` integers, anything where the mask is false.
            mask: `(batch, steps)` booleans, true first, then false; one at least in each row.

        Returns:
            `(batch,)`.
        """
        emissions, lengths = tf.cast(emissions, tf.float32), _lengths(mask)
        whole = log_partition(emissions, *self.transitions(), lengths)
        return whole - path_score(emissions, *self.transitions(), lengths, labels)

    def best(self, emissions, mask):
        """The likeliest label sequence (Viterbi 1967): `(batch, steps)` int32, 0 after the mask."""
        emissions, lengths = tf.cast(emissions, tf.float32), _lengths(mask)
        transition, start, end = self.transitions()
        ahead, _, _ = _ahead(self.form, _maximum, emissions, transition, start, lengths)

        def back(t, state, ahead, lengths, transition, end):
            (after,) = state
            # the row of `transition` towards the label after, without a table to look it up in:
            # the converter would round a table
            leave = tf.reduce_sum(after[:, None] * transition, 2)
            leave = tf.where(t == lengths - 1, end, leave)
            here = tf.one_hot(tf.argmax(tf.gather(ahead, t, axis=1) + leave, -1), end.shape[0])
            return (tf.where(t < lengths, here, after),)

        fixed = (ahead, lengths, transition, end)
        chosen, _ = walk(self.form, back, (_nothing(emissions),), fixed, reverse=True)
        return tf.argmax(chosen, -1, output_type=tf.int32) * tf.cast(mask, tf.int32)

    def marginals(self, emissions, mask):
        """Each step's label probabilities `(batch, steps, labels)`, over all sequences."""
        emissions, lengths = tf.cast(emissions, tf.float32), _lengths(mask)
        transition, start, end = self.transitions()
        ahead, _, _ = _ahead(self.form, _log_sum, emissions, transition, start, lengths)
        back = _back(self.form, emissions, transition, end, lengths)
        return tf.nn.softmax(ahead + back)

    def given_before(self, emissions, mask, first, labels):
        """What each of some labels in a row had to be, given those before it, over all sequences.

        A sequence's labels are a Markov chain, so these are all that the probability of the row
        is made of; unlike a difference of sums over sequences they are exact near 1 and 0.

        Args:
            emissions: `(batch, steps, labels)`.
            mask: `(batch, steps)` booleans, as in `negative_log_likelihood`.
            first: The step of the first label.
            labels: `(count,)` int32, of that step and those after it, none behind the mask.

        Returns:
            `(batch, count, labels)` log-probabilities: of every label at the first step, and at
            each other step where the label before is the one that is given.
        """
        emissions, lengths = tf.cast(emissions, tf.float32), _lengths(mask)
        transition, start, end = self.transitions()
        ahead, _, _ = _ahead(self.form, _log_sum, emissions, transition, start, lengths)
        back = _back(self.form, emissions, transition, end, lengths)
        behind = first + tf.shape(labels)[0]
        later = (emissions + back)[:, first + 1 : behind] + tf.gather(transition, labels[:-1])
        return tf.nn.log_softmax(tf.concat([(ahead + back)[:, first : first + 1], later], 1))

    def get_config(self):
        rules = {"follows": self.follows, "starts": self.starts, "ends": self.ends}
        own = {"labels": self.labels, "learned": self.learned, "form": self.form, **rules}
        return {**super().get_config(), **own}


def path_score(emissions, transition, start, end, lengths, labels):
    """Scores `(batch,)` of given label sequences; arguments as in `log_partition`."""
    mask = tf.sequence_mask(lengths[:, 0], tf.shape(emissions)[1], tf.float32)
    labels = tf.where(mask > 0, tf.cast(labels, tf.int32), 0)
    steps = tf.gather(emissions, labels, batch_dims=2) * mask
    pairs = tf.gather_nd(transition, tf.stack([labels[:, :-1], labels[:, 1:]], -1)) * mask[:, 1:]
    last = tf.gather(labels, lengths - 1, batch_dims=1)[:, 0]
    ends = tf.gather(start, labels[:, 0]) + tf.gather(end, last)
    return tf.reduce_sum(steps, 1) + tf.reduce_sum(pairs, 1) + ends


@tf.custom_gradient
def log_partition(emissions, transition, start, end, lengths):
    """Logarithm of the summed exponentials of all sequences' scores, `(batch,)`.

    Its gradient is how often each label, and each pair of labels, is expected (Sutton & McCallum
    2012, equation 5.6), which the two recursions give without a second look at their steps.

    Args:
        emissions: `(batch, steps, labels)` float32.
        transition: `(labels, labels)`.
        start: `(labels,)`.
        end: `(labels,)`.
        lengths: `(batch, 1)` int32, at least 1.
    """
    ahead, total, final = _ahead("graph", _log_sum, emissions, transition, start, lengths)
    result = total[:, 0] + _log_sum(final + end, 1)

    def gradient(upstream):
        back = _back("graph", emissions, transition, end, lengths)
        mask = tf.sequence_mask(lengths[:, 0], tf.shape(emissions)[1], tf.float32)
        expected = tf.nn.softmax(ahead + back) * (mask * upstream[:, None])[:, :, None]
        # of pairs: outer products of what comes from the left and from the right, each summing
        # to one with the transitions between them; all steps in one matrix product
        right = tf.nn.softmax(emissions + back)[:, 1:]
        left, between = tf.exp(ahead[:, :-1]), tf.exp(transition)
        sums = tf.reduce_sum(tf.einsum("bti,ij->btj", left, between) * right, -1, keepdims=True)
        weight = (mask[:, 1:] * upstream[:, None])[:, :, None]
        pairs = between * tf.einsum("bti,btj->ij", left, right * weight / tf.maximum(sums, LEAST))
        last = tf.gather(expected, lengths - 1, batch_dims=1)[:, 0]
        first = tf.reduce_sum(expected[:, 0], 0)
        return expected, pairs, first, tf.reduce_sum(last, 0), None

    return result, gradient


def _ahead(form: str, reduce: Reduce, emissions, transition, start, lengths) -> tuple:
    """Scores of the best, or of all, beginnings that end in each label at each step.

    Returns:
        `(batch, steps, labels)`, less what a row's labels have in common; the sum of that,
        `(batch, labels)`, all the same; and the scores of the last real step.
    """

    def step(t, state, emissions, lengths, transition, start):
        before, total = state
        arrive = reduce(before[:, :, None] + transition, 1)
        scores = tf.gather(emissions, t, axis=1) + tf.where(t > 0, arrive, start)
        common = reduce(scores, 1)[:, None]
        real = t < lengths
        return tf.where(real, scores - common, before), tf.where(real, total + common, total)

    nothing = _nothing(emissions)  # the sum too is as wide as the labels: the loop wants it so
    fixed = (emissions, lengths, transition, start)
    outputs, (final, total) = walk(form, step, (nothing, nothing), fixed)
    return outputs, total, final


def _back(form: str, emissions, transition, end, lengths):
    """Scores of all endings after each label at each step, less what a row has in common."""

    def step(t, state, emissions, lengths, transition, end):
        _, after = state
        leave = _log_sum(transition + after[:, None], 2)
        scores = tf.where(t == lengths - 1, end, leave)
        scores -= _log_sum(scores, 1)[:, None]
        real = t < lengths
        with_step = scores + tf.gather(emissions, t, axis=1)
        return tf.where(real, scores, 0.0), tf.where(real, with_step, after)

    nothing = _nothing(emissions)
    fixed = (emissions, lengths, transition, end)
    return walk(form, step, (nothing, nothing), fixed, reverse=True)[0]


def _lengths(mask) -> tf.Tensor:
    """`(batch, 1)` int32."""
    return tf.reduce_sum(tf.cast(mask, tf.int32), 1, keepdims=True)


def _nothing(emissions) -> tf.Tensor:
    return tf.zeros([tf.shape(emissions)[0], emissions.shape[-1]])


def _maximum(x, axis: int) -> Any:
    return tf.reduce_max(x, axis)


def _log_sum(x, axis: int) -> Any:
    # TensorFlow's own asks whether numbers are finite, for which TFLite has no operator
    top = tf.reduce_max(x, axis, keepdims=True)
    return tf.squeeze(top, axis) + tf.math.log(tf.reduce_sum(tf.exp(x - top), axis))
