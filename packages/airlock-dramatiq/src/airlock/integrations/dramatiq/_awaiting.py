"""Waiting in a worker's thread for what has to be awaited on the event loop of async actors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dramatiq.asyncio import get_event_loop_thread

from airlock import Executor, Intent
from airlock._executors import resolve


class Awaiting:
    """An executor that calls another one, and has what that returns awaited on the event loop of async actors.

    Such an actor is a coroutine on that loop and a thread that waits for it. Only the thread knows whether the message
    has succeeded, so it is the thread that flushes; that also keeps a flush from holding up all other coroutines.
    """

    def __init__(self, executor: Executor | str | None) -> None:
        self._executor = executor

    def __call__(self, intent: Intent) -> Any:
        """Dispatch one intent."""
        return _awaited(resolve(self._executor)(intent))

    def dispatch_many(self, intents: list[Intent]) -> Iterator[Any]:
        """Dispatch intents in order."""
        executor: Any = resolve(self._executor)
        many = getattr(executor, "dispatch_many", None)
        results: Iterator[Any] = map(executor, intents) if many is None else iter(many(intents))
        try:
            yield from map(_awaited, results)
        finally:
            close = getattr(results, "close", None)
            if close is not None:
                close()

    def __getattr__(self, name: str) -> Any:
        return getattr(resolve(self._executor), name)

    def __repr__(self) -> str:
        return repr(resolve(self._executor))


def _awaited(result: Any) -> Any:
    thread = get_event_loop_thread()
    if thread is None or not hasattr(result, "__await__"):
        return result
    return thread.run_coroutine(result)
