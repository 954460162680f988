"""Inserting packages into the table that the ORM broker reads."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from airlock.integrations.executors import mark_uncertain

if TYPE_CHECKING:
    from airlock.integrations.executors.django_q._brokers import Batch

# Not imported by name, since it has no type.
_atomic: Any = import_module("django.db.transaction").atomic

_ROWS = 1000
_CHARACTERS = 16_000_000


def insert(brokers: dict[str | None, Any], batch: Batch) -> Iterator[str]:
    """Insert packages in one transaction, the caller's if there is one."""
    # The broker's own way to the table: the database is its choice, and so is replacing a stale connection.
    rows = next(iter(brokers.values())).get_connection()
    now = timezone.now()
    added = [
        rows.model(key=brokers[package.cluster].list_key, payload=package.payload, lock=now) for _, package in batch
    ]
    longest = max(len(package.payload) for _, package in batch)
    uncertain = False
    try:
        with _atomic(using=rows.db, savepoint=False):
            rows.bulk_create(added, batch_size=max(1, min(_ROWS, _CHARACTERS // longest)))
            uncertain = True
    except BaseException as error:
        # Before the commit nothing counts, and whether one arrived that was never answered is unknown.
        mark_uncertain(error, [intent for intent, _ in batch] if uncertain else [])
        raise
    for _, package in batch:
        yield package.id
