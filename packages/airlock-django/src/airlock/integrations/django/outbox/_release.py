"""Giving entries that their writer has not sent to whoever comes first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from airlock.integrations.django.outbox._acknowledge import release
from airlock.integrations.django.outbox._claims import TABLE, Entry
from airlock.integrations.django.outbox._clock import now_ms_sql
from airlock.integrations.django.outbox._retry import with_retries

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_AT_ONCE: Final = 500


def release_begun(connection: BaseDatabaseWrapper, token: str, entry_id: int, size: int, done: int, error: str) -> bool:
    """Enter how far an entry has come, give it away, and return whether it was still ours.

    Arguments:
        connection: The database.
        token: By which the entry is known as ours.
        entry_id: The entry.
        size: How many intents it holds.
        done: How many of them were sent.
        error: Why the next one was not, without arguments.
    """
    entry = Entry(entry_id, "", 0, 0, "", "", "", size, 0, 0, token)
    return release(connection, entry, done=done, attempts=0, error=error)


def release_untouched(connection: BaseDatabaseWrapper, token: str, ids: Sequence[int]) -> int:
    """Give away entries that nobody has tried to send, and return how many were still ours."""
    released = 0
    for start in range(0, len(ids), _AT_ONCE):
        released += with_retries(partial(_release, connection, token, ids[start : start + _AT_ONCE]))
    return released


def _release(connection: BaseDatabaseWrapper, token: str, ids: Sequence[int]) -> int:
    places = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} SET due = {now_ms_sql(connection.vendor)}, token = ''"
            f" WHERE id IN ({places}) AND token = %s",
            [*ids, token],
        )
        changed: int = cursor.rowcount
        return changed
