"""Writing with a TFLite file that has the loop inside, and the proof of that loop."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasrnn.export.answers import AnswerNetwork, AnswerWriter
from kerasrnn.export.litert import LiteModel, Signature
from kerasrnn.sampling import Sampling
from kerasrnn.tasks import Request
from kerasrnn.tasks._states import STATE, state_names
from kerasrnn.writing import DRAWN, Writer, uniform


def writer_of(network: AnswerNetwork, text: Any, sampling: Sampling) -> Writer:
    """What continues texts with an exported language model: by the loop of its file, if any.

    Args:
        network: Of the exported model.
        text: Its tokenizer and vocabulary.
        sampling: How to draw.
    """
    exported = network.model.exported
    if isinstance(exported, LiteModel) and exported.writing:
        return LiteWriter(network, text, sampling, exported.writing)
    return AnswerWriter(network, text, sampling)


class LiteWriter(AnswerWriter):
    """Continues texts: a piece is one call, and so is a prompt.

    Args:
        network: Of the file.
        text: Its tokenizer and vocabulary.
        sampling: How to draw.
        writing: The file's loop.
    """

    def __init__(self, network: AnswerNetwork, text: Any, sampling: Sampling, writing: Signature):
        super().__init__(network, text, sampling)
        self._writing = writing
        self._states = state_names(writing)

    def read(self, ids: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        sizes = self._writing.shapes
        nothing = [np.zeros((len(ids), sizes[name][-1]), np.float32) for name in self._states]
        logits = np.zeros((len(ids), sizes["logits"][-1]), np.float32)
        answer = self._answer(ids, np.zeros(ids.shape), logits, nothing)
        return answer["logits"] + self.forbidden, [answer[name] for name in self._states]

    def piece(self, position: int, count: int) -> np.ndarray:
        ids = np.full((len(self.seeds), count), DRAWN)
        chances = uniform(self.seeds, position, count)
        answer = self._answer(ids, chances, self.logits, self.state)
        self.logits, self.state = answer["logits"], [answer[name] for name in self._states]
        return answer["ids"]

    def _answer(
        self, ids: np.ndarray, chances: np.ndarray, logits: np.ndarray, state: list[np.ndarray]
    ) -> Request:
        states = dict(zip(self._states, state, strict=True))
        return self._writing.answer(_request(ids, chances, logits, states, self.sampling))


def proof(asked: Request, expected: Mapping[str, np.ndarray]) -> tuple[Request, Request]:
    """What the loop is asked, and should answer, by what the one step is and should.

    Args:
        asked: `ids`, `(rows, steps)`, and states.
        expected: `logits` after each of them and the states after the last.
    """
    ids, logits = asked["ids"], expected["logits"]
    states = {name: array for name, array in asked.items() if name.startswith(STATE)}
    given = _request(ids, np.zeros(ids.shape), np.zeros_like(logits[:, 0]), states, Sampling())
    return given, {**expected, "ids": ids, "logits": logits[:, -1]}


def _request(
    ids: np.ndarray,
    chances: np.ndarray,
    logits: np.ndarray,
    states: Request,
    how: Sampling,
) -> Request:
    rows = len(ids)
    return {
        "ids": ids.astype(np.int32),
        "chances": chances.astype(np.float32),
        "logits": logits,
        **states,
        "temperature": np.full(rows, how.temperature, np.float32),
        "top_k": np.full(rows, how.top_k, np.int32),
        "top_p": np.full(rows, how.top_p, np.float32),
    }
