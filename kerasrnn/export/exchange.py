"""Arrays from process to process, texts among them, without pickle and without TensorFlow."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

TEXT = "text:"  # marks what was an array of `bytes` objects


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes arrays of numbers, and arrays of `bytes` objects as their bytes end to end."""
    plain = {}
    for name, array in arrays.items():
        if array.dtype != object:
            plain[name] = array
            continue
        flat = array.ravel().tolist()
        plain[f"{TEXT}{name}:bytes"] = np.frombuffer(b"".join(flat), np.uint8)
        plain[f"{TEXT}{name}:sizes"] = np.array([len(item) for item in flat], np.int64)
        plain[f"{TEXT}{name}:shape"] = np.array(array.shape, np.int64)
    np.savez(path, **plain)


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Reads what `save_arrays` wrote."""
    with np.load(path, allow_pickle=False) as file:
        plain = {name: file[name] for name in file.files}
    arrays = {name: array for name, array in plain.items() if not name.startswith(TEXT)}
    for key in plain:
        if key.startswith(TEXT) and key.endswith(":sizes"):
            name = key[len(TEXT) : -len(":sizes")]
            arrays[name] = _texts(
                *(plain[f"{TEXT}{name}:{p}"] for p in ("bytes", "sizes", "shape"))
            )
    return arrays


def _texts(content: np.ndarray, sizes: np.ndarray, shape: np.ndarray) -> np.ndarray:
    whole, ends = content.tobytes(), np.cumsum(sizes)
    texts = np.empty(len(sizes), object)
    for i, (size, end) in enumerate(zip(sizes, ends, strict=True)):
        texts[i] = whole[end - size : end]
    return texts.reshape(shape)
