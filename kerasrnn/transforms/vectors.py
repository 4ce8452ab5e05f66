"""Pretrained word vectors: GloVe and word2vec text files, word2vec binary files.

GloVe's text has a word and its numbers on each line; word2vec's text and binary begin with a
line `words width`, and the binary holds float32 after each word and blank.
"""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from kerasrnn.errors import BadInput


def read_vectors(path: str | Path, wanted: Sequence[str]) -> dict[str, np.ndarray]:
    """Vectors of the wanted words, the file streamed, so that its size does not matter.

    A word that the file has only with capitals is taken from there.

    Args:
        path: `.txt`, `.vec` or `.bin`, also gzipped.
        wanted: Words of the vocabulary.

    Returns:
        float32 `(width,)` by word, for the words found.

    Raises:
        BadInput: If the file is missing or truncated, or a line is no vector of the file's width.
    """
    path, exact, folded = Path(path), {}, {}
    words = set(wanted)
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            read = _binary if ".bin" in path.suffixes[-2:] else _text
            for word, vector in read(file, path):
                if word in words:
                    exact.setdefault(word, vector())
                elif word.lower() in words:
                    folded.setdefault(word.lower(), vector())
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(f"{path} is truncated or no gzip file: {error}") from error
    except OSError as error:
        raise BadInput(f"cannot read the vectors {path}: {error.strerror or error}") from error
    return {**folded, **exact}


def embedding_matrix(
    tokens: Sequence[str], vectors: dict[str, np.ndarray], *, seed: int
) -> tuple[np.ndarray, float]:
    """Starting values of an embedding, and the share of the tokens that had a vector.

    Tokens without one are drawn with the vectors' own mean deviation.

    Returns:
        `(len(tokens), width)` float32, and a share in 0..1 over all but the two special tokens.

    Raises:
        BadInput: If no token has a vector.
    """
    if not vectors:
        raise BadInput("none of the vocabulary's words is in the vectors file; is it the language?")
    width = len(next(iter(vectors.values())))
    deviation = float(np.std(np.stack(list(vectors.values()))))
    matrix = np.random.default_rng(seed).normal(0, deviation, (len(tokens), width))
    for row, token in enumerate(tokens):
        if token in vectors:
            matrix[row] = vectors[token]
    matrix[0] = 0  # padding
    return matrix.astype(np.float32), len(vectors) / max(len(tokens) - 2, 1)


def _text(file: BinaryIO, path: Path) -> Iterator:
    width = 0
    for number, line in enumerate(file, 1):
        parts = line.rstrip().split(b" ")
        if number == 1 and len(parts) == 2:
            continue  # word2vec's header
        width = width or len(parts) - 1
        # some GloVe files hold words with blanks: the numbers are the last `width` parts
        word = b" ".join(parts[:-width]) if width else b""
        if width < 1 or not word:
            raise BadInput(f"{path}, line {number}: expected a word and {width or 'some'} numbers")
        yield word.decode("utf-8", "replace"), _parser(parts[-width:], path, number)


def _parser(numbers: list[bytes], path: Path, line: int):
    def vector() -> np.ndarray:
        try:
            return np.array(numbers, dtype=np.float32)
        except ValueError as error:
            raise BadInput(f"{path}, line {line}: {error}") from error

    return vector


def _binary(file: BinaryIO, path: Path) -> Iterator:
    header = file.readline(100).split()
    if len(header) != 2 or not all(part.isdigit() for part in header):
        raise BadInput(f"{path}, line 1: expected 'words width' as word2vec writes it")
    words, width = map(int, header)
    for index in range(words):
        word = _word(file, path, index)
        data = file.read(4 * width)
        if len(data) < 4 * width:
            raise BadInput(f"{path} is truncated after {index} of {words} words")
        yield word.decode("utf-8", "replace"), lambda d=data: np.frombuffer(d, "<f4").copy()


def _word(file: BinaryIO, path: Path, index: int) -> bytes:
    """Bytes up to the blank before the numbers."""
    word = b""
    while (byte := file.read(1)) != b" ":
        if not byte:
            raise BadInput(f"{path} is truncated after {index} words")
        word += byte
    return word.strip()  # some writers end each vector with a line break
