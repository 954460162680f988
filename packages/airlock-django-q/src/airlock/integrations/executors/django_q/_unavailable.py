"""The exceptions by which brokers say that nothing can be put on the queue now."""

from __future__ import annotations

from contextlib import suppress

from django.db import Error


def unavailable() -> tuple[type[Exception], ...]:
    """Return those of databases and, where its client is installed, of Redis.

    None of them can be the fault of one intent: whatever it holds, its package is a line of plain ASCII.
    """
    errors: list[type[Exception]] = [ConnectionError, Error]
    with suppress(ImportError):
        from redis.exceptions import RedisError

        errors.append(RedisError)
    return tuple(errors)
