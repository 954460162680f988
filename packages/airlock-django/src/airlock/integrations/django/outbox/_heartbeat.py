"""What a relay leaves in the database to be seen: that it is there, and what it has done."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from airlock.integrations.django.outbox._clock import milliseconds, now_ms_sql
from airlock.integrations.django.outbox._retry import with_retries

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

TABLE: Final = "airlock_outbox_heartbeat"
INTERVAL: Final = 5.0
"""How many seconds there are between two of them, at least."""
FORGOTTEN: Final = 24 * 60 * 60.0
"""After how many seconds the heartbeat of a relay that was killed is deleted by another."""


@dataclass(slots=True)
class Counters:
    """What a relay has done since it started.

    Attributes:
        sent: How many intents it has sent.
        failed: How often sending one has failed.
        dead: How many it has made dead letters.
        parked: How many entries it has parked.
        lost: How often it lost an entry to another, because its lease had ended.
    """

    sent: int = 0
    failed: int = 0
    dead: int = 0
    parked: int = 0
    lost: int = 0


class Heartbeat:
    """The row of one relay.

    Arguments:
        alias: The database that it serves.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.name = f"{socket.gethostname()[:150]}:{os.getpid()}:{uuid4().hex[:8]}"
        self._last: float | None = None

    def beat(self, connection: BaseDatabaseWrapper, counters: Counters) -> None:
        """Say that the relay is there, unless it has said so just now."""
        if self._last is None or monotonic() - self._last >= INTERVAL:
            with_retries(lambda: self._write(connection, counters))
            self._last = monotonic()

    def remove(self, connection: BaseDatabaseWrapper) -> None:
        """Say that the relay has come to its end."""
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE} WHERE name = %s", [self.name])

    def _write(self, connection: BaseDatabaseWrapper, counters: Counters) -> None:
        now = now_ms_sql(connection.vendor)
        values = (counters.sent, counters.failed, counters.dead)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {TABLE} SET seen = {now}, sent = %s, failed = %s, dead = %s WHERE name = %s",
                [*values, self.name],
            )
            if cursor.rowcount:
                return
            cursor.execute(
                f"DELETE FROM {TABLE} WHERE alias = %s AND seen < {now} - %s", [self.alias, milliseconds(FORGOTTEN)]
            )
            cursor.execute(
                f"INSERT INTO {TABLE} (name, alias, started, seen, sent, failed, dead)"
                f" VALUES (%s, %s, {now}, {now}, %s, %s, %s)",
                [self.name, self.alias, *values],
            )
