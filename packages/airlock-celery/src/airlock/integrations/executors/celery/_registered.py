"""Tasks by name, and what may stand beside one in a table."""

from __future__ import annotations

import sys
from typing import Any

from airlock.integrations.executors.celery._library import library

RECORDABLE_OPTIONS = frozenset(
    {
        "argsrepr",
        "compression",
        "confirm_timeout",
        "countdown",
        "delivery_mode",
        "eta",
        "exchange",
        "expires",
        "group_id",
        "headers",
        "ignore_result",
        "kwargsrepr",
        "parent_id",
        "priority",
        "queue",
        "retry",
        "retry_policy",
        "root_id",
        "routing_key",
        "serializer",
        "shadow",
        "soft_time_limit",
        "task_id",
        "time_limit",
        "timeout",
    }
)


def registered_name(task: Any) -> str | None:
    """Return the name of a task that an app has registered; a signature has none, and can hold anything."""
    if isinstance(task, library("celery").Signature):
        return None
    name: str = task.name
    # On the right, since it may be a proxy, which knows what it stands for.
    return name if _find(name) == task else None


def registered_task(name: str) -> Any:
    """Return the task of a name, after loading what the app of this process says it consists of."""
    if "celery" not in sys.modules:
        return None
    found = _find(name)
    if found is None:
        library("celery").current_app.loader.import_default_modules()
        found = _find(name)
    return found


def _find(name: str) -> Any:
    current: Any = library("celery").current_app
    others: Any = library("celery._state")._get_active_apps()
    for app in (current, *others):
        # Importing a task makes no default app, and neither does looking for one.
        found = app.tasks.get(name)
        if found is not None:
            return found
    return None
