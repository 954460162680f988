"""The executor that performs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import AsyncGeneratorType, BuiltinFunctionType, FunctionType, GeneratorType, MethodType
from typing import Any

from airlock import Intent, UsageError
from airlock._executors import executor_for

_GENERATORS = (GeneratorType, AsyncGeneratorType)
_PLAIN = frozenset({FunctionType, MethodType, BuiltinFunctionType, partial})


class SyncExecutor:
    """Perform each task in this process, whatever its kind, and ignore dispatch options.

    The task of a queue that is installed is run as that queue's worker would run it, and nothing is sent. A scope keeps
    what the task returned as its result; what a coroutine function returned is awaited by `async with`.
    """

    performs: bool = True

    def accepts(self, task: object) -> bool:
        """Return whether it knows how to perform a task."""
        return callable(task) or executor_for(task) is not None

    def __call__(self, intent: Intent) -> Any:
        """Perform one intent.

        Raises:
            UsageError: The task is a generator function, of which nothing would run.
        """
        return _perform(intent)

    def dispatch_many(self, intents: list[Intent]) -> Iterator[Any]:
        """Perform intents one after the other."""
        return map(_perform, intents)

    def __repr__(self) -> str:
        return "sync_executor"


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
