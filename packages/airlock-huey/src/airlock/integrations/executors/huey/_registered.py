"""Tasks by name, and what may stand beside one in a table."""

from __future__ import annotations

import sys
from typing import Any

from airlock.integrations.executors.huey._kinds import is_definition
from airlock.integrations.executors.huey._options import NAMES

RECORDABLE_OPTIONS = NAMES - {"huey"}


def registered_name(task: Any) -> str | None:
    """Return the name of a task that its Huey has registered; those that have their arguments already have none."""
    if not is_definition(task):
        return None
    name = _name_of(task)
    return name if registered_task(name) is task else None


def registered_task(name: str) -> Any:
    """Return the task of a name, if the module that it is from is loaded and holds it.

    Huey's registry knows the class of a task only, which does not know its Huey.
    """
    if "huey.api" not in sys.modules:
        return None
    module = sys.modules.get(name.rpartition(".")[0])
    for value in list(vars(module).values()) if module is not None else ():
        if is_definition(value) and _name_of(value) == name:
            return value
    return None


def _name_of(definition: Any) -> str:
    name: str = definition.huey._registry.task_to_string(definition.task_class)
    return name
