"""The two ways a command ends badly, told apart by who can mend it."""


class BadInput(ValueError):
    """What the person gave cannot be used: the command ends with exit status 2.

    The message is one line: what arrived, where, and what to do instead.
    """


class RunFailed(RuntimeError):
    """The input was fine and the work itself failed: the command ends with exit status 1."""
