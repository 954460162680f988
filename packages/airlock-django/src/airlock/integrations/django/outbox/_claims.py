"""Claiming entries that are due: each goes to one relay, which has it until its lease ends.

Of one scope only the earliest part that is pending can be claimed, so that its parts go out in order across relays.
What has another audience, or a newer version than this code can read, is left alone for those who can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from django.db import transaction

from airlock.integrations.django.outbox._body import VERSION
from airlock.integrations.django.outbox._clock import now_ms_sql
from airlock.integrations.django.outbox._retry import with_retries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

TABLE: Final = "airlock_outbox_entry"
NEWEST_VERSION: Final = VERSION
"""The newest format of entries that this code can read."""
COLUMNS: Final = "id, scope, part, version, audience, body, mac, size, done, attempts"

# With OR it is asked for each candidate that needs it; without, a planner could make a join over the whole table of it.
_DUE: Final = f"""
    SELECT {{columns}} FROM {TABLE} entry
    WHERE state = 0 AND due <= (SELECT {{now}}) AND due >= %s AND version <= {NEWEST_VERSION} AND audience = %s
    AND (part = 0 OR NOT EXISTS (
        SELECT 1 FROM {TABLE} earlier
        WHERE earlier.scope = entry.scope AND earlier.part < entry.part AND earlier.state = 0
    ))
    ORDER BY due, id LIMIT %s {{lock}}
"""
_CLAIMED: Final = "attempts = attempts + 1, token = %s, due = {now} + %s"


@dataclass(slots=True)
class Entry:
    """A row that was claimed; the names are those of the columns.

    Attributes:
        token: By which this claim is known.
    """

    id: int
    scope: str
    part: int
    version: int
    audience: str
    body: str
    mac: str
    size: int
    done: int
    attempts: int
    token: str = ""


@dataclass(slots=True)
class Claim:
    """What was claimed at once.

    Attributes:
        token: By which the claim is known: whoever lost it to another changes nothing any more.
        entries: What was claimed, in the order of writing.
        earliest: The earliest time at which any of it was due, in milliseconds, where that is known.
        latest: The latest time.
    """

    token: str
    entries: list[Entry]
    earliest: int = 0
    latest: int = 0


def claim(connection: BaseDatabaseWrapper, *, count: int, lease: int, audience: str, floor: int = 0) -> Claim:
    """Take entries that are due.

    Arguments:
        connection: The database; no transaction is open.
        count: How many, at most.
        lease: For how many milliseconds.
        audience: Which installation this is.
        floor: Leave out what was due earlier, in milliseconds since the epoch. A database that keeps old versions of
            rows for somebody walks over all that was due since, and this is the way around it.
    """
    take = _take_at_once if can_return_what_it_updates(connection) else _take_in_two_steps
    token = uuid4().hex
    rows = with_retries(lambda: take(connection, token, count, lease, audience, floor))
    entries = sorted((_entry(row, token) for row in rows), key=lambda entry: entry.id)
    due = [row[-1] for row in rows]
    return Claim(token, entries, min(due, default=0), max(due, default=0))


def _entry(row: Sequence[Any], token: str) -> Entry:
    entry = Entry(*row[:-1])
    entry.token = token
    return entry


def count_newer(connection: BaseDatabaseWrapper) -> int:
    """Return how many pending entries are in a format that this code cannot read."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {TABLE} WHERE state = 0 AND version > {NEWEST_VERSION}")
        (count,) = cursor.fetchone()
    return int(count)


def can_return_what_it_updates(connection: BaseDatabaseWrapper) -> bool:
    """Return whether one statement is enough."""
    if connection.vendor == "sqlite":
        version: tuple[int, ...] = cast("Any", connection).Database.sqlite_version_info
        return version >= (3, 35)
    return connection.vendor == "postgresql"


def _take_at_once(
    connection: BaseDatabaseWrapper, token: str, count: int, lease: int, audience: str, floor: int
) -> Sequence[tuple[Any, ...]]:
    """Take them in one statement, which on SQLite begins by locking the database."""
    now = now_ms_sql(connection.vendor)
    is_postgres = connection.vendor == "postgresql"
    due = _DUE.format(columns="id, due", now=now, lock="FOR UPDATE SKIP LOCKED" if is_postgres else "")
    claimed = _CLAIMED.format(now=now)
    with connection.cursor() as cursor:
        if is_postgres:
            columns = ", ".join(f"{TABLE}.{column}" for column in COLUMNS.split(", "))
            cursor.execute(
                f"WITH due_entry AS MATERIALIZED ({due}) UPDATE {TABLE} SET {claimed} FROM due_entry"
                f" WHERE {TABLE}.id = due_entry.id RETURNING {columns}, due_entry.due",
                [floor, audience, count, token, lease],
            )
        else:
            # It keeps no old versions of rows in its indexes, so that nobody needs to know when they were due.
            cursor.execute(
                f"UPDATE {TABLE} SET {claimed} WHERE id IN (SELECT id FROM ({due})) RETURNING {COLUMNS}, 0",
                [token, lease, floor, audience, count],
            )
        return cast("Sequence[tuple[Any, ...]]", cursor.fetchall())


def _take_in_two_steps(
    connection: BaseDatabaseWrapper, token: str, count: int, lease: int, audience: str, floor: int
) -> Sequence[tuple[Any, ...]]:
    """Lock them, then take them."""
    now = now_ms_sql(connection.vendor)
    features = connection.features
    lock = "FOR UPDATE" if features.has_select_for_update else ""
    if features.has_select_for_update_skip_locked:
        lock += " SKIP LOCKED"
    attempts = COLUMNS.split(", ").index("attempts")
    _lock_rows_only(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Locks the database before anything is read from it.
            cursor.execute(f"UPDATE {TABLE} SET id = id WHERE id IS NULL")
        cursor.execute(
            _DUE.format(columns=f"{COLUMNS}, due", now=now, lock=lock),
            [floor, audience, count],
        )
        rows = _without_later_parts(cursor, [list(row) for row in cursor.fetchall()])
        if rows:
            places = ", ".join(["%s"] * len(rows))
            cursor.execute(
                f"UPDATE {TABLE} SET {_CLAIMED.format(now=now)} WHERE id IN ({places})",
                [token, lease, *(row[0] for row in rows)],
            )
    for row in rows:
        row[attempts] += 1
    return [tuple(row) for row in rows]


def _lock_rows_only(connection: BaseDatabaseWrapper) -> None:
    """Lock no gaps between rows, in which writers would wait; Django's default locks none."""
    if connection.in_atomic_block:
        # As in a test case: it is too late.
        return
    if connection.vendor == "mysql" and getattr(connection, "isolation_level", None) != "read committed":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


def _without_later_parts(cursor: Any, rows: list[list[Any]]) -> list[list[Any]]:
    """Leave out parts whose earlier ones came too late for the statement that locked these.

    Locks are taken on what is there now, and the earlier parts were looked for in what was there when it began.
    """
    scopes = sorted({row[1] for row in rows if row[2]})
    if not scopes:
        return rows
    places = ", ".join(["%s"] * len(scopes))
    cursor.execute(
        f"SELECT scope, MIN(part) FROM {TABLE} WHERE state = 0 AND scope IN ({places}) GROUP BY scope", scopes
    )
    first = dict(cursor.fetchall())
    return [row for row in rows if row[2] <= first.get(row[1], row[2])]
