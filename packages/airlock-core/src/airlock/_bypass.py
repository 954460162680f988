"""Telling what airlock sends from what goes around it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Literal, TypeAlias

BypassMode: TypeAlias = Literal["ignore", "warn", "raise"]
MODES: tuple[BypassMode, ...] = ("ignore", "warn", "raise")

_variable: ContextVar[bool] = ContextVar("airlock_sending", default=False)
is_sending = _variable.get
mark_sending = _variable.set


class Sending:
    """Mark the code inside as sending for airlock, or, where it performs a task, as not doing so."""

    __slots__ = ("_before", "_value")

    _before: bool

    def __init__(self, value: bool = True) -> None:
        self._value = value

    def __enter__(self) -> None:
        self._before = is_sending()
        mark_sending(self._value)

    def __exit__(self, *_: object) -> None:
        # Not by a token: a dispatch may be driven in several contexts.
        mark_sending(self._before)
