"""One scope for each execution of a task.

Huey shows a task that is about to run to its pre-execute hooks, and logs whatever these raise; a post-execute hook only
comes when the result is stored. Neither can make a task fail. So the hook wraps the `execute` of the task that it is
shown, an object made for this execution: the flush is then part of what Huey runs, times, and tries again.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import partial
from typing import Any

import airlock
from airlock._bypass import Sending
from airlock.integrations.workers import close_leaked

_between_tasks: ContextVar[bool] = ContextVar("airlock_huey_between_tasks", default=False)
"""Whether this is a worker, and in no task: whatever is open here then is a leak, and nobody's unit of work."""


def enter_worker() -> None:
    """Note that this thread, process or greenlet is a worker; Huey calls it there before the first task."""
    _between_tasks.set(True)


def prepare(task: Any) -> None:
    """Have a task run in a scope, this once: if Huey tries it again, it asks again."""
    # Tracing libraries wrap it there too.
    task.execute = partial(_execute, task, task.__dict__.get("execute"))


def _execute(task: Any, before: Any) -> Any:
    if before is None:
        del task.execute
    else:
        task.execute = before
    if _between_tasks.get():
        close_leaked(f"{type(task).__module__}.{task.name}")
    token = _between_tasks.set(False)
    try:
        # In immediate mode a task runs while another scope sends it.
        with Sending(False), airlock.scope():
            return task.execute()
    finally:
        _between_tasks.reset(token)
