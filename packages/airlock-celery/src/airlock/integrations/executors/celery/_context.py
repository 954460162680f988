"""What an intent carries, in a header of every message that comes of it.

Celery calls `before_task_publish` for each message, whoever wants it, and lets it add to the headers. So the members of
a group have the header, and what a worker publishes in the course of a task inherits the one of its message: a next
step, a callback, the body of a chord. Nobody is called for a message before there is something to carry.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Final

from airlock.integrations.executors.celery._library import library

HEADER: Final = "airlock_context"

_carried: ContextVar[dict[str, Any] | None] = ContextVar("airlock_celery_carried", default=None)


@contextmanager
def carrying(context: dict[str, Any] | None) -> Generator[None, None, None]:
    """Put the header on every message that is published inside."""
    if context is None:
        yield
        return
    pass_on()
    token = _carried.set(context)
    try:
        yield
    finally:
        _carried.reset(token)


def carried_by(request: Any) -> Mapping[str, Any] | None:
    """Return what the message of a request carries, `None` where it carries nothing."""
    headers: Any = request.headers or {}
    found: Mapping[str, Any] | None = headers.get(HEADER)
    return found


@cache
def pass_on() -> None:
    """From now on, put the header on messages that inherit it."""
    library("celery.signals").before_task_publish.connect(_add, weak=False, dispatch_uid="airlock_context")


def _add(headers: dict[str, Any], **_: Any) -> None:
    own = _carried.get()
    if own is not None:
        headers[HEADER] = own
        return
    task = library("celery").current_task
    inherited = carried_by(task.request) if task else None
    if inherited is not None:
        headers.setdefault(HEADER, inherited)
