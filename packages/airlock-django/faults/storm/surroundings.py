"""What may be wrong around a process: `FAULTS_SURROUNDINGS="clock-ahead"`."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from airlock_conformance.proxy import CuttingProxy
from django.db import InterfaceError, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from storm import producing

# In an encrypted connection nobody would know one by its bytes.
UNENCRYPTED: dict[str, dict[str, Any]] = {"postgresql": {"sslmode": "disable"}, "mysql": {"ssl_disabled": True}}
COMMITS = {"postgresql": b"Q\0\0\0\x0bCOMMIT\0", "mysql": b"\x07\0\0\0\x03COMMIT"}
"""What a client says to commit; the proxy counts the bytes."""


def lose_acknowledgements() -> None:
    """Connect through a proxy that forwards each commit, and not the answer."""
    settings = connection.settings_dict
    proxy = CuttingProxy(settings["HOST"], int(settings["PORT"]))
    proxy.restore()
    options = settings["OPTIONS"] | UNENCRYPTED[connection.vendor]
    connection.settings_dict = settings | {"HOST": proxy.host, "PORT": proxy.url_port, "OPTIONS": options}
    connections["witness"].settings_dict = settings
    commit = BaseDatabaseWrapper._commit

    def commit_and_lose(self: Any) -> None:
        if self.alias == "default":
            proxy.cut_after_bytes(len(COMMITS[self.vendor]))
        try:
            commit(self)
        finally:
            proxy.restore()

    BaseDatabaseWrapper._commit = commit_and_lose
    in_one = producing.SHAPES["in_one"]

    def hear_of_it(work: producing.Work) -> None:
        with suppress(OperationalError, InterfaceError):
            in_one(work)
            raise AssertionError("nobody was told")
        connection.close()

    producing.SHAPES["in_one"] = hear_of_it


def turn_clock(seconds: float) -> Callable[[], None]:
    """Return what makes the clock of this process wrong."""

    def turn() -> None:
        now = time.time
        time.time = lambda: now() + seconds

    return turn


def fill_disk() -> None:
    """Leave no room in the file of the database."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
    connection.close()
    settings = connection.settings_dict
    limit = f"PRAGMA max_page_count={pages + 2}"
    settings["OPTIONS"] = settings["OPTIONS"] | {"init_command": f"{settings['OPTIONS']['init_command']}; {limit}"}


SURROUNDINGS: dict[str, Callable[[], None]] = {
    "lost-acknowledgements": lose_acknowledgements,
    "clock-ahead": turn_clock(3600),
    "clock-behind": turn_clock(-3600),
    "disk-full": fill_disk,
}
