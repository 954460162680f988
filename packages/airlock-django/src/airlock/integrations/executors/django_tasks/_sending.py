"""Handing messages to their backends: as units where a backend can, and in Django's thread where there is a loop."""

from __future__ import annotations

import os
from asyncio import get_running_loop
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from asgiref.sync import sync_to_async

from airlock.integrations.executors import Prepared, mark_uncertain, send_elsewhere
from airlock.integrations.executors.django_tasks import _database
from airlock.integrations.executors.django_tasks._frameworks import module_of
from airlock.integrations.executors.django_tasks._message import Message

Batch: TypeAlias = Sequence[Prepared[Message]]


def send(batch: Batch) -> Iterator[Any]:
    """Send messages in order and yield the result of each, or what to await for it."""
    if batch and must_await():
        return send_elsewhere(batch, _send, lambda function: sync_to_async(function)())
    return _send(batch)


def must_await() -> bool:
    """Return whether Django would refuse to reach a database from here, by its own rule."""
    try:
        get_running_loop()
    except RuntimeError:
        return False
    return not os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")


def _send(batch: Batch) -> Iterator[Any]:
    for _, run in groupby(batch, key=lambda prepared: id(prepared.message.backend)):
        part = list(run)
        way = _database.insert if _database.keeps_rows(part[0].message.backend) else _one_by_one
        yield from way(part)


def _one_by_one(batch: Batch) -> Iterator[Any]:
    for intent, message in batch:
        try:
            # Not `task.enqueue()`, which has a parameter `self` beside the task's own.
            result = message.backend.enqueue(message.task, message.args, message.kwargs)
        except BaseException as error:
            refused = isinstance(error, module_of(message.task, "exceptions").TaskException)
            mark_uncertain(error, [] if refused else [intent])
            raise
        yield result
