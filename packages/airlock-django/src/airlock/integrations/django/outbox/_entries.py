"""Dividing intents into entries, and writing those into the table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django.db import DatabaseError, transaction

from airlock.integrations.django.outbox._body import VERSION, copy_of, name_of_executor, record_of
from airlock.integrations.django.outbox._claims import TABLE
from airlock.integrations.django.outbox._clock import milliseconds, now_ms_sql
from airlock.integrations.django.outbox._codec import dumps
from airlock.integrations.django.outbox._signing import sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from airlock import Intent
    from airlock.integrations.django.outbox._settings import OutboxSettings

_MOST_ROWS: Final = 50
_MOST_BYTES: Final = 4 * 2**20
"""What one statement holds at most, unless a single entry is larger: servers refuse what is too long."""


@dataclass(slots=True)
class Written:
    """An entry that its writer still has.

    Attributes:
        part: Which part of what the scope recorded.
        intents: What it holds.
        copies: The same as they were recorded, should anybody change an argument before they are sent.
        body: The same as JSON.
        done: How many of them were sent.
        why: Why the next one was not, without arguments.
    """

    part: int
    intents: list[Intent]
    copies: list[Intent]
    body: str
    done: int = 0
    why: str = ""


def divide(intents: list[Intent], executor: Any, settings: OutboxSettings) -> list[Written]:
    """Return entries that hold intents, in order, which are not written yet.

    Raises:
        UsageError: A task is not registered, or the executor has no name.
        InvalidIntentError: An argument or an option cannot be recorded; it is a `TypeError`.
    """
    executor_name = name_of_executor(executor)
    records = [record_of(intent, executor, executor_name) for intent in intents]
    copies = [copy_of(intent, record) for intent, record in zip(intents, records, strict=True)]
    body = dumps(records)
    if len(intents) <= settings.chunk_intents and len(body) <= settings.chunk_bytes:
        return [Written(0, intents, copies, body)]
    entries: list[Written] = []
    for chunk, body in _chunks(records, settings):
        entries.append(Written(len(entries), intents[chunk], copies[chunk], body))
    return entries


def _chunks(records: list[dict[str, Any]], settings: OutboxSettings) -> Iterator[tuple[slice, str]]:
    """Yield which intents one entry holds, and its body."""
    texts: list[str] = []
    start = size = 0
    for index, text in enumerate(map(dumps, records)):
        if texts and (len(texts) >= settings.chunk_intents or size + len(text) >= settings.chunk_bytes):
            yield slice(start, index), f"[{','.join(texts)}]"
            texts, start, size = [], index, 0
        texts.append(text)
        size += len(text) + 1
    yield slice(start, len(records)), f"[{','.join(texts)}]"


def insert_entries(
    connection: BaseDatabaseWrapper, entries: list[Written], scope: str, settings: OutboxSettings
) -> None:
    """Write the entries of one scope, leased to their writer.

    They are part of the transaction that is open, or all in one of their own.

    Arguments:
        connection: The database.
        entries: What to write.
        scope: What the scope is called in the table, a UUID in hexadecimal digits that nobody else has.
        settings: What the project says of the outbox.
    """
    groups = list(_statements(entries))
    if len(groups) == 1:
        _insert(connection, groups[0], scope, settings)
        return
    with transaction.atomic(using=connection.alias, savepoint=False):
        for group in groups:
            _insert(connection, group, scope, settings)


def _statements(entries: list[Written]) -> Iterator[list[Written]]:
    """Divide entries among statements."""
    group: list[Written] = []
    size = 0
    for entry in entries:
        if group and (len(group) >= _MOST_ROWS or size + len(entry.body) > _MOST_BYTES):
            yield group
            group, size = [], 0
        group.append(entry)
        size += len(entry.body)
    yield group


def _insert(connection: BaseDatabaseWrapper, entries: list[Written], scope: str, settings: OutboxSettings) -> None:
    statement = _statement(connection.vendor, len(entries), milliseconds(settings.lease))
    audience, alias = settings.audience, connection.alias
    values: list[Any] = []
    for entry in entries:
        mac = sign(entry.body, version=VERSION, audience=audience, alias=alias, scope=scope, part=entry.part)
        values += (scope, entry.part, audience, entry.body, mac, len(entry.intents), scope)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
    except DatabaseError as error:
        error.add_note(f"airlock: raised while recording intents in {TABLE} of the database {alias!r}")
        raise


@lru_cache(maxsize=256)
def _statement(vendor: str, count: int, lease: int) -> str:
    now = now_ms_sql(vendor)
    row = f"(%s, %s, {VERSION}, %s, %s, %s, %s, 0, 0, 0, {now} + {lease}, %s, {now}, '')"
    return (
        f"INSERT INTO {TABLE} (scope, part, version, audience, body, mac, size, done, state, attempts, due, token,"
        f" created, last_error) VALUES {', '.join([row] * count)}"
    )
