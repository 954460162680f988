"""Running tasks in this process, as a worker would, with nothing sent."""

from __future__ import annotations

from copy import copy
from typing import Any

from airlock import Intent
from airlock.integrations.executors.huey._kinds import is_chord, is_definition, is_group
from airlock.integrations.executors.huey._message import with_arguments


def perform(intent: Intent) -> Any:
    """Run what was enqueued, and return what came of it: of a pipeline the end, of a group a list."""
    task = intent.task
    if not is_definition(task):
        return _run(task if is_group(task) else with_arguments(intent))
    if task.context:
        return task.task_class(intent.args, dict(intent.kwargs), id=str(intent.id)).execute()
    # Calling the task itself would enqueue it.
    return task.call_local(*intent.args, **intent.kwargs)


def _run(task: Any) -> Any:
    if is_chord(task):
        results = [_run(each) for each in task.tasks]
        return _run(_behind((results,), task.callback))
    if is_group(task):
        return [_run(each) for each in task.tasks]
    task = copy(task)
    task.kwargs = dict(task.kwargs)
    result = task.execute()
    return result if task.on_complete is None else _run(_behind(result, task.on_complete))


def _behind(result: Any, task: Any) -> Any:
    """Return a task with what came before as its further arguments, the way that Huey adds them."""
    task = copy(task)
    task.kwargs = dict(task.kwargs)
    task.extend_data(result)
    return task
