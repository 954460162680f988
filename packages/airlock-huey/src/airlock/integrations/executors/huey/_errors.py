"""Which exceptions mean that nothing can be sent now, whatever the intent."""

from __future__ import annotations

import sys

_ROOTS = (("redis.exceptions", "RedisError"), ("sqlite3", "Error"), ("psycopg", "Error"))


def unavailable_errors() -> tuple[type[Exception], ...]:
    """Return the errors of the drivers that are loaded, and those of files.

    All that a driver can say here is about the database or the connection: a message is one opaque value, which was
    serialised before. The exception is one that is too big for the database, and that becomes another error.
    """
    drivers = [(sys.modules.get(module), name) for module, name in _ROOTS]
    return (OSError, *(getattr(module, name) for module, name in drivers if module is not None))
