"""The executor does what every executor must."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from airlock_conformance import Capability, ExecutorSuite, Queued

from airlock.integrations.executors.my_queue import MyQueueExecutor, my_queue_executor
from airlock.integrations.executors.my_queue._queue import Queue, Task

queue = Queue()


@cache
def task_of(function: Callable[..., Any]) -> Task[..., Any]:
    return queue.task(function)


class TestExecutor(ExecutorSuite):
    capabilities = frozenset({Capability.BULK, Capability.HANDLES, Capability.MESSAGE_ID, Capability.OPTIONS})
    option = ("delay", 3600)

    @pytest.fixture
    def executor(self) -> MyQueueExecutor:
        return my_queue_executor

    def make_task(self, function: Callable[..., Any]) -> Task[..., Any]:
        return task_of(function)

    def queued(self) -> list[Queued]:
        return [
            Queued(task, *self.decode(arguments), identity, {"delay": int(delay)} if delay else {})
            for identity, task, arguments, delay in queue.messages
        ]

    def decode(self, arguments: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = json.loads(arguments)
        return tuple(args), kwargs

    def empty(self) -> None:
        queue.messages.clear()

    def unserialisable(self) -> object:
        return object()

    def round_trip(self, value: Any) -> Any:
        return json.loads(json.dumps(value, allow_nan=False))
