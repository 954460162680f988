"""Tasks that are still called by `.delay()`."""

import airlock
from airlock import Intent


def plus(x: int, y: int = 0) -> int:
    return x + y


def nothing() -> None: ...


def underscored(_name: str) -> None: ...


def refuse(_: Intent) -> None:
    """Be an executor whose backend is down."""
    raise ConnectionError("no broker")


def current_scope() -> airlock.Scope | None:
    return airlock.get_current_scope()
