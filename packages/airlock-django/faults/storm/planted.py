"""Faults that the checker has to find, planted one at a time: `FAULTS_PLANTED="recorded-after-commit"`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, transaction

from airlock import Intent
from airlock.integrations.django.outbox import _claims, _deliver, _fast_path, _rebuild, _record, _turn


def record_after_commit() -> None:
    """Write the entries when the transaction is over."""
    insert: Any = _record.insert_entries

    def insert_later(*arguments: Any) -> None:
        transaction.on_commit(partial(insert, *arguments))

    _record.insert_entries = insert_later


def send_before_commit() -> None:
    """Send the entries as soon as they are written."""
    insert: Any = _record.insert_entries

    def insert_and_send(database: Any, entries: Any, *arguments: Any) -> None:
        insert(database, entries, *arguments)
        from storm.recorder import executor

        for entry in entries:
            _deliver.deliver(executor, entry.intents)

    _record.insert_entries = insert_and_send


def forget_order() -> None:
    """Claim a part without regard to the parts before it."""
    _claims._DUE = _claims._DUE.replace("part = 0 OR NOT EXISTS", "part >= 0 OR NOT EXISTS")
    _claims._without_later_parts = lambda cursor, rows: rows


def delete_before_sending() -> None:
    """Take the entries out of the table before they are sent."""
    deliver: Any = _deliver.deliver

    def delete_and_deliver(*arguments: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM airlock_outbox_entry WHERE state = 0 AND token <> ''")
        return deliver(*arguments)

    _fast_path.deliver = _turn.deliver = delete_and_deliver


def change_ids() -> None:
    """Send an intent under another id than it was recorded with."""
    rebuild: Any = _rebuild.rebuild

    def rebuild_anew(*arguments: Any) -> Any:
        wanted = rebuild(*arguments)
        for each in wanted:
            each.intent = Intent(each.intent.task, each.intent.args, dict(each.intent.kwargs))
        return wanted

    _turn.rebuild = rebuild_anew


FAULTS: dict[str, Callable[[], None]] = {
    "recorded-after-commit": record_after_commit,
    "sent-before-commit": send_before_commit,
    "no-order-between-parts": forget_order,
    "deleted-before-sent": delete_before_sending,
    "changed-ids": change_ids,
}
