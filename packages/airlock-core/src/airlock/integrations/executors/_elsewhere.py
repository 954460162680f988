"""Sending from a coroutine what has to be sent in another thread."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

from airlock.integrations.executors._queue import Prepared, mark_uncertain

Message = TypeVar("Message")


def send_elsewhere(
    batch: Sequence[Prepared[Message]],
    send: Callable[[Sequence[Prepared[Message]]], Iterator[Any]],
    call: Callable[[Callable[[], None]], Awaitable[None]],
) -> Iterator[Any]:
    """Yield, for the first message, what to await until all are sent; then the handles of the others.

    Arguments:
        batch: What to send, one message at least.
        send: Sends a batch and yields the handle of each message.
        call: Calls a function where `send` has to run, and is awaited until that has returned.
    """
    handles: list[Any] = []
    errors: list[Exception] = []

    def collect() -> None:
        for handle in send(batch):
            handles.append(handle)  # noqa: PERF402 - where it stops is what counts

    async def all_of_them() -> Any:
        try:
            await call(collect)
        except CancelledError as error:
            # The thread goes on with it.
            mark_uncertain(error, [intent for intent, _ in batch])
            raise
        except Exception as error:
            if not handles:
                raise
            errors.append(error)
        return handles[0]

    yield all_of_them()
    yield from handles[1:]
    if errors:
        raise errors[0]
