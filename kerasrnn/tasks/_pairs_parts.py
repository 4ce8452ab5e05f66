"""Pairs in parts: what was not given is dealt from the training part; pairs lacking a side go."""

from __future__ import annotations

from kerasrnn.data.pairs import Pairs
from kerasrnn.tasks._parts import TEST_SHARE, VALID_SHARE


def cut(parts: dict[str, Pairs], *, test: bool, seed: int) -> dict[str, Pairs]:
    """Deals the parts that were not given from the training part."""
    if "valid" in parts and not test:
        return parts
    shares = {"valid": 0.0 if "valid" in parts else VALID_SHARE, "test": TEST_SHARE * test}
    train, valid, held = parts["train"].complete().split(**shares, seed=seed)
    dealt = {"train": train, "valid": parts.get("valid", valid)}
    if test or "test" in parts:
        dealt["test"] = parts.get("test", held)
    return dealt


def complete(part: Pairs, name: str, notes: list[str]) -> Pairs:
    """Without pairs of which a side is empty; says how many those were."""
    whole = part.complete()
    if lost := len(part) - len(whole):
        notes.append(f"{name}: {lost:,} pairs left out, for a side of them is empty")
    return whole
