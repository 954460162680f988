"""One scope for each execution of a task of Django's, between two signals, where AIRLOCK["TASK_SCOPES"] says so."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import django

from airlock.integrations._executions import Executions

_ID: Final = "airlock_execution"
_executions: Final = Executions()


class TaskFailed(Exception):
    """Stands for the error of a task, where whoever ran it tells of it as text only."""


def are_there_tasks() -> bool:
    """Return whether there is anything whose executions could be followed."""
    return bool(_frameworks())


def adjust(wanted: bool) -> None:
    """Give executions their scopes from now on, or give them none any more."""
    for framework in _frameworks():
        if wanted:
            signals = import_module(f"{framework}.signals")
            signals.task_started.connect(_begin, weak=False, dispatch_uid=_ID)
            signals.task_finished.connect(_end, weak=False, dispatch_uid=_ID)
        elif (loaded := sys.modules.get(f"{framework}.signals")) is not None:
            loaded.task_started.disconnect(dispatch_uid=_ID)
            loaded.task_finished.disconnect(dispatch_uid=_ID)


def _frameworks() -> list[str]:
    """Return Django's own tasks and, where they are used, those of the backport, which is not imported in vain."""
    own = ["django.tasks"] if django.VERSION >= (6, 0) else []
    used = "django_tasks" in sys.modules or (not own and find_spec("django_tasks") is not None)
    return [*own, *(["django_tasks"] if used else [])]


def _begin(*, sender: Any, task_result: Any, **_: object) -> None:
    in_worker = not _is_immediate(sender if isinstance(sender, type) else type(sender))
    _executions.begin(task_result.id, task_result.task.module_path, in_worker=in_worker)


def _end(*, task_result: Any, **_: object) -> None:
    if task_result.status == "SUCCESSFUL":
        _executions.end(task_result.id, None)
    else:
        # Backends send the signal where they have caught the error.
        told = "\n".join(error.traceback for error in task_result.errors)
        _executions.end(task_result.id, sys.exception() or TaskFailed(told))


def _is_immediate(backend: type) -> bool:
    """Return whether a backend runs tasks in their caller's place."""
    modules = (sys.modules.get(f"{framework}.backends.immediate") for framework in _frameworks())
    return any(issubclass(backend, module.ImmediateBackend) for module in modules if module is not None)
