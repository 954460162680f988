"""What a writer enters on the entries that it has just written.

An entry is born with its scope as its token, and keeps it until somebody else claims it or it is given away. So a
writer finds what is still its own without the ids, which it would have to read back in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from airlock.integrations.django.outbox._acknowledge import LONGEST_ERROR, delete_by, execute, update_by
from airlock.integrations.django.outbox._clock import now_ms_sql

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_OURS: Final = "token = scope"
_INDEX: Final = "airlock_outbox_scope"
_AT_ONCE: Final = 500


def delete_sent(connection: BaseDatabaseWrapper, scopes: Sequence[str]) -> int:
    """Delete all entries of some scopes, and return how many there were."""
    return _for_all(connection, delete_by(connection, _INDEX), scopes)


def delete_parts(connection: BaseDatabaseWrapper, scope: str, count: int) -> int:
    """Delete the first so many entries of a scope, and return how many of them were there."""
    delete = f"{delete_by(connection, _INDEX)} WHERE scope = %s AND part < %s AND {_OURS}"
    return execute(connection, delete, scope, count)


def renew(connection: BaseDatabaseWrapper, scope: str, lease: int) -> int:
    """Begin a new lease of so many milliseconds, and return how many entries of the scope are still ours."""
    now = now_ms_sql(connection.vendor)
    update = f"{update_by(connection, _INDEX)} SET due = {now} + %s WHERE scope = %s AND {_OURS}"
    return execute(connection, update, lease, scope)


def release_begun(connection: BaseDatabaseWrapper, scope: str, part: int, done: int, error: str) -> None:
    """Enter how far an entry has come, and give it away.

    Arguments:
        connection: The database.
        scope: Whose entry it is.
        part: Which one.
        done: How many of its intents were sent.
        error: Why the next one was not, without arguments.
    """
    now = now_ms_sql(connection.vendor)
    execute(
        connection,
        f"{update_by(connection, _INDEX)} SET done = %s, due = {now}, token = '', last_error = %s"
        f" WHERE scope = %s AND part = %s AND {_OURS}",
        *(done, error[:LONGEST_ERROR], scope, part),
    )


def release(connection: BaseDatabaseWrapper, scopes: Sequence[str]) -> None:
    """Give away all that is still ours of some scopes."""
    now = now_ms_sql(connection.vendor)
    _for_all(connection, f"{update_by(connection, _INDEX)} SET due = {now}, token = ''", scopes)


def _for_all(connection: BaseDatabaseWrapper, statement: str, scopes: Sequence[str]) -> int:
    changed = 0
    for start in range(0, len(scopes), _AT_ONCE):
        some = scopes[start : start + _AT_ONCE]
        places = ", ".join(["%s"] * len(some))
        changed += execute(connection, f"{statement} WHERE scope IN ({places}) AND {_OURS}", *some)
    return changed
