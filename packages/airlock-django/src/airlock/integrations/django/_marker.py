"""Noting, at every `enqueue()`, where in a transaction it happens."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import connections

from airlock import UsageError
from airlock.integrations.django._frames import Frame, Liveness
from airlock.integrations.django._state import State
from airlock.integrations.django._transactions import Transaction

if TYPE_CHECKING:
    from airlock import Intent


class Marker:
    """The observer of a scope: it marks intents with the savepoint they are enqueued under, on one database.

    It leaves what is enqueued in autocommit unmarked. What is enqueued where an event loop runs, so that no transaction
    can be seen, it marks with itself.

    Arguments:
        alias: The database.
        marks: Where the marks go; all scopes inside one another share them.
    """

    def __init__(self, alias: str, marks: dict[Intent, Mark]) -> None:
        self.alias = alias
        self.marks = marks

    def __call__(self, intent: Intent) -> None:
        connection: Any = connections[self.alias]
        if connection.in_atomic_block:
            transaction = Transaction.current(connection)
            self.marks[intent] = _first_frame(connection) if transaction is None else transaction.frames.open
        elif connection.connection is not None and not connection.autocommit:
            self.marks[intent] = None
        elif asyncio._get_running_loop() is not None:
            self.marks[intent] = self

    def place(self, intent: Intent) -> Frame | None:
        """Return where an intent belongs that was enqueued under an event loop: where its scope is left.

        Raises:
            UsageError: This is still under the event loop.
        """
        if asyncio._get_running_loop() is not None and not os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE"):
            raise UsageError(
                f"{intent} was enqueued in asynchronous code, and its scope was left there by a plain `with`, where "
                "the transaction it belongs to cannot be seen: write `async with airlock.scope()`, or "
                "`await scope.aflush()`",
                intent=intent,
            )
        return open_frame(connections[self.alias], intent)


Mark: TypeAlias = Frame | Marker | None


def join_transaction(alias: str, marks: dict[Intent, Mark], intents: list[Intent]) -> None:
    """Let those intents that wait for no commit any more wait for that of the transaction that is open."""
    mark_here = Marker(alias, marks)
    liveness = Liveness()
    for intent in intents:
        mark = marks.get(intent)
        if isinstance(mark, Frame):
            mark.transaction.look()
            if mark.transaction.state is State.COMMITTED and mark.transaction.is_alive(mark, liveness):
                mark_here(intent)
        elif intent not in marks:
            mark_here(intent)


def open_frame(connection: Any, intent: Intent) -> Frame | None:
    """Return the frame that is open on a connection, `None` in autocommit mode.

    Raises:
        UsageError: There is a transaction, and Django never says what becomes of it.
    """
    if connection.in_atomic_block:
        transaction = Transaction.current(connection)
        return require_frame(_first_frame(connection) if transaction is None else transaction.frames.open, intent)
    if connection.connection is not None and not connection.autocommit:
        return require_frame(None, intent)
    return None


def _first_frame(connection: Any) -> Frame | None:
    """Begin to follow a transaction, and return its frame; `None` where Django never says what becomes of it."""
    return Transaction.begin(connection).frames.open if connection.commit_on_exit else None


def require_frame(frame: Frame | None, intent: Intent) -> Frame:
    """Return the frame.

    Raises:
        UsageError: There is none, since the program manages its transactions itself.
    """
    if frame is None:
        raise UsageError(
            f"{intent} was enqueued while autocommit was off and no atomic() block of Django's own began the "
            "transaction, so that nothing tells when it is committed: use transaction.atomic() with autocommit on, "
            "or dispatch in a plain airlock.Scope after your own commit",
            intent=intent,
        )
    return frame
