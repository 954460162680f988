"""What an intent carries of the context of the code that enqueues it: a request's id, its tenant, its user."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from airlock._origin import Origin


class ContextProvider(Protocol):
    """Knows one thing that is to travel with every intent: any object with these two methods is a provider."""

    def capture(self) -> Any:
        """Return what is to travel with an intent that is being enqueued, of what JSON has; `None` for nothing."""
        ...

    def restore(self, value: Any, /) -> AbstractContextManager[object]:
        """Return a context manager for the execution of the task: inside, what was captured is in force."""
        ...


Provider: TypeAlias = ContextProvider | ContextVar[Any]


class Carrying:
    """What stands for the origin of an intent that carries something: most carry nothing, and pay for no place."""

    __slots__ = ("context", "origin")

    def __init__(self, origin: Origin | None, context: Mapping[str, Any]) -> None:
        self.origin = origin
        self.context = context
