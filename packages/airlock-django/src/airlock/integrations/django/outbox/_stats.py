"""What an exporter of metrics, or a person, wants to know of an outbox."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connections

from airlock.integrations.django._alias import usual_alias
from airlock.integrations.django.outbox._clock import now_ms_sql
from airlock.integrations.django.outbox._counts import counts


class Stats(NamedTuple):
    """What an outbox holds now, by the clock of its database.

    Attributes:
        database: The alias of the database.
        pending: How many intents are recorded and not accounted for yet, those being sent right now included.
        oldest_pending_seconds: For how long the oldest of them has been there, 0 if there are none.
        dead: How many dead letters there are.
        parked: How many intents are in entries that are parked.
        leases_expired: How many entries are pending whose writer or relay had them and has not come back in time.
        sent_here: How many intents this process has sent itself right after a commit, on any database.
        sent_by_relays: How many intents were sent by the relays that run, since each started.
        relays: How many relays have left a heartbeat.
        relay_seen_seconds: How long ago the last of them was there, `None` if there are none.
    """

    database: str
    pending: int
    oldest_pending_seconds: float
    dead: int
    parked: int
    leases_expired: int
    sent_here: int
    sent_by_relays: int
    relays: int
    relay_seen_seconds: float | None


def stats(using: str | None = None) -> Stats:
    """Return what the outbox of a database holds.

    Arguments:
        using: The alias of the database; the one that the settings name, or the default one, unless given.

    Raises:
        ConnectionDoesNotExist: No database has that alias.
        DatabaseError: The tables of the outbox are not there.

    Example:
        >>> from airlock.integrations.django import outbox
        >>> outbox.stats().oldest_pending_seconds
        0.0
    """
    alias = usual_alias(using)
    connection = connections[alias]
    now = now_ms_sql(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, SUM(size - done), MIN(created), (SELECT " + now + "),"
            " SUM(CASE WHEN token <> '' AND due < (SELECT " + now + ") THEN 1 ELSE 0 END)"
            " FROM airlock_outbox_entry GROUP BY state"
        )
        held = {
            int(state): (int(intents), (at - since) / 1000, int(late)) for state, intents, since, at, late in cursor
        }
        cursor.execute(
            f"SELECT COUNT(*), COALESCE(SUM(sent), 0), (SELECT {now}) - MAX(seen) FROM airlock_outbox_heartbeat"
            " WHERE alias = %s",
            [alias],
        )
        relays, sent, ago = cursor.fetchone()
    pending, oldest, expired = held.get(0, (0, 0.0, 0))
    return Stats(
        database=alias,
        pending=pending,
        oldest_pending_seconds=max(oldest, 0.0),
        dead=held.get(1, (0, 0.0, 0))[0],
        parked=held.get(2, (0, 0.0, 0))[0],
        leases_expired=expired,
        sent_here=counts.sent,
        sent_by_relays=int(sent),
        relays=int(relays),
        relay_seen_seconds=None if ago is None else max(int(ago) / 1000, 0.0),
    )
