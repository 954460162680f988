"""What an operator may do with entries: each step is one statement, whoever else is at work on them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Q
from django.db.models.expressions import RawSQL

from airlock.integrations.django.outbox._body import read_body, shown_id
from airlock.integrations.django.outbox._clock import milliseconds, now_ms_sql
from airlock.integrations.django.outbox.models import InboxEntry, OutboxEntry, State

if TYPE_CHECKING:
    from django.db.models import QuerySet

    Entries = QuerySet[OutboxEntry, OutboxEntry]

_DAY = 24 * 60 * 60.0


class Content(NamedTuple):
    """What an intent in an entry is.

    Attributes:
        id: Of the intent.
        task: The name it was registered by.
        arguments: Its arguments as JSON, in the format of the entry.
    """

    id: str
    task: str
    arguments: str


def now(entries: Entries) -> RawSQL:
    """Return the time by the clock of the database that entries are in."""
    return RawSQL(f"(SELECT {now_ms_sql(_vendor(entries.db))})", [])


def retry(entries: Entries) -> int:
    """Let entries be sent at once, with all their attempts: dead letters, parked ones, and those put off for a while.

    What is being sent right now is left alone.

    Returns:
        How many there were.
    """
    at_hand = Q(state=State.PENDING) & ~Q(token="") & Q(due__gt=now(entries))
    return entries.exclude(at_hand).update(state=State.PENDING, attempts=0, token="", due=now(entries))


def park(entries: Entries) -> int:
    """Keep entries from being sent until they are retried; what is being sent right now may still get through.

    Returns:
        How many there were.
    """
    return entries.exclude(state=State.PARKED).update(state=State.PARKED, token="")


def purge(entries: Entries) -> int:
    """Delete entries for good, pending ones excepted.

    Returns:
        How many there were.
    """
    return entries.filter(state__in=[State.DEAD, State.PARKED])._raw_delete(entries.db)


def purge_inbox(alias: str, days: float) -> int:
    """Forget which intents have taken effect, if that is longer ago than some days: none of them may come again.

    Returns:
        How many there were.
    """
    vendor = _vendor(alias)
    before = RawSQL(f"(SELECT {now_ms_sql(vendor)}) - {milliseconds(days * _DAY)}", [])
    return InboxEntry.objects.using(alias).filter(created__lt=before)._raw_delete(alias)


def contents(entry: OutboxEntry) -> list[Content]:
    """Return the intents of an entry that are not accounted for, none where it cannot be read."""
    try:
        return [_content(record) for record in read_body(entry.body, entry.version)[entry.done :]]
    except ValueError:
        return []


def tasks(found: Iterable[Content]) -> str:
    """Return the names of tasks, each once, with how often where that is more."""
    counted: dict[str, int] = {}
    for content in found:
        counted[content.task] = counted.get(content.task, 0) + 1
    return ", ".join(name if count == 1 else f"{name} x {count}" for name, count in counted.items())


def _content(record: dict[str, Any]) -> Content:
    given = {key: record[key] for key in ("args", "kwargs") if record.get(key)}
    return Content(
        shown_id(str(record.get("id", ""))), str(record.get("task", "")), json.dumps(given, ensure_ascii=False)
    )


def _vendor(alias: str) -> str:
    from django.db import connections

    return connections[alias].vendor
