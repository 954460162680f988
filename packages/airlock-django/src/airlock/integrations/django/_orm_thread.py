"""Calling from a coroutine what has to run in the thread of the ORM."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from asgiref.sync import sync_to_async

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


async def in_orm_thread(function: Callable[[], T]) -> T:
    """Call a function there; if cancelled meanwhile, wait until it has returned: nothing is left half known."""
    loop = asyncio.get_running_loop()
    finished: asyncio.Future[None] = loop.create_future()
    started = False

    def finish() -> None:
        if not finished.done():
            finished.set_result(None)

    def call() -> T:
        nonlocal started
        started = True
        try:
            return function()
        finally:
            loop.call_soon_threadsafe(finish)

    try:
        return await sync_to_async(call, thread_sensitive=True)()
    except asyncio.CancelledError:
        while started and not finished.done():
            # Cancelled again or not, what runs in a thread ends when it ends.
            with suppress(asyncio.CancelledError):
                await asyncio.shield(finished)
        raise
