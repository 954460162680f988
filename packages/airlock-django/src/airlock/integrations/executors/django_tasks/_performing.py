"""Running a task in this process, as a worker would."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from airlock import Intent
from airlock.integrations.executors.django_tasks._frameworks import module_of
from airlock.integrations.executors.django_tasks._sending import must_await


def perform(intent: Intent) -> Any:
    """Run a task, a coroutine function too; where a loop is running, return what to await."""
    task = intent.task
    args = (_context(intent), *intent.args) if task.takes_context else intent.args
    run = task.acall if must_await() else task.call
    return run(*args, **intent.kwargs)


def _context(intent: Intent) -> Any:
    """Return what a task is told about itself, at its first attempt."""
    task = intent.task
    base = module_of(task, "base")
    now = timezone.now()
    result = base.TaskResult(
        task=task,
        id=str(intent.id),
        status=base.TaskResultStatus.RUNNING,
        enqueued_at=now,
        started_at=now,
        finished_at=None,
        last_attempted_at=now,
        args=intent.args,
        kwargs=intent.kwargs,
        backend=task.backend,
        errors=[],
        worker_ids=["airlock"],
    )
    return base.TaskContext(task_result=result)
