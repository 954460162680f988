"""The exceptions by which backends say that nothing can be enqueued now."""

from __future__ import annotations

import sys

_ERRORS = (
    ("django.db.utils", "OperationalError"),
    ("django.db.utils", "InterfaceError"),
    ("redis.exceptions", "ConnectionError"),
    ("redis.exceptions", "TimeoutError"),
)


def unavailable() -> tuple[type[Exception], ...]:
    """Return those of databases, and of Redis where its client is loaded: backends come from anywhere."""
    modules = [(sys.modules.get(module), name) for module, name in _ERRORS]
    return (ConnectionError, *(getattr(module, name) for module, name in modules if module is not None))
