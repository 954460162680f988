"""Recording what a scope lets out, where the scope ends: in the transaction that is open there."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, Any

from django.db import connections

from airlock.integrations.django._frames import Liveness
from airlock.integrations.django._marker import join_transaction, open_frame
from airlock.integrations.django._state import State
from airlock.integrations.django._transactions import Transaction
from airlock.integrations.django.outbox._entries import divide, insert_entries
from airlock.integrations.django.outbox._outgoing import Outgoing, Recorded
from airlock.integrations.django.outbox._steady import steady_time

if TYPE_CHECKING:
    from airlock import Intent
    from airlock.integrations.django._frames import Frame
    from airlock.integrations.django._scope import DjangoScope
    from airlock.integrations.django.outbox._settings import OutboxSettings


def record(scope: DjangoScope, intents: list[Intent], settings: OutboxSettings) -> list[Intent]:
    """Write what a scope lets out into the outbox, and send it after the commit, or now where no transaction is open.

    Arguments:
        scope: The scope that ends.
        intents: What policies have let through.
        settings: What the project says of the outbox.

    Returns:
        What cannot be recorded here: what was rolled back, or will be, or belongs to a transaction of another thread.

    Raises:
        UsageError: A task is not registered, the executor has no name, or nobody will tell of the commit.
        InvalidIntentError: An argument or an option cannot be recorded; it is a `TypeError`.
        DatabaseError: The database has refused it.
    """
    destinations, rest = _destinations(scope, intents)
    executor = scope.executor
    # Whatever is wrong with an intent is found before anything is written.
    prepared = [(connection, divide(group, executor, settings)) for connection, group in destinations.items()]
    for connection, entries in prepared:
        if connection.connection is None:
            connection.ensure_connection()
        frame = open_frame(connection, entries[0].intents[0])
        outgoing = Outgoing(connection.alias) if frame is None else _outgoing_of(frame.transaction, scope._number)
        lease_ends = steady_time() + settings.lease
        key = token_hex(16)
        insert_entries(connection, entries, key, settings)
        outgoing.add(Recorded(scope, frame, key, entries, lease_ends))
        # Where a test has replaced `on_commit` by something that calls at once, what it began is committed already.
        if frame is None or frame.transaction.state is State.COMMITTED:
            outgoing.dispatch()
    return rest


def _destinations(scope: DjangoScope, intents: list[Intent]) -> tuple[dict[Any, list[Intent]], list[Intent]]:
    """Return the intents that are to be recorded, by the connection to their database, and those that cannot be.

    That is the database of the scope, but for what was enqueued in a transaction of another one that is still open.
    """
    frames = scope._frames_of(intents)
    liveness = Liveness()
    destinations: dict[Any, list[Intent]] = {}
    rest: list[Intent] = []
    known: dict[Frame | None, Any] = {}
    for intent in intents:
        frame = frames.get(intent)
        if frame not in known:
            connection = connections[scope.using] if frame is None else _destination(scope, frame, liveness)
            known[frame] = None if connection is None or _is_doomed(connection) else connection
        destination = known[frame]
        (rest if destination is None else destinations.setdefault(destination, [])).append(intent)
    # Where the scope ends counts, also for what was wanted before the transaction that will be rolled back.
    if rest:
        join_transaction(scope.using, scope._marks, rest)
    return destinations, rest


def _destination(scope: DjangoScope, frame: Frame, liveness: Liveness) -> Any:
    transaction = frame.transaction
    transaction.look()
    if transaction.state is State.UNKNOWN or not transaction.is_alive(frame, liveness):
        return None
    if transaction.state is State.COMMITTED:
        return connections[scope.using]
    connection = connections[transaction.connection.alias]
    return connection if Transaction.current(connection) is transaction else None


def _is_doomed(connection: Any) -> bool:
    """Return whether nothing more can be written in the transaction that is open."""
    if not connection.in_atomic_block:
        return False
    transaction = Transaction.current(connection)
    aborted = transaction is not None and transaction.aborted
    return bool(connection.needs_rollback or connection.closed_in_transaction or aborted)


def _outgoing_of(transaction: Transaction, number: int) -> Outgoing:
    """Return what is sent after the commit: that of all scopes in one, but where a test may capture hooks."""
    outgoing = transaction.outgoing
    if outgoing is None or not outgoing.is_open or transaction._is_in_test_case():
        transaction.outgoing = outgoing = Outgoing(transaction.connection.alias)
        transaction.hand_over(outgoing, number)
    return outgoing
