"""The executor that performs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import AsyncGeneratorType, BuiltinFunctionType, FunctionType, GeneratorType, MethodType
from typing import Any

from airlock import Intent, UsageError
from airlock._configuration import defaults
from airlock._executors import executor_for

_GENERATORS = (GeneratorType, AsyncGeneratorType)
_PLAIN = frozenset({FunctionType, MethodType, BuiltinFunctionType, partial})


class SyncExecutor:
    """Perform each task in this process, whatever its kind, and ignore dispatch options.

    The task of a queue that is installed is run as that queue's worker would run it, and nothing is sent: what the
    intent carries is restored around it. A scope keeps what the task returned as its result; what a coroutine function
    returned is awaited by `async with`.
    """

    performs: bool = True
    carries_context: bool = True

    def accepts(self, task: object) -> bool:
        """Return whether it knows how to perform a task."""
        return callable(task) or executor_for(task) is not None

    def recordable_options(self, task: object) -> None:
        """Return `None`: options are ignored, in an outbox too."""

    def __call__(self, intent: Intent) -> Any:
        """Perform one intent.

        Raises:
            UsageError: The task is a generator function, of which nothing would run.
        """
        return _performer()(intent)

    def dispatch_many(self, intents: list[Intent]) -> Iterator[Any]:
        """Perform intents one after the other."""
        return map(_performer(), intents)

    def __repr__(self) -> str:
        return "sync_executor"


def _performer() -> Callable[[Intent], Any]:
    """Return what performs an intent; where nothing is configured to be carried there is nothing to restore."""
    return _perform_restored if defaults.context else _perform


def _perform_restored(intent: Intent) -> Any:
    from airlock._restoring import Restoring, restored

    carried = intent.context
    with restored(carried):
        result = _perform(intent)
    return Restoring(result, carried) if carried and hasattr(result, "__await__") else result


def _perform(intent: Intent) -> Any:
    task: Any = intent._task
    if type(task) not in _PLAIN:
        perform = getattr(executor_for(task), "perform", None)
        if perform is not None:
            return perform(intent)
    result = task(*intent._args, **intent._kwargs)
    if result is not None and type(result) in _GENERATORS:
        _refuse_generator(intent)
    return result


def _refuse_generator(intent: Intent) -> None:
    from inspect import isasyncgenfunction, isgeneratorfunction, unwrap

    function = unwrap(intent.task)
    if isgeneratorfunction(function) or isasyncgenfunction(function):
        raise UsageError(
            f"{intent} is a generator function: calling it ran nothing. Enqueue a function that does the work.",
            intent=intent,
        )


sync_executor: SyncExecutor = SyncExecutor()
