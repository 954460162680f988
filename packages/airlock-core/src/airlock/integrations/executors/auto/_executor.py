"""The executor that routes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import groupby
from typing import Any

from airlock import Intent
from airlock._bypass import Sending
from airlock._configuration import defaults
from airlock._executors import executor_for, others
from airlock.integrations.executors.sync import sync_executor


def _route(intent: Intent) -> Any:
    """Return who takes an intent: the first installed executor whose kind of task it is, or `sync`."""
    return executor_for(intent.task) or sync_executor


def _sender(executor: Any, batch: list[Intent]) -> Callable[[], Iterable[Any]]:
    """Check a batch as far as its executor can, and return what sends it."""
    if hasattr(executor, "prepare_all"):
        return partial(executor.send, executor.prepare_all(batch))
    dispatch_many = getattr(executor, "dispatch_many", None)
    return partial(map, executor, batch) if dispatch_many is None else partial(dispatch_many, batch)


def _tell_of_what_stays(executor: Any, batch: list[Intent]) -> None:
    if defaults.capture is not None:
        from airlock._left_behind import tell_of_what_stays

        tell_of_what_stays(executor, batch)


class AutoExecutor:
    """Send each intent with the first installed executor that accepts its task, and perform plain callables here.

    Executors are asked in the order of their short names. Intents that follow each other and go the same way are
    handed over together, where that executor takes many at once.
    """

    # It says itself which of those that it routes to do not.
    carries_context: bool = True

    def accepts(self, task: object) -> bool:
        """Return whether anything that is installed takes a task."""
        return sync_executor.accepts(task)

    def recordable_options(self, task: object) -> Collection[str] | None:
        """Return the options that an outbox may record for a task: what the executor says that takes it."""
        recordable = getattr(executor_for(task) or sync_executor, "recordable_options", None)
        found: Collection[str] | None = () if recordable is None else recordable(task)
        return found

    def route(self, intent: Intent) -> Any:
        """Return who takes an intent, for whoever has to know whose backend is down."""
        return _route(intent)

    def __call__(self, intent: Intent) -> Any:
        """Dispatch one intent."""
        executor = _route(intent)
        _tell_of_what_stays(executor, [intent])
        return executor(intent)

    @property
    def unavailable(self) -> tuple[type[BaseException], ...]:
        """The exceptions by which any installed executor says that its backend is down."""
        return tuple(error for executor in others() for error in getattr(executor, "unavailable", ()))

    def dispatch_many(self, intents: list[Intent]) -> Iterator[Any]:
        """Dispatch intents in order, each run of one kind as a batch, after all batches have been checked."""
        batches = [(executor, list(run)) for executor, run in groupby(intents, key=_route)]
        runs = [(executor, batch, _sender(executor, batch)) for executor, batch in batches]
        for executor, batch, send in runs:
            _tell_of_what_stays(executor, batch)
            with Sending(executor is not sync_executor):
                yield from send()

    def __repr__(self) -> str:
        return "auto_executor"


auto_executor: AutoExecutor = AutoExecutor()
