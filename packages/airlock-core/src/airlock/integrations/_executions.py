"""The scope of an execution, for a backend that tells of it twice: when it starts, and when it has ended."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from typing import Any, NamedTuple

import airlock
from airlock._bypass import Sending
from airlock.integrations.workers import close_leaked, restored

_logger = logging.getLogger("airlock")


class _Execution(NamedTuple):
    key: object
    task: str
    unit: AbstractContextManager[None]
    outer: _Execution | None


class Executions:
    """The executions under way, each context with its own."""

    def __init__(self) -> None:
        self._innermost: ContextVar[_Execution | None] = ContextVar("airlock_execution", default=None)

    def begin(self, key: object, task: str, carried: Mapping[str, Any] | None = None, *, in_worker: bool) -> None:
        """Open the scope of an execution.

        Arguments:
            key: What the end of the execution will be told by.
            task: The name of the task.
            carried: What its message carried.
            in_worker: Whether a worker has started it; if not, it is part of the work around it.
        """
        if in_worker:
            close_leaked(task)
            self._give_up()
        unit = _unit(carried)
        unit.__enter__()
        self._innermost.set(_Execution(key, task, unit, self._innermost.get()))

    def end(self, key: object, error: BaseException | None) -> None:
        """Flush the scope of an execution, or discard it; one that was not begun is passed over.

        Arguments:
            key: What the execution was begun with.
            error: What it has raised, `None` if it has succeeded.

        Raises:
            Exception: What the flush raises. Where the execution has failed there is nothing left to raise, and it is
                logged.
        """
        inside: list[_Execution] = []
        execution = self._innermost.get()
        while execution is not None and execution.key != key:
            inside.append(execution)
            execution = execution.outer
        if execution is None:
            return
        for interrupted in inside:
            # It had no end: the backend does not tell of every way to end.
            with suppress(Exception):
                interrupted.unit.__exit__(GeneratorExit, GeneratorExit(), None)
        self._innermost.set(execution.outer)
        try:
            if error is None:
                execution.unit.__exit__(None, None, None)
            else:
                execution.unit.__exit__(type(error), error, error.__traceback__)
        except Exception:
            if error is None:
                raise
            _logger.exception("What belongs to the task %s could not be ended after it had failed", execution.task)

    def _give_up(self) -> None:
        """Undo what earlier executions have left that had no end."""
        while (execution := self._innermost.get()) is not None:
            self._innermost.set(execution.outer)
            # Its scope is closed and reported by now, and says so.
            with suppress(Exception):
                execution.unit.__exit__(None, None, None)


@contextmanager
def _unit(carried: Mapping[str, Any] | None) -> Generator[None, None, None]:
    with restored(carried), Sending(False), airlock.scope():
        yield
