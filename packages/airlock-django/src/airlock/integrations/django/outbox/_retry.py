"""Doing once more what a database has refused because somebody else was in the way."""

from __future__ import annotations

from math import inf
from random import uniform
from time import sleep
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db import DatabaseError

from airlock.integrations.django.outbox._steady import steady_time

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_TIMES: Final = 10
_LONGEST_PAUSE: Final = 0.2
_POSTGRES: Final = frozenset({"40001", "40P01", "55P03"})
"""Serialisation failure, deadlock, lock not available."""
_MYSQL: Final = frozenset({1020, 1205, 1213})
"""Row changed since the snapshot, lock wait timeout, deadlock."""


def is_in_the_way(error: BaseException) -> bool:
    """Return whether a database gave up on account of another transaction, so that it is worth another try."""
    cause: Any = error.__cause__
    # psycopg 3 and psycopg2 have different names for it.
    if any(getattr(cause, name, None) in _POSTGRES for name in ("sqlstate", "pgcode")):
        return True
    code: Any = next(iter(getattr(cause, "args", ())), None)
    return code in _MYSQL or (isinstance(code, str) and code.endswith("is locked"))


def with_retries(step: Callable[[], T], until: float = inf) -> T:
    """Take a step that is one transaction, again and again if others are in its way.

    Arguments:
        step: The step.
        until: When to try no more, by `steady_time()`.

    Raises:
        DatabaseError: They were each time, or it is something else.
    """
    for _ in range(_TIMES):
        try:
            return step()
        except DatabaseError as error:
            if not is_in_the_way(error) or steady_time() >= until:
                raise
        sleep(uniform(0, _LONGEST_PAUSE))
    return step()
