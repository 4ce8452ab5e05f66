"""The two ways a command ends badly, told apart by who can mend it."""

import difflib
from collections.abc import Iterable

SHOWN_NAMES = 20  # columns an error lists at most


class BadInput(ValueError):
    """What the person gave cannot be used: the command ends with exit status 2.

    The message is one line: what arrived, where, and what to do instead.
    """


class RunFailed(RuntimeError):
    """The input was fine and the work itself failed: the command ends with exit status 1."""


def listed(names: Iterable[str]) -> str:
    """Names for an error message, on one line and not too many of them."""
    shown = [repr(name if len(name) <= 40 else f"{name[:40]}…") for name in names]
    more = f" and {len(shown) - SHOWN_NAMES} more" if len(shown) > SHOWN_NAMES else ""
    return ", ".join(shown[:SHOWN_NAMES]) + more


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A hint for an error message, if one of the names is like the one that arrived."""
    close = difflib.get_close_matches(name, names, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
