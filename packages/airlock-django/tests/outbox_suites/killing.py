"""Killing a process without ending it: from one moment on, nothing that it does gets to the database."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connections

from airlock._region import OUTSIDE, set_region
from airlock.integrations.django.outbox import _acknowledge, _fast_path, _outgoing, _relay
from outbox_suites.writer import recorder

IN_A_WRITER = ("commit", "send", "sent", "delete", "deleted")
"""Between the commit and the writer's own attempt; before a message and behind it; before what was sent is deleted, and
behind that."""
IN_A_RELAY = ("claim", "claimed", "send", "sent", "delete", "deleted", "move", "moved")


class Killed(BaseException):
    """The process is no more."""


class Killer:
    """Kills the process of this thread when it comes to a certain point, and then no other.

    Attributes:
        alias: The database.
        point: Where, `None` for nowhere.
        count: At which time, from 1.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.point: str | None = None
        self.count = 1
        self.has_killed = False

    def arm(self, point: str | None, count: int = 1) -> None:
        """Kill at a point, when it is come to for this time."""
        self.point, self.count, self.has_killed = point, count, False

    def at(self, point: str) -> None:
        """Come to a point."""
        if point != self.point:
            return
        self.count -= 1
        if not self.count:
            self.point, self.has_killed = None, True
            cut(self.alias)
            raise Killed

    @contextmanager
    def at_its_points(self) -> Generator[None, None, None]:
        """Have every point come by here."""
        with (
            patch.object(_outgoing, "send_now", self._before(_outgoing.send_now, "commit")),
            patch.object(_fast_path, "delete_sent", self._around(_fast_path.delete_sent, "delete", "deleted")),
            patch.object(_acknowledge, "delete_sent", self._around(_acknowledge.delete_sent, "delete", "deleted")),
            patch.object(_acknowledge, "move_done", self._around(_acknowledge.move_done, "move", "moved")),
            patch.object(_relay, "claim", self._around(_relay.claim, "claim", "claimed")),
            patch.object(type(recorder), "__call__", self._around(type(recorder).__call__, "send", "sent")),
        ):
            yield

    def _before(self, step: Callable[..., Any], before: str) -> Callable[..., Any]:
        return self._around(step, before, "")

    def _around(self, step: Callable[..., Any], before: str, behind: str) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            self.at(before)
            result = step(*arguments, **options)
            self.at(behind)
            return result

        return wrapped


def cut(alias: str) -> None:
    """Take the database from this thread: what is not committed is rolled back, and nothing more gets through."""
    connection: Any = connections[alias]
    connection.connect = _refuse
    raw, connection.connection = connection.connection, None
    if raw is not None:
        raw.close()


def forget(alias: str) -> None:
    """Begin a new life in this thread."""
    cut(alias)
    del connections[alias]
    set_region(OUTSIDE)


def _refuse() -> None:
    raise Killed
