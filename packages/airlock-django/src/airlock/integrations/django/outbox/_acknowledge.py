"""What is entered on claimed entries; each step is one statement, or one transaction, and names the claim's token.

A relay that lost its lease to another therefore changes nothing: each function says how much it has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from airlock.integrations.django.outbox._body import VERSION
from airlock.integrations.django.outbox._claims import TABLE, Entry
from airlock.integrations.django.outbox._clock import now_ms_sql
from airlock.integrations.django.outbox._retry import with_retries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

LONGEST_ERROR: Final = 500
PRIMARY: Final = "PRIMARY"
"""What MariaDB and MySQL call the index of the ids."""


def delete_sent(connection: BaseDatabaseWrapper, token: str, ids: Sequence[int]) -> int:
    """Delete entries of which everything is accounted for, and return how many there were."""
    delete = f"{delete_by(connection, PRIMARY)} WHERE {_any_of(ids)} AND token = %s"
    return _execute(connection, delete, *ids, token)


def move_done(connection: BaseDatabaseWrapper, entry: Entry, done: int, lease: int) -> bool:
    """Enter how many intents are accounted for, keep the entry, and return whether it is still ours.

    This attempt is the first for the next intent.
    """
    now = now_ms_sql(connection.vendor)
    changed = _execute(
        connection,
        f"UPDATE {TABLE} SET done = %s, attempts = 1, last_error = '', due = {now} + %s WHERE id = %s AND token = %s",
        *(done, lease, entry.id, entry.token),
    )
    return changed > 0


def renew(connection: BaseDatabaseWrapper, token: str, ids: Sequence[int], lease: int) -> set[int]:
    """Begin a new lease, and return which of the entries are still ours."""
    now = now_ms_sql(connection.vendor)
    where = f"{_any_of(ids)} AND token = %s"
    update = f"{update_by(connection, PRIMARY)} SET due = {now} + %s WHERE {where}"
    changed = _execute(connection, update, lease, *ids, token)
    if changed == len(ids):
        return set(ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {TABLE} WHERE {where}", [*ids, token])
        return {row[0] for row in cursor.fetchall()}


def uncount_attempts(connection: BaseDatabaseWrapper, token: str, ids: Sequence[int]) -> int:
    """Take back the attempt that the claim has counted: nothing of these entries is in hand yet."""
    update = f"{update_by(connection, PRIMARY)} SET attempts = attempts - 1 WHERE {_any_of(ids)} AND token = %s"
    return _execute(connection, update, *ids, token)


def count_attempt(connection: BaseDatabaseWrapper, entry: Entry, lease: int) -> bool:
    """Count an attempt for the entry that comes in hand now, and return whether it is still ours."""
    now = now_ms_sql(connection.vendor)
    changed = _execute(
        connection,
        f"UPDATE {TABLE} SET attempts = attempts + 1, due = {now} + %s WHERE id = %s AND token = %s",
        *(lease, entry.id, entry.token),
    )
    return changed > 0


def release(
    connection: BaseDatabaseWrapper, entry: Entry, *, done: int, attempts: int, delay: int = 0, error: str = ""
) -> bool:
    """Give an entry back, and return whether it was still ours.

    Arguments:
        connection: The database.
        entry: The entry.
        done: How many of its intents are accounted for.
        attempts: How many attempts count against the next one.
        delay: After how many milliseconds it may be claimed again.
        error: Why the last attempt failed, without arguments.
    """
    now = now_ms_sql(connection.vendor)
    changed = _execute(
        connection,
        f"UPDATE {TABLE} SET done = %s, attempts = %s, due = {now} + %s, token = '', last_error = %s"
        " WHERE id = %s AND token = %s",
        *(done, attempts, delay, error[:LONGEST_ERROR], entry.id, entry.token),
    )
    return changed > 0


def release_untouched(connection: BaseDatabaseWrapper, token: str, ids: Sequence[int], delay: int = 0) -> int:
    """Give back entries of which nothing was tried, with their attempts, and return how many were still ours."""
    now = now_ms_sql(connection.vendor)
    return _execute(
        connection,
        f"{update_by(connection, PRIMARY)} SET attempts = attempts - 1, due = {now} + %s, token = ''"
        f" WHERE {_any_of(ids)} AND token = %s",
        *(delay, *ids, token),
    )


def park(connection: BaseDatabaseWrapper, entry: Entry, why: str) -> bool:
    """Leave an entry to an operator, and return whether it was still ours."""
    changed = _execute(
        connection,
        f"UPDATE {TABLE} SET state = 2, token = '', last_error = %s WHERE id = %s AND token = %s",
        *(why[:LONGEST_ERROR], entry.id, entry.token),
    )
    return changed > 0


def dead_letter(
    connection: BaseDatabaseWrapper, entry: Entry, *, done: int, body: str, mac: str, attempts: int, error: str
) -> bool:
    """Copy one intent to an entry of its own and account for it, together; return whether the entry was still ours.

    Arguments:
        connection: The database.
        entry: The entry that it is from, which is given back, or deleted where this was the last of it.
        done: How many of the entry's intents are accounted for before this one.
        body: The one intent, as JSON of the newest version.
        mac: The signature of the new entry.
        attempts: How often it was tried.
        error: Why it failed, without arguments.
    """
    now = now_ms_sql(connection.vendor)

    def step() -> bool:
        with transaction.atomic(using=connection.alias):
            if done + 1 >= entry.size:
                delete = f"DELETE FROM {TABLE} WHERE id = %s AND token = %s"
                changed = execute(connection, delete, entry.id, entry.token)
            else:
                changed = execute(
                    connection,
                    f"UPDATE {TABLE} SET done = %s, attempts = 0, due = {now}, token = '', last_error = ''"
                    " WHERE id = %s AND token = %s",
                    *(done + 1, entry.id, entry.token),
                )
            if not changed:
                return False
            execute(
                connection,
                f"INSERT INTO {TABLE} (scope, part, version, audience, body, mac, size, done, state, attempts, due,"
                f" token, created, last_error) VALUES (%s, %s, %s, %s, %s, %s, 1, 0, 1, %s, {now}, '', {now}, %s)",
                *(entry.scope, entry.part, VERSION, entry.audience, body, mac, attempts, error[:LONGEST_ERROR]),
            )
            return True

    return with_retries(step)


def delete_by(connection: BaseDatabaseWrapper, index: str) -> str:
    """Return how to begin deleting rows that an index finds, see `update_by()`."""
    return f"DELETE {TABLE} FROM {_by(index)}" if connection.vendor == "mysql" else f"DELETE FROM {TABLE}"


def update_by(connection: BaseDatabaseWrapper, index: str) -> str:
    """Return how to begin changing rows that an index finds.

    MariaDB and MySQL like to read all of a small table instead, and wait for whoever has a row of it in a transaction.
    """
    return f"UPDATE {_by(index)}" if connection.vendor == "mysql" else f"UPDATE {TABLE}"


def _by(index: str) -> str:
    return f"{TABLE} FORCE INDEX ({index})"


def _any_of(ids: Sequence[int]) -> str:
    return f"id IN ({', '.join(['%s'] * len(ids))})"


def _execute(connection: BaseDatabaseWrapper, statement: str, *values: Any) -> int:
    return with_retries(lambda: execute(connection, statement, *values))


def execute(connection: BaseDatabaseWrapper, statement: str, *values: Any) -> int:
    """Run one statement, and return how many rows it has changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        changed: int = cursor.rowcount
        return changed
