"""Handing messages to Huey, and what Huey makes of them to its storage in as few units as it can take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import Any, Self

from airlock.integrations.executors import Prepared, mark_uncertain
from airlock.integrations.executors.huey._message import Message
from airlock.integrations.executors.huey._plain import plain_result
from airlock.integrations.executors.huey._units import Load, unit_writer


def send_all(run: Sequence[Prepared[Message]]) -> Iterator[Any]:
    """Send messages of one Huey, in order, and yield its handle for each that its storage has."""
    huey = run[0].message.huey
    if huey.immediate:
        yield from _one_by_one(run, lambda message: huey.enqueue(message.task))
        return
    write = unit_writer(huey.storage)
    if write is None:
        with _Outlet(huey, huey.storage) as outlet:
            yield from _one_by_one(run, outlet.enqueue)
        return
    handles, load = _collect(huey, run)
    for unit in write(huey.storage, load):
        yield from handles[unit.start : unit.stop]


def _one_by_one(run: Sequence[Prepared[Message]], enqueue: Callable[[Message], Any]) -> Iterator[Any]:
    for intent, message in run:
        try:
            handle = enqueue(message)
        except BaseException as error:
            mark_uncertain(error, [intent])
            raise
        yield handle


def _collect(huey: Any, run: Sequence[Prepared[Message]]) -> tuple[list[Any], Load]:
    """Have Huey enqueue messages, and return its handles and what it would have written."""
    load = Load([prepared.intent for prepared in run])
    storage = copy(huey.storage)
    storage.enqueue = load.add
    handles: list[Any] = []
    with _Outlet(huey, storage) as outlet:
        for _, message in run:
            handles.append(outlet.enqueue(message))
            load.end_intent()
    return handles, load


class _Outlet:
    """A Huey that sends ready bytes: a copy, whose `enqueue` still does all that it does, signals and results.

    Going through `enqueue` keeps what others have wrapped around it, tracing for one, and what they add to a task: one
    that they change is serialised again.
    """

    def __init__(self, huey: Any, storage: Any) -> None:
        self._original = huey
        self._plain_result = plain_result(huey)
        self._write = storage.enqueue
        self._huey = copy(huey)
        self._huey.storage = storage
        self._huey.serialize_task = self._serialise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # From now on the handles, which refer to the copy, can do all that they can with the original.
        self._huey.__dict__ = vars(self._original)

    def enqueue(self, message: Message) -> Any:
        """Have Huey enqueue a message, and return its handle."""
        _, task, data = self._message = message
        if data is None:
            return self._huey.enqueue(task)
        if self._plain_result is not None and task.on_complete is None:
            self._write(data, task.priority)
            return self._plain_result(task)
        self._before = _state(task)
        return self._huey.enqueue(task)

    def _serialise(self, task: Any) -> bytes:
        message = self._message
        if message.data is not None and task is message.task and _state(task) == self._before:
            return message.data
        data: bytes = self._original.serialize_task(task)
        return data


def _state(task: Any) -> tuple[Any, ...]:
    """Return what receivers of a signal, and who wraps Huey's own methods, may change about a task."""
    return task.id, task.args, task.kwargs.copy(), task.eta, task.priority, task.retries, task.expires
