"""Which columns of a table are what to the regression of sequences, and where its targets are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasrnn.config import comma_separated
from kerasrnn.data.sequences import (
    TARGET_NAMES,
    TIME_NAMES,
    Sequences,
    choose_column,
    is_cmapss,
    number_columns,
    open_table,
    read_targets,
    sequences_of,
)
from kerasrnn.data.tables import Table
from kerasrnn.errors import BadInput, listed
from kerasrnn.tasks._sequences import Layout, find_id_column

if TYPE_CHECKING:
    from kerasrnn.tasks.regression import RegressionConfig

REMAINING = "remaining_life"  # the target's name where it is counted


def read_training(c: RegressionConfig) -> tuple[Sequences, Layout]:
    """The sequences of `--data` with their targets, and what its columns are.

    Raises:
        BadInput: If a column cannot be told or used.
    """
    path, targets = split_pair(c.data)
    table = open_table(path)
    id_column = find_id_column(table, c.id_column)
    time_column = choose_column(table, c.time_column, TIME_NAMES, "time")
    target = "" if targets else _target_of(table, c)
    if targets and (c.target or c.remaining_life):
        raise BadInput("--data has its targets after the comma: no --target, --remaining-life")
    named = comma_separated(c.features)
    roles = [id_column, time_column, target]
    if taken := [name for name in (*named, target) if name and [*roles, *named].count(name) > 1]:
        raise BadInput(f"{table.path}: column {taken[0]!r} is given two roles")
    features = named or number_columns(table, but=roles)
    remaining = not target and not targets
    answered = target or (REMAINING if remaining else "target")
    layout = Layout(id_column, time_column, features, (answered,), remaining, 0)
    return _with_targets(c, table, layout, targets, to_its_end=True), layout


def read_part(
    c: RegressionConfig, layout: Layout, files: str, *, to_its_end: bool = False
) -> Sequences:
    """The sequences of another file, or of a file and that of their targets after a comma.

    Args:
        c: Settings.
        layout: What the columns are.
        files: One or two.
        to_its_end: Whether every sequence runs to its end where the target is counted.

    Raises:
        BadInput: If they cannot be used, or have no targets.
    """
    path, targets = split_pair(files)
    return _with_targets(c, open_table(path), layout, targets, to_its_end=to_its_end)


def read_inputs(
    c: RegressionConfig, layout: Layout, table: Table, targets: Sequence[str] = ()
) -> Sequences:
    """The sequences of a table as training read them, targets only if named."""
    return sequences_of(
        table,
        id_column=layout.id_column,
        time_column=layout.time_column,
        time_format=c.time_format,
        features=layout.inputs,
        targets=targets,
    )


def split_pair(files: str) -> tuple[str, str]:
    """A file, and that of its targets if one stands after a comma."""
    if "," not in files or os.path.exists(files):
        return files, ""
    path, _, targets = files.partition(",")
    if not path.strip() or not targets.strip() or "," in targets:
        raise BadInput(f"{files}: give one file, or a file and that of its targets: FILE,TARGETS")
    return path.strip(), targets.strip()


def _target_of(table: Table, c: RegressionConfig) -> str:
    """The column of the target; empty where it is counted."""
    found = choose_column(table, c.target, TARGET_NAMES, "target")
    if c.remaining_life and found and not c.features:
        raise BadInput(
            f"{table.path}: column {found!r} seems to be the target already: leave out "
            "--remaining-life, or name the --features"
        )
    if c.remaining_life or (is_cmapss(table) and not found):
        return ""
    if not found:
        raise BadInput(
            f"{table.path}: no target column among {listed(table.names)}; name it with --target, "
            "or give --remaining-life if every sequence runs to its end"
        )
    return found


def _with_targets(
    c: RegressionConfig, table: Table, layout: Layout, targets: str, *, to_its_end: bool
) -> Sequences:
    [target] = layout.targets
    column = () if targets or target not in table.names else (target,)
    part = read_inputs(c, layout, table, column)
    if targets and c.per_step:
        raise BadInput(f"{targets} has one number a sequence, and --per-step needs one a row")
    if targets:
        return part.with_last_targets(read_targets(targets, part.ids))
    if column:
        return part
    if layout.remaining and to_its_end:
        return part.with_remaining()
    raise BadInput(
        f"{table.path}: no targets: it has no column {target!r}; add it, or a file with one number "
        f"for each sequence after a comma: {table.path},TARGETS (or by --test-targets)"
    )
