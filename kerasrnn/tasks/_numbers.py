"""What the toy problems over numbers share: their scale, their errors, their endpoints."""

from __future__ import annotations

import abc
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasrnn.data.sequence_lines import Word
from kerasrnn.errors import BadInput
from kerasrnn.tasks import Endpoint, Exported, Metrics, Prepared, Request
from kerasrnn.tasks._generated import Example, Generated, Seen
from kerasrnn.transforms.scaler import Scaler

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasrnn.network import Network
    from kerasrnn.transforms.sequence_batches import SequenceBatches

NAMES = ("value", "sum")  # the scaler's columns
VALUE, SUM = range(2)


class NumberTask(Generated):
    """Sums of numbers: the network has both standardised, its endpoints in their own units.

    An example is a `(steps, features)` array, the number first.
    """

    monitor = "mse"
    features: int  # of each step
    inputs: tuple[str, ...]  # what the endpoint calls them
    output: str

    @abc.abstractmethod
    def true(self, example: Example) -> np.ndarray:
        """The answer in own units: `(steps, 1)`, or `(1,)` at the end."""

    def figures(self, answers: np.ndarray, truth: np.ndarray, seen: Seen) -> Metrics:
        """Errors in own units, over `(answers,)` each."""
        from kerasrnn.metrics import forecast_errors

        return forecast_errors(answers, truth)

    def load_transforms(self, folder: Path, *, graph: bool = True) -> Mapping[str, Any]:
        return {"scaler": Scaler.load(folder), "seen": Seen.load(folder)}

    def encode(self, examples: Sequence[Example], transforms: Mapping[str, Any]) -> SequenceBatches:
        from kerasrnn.transforms.sequence_batches import SequenceBatches

        scaler = transforms["scaler"]
        targets = [_scale(scaler, self.true(row), SUM) for row in examples]
        return SequenceBatches(
            [self._scaled(row, scaler) for row in examples], targets, self.each_step
        )

    def build_model(self, transforms: Mapping[str, Any]) -> keras.Model:
        return self.reader(features=self.features, outputs=1)

    def objective(self, model: keras.Model) -> dict[str, Any]:
        import keras

        # a mean over the real steps, whatever the padding
        return {"loss": keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")}

    def score(
        self, network: Network, batches: tf.data.Dataset, transforms: Mapping[str, Any]
    ) -> Metrics:
        pairs = []
        for outputs, target, *weights in network.outputs(batches):
            real = np.asarray(weights[0]) > 0 if weights else slice(None)
            pairs.append((np.asarray(outputs)[real].ravel(), np.asarray(target)[real].ravel()))
        answers, truth = (
            _restore(transforms["scaler"], np.concatenate(column), SUM)
            for column in zip(*pairs, strict=True)
        )
        return self.figures(answers, truth, transforms["seen"])

    def trivial(
        self,
        answers: Sequence[np.ndarray],
        sequences: SequenceBatches,
        transforms: Mapping[str, Any],
    ) -> Metrics:
        """Figures of answers in own units, one array for each sequence."""
        truth = _restore(transforms["scaler"], np.concatenate(sequences.targets).ravel(), SUM)
        return self.figures(np.concatenate(answers).ravel(), truth, transforms["seen"])

    def endpoints(self, model: keras.Model, transforms: Mapping[str, Any]) -> dict[str, Endpoint]:
        import tensorflow as tf

        scaler = transforms["scaler"]

        def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            columns = [_scale(scaler, inputs["values"], VALUE)]
            columns += [inputs[name] for name in self.inputs[1:]]
            values: Any = tf.stack(columns, -1)
            if not self.each_step:
                values = {"values": values, "lengths": inputs["lengths"]}
            outputs = model(values, training=False)
            return {self.output: _restore(scaler, outputs[..., 0], SUM)}

        specs = {name: tf.TensorSpec([None, None], tf.float32) for name in self.inputs}
        if not self.each_step:
            specs["lengths"] = tf.TensorSpec([None], tf.int32)
        steps = transforms["seen"].longest
        about = f"{' and '.join(specs)}, padded right with 0, to {self.output}, in own units"
        return {"serving_default": Endpoint(answer, specs, about, numeric=True, steps=steps)}

    def requests(
        self,
        transforms: Mapping[str, Any],
        prepared: Prepared,
        count: int,
        *,
        training: bool = False,
    ) -> dict[str, Request]:
        sequences = self.encode(self.some(count, training=training), transforms)
        inputs = sequences.batch(range(len(sequences)))[0]
        return {"serving_default": self._own_units(inputs, transforms["scaler"])}

    def through(self, exported: Exported, transforms: Mapping[str, Any]) -> Callable[..., Any]:
        scaler = transforms["scaler"]

        def model(inputs: Any, training: bool = False) -> np.ndarray:
            request = self._own_units(inputs, scaler)
            steps = request["values"].shape[1]
            sums = exported.answer(request)[self.output]
            sums = sums[:, :steps] if self.each_step else sums
            return _scale(scaler, sums, SUM)[..., None].astype(np.float32)

        return model

    def _scaled(self, example: Example, scaler: Scaler) -> np.ndarray:
        return np.column_stack([_scale(scaler, example[:, 0], VALUE), example[:, 1:]])

    def _own_units(self, inputs: Any, scaler: Scaler) -> Request:
        """The model's inputs as the endpoint takes them."""
        values = np.asarray(inputs if self.each_step else inputs["values"])
        columns = [_restore(scaler, values[..., 0], VALUE), *np.moveaxis(values, -1, 0)[1:]]
        request = {
            name: column.astype(np.float32)
            for name, column in zip(self.inputs, columns, strict=True)
        }
        if not self.each_step:
            request["lengths"] = np.asarray(inputs["lengths"])
        return request


def seen_numbers(examples: Sequence[Example]) -> Seen:
    """What there was in training sequences of numbers."""
    values = np.concatenate([row[:, 0] for row in examples])
    return Seen(
        longest=max(map(len, examples)),
        largest=float(np.abs(values).max()),
        whole=bool((values == np.round(values)).all()),
    )


def read_number(word: Word) -> float:
    """A number from a word.

    Raises:
        BadInput: If it is none, or not finite.
    """
    where, text = word
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    # Python also reads "1_000" and "nan"
    if not math.isfinite(value) or "_" in text:
        raise BadInput(f"{where}: '{text}' is no number; give numbers such as 3 or -0.5")
    return value


def larger_than_seen(examples: Sequence[Example], seen: Seen) -> list[str]:
    """A warning if a number is beyond those of training."""
    largest = max(float(np.abs(row[:, 0]).max()) for row in examples)
    if largest <= seen.largest:
        return []
    return [
        f"the number {largest:g} is larger than any in training ({seen.largest:g}): "
        "the answer may be worth less"
    ]


def _scale(scaler: Scaler, values: Any, column: int) -> Any:
    return (values - float(scaler.mean[column])) / float(scaler.deviation[column])


def _restore(scaler: Scaler, values: Any, column: int) -> Any:
    return values * float(scaler.deviation[column]) + float(scaler.mean[column])
