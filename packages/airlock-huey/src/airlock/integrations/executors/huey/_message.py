"""From an intent to what is sent for it."""

from __future__ import annotations

from copy import copy
from typing import Any, NamedTuple

from airlock import Intent, InvalidIntentError
from airlock.integrations.executors.huey._kinds import huey_of, is_definition, is_group, members
from airlock.integrations.executors.huey._options import check_priority, settings


class Message(NamedTuple):
    """What is sent for an intent, and through which Huey.

    Attributes:
        huey: The Huey that the task belongs to.
        task: Huey's task, group or chord.
        data: The task as it goes to the storage; none for groups and chords, which Huey serialises task by task.
    """

    huey: Any
    task: Any
    data: bytes | None


def message_for(intent: Intent) -> Message:
    """Return what is to be sent for an intent, serialised.

    Raises:
        Exception: It cannot be sent, for any reason.
    """
    if is_definition(intent.task):
        huey, task = _defined(intent)
    elif is_group(intent.task):
        return _several(intent)
    else:
        huey, task = _instance(intent)
        for each in members(task):
            check_priority(huey, each)
    check_priority(huey, task)
    if task.expires:
        task.resolve_expires(huey.utc)
    count = len(task.kwargs)
    data = huey.serialize_task(task)
    if len(task.kwargs) != count:
        raise InvalidIntentError(
            f"{intent}: this version of Huey drops a keyword argument named 'task'. Give it by position, or the "
            "parameter another name.",
            intent=intent,
        )
    return Message(huey, task, data)


def with_arguments(intent: Intent) -> Any:
    """Return the task instance that was enqueued, with the intent's arguments behind its own and with its id."""
    task = copy(intent.task)
    twice = task.kwargs.keys() & intent.kwargs.keys()
    if twice:
        raise TypeError(f"{task.name} has an argument {min(twice)!r} already")
    task.args = (*task.args, *intent.args)
    task.kwargs = {**task.kwargs, **intent.kwargs}
    task.id = str(intent.id)
    task.revoke_id = f"r:{task.id}"
    return task


def _defined(intent: Intent) -> tuple[Any, Any]:
    wrapper = intent.task
    options = intent.dispatch_options
    kwargs = {**intent.kwargs}
    if wrapper.context and "task" in kwargs:
        raise TypeError("a task with `context=True` gets its argument 'task' from Huey")
    if not options:
        return wrapper.huey, wrapper.task_class(intent.args, kwargs, id=str(intent.id))
    if "huey" in options:
        raise TypeError("the option 'huey' is for pipelines, groups and chords; this task has its own")
    chosen = settings(wrapper.huey, options)
    return wrapper.huey, wrapper.task_class(intent.args, kwargs, id=str(intent.id), **chosen)


def _instance(intent: Intent) -> tuple[Any, Any]:
    options = intent.dispatch_options
    huey = huey_of(intent)
    task = with_arguments(intent)
    for name, value in settings(huey, options).items():
        setattr(task, name, value)
    return huey, task


def _several(intent: Intent) -> Message:
    group = intent.task
    if intent.args or intent.kwargs:
        raise TypeError(f"a {type(group).__name__} takes no arguments; give them to its tasks")
    others = [name for name in intent.dispatch_options if name != "huey"]
    if others:
        raise TypeError(f"a {type(group).__name__} takes no option {others[0]!r}; give it to its tasks")
    huey = huey_of(intent)
    for task in members(group):
        check_priority(huey, task)
        huey.serialize_task(task)
    return Message(huey, group, None)
