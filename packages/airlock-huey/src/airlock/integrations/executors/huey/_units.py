"""Writing many messages to a storage as one unit.

Huey has no public way to do so. A copy of the storage is given something that gathers what it writes in place of its
connection, so that keys, tables and statements stay Huey's own; all of it then goes out in one transaction. Storages of
others, and any that no longer look the way these parts of Huey's do, are written to one by one instead.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from typing import Any

from airlock import Intent, InvalidIntentError
from airlock.integrations.executors import mark_uncertain
from airlock.integrations.executors.huey._gathering import Commands, Statements
from airlock.integrations.executors.huey._redis import bounded_client

UNIT_BYTES = 16 * 2**20
"""How much goes to Redis at once: it keeps a transaction in memory, and so does the client."""

ROWS = 250
"""How many rows are gathered for one statement."""


class Load:
    """What is to be written for some intents, mostly one message for each."""

    def __init__(self, intents: Sequence[Intent]) -> None:
        self.intents = intents
        self._messages: list[bytes] = []
        self._priorities: list[Any] = []
        self._ends: list[int] = []

    def add(self, data: bytes, priority: Any = None) -> None:
        """Add a message; it has the parameters of a storage's `enqueue`."""
        self._messages.append(data)
        self._priorities.append(priority)

    def end_intent(self) -> None:
        """Note that what was added since the last time is all for one intent."""
        self._ends.append(len(self._messages))

    def write(self, storage: Any, intents: range) -> None:
        """Have a storage enqueue what is for some of the intents, given by their places."""
        first = self._ends[intents.start - 1] if intents.start else 0
        last = self._ends[intents.stop - 1]
        for data, priority in zip(self._messages[first:last], self._priorities[first:last], strict=True):
            storage.enqueue(data, priority)

    def everything(self) -> range:
        """Return all intents."""
        return range(len(self.intents))

    def portions(self) -> Iterator[range]:
        """Return the intents a few at a time, so that their rows are gone before the garbage collector minds them."""
        for start in range(0, len(self.intents), ROWS):
            yield range(start, min(start + ROWS, len(self.intents)))

    def units(self) -> Iterator[range]:
        """Return the intents in runs whose messages can be held in memory once more."""
        start = size = first = 0
        for stop, end in enumerate(self._ends, 1):
            size += sum(map(len, self._messages[first:end]))
            first = end
            if size >= UNIT_BYTES or stop == len(self._ends):
                yield range(start, stop)
                start, size = stop, 0

    def biggest(self) -> Intent:
        """Return the intent that has the longest message."""
        sizes = list(map(len, self._messages))
        longest = sizes.index(max(sizes))
        return next(intent for intent, end in zip(self.intents, self._ends, strict=True) if longest < end)


Writer = Callable[[Any, Load], Iterator[range]]


def unit_writer(storage: Any) -> Writer | None:
    """Return what writes to a storage in units, yielding which intents are accepted; `None` where nothing can."""
    if not _is_hueys_own(storage, "enqueue"):
        return None
    sql = getattr(sys.modules["huey.storage"], "BaseSqlStorage", None)
    if sql is not None and isinstance(storage, sql) and _is_hueys_own(storage, "db") and _is_hueys_own(storage, "sql"):
        return write_in_transaction
    redis: Any = sys.modules.get("redis")
    if redis is not None and isinstance(getattr(storage, "conn", None), redis.Redis):
        return write_in_pipelines
    return None


def write_in_transaction(storage: Any, load: Load) -> Iterator[range]:
    """Write everything in one transaction of a SQL storage."""
    statements = Statements()
    opened = nullcontext(statements)

    def db(commit: bool = False, close: bool = False) -> AbstractContextManager[Statements]:
        return opened

    def sql(query: str, params: Any = None, commit: bool = False, results: bool = False) -> None:
        statements.execute(query, params)

    twin = copy(storage)
    twin.db, twin.sql = db, sql
    complete = False
    try:
        with storage.db(commit=True) as cursor:
            _insert(load, twin, statements, cursor)
            complete = True
    except _too_big() as error:
        # All that a database can say against a row of bytes is its size.
        culprit = load.biggest()
        raise InvalidIntentError(f"{culprit} is too big for its Huey's database: {error}", intent=culprit) from error
    except BaseException as error:
        # Before the end nothing was committed; afterwards only the database knows.
        mark_uncertain(error, load.intents if complete else [])
        raise
    yield load.everything()


def write_in_pipelines(storage: Any, load: Load) -> Iterator[range]:
    """Write to Redis, a `MULTI` for each unit."""
    client = bounded_client(storage.conn)
    # What cannot even be reached has got nothing for certain.
    client.ping()
    refusals: type[Exception] = sys.modules["redis"].exceptions.ResponseError
    for unit in load.units():
        commands = Commands()
        twin = copy(storage)
        twin.conn = commands
        load.write(twin, unit)
        with client.pipeline(transaction=True) as pipeline:
            commands.run(pipeline)
            try:
                pipeline.execute()
            except BaseException as error:
                mark_uncertain(error, [] if isinstance(error, refusals) else load.intents[unit.start : unit.stop])
                raise
        yield unit


def _is_hueys_own(storage: Any, method: str) -> bool:
    return getattr(getattr(storage, method, None), "__module__", None) == "huey.storage"


def _insert(load: Load, twin: Any, statements: Statements, cursor: Any) -> None:
    try:
        for few in load.portions():
            load.write(twin, few)
            statements.run(cursor)
    except Exception:
        raise
    except BaseException:
        # Huey ends the transaction for exceptions of the plain kind only.
        cursor.connection.rollback()
        raise


def _too_big() -> tuple[type[Exception], ...]:
    modules: list[Any] = [sys.modules.get(name) for name in ("sqlite3", "psycopg")]
    return (OverflowError, *(module.DataError for module in modules if module is not None))
