"""An embedding that starts from pretrained vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrnn.errors import BadInput

if TYPE_CHECKING:
    import keras


def check_vectors(config: Any) -> None:
    """Sees that the file of `--vectors`, if any, is there.

    Raises:
        BadInput: If it is not.
    """
    if config.vectors and not Path(config.vectors).is_file():
        raise BadInput(f"--vectors: no such file: {config.vectors}")


def start_from_vectors(model: keras.Model, tokens: Sequence[str], config: Any) -> list[str]:
    """Puts the vectors of `--vectors`, if any, into the model's layer `embedding`.

    Args:
        model: Newly built.
        tokens: The vocabulary, padding and unknown first.
        config: Has `vectors`, `embedding` and `seed`.

    Returns:
        Which share of the vocabulary they cover, a line, if there are any.

    Raises:
        BadInput: If they cannot be read or are of another width than the embedding.
    """
    if not config.vectors:
        return []
    from kerasrnn.transforms.vectors import embedding_matrix, read_vectors

    found = read_vectors(config.vectors, tokens[2:])
    matrix, share = embedding_matrix(tokens, found, seed=config.seed)
    if matrix.shape[1] != config.embedding:
        raise BadInput(
            f"{config.vectors} has vectors of {matrix.shape[1]} numbers: "
            f"add --embedding {matrix.shape[1]}"
        )
    model.get_layer("embedding").set_weights([matrix])
    return [f"pretrained vectors for {share:.1%} of the vocabulary"]
