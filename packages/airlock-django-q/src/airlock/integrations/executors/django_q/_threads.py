"""Sending from a coroutine: Django has its connections to databases in another thread then."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async

from airlock.integrations.executors import mark_uncertain

if TYPE_CHECKING:
    from airlock.integrations.executors.django_q._brokers import Batch


def in_thread(batch: Batch, send: Callable[[Batch], Iterator[Any]]) -> Iterator[Any]:
    """Yield, for the first package, what to await until all are sent in Django's thread; then the ids of the others."""
    ids: list[Any] = []
    errors: list[Exception] = []

    def collect() -> None:
        for package_id in send(batch):
            ids.append(package_id)  # noqa: PERF402 - where it stops is what counts

    async def all_of_them() -> Any:
        try:
            await sync_to_async(collect)()
        except CancelledError as error:
            # The thread goes on with it.
            mark_uncertain(error, [intent for intent, _ in batch])
            raise
        except Exception as error:
            if not ids:
                raise
            errors.append(error)
        return ids[0]

    yield all_of_them()
    yield from ids[1:]
    if errors:
        raise errors[0]
