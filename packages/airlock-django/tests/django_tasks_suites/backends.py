"""A backend of somebody else: it takes one message at a time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, ClassVar
from uuid import uuid4

from airlock_conformance import Queued
from django_tasks_db import DatabaseBackend

from django_tasks_suites.tasks import FRAMEWORK, framework

_base: Any = import_module(f"{FRAMEWORK}.backends.base")


class MailboxBackend(_base.BaseTaskBackend):  # type: ignore[misc]
    """Keeps messages in a list that all threads share, and loses its connection after some."""

    supports_async_task = True
    supports_defer = True
    supports_priority = True

    messages: ClassVar[list[str]] = []
    left: ClassVar[float] = float("inf")

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        self.validate_task(task)
        if not type(self).left:
            raise ConnectionError("nobody answers")
        type(self).left -= 1
        options = {"priority": task.priority, "queue_name": task.queue_name}
        self.messages.append(json.dumps([task.module_path, args, kwargs, options]))
        return framework.TaskResult(
            task=task,
            id=str(uuid4()),
            status=framework.TaskResultStatus.READY,
            enqueued_at=None,
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )


def mailbox() -> list[Queued]:
    """Return what is in the list."""
    found = map(json.loads, MailboxBackend.messages)
    return [Queued(path, tuple(args), kwargs, None, options) for path, args, kwargs, options in found]


@contextmanager
def taking(count: int) -> Iterator[None]:
    """Let the backend take no more than that many messages."""
    MailboxBackend.left = count
    try:
        yield
    finally:
        MailboxBackend.left = float("inf")


class OwnDatabaseBackend(DatabaseBackend):
    """Does more than the backend of django-tasks-db does."""

    enqueued: ClassVar[list[Any]] = []

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        self.enqueued.append(args)
        return super().enqueue(task, args, kwargs)
