"""How generated pairs are dealt into three parts."""

from kerasrnn.data.pairs import Pairs

VALID_SHARE = TEST_SHARE = 0.1


def parts(pairs: Pairs, *, seed: int) -> dict[str, Pairs]:
    """Parts `train`, `valid` and `test`; no source and no group stands in two of them."""
    split = pairs.split(valid=VALID_SHARE, test=TEST_SHARE, seed=seed)
    return dict(zip(("train", "valid", "test"), split, strict=True))
