"""Sending from a coroutine: what is sent in another thread is counted as exactly as here."""

import asyncio
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

import airlock
from airlock import Scope
from airlock.integrations.executors import Prepared, send_elsewhere


class SlowExecutor:
    """Accepts as many as it is told to, each in a thread."""

    def __init__(self, accepted: int, waits_for: Event | None = None) -> None:
        self.accepted = accepted
        self.waits_for = waits_for

    def __call__(self, intent: airlock.Intent) -> None:
        raise NotImplementedError

    def dispatch_many(self, intents: list[airlock.Intent]) -> Iterator[Any]:
        return send_elsewhere([Prepared(intent, None) for intent in intents], self.send, asyncio.to_thread)

    def send(self, batch: Any) -> Iterator[Any]:
        for number, _ in enumerate(batch):
            if number == self.accepted:
                if self.waits_for is not None:
                    self.waits_for.wait(10)
                raise ConnectionError("gone")
            yield number


async def flush(executor: SlowExecutor, scope: Scope) -> None:
    async with scope:
        for number in range(3):
            airlock.enqueue(print, number)


@pytest.mark.parametrize("accepted", [0, 1, 2])
def test_what_was_sent_before_an_error_is_dispatched(accepted: int) -> None:
    executor = SlowExecutor(accepted)
    scope = Scope(executor=executor)
    with pytest.raises(ConnectionError):
        asyncio.run(flush(executor, scope))
    assert [intent.args[0] for intent in scope.dispatched] == list(range(accepted))
    assert [intent.args[0] for intent in scope.undispatched] == list(range(accepted, 3))
    assert list(scope.results.values()) == list(range(accepted))


def test_what_a_cancelled_coroutine_leaves_to_the_thread_is_uncertain() -> None:
    event = Event()
    executor = SlowExecutor(0, event)
    scope = Scope(executor=executor)

    async def program() -> None:
        task = asyncio.create_task(flush(executor, scope))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(task.cancel)
        asyncio.get_running_loop().call_later(0.1, event.set)
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(program())
    assert scope.dispatched == []
    assert scope.uncertain == scope.undispatched
    assert len(scope.uncertain) == 3
