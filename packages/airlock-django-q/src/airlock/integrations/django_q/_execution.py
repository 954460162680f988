"""One scope for each execution of a task, between two signals of the worker.

The dictionary of the task that a receiver gets is the one that the worker goes on with: it takes the arguments from it
after the first signal, and reports what is in it after the second.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any, Final, NoReturn

from django_q import conf, signals

from airlock.integrations._executions import Executions
from airlock.integrations.django_q._failure import TaskFailed

_ID: Final = "airlock_execution"
_executions: Final = Executions()


class _Refused:
    """Stands for the arguments of a task that cannot be begun, and fails it when the worker wants to pass them on."""

    def __init__(self, error: Exception, args: Any) -> None:
        self._error = error
        self.args = args

    def __iter__(self) -> NoReturn:
        raise self._error


def follow() -> None:
    """Give executions their scopes from now on."""
    signals.pre_execute.connect(_begin, weak=False, dispatch_uid=_ID)
    signals.post_execute_in_worker.connect(_end, weak=False, dispatch_uid=_ID)


def _begin(*, task: dict[str, Any], **_: object) -> None:
    is_sync = bool(task.get("sync"))
    try:
        _executions.begin(task["id"], _name(task["func"]), task.get("airlock_context"), in_worker=not is_sync)
    except Exception as error:
        if is_sync:
            raise
        # From here it would end the worker, and the next one that gets the task.
        task["args"] = _Refused(error, task["args"])


def _end(*, task: dict[str, Any], **_: object) -> None:
    if isinstance(task["args"], _Refused):
        task["args"] = task["args"].args
    if "success" not in task:
        # A task with `sync` is raising in its caller.
        _executions.end(task["id"], sys.exception() or TaskFailed())
    elif not task["success"]:
        _executions.end(task["id"], TaskFailed(task["result"]))
    else:
        _flush(task)


def _flush(task: dict[str, Any]) -> None:
    """Let the effects of a task out that has returned; if that fails the task has failed."""
    try:
        _executions.end(task["id"], None)
    except Exception as error:
        if task.get("sync"):
            raise
        task["success"] = False
        task["result"] = f"{error} : {traceback.format_exc()}"
        if conf.error_reporter:
            conf.error_reporter.report()


def _name(function: Any) -> str:
    if isinstance(function, str):
        return function
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"
