"""Choosing the moments at which work can be cancelled."""

from __future__ import annotations

import asyncio
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

_MISSING: Any = object()


async def run_cancellable(work: Coroutine[Any, Any, T], can_be_cancelled: Callable[[], bool]) -> T:
    """Await a coroutine; while it cannot be cancelled, a cancellation is dropped and the coroutine runs to its end."""
    context = copy_context()
    task = asyncio.create_task(work, context=context)
    try:
        while True:
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                if task.done():
                    raise
                if can_be_cancelled():
                    task.cancel()
                else:
                    _forget_cancellation()
    finally:
        _take_over(context)


def _forget_cancellation() -> None:
    current = asyncio.current_task()
    if current is not None:
        current.uncancel()


def _take_over(context: Context) -> None:
    """Let the caller see the variables that were set, as if it had awaited the coroutine itself."""
    for variable, value in context.items():
        if variable.get(_MISSING) is not value:
            variable.set(value)
