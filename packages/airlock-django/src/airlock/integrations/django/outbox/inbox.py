"""Letting an intent take effect once, however often it is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connections

from airlock import UsageError
from airlock.integrations.django._alias import usual_alias
from airlock.integrations.django.outbox._clock import now_ms_sql

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field

__all__ = ["once"]

_INSERT = {"mysql": ("INSERT IGNORE", ""), "sqlite": ("INSERT OR IGNORE", "")}
"""How to insert what is not there yet, where it is not as in PostgreSQL."""


def once(intent_id: UUID | str, using: str | None = None) -> bool:
    """Note in the open transaction that an intent takes effect, and return whether this is the first time.

    An outbox, and most queues, deliver again rather than lose. Where the second time does harm, the task asks here and
    does the rest in the same transaction: the note is kept exactly if that commits. If another consumer of the same
    intent has a transaction open, this waits for it: if that one commits the answer is `False`, if it rolls back,
    `True`.

    Arguments:
        intent_id: `intent.id`, which queues pass on as the id of the message.
        using: The alias of the database; the one that the settings name, or the default one, unless given.

    Raises:
        UsageError: No transaction is open on that database.
        ValueError: That is no id of an intent.

    Example:
        >>> from uuid import uuid4
        >>> from django.db import transaction
        >>> from airlock.integrations.django.outbox.inbox import once
        >>> message_id = uuid4()
        >>> for delivery in "first", "second":
        ...     with transaction.atomic():
        ...         if once(message_id):
        ...             print("paid at the", delivery)
        paid at the first
    """
    id_ = _uuid(intent_id)
    alias = usual_alias(using)
    connection: Any = connections[alias]
    if not connection.in_atomic_block and connection.get_autocommit():
        raise UsageError(
            f"once({str(id_)!r}) was called outside any transaction on {alias!r}, where the note would be kept even if "
            "what follows fails: call it inside `with transaction.atomic():`, together with what the task does"
        )
    return _insert(connection, id_)


def _uuid(intent_id: UUID | str) -> UUID:
    if isinstance(intent_id, UUID):
        return intent_id
    try:
        return UUID(intent_id)
    except (AttributeError, TypeError, ValueError):
        raise ValueError(f"{intent_id!r} is no id of an intent: give intent.id, a UUID, or its text") from None


def _insert(connection: BaseDatabaseWrapper, id_: UUID) -> bool:
    """Insert a row unless there is one, without an error that would spoil the transaction."""
    from airlock.integrations.django.outbox.models import InboxEntry

    field = cast("Field[UUID, UUID]", InboxEntry._meta.get_field("intent"))
    value = field.get_db_prep_value(id_, connection)
    insert, unless = _INSERT.get(connection.vendor, ("INSERT", " ON CONFLICT DO NOTHING"))
    now = now_ms_sql(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{insert} INTO airlock_outbox_inbox (intent, created) VALUES (%s, {now}){unless}",
            [value],
        )
        inserted: int = cursor.rowcount
    return inserted > 0
