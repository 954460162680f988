"""The executor that routes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from airlock import Intent
from airlock._executors import executor_for
from airlock.integrations.executors.sync import sync_executor


def _route(intent: Intent) -> Any:
    """Return who takes an intent: the first installed executor whose kind of task it is, or `sync`."""
    return executor_for(intent.task) or sync_executor


class AutoExecutor:
    """Send each intent with the first installed executor that accepts its task, and perform plain callables here.

    Executors are asked in the order of their short names. Intents that follow each other and go the same way are
    handed over together, where that executor takes many at once.
    """

    def accepts(self, task: object) -> bool:
        """Return whether anything that is installed takes a task."""
        return sync_executor.accepts(task)

    def __call__(self, intent: Intent) -> Any:
        """Dispatch one intent."""
        return _route(intent)(intent)

    def dispatch_many(self, intents: list[Intent]) -> Iterator[Any]:
        """Dispatch intents in order, each run of one kind as a batch."""
        for executor, run in groupby(intents, key=_route):
            dispatch_many = getattr(executor, "dispatch_many", None)
            batch = list(run)
            yield from map(executor, batch) if dispatch_many is None else dispatch_many(batch)

    def __repr__(self) -> str:
        return "auto_executor"


auto_executor: AutoExecutor = AutoExecutor()
