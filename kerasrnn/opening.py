"""From settings that were written down back to the task they describe."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from kerasrnn.config import flag
from kerasrnn.errors import BadInput
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.tasks import Task


def open_run(folder: str, replace: Mapping[str, Any] | None = None) -> tuple[Run, str, Task]:
    """A run and its task, some of its settings replaced for this call.

    Raises:
        BadInput: If there is no run, its settings are broken, or it has none of that name.
    """
    run = Run.open(folder)
    return run, *task_of(run.settings(), str(run.folder / "config.yaml"), replace)


def task_of(
    settings: dict[str, Any], where: str, replace: Mapping[str, Any] | None = None
) -> tuple[str, Task]:
    """The task that settings describe, and its name; some settings replaced for this call.

    Raises:
        BadInput: If they are broken; the message begins with `where`.
    """
    name = settings.pop("task", None)
    if not name:
        raise BadInput(f"{where} is broken: it names no task")
    kind = TASKS.load(name)
    known = {field.name for field in dataclasses.fields(kind.config_type)}
    if unknown := sorted(set(settings) - known):
        raise BadInput(f"{where}: unknown setting '{unknown[0]}'; was it made by another version?")
    for setting, value in (replace or {}).items():
        if setting not in known:
            raise BadInput(f"{flag(setting)} is not for this model: {name} reads no such column")
        settings[setting] = value
    try:
        return name, kind(kind.config_type(**settings))
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error
