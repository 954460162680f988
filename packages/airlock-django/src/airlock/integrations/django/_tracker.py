"""Following a transaction through the SQL that runs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from airlock.integrations.django._savepoints import COMMON, RELEASE, ROLL_BACK, ROLL_BACK_TO, SAVEPOINT, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from airlock.integrations.django._transactions import Transaction

_IN_ERROR = 3
"""What both PostgreSQL drivers call a transaction that an error has aborted."""
_DEADLOCK, _LOCK_TABLE_FULL = 1213, 1206
"""The errors for which MariaDB and MySQL roll back the whole transaction, and not the statement alone."""


class Tracker:
    """Sees every query of a connection while a transaction lasts.

    It is not put in place by `connection.execute_wrapper()`, which takes away whatever wrapper is the last when it
    ends: those of others may come and go meanwhile.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._wrapper: Any = None

    def install(self) -> None:
        """Go around all other wrappers, so that what is seen is what has happened."""
        connection = self._transaction.connection
        self._wrapper = _wrapper(self)
        connection.execute_wrappers.insert(0, self._wrapper)
        if connection.vendor == "postgresql":
            connection.__dict__["_commit"] = self._commit

    def remove(self) -> None:
        """Take the wrapper away, and no other."""
        connection = self._transaction.connection
        if connection.__dict__.get("_commit") == self._commit:
            del connection.__dict__["_commit"]
        wrappers = connection.execute_wrappers
        for index, wrapper in enumerate(wrappers):
            if wrapper is self._wrapper:
                del wrappers[index]
                break

    def _commit(self) -> None:
        """Commit, and see where PostgreSQL makes a rollback of it without a word.

        No wrapper is called around COPY, a procedure or the fetching of rows, which abort a transaction as well.
        """
        connection = self._transaction.connection
        if connection.connection is not None:
            self._transaction.aborted = connection.connection.info.transaction_status == _IN_ERROR
        connection.__class__._commit(connection)

    def follow(self, sql: Any, cursor: Any) -> None:
        """Learn what SQL has done."""
        for step in read(sql, self._transaction.connection.vendor, cursor.cursor):
            self._follow(step.kind, step.name)

    def learn_error(self, error: DatabaseError) -> None:
        """Find out whether an error took more with it than its statement, which Django does not know of raw SQL."""
        vendor, driver = self._transaction.connection.vendor, self._transaction.connection.connection
        if driver is None:
            return
        if vendor == "postgresql":
            self._transaction.aborted = driver.info.transaction_status == _IN_ERROR
        elif vendor == "sqlite":
            if not driver.in_transaction:
                self._transaction.roll_back()
        elif vendor == "mysql" and error.args and error.args[0] in (_DEADLOCK, _LOCK_TABLE_FULL):
            self._transaction.roll_back()

    def _follow(self, kind: str, name: str) -> None:
        transaction = self._transaction
        if kind is SAVEPOINT:
            transaction.frames.savepoint(name)
        elif kind is RELEASE:
            transaction.frames.release(name)
        elif kind is ROLL_BACK_TO:
            transaction.roll_back_to(name)
        elif kind is ROLL_BACK:
            transaction.roll_back()


def _wrapper(tracker: Tracker) -> Callable[..., Any]:
    """Return what Django calls around each query: a function, which is called faster than an object."""
    follow, learn_error = tracker.follow, tracker.learn_error

    def wrapper(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        try:
            result = execute(sql, params, many, context)
        except DatabaseError as error:
            learn_error(error)
            raise
        if type(sql) is not str or sql[:2] not in COMMON or ";" in sql:
            follow(sql, context["cursor"])
        return result

    return wrapper
