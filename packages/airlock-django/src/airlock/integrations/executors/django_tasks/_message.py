"""From an intent to what is sent for it."""

from __future__ import annotations

from typing import Any, NamedTuple

from airlock import Intent
from airlock.integrations.executors.django_tasks import _database
from airlock.integrations.executors.django_tasks._options import with_options
from airlock.integrations.executors.django_tasks._plain import are_simple, in_json

# The task that was checked last and its backend: those of a flush are mostly the same.
_checked: list[tuple[object, object]] = [(None, None)]


class Message(NamedTuple):
    """What is sent for an intent.

    Attributes:
        task: The task, with its dispatch options.
        backend: The backend that it goes to.
        args: The positional arguments, in terms of JSON.
        kwargs: The keyword arguments likewise.
        size: How many characters long arguments are as JSON.
    """

    task: Any
    backend: Any
    args: list[Any]
    kwargs: dict[str, Any]
    size: int


def message_for(intent: Intent) -> Message:
    """Return what is to be sent for an intent.

    Raises:
        Exception: It cannot be sent, for any reason.
    """
    options = intent.dispatch_options
    task = with_options(intent.task, options) if options else intent.task
    backend = task.get_backend()
    last_task, last_backend = _checked[0]
    if task is not last_task or backend is not last_backend:
        backend.validate_task(task)
        if _database.keeps_rows(backend):
            _database.check_task(task)
        _checked[0] = (task, backend)
    args, kwargs = intent.args, intent.kwargs
    # That is all there is to say of most, and several times faster.
    if are_simple(args) and are_simple(kwargs) and are_simple(kwargs.values()):
        return Message(task, backend, [*args], {**kwargs}, 0)
    (args, kwargs), size = in_json(task, backend, (args, kwargs))
    return Message(task, backend, args, kwargs, size)


def plain(intent: Intent, value: object) -> object:
    """Return what becomes of one argument.

    Raises:
        Exception: It cannot be sent.
    """
    try:
        task = with_options(intent.task, intent.dispatch_options)
        backend = task.get_backend()
    except Exception:
        # No argument is to blame for that.
        return value
    return in_json(task, backend, value)[0]
