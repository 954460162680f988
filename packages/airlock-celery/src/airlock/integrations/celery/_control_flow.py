"""Telling Celery's own messages from those that the application wants.

A retry, a replacement, a callback, the next task of a chain, a member of a group or chord, and beat's messages all pass
through `apply_async` of the task they are for. Each of them says so by an option that places the message in a workflow,
or brings the connection to send it through. A message of the application has neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_CONNECTIONS: Final = ("connection", "producer", "publisher")
"""Beat sends through a producer of its own, and so do groups."""

_PLACES: Final = (
    "chain",
    "chord",
    "group_id",
    "group_index",
    "parent_id",
    "replaced_task_nesting",
    # A signature gets it when it is frozen, which is how Celery knows the id of what is not sent yet.
    "reply_to",
    # A task that is tried again carries how often.
    "retries",
    "root_id",
)


def is_control_flow(task: str, options: Mapping[str, Any]) -> bool:
    """Return whether a message is Celery's own: it belongs to a workflow, or to a task that Celery brings along.

    Arguments:
        task: The name of the task.
        options: The options of `apply_async`.
    """
    return task.startswith("celery.") or any(options.get(name) is not None for name in (*_CONNECTIONS, *_PLACES))
