"""The sentiment sample: short reviews written one by one, and generated sentences for volume.

The test half is written reviews only. The generated sentences turn on the order of words, which
a bag of words cannot see.
"""

import csv
import importlib.resources

from kerasrnn.data.samples.sentences import generate_sentences
from kerasrnn.data.text_files import LabelledTexts

SOURCE = "the embedded sample"
VALID_REVIEWS = 130  # of the written training half


def written_reviews(part: str) -> LabelledTexts:
    """The reviews written by hand; `part` is `train` or `test`, in a fixed mixed order."""
    file = importlib.resources.files("kerasrnn.data.samples") / "reviews.tsv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = [r for r in rows if r["part"] == part]
    return LabelledTexts([r["text"] for r in rows], [r["label"] for r in rows], SOURCE)


def sample(sentences: int, *, seed: int) -> dict[str, LabelledTexts]:
    """Parts `train` (generated and written), `valid` and `test` (both written).

    Args:
        sentences: How many are generated.
        seed: Of the generated ones.
    """
    texts, labels = generate_sentences(sentences, seed=seed)
    written, test = written_reviews("train"), written_reviews("test")
    cut = VALID_REVIEWS
    train = LabelledTexts([*texts, *written.texts[cut:]], [*labels, *written.labels[cut:]], SOURCE)
    return {
        "train": train,
        "valid": LabelledTexts(written.texts[:cut], written.labels[:cut], SOURCE),
        "test": test,
    }
