"""Giving the tasks of a whole Huey their scopes, by the hooks that Huey has for it."""

from __future__ import annotations

from typing import Any, Final
from weakref import WeakSet

from huey.api import Huey

from airlock import UsageError
from airlock.integrations.huey._execution import enter_worker, prepare

_HOOK: Final = "airlock.integrations.huey"
_installed: WeakSet[Any] = WeakSet()


def install(huey: Huey) -> None:
    """Make every task of a Huey a unit of work: what an execution enqueues is sent if it succeeds.

    Each execution runs in a scope of its own, built by `airlock.scope()`. Success flushes it, before Huey stores the
    result and goes on with pipelines and chords: if the flush fails the task fails, its return value is dropped, and
    what `retries` and `.error()` say is done. Any exception discards the scope, `RetryTask`, `CancelExecution` and
    `TaskLockedException` among them, and so does a timeout or an interrupted worker.

    In immediate mode, and wherever else no worker of Huey runs it, a task is part of the work around it: what it
    enqueues becomes that of the scope there, if there is one.

    A scope that an earlier task has left open in the same worker is reported on the logger `airlock`, and closed.

    All tasks of the Huey are concerned, those made before and those made later. Call it where the Huey is made, so that
    it is there before the workers start.

    Arguments:
        huey: The Huey.

    Raises:
        UsageError: It is installed already.
        TypeError: This is no Huey.

    Example:
        >>> import airlock
        >>> from airlock.integrations.huey import install
        >>> from huey import MemoryHuey
        >>> huey = MemoryHuey("shop", immediate=True)
        >>> install(huey)
        >>> @huey.task()
        ... def settle(order):
        ...     airlock.enqueue(print, "receipt for", order)
        ...     print("order", order, "is paid")
        >>> result = settle(7)
        order 7 is paid
        receipt for 7
    """
    itself = _require_huey(huey)
    if itself in _installed:
        raise UsageError(f"{_described(itself)} has airlock's scopes already: call install() once a Huey")
    itself.pre_execute(_HOOK)(prepare)
    itself.on_startup(_HOOK)(enter_worker)
    _installed.add(itself)


def uninstall(huey: Huey) -> None:
    """Give the tasks of a Huey no scopes any more, from the next execution on.

    Arguments:
        huey: The Huey.

    Raises:
        UsageError: It is not installed.
        TypeError: This is no Huey.
    """
    itself = _require_huey(huey)
    if itself not in _installed:
        raise UsageError(f"{_described(itself)} does not have airlock's scopes: call install() first")
    itself.unregister_pre_execute(_HOOK)
    itself.unregister_on_startup(_HOOK)
    _installed.discard(itself)


def _require_huey(huey: Any) -> Any:
    if not isinstance(huey, Huey):
        raise TypeError(f"The scopes are for tasks of a Huey, such as RedisHuey('shop'), not for {huey!r}")
    return huey


def _described(huey: Any) -> str:
    return f"{type(huey).__name__}({huey.name!r})"
