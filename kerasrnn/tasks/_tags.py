"""What labels of tokens are to a task: numbers, marks of entities, right or wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasrnn.data.tagged import TaggedSentences
from kerasrnn.errors import BadInput
from kerasrnn.ids import UNKNOWN_ID
from kerasrnn.tasks import Metrics
from kerasrnn.tasks._labels import Labels
from kerasrnn.transforms.chunks import Scheme, entity_scores
from kerasrnn.transforms.words import Words

SHOWN = 5  # unseen labels that are named
LETTERS = 0.99  # share of tokens of one character from which they are taken for characters


@dataclass(frozen=True)
class Tags:
    """Labels and the scheme they follow.

    Args:
        labels: Their names.
        scheme: How they mark entities; none if they do not.
    """

    labels: Labels
    scheme: Scheme | None

    @classmethod
    def fit(cls, train: TaggedSentences, *, entities: bool) -> Tags:
        """Labels of the training part, and whatever else the types of its entities need.

        Raises:
            BadInput: If there is but one.
        """
        names = sorted({label for labels in train.labels for label in labels})
        if len(names) < 2:
            raise BadInput(
                f"{train.source}: only the label {names[0]!r}; give tokens of at least two labels"
            )
        scheme = Scheme.of(names) if entities else None
        return cls(Labels(tuple(scheme.complete(names) if scheme else names)), scheme)

    @classmethod
    def of(cls, labels: Labels, *, entities: bool) -> Tags:
        """From labels that `fit` gave."""
        return cls(labels, Scheme.of(labels.names) if entities else None)

    def rules(self) -> dict[str, Any] | None:
        """Which labels may follow one another, if there are rules."""
        return self.scheme.rules(self.labels.names) if self.scheme else None

    def encode(self, part: TaggedSentences) -> list[np.ndarray]:
        """Numbers of each sentence's labels, -1 for those never seen in training.

        Labels that mark entities are written by the rules first: what was IOB1 becomes BIO.

        Raises:
            BadInput: If none of them was seen in training.
        """
        rows = [self.labels.encode(self.written(labels)) for labels in part.labels]
        if all((row < 0).all() for row in rows):
            raise BadInput(
                f"{part.places[0]}: label {part.labels[0][0]!r}, and all others there, were never "
                f"seen in training, which knows {', '.join(self.labels.names[:10])}; is it another "
                "column (--label-column)?"
            )
        return rows

    def written(self, labels: Sequence[str]) -> Sequence[str]:
        """Labels by the rules of the scheme, if they are of one."""
        if not self.scheme or not self.scheme.fits(labels):
            return labels
        return self.scheme.encode(self.scheme.entities(labels), len(labels))

    def names(self, row: np.ndarray) -> list[str]:
        """Names of numbers."""
        return [self.labels.names[i] for i in row.tolist()]

    def about(self) -> str:
        """How they mark entities, in a few words."""
        return f"{self.scheme.name.upper()} marks of entities" if self.scheme else "no entities"

    def notes(self, parts: Mapping[str, TaggedSentences], words: Words, decoder: str) -> list[str]:
        """What a person should know of the labels and tokens, a line each."""
        lines = []
        for name, part in parts.items():
            lines += [f"{name}: {line}" for line in self.notes_of(part)]
        flat = [token for tokens in parts["train"].tokens for token in tokens]
        if words.tokens == "word" and np.mean([len(t) == 1 for t in flat]) >= LETTERS:
            lines.append("every token is a character: --tokens character splits new texts so too")
        if decoder == "max_entropy" and not self.scheme:
            lines.append(
                "labels without a scheme may follow one another as they like: max_entropy "
                "answers as greedy does"
            )
        return lines

    def notes_of(self, part: TaggedSentences) -> list[str]:
        """What a person should know of the labels of one part, a line each."""
        lines = []
        changed = sum(
            a != b
            for labels in part.labels
            for a, b in zip(labels, self.written(labels), strict=True)
        )
        if changed:
            lines.append(
                f"{changed:,} labels were written anew by the rules of "
                f"{self.scheme.name.upper()}; the entities are the same"
            )
        if unseen := self._unseen(part):
            lines.append(f"{unseen}, and count as wrong whatever is answered")
        return lines

    def _unseen(self, part: TaggedSentences) -> str:
        """Which labels were never seen in training, how often, and where first."""
        known, places = set(self.labels.names), {}
        count = 0
        for labels, place in zip(part.labels, part.places, strict=True):
            for label in set(self.written(labels)) - known:
                places.setdefault(label, place)
            count += sum(label not in known for label in self.written(labels))
        if not count:
            return ""
        named = ", ".join(f"{label} ({place})" for label, place in list(places.items())[:SHOWN])
        more = ", …" if len(places) > SHOWN else ""
        return f"{count:,} tokens have labels never seen in training, {named}{more}"


def figures(
    tags: Tags,
    gold: Sequence[Sequence[str]],
    predicted: Sequence[np.ndarray],
    ids: Sequence[np.ndarray],
    probabilities: Sequence[np.ndarray] | None = None,
) -> Metrics:
    """Every metric of labelled sentences.

    Args:
        tags: The labels.
        gold: Of each sentence its true labels by their names, for an entity of a type never seen
            in training is one entity that was not found, however many tokens it has.
        predicted: Of each sentence the numbers of the labels that were answered.
        ids: Its words, of which some are unknown.
        probabilities: What was given to each true label; anything where training had none such.

    Returns:
        `f1`, `precision` and `recall` of entities, if labels mark any; `accuracy` of tokens, and
        of those known and unknown in training, if there are any; `loss`, the mean nats of the
        true labels; `unseen_labels`, the share of tokens with such a label, if there are any.
    """
    metrics: Metrics = {}
    if tags.scheme:
        answered = (tags.names(row) for row in predicted)
        scores = entity_scores(*(map(tags.scheme.entities, x) for x in (gold, answered)))
        metrics = {name: scores[name] for name in ("f1", "precision", "recall")}
    truth = np.concatenate([tags.labels.encode(labels) for labels in gold])
    unknown = np.concatenate(ids) == UNKNOWN_ID
    right = np.concatenate(predicted) == truth
    metrics["accuracy"] = float(right.mean())
    for name, which in (("accuracy_known", ~unknown), ("accuracy_unknown", unknown)):
        if which.any():
            metrics[name] = float(right[which].mean())
    if probabilities is not None:
        p = np.concatenate(probabilities)[truth >= 0].astype(np.float64)
        # a probability of zero is one below what single precision holds
        metrics["loss"] = float(-np.log(np.maximum(p, np.finfo(np.float32).tiny)).mean())
    if (truth < 0).any():
        metrics["unseen_labels"] = float((truth < 0).mean())
    return metrics


def usual_labels(ids: np.ndarray, labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The commonest label of each word in training.

    Args:
        ids: Of all tokens.
        labels: As many.
        size: How many words and labels there are.

    Returns:
        A label for each word; for unknown ones the commonest among words seen once.
    """
    counts = np.zeros(size, np.int64)
    np.add.at(counts, (ids, labels), 1)
    usual, total = counts.argmax(1), counts.sum(1)
    rare = counts[total == 1] if (total == 1).any() else counts
    usual[total == 0] = rare.sum(0).argmax()
    usual[UNKNOWN_ID] = (rare.sum(0) + counts[UNKNOWN_ID]).argmax()
    return usual
