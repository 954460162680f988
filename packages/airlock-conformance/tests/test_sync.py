"""The suite passes on the executor `sync`, as far as it applies: what it performs at once is its queue."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from airlock_conformance import Capability, ExecutorSuite, Queued

from airlock.integrations.executors.sync import sync_executor

PERFORMED: list[Queued] = []


@functools.cache
def recording(function: Callable[..., object]) -> Callable[..., object]:
    """Return a function that records its calls under the name of another."""

    def record(*args: Any, **kwargs: Any) -> object:
        PERFORMED.append(Queued(function.__name__, args, kwargs))
        return object()

    async def record_later(*args: Any, **kwargs: Any) -> object:
        return record(*args, **kwargs)

    return functools.wraps(function)(record_later if inspect.iscoroutinefunction(function) else record)


class TestSync(ExecutorSuite):
    capabilities = frozenset(
        {Capability.ASYNC_TASKS, Capability.BULK, Capability.GEVENT, Capability.HANDLES, Capability.PERFORMS}
    )

    @pytest.fixture
    def executor(self):
        return sync_executor

    def make_task(self, function):
        return recording(function)

    def queued(self):
        return list(PERFORMED)

    def empty(self):
        PERFORMED.clear()
