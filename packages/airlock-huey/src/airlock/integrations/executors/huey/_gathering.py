"""What stands in for a connection, and gathers what a storage writes so that many writes become few."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from time import time
from typing import Any

COMMAND = 1000
"""How many messages go into one command, which Redis runs without a break."""


class Statements:
    """A cursor that gathers rows, and runs each statement once with all of its rows."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Any]] = {}

    def execute(self, statement: str, row: Any = ()) -> None:
        """Gather a row."""
        try:
            self._rows[statement].append(row)
        except KeyError:
            self._rows[statement] = [row]

    def run(self, cursor: Any) -> None:
        """Run everything on a real cursor, and forget it."""
        for statement, rows in self._rows.items():
            # PostgreSQL passes on no notification twice in a transaction, so the first of them says it all.
            cursor.executemany(statement, rows[:1] if "pg_notify" in statement else rows)
        self._rows.clear()


class Commands:
    """A Redis client that gathers messages, and puts many into one command."""

    def __init__(self) -> None:
        self._lists: dict[Any, list[bytes]] = {}
        self._sets: dict[Any, dict[bytes, float]] = {}

    def lpush(self, key: Any, *messages: bytes) -> None:
        """Gather messages for a list."""
        self._lists.setdefault(key, []).extend(messages)

    def zadd(self, key: Any, messages: Mapping[bytes, float]) -> None:
        """Gather messages for a sorted set, whose order Huey makes of the time in microseconds."""
        self._sets.setdefault(key, {}).update(messages)
        now = _microseconds()
        while _microseconds() == now:
            pass

    def run(self, pipeline: Any) -> None:
        """Put everything into a real pipeline."""
        for key, messages in self._lists.items():
            for start in range(0, len(messages), COMMAND):
                pipeline.lpush(key, *messages[start : start + COMMAND])
        for key, scores in self._sets.items():
            rest = iter(scores.items())
            while some := dict(islice(rest, COMMAND)):
                pipeline.zadd(key, some)


def _microseconds() -> int:
    return int(time() * 1e6)
