"""Where the running code stands: the scope around it and the policies in force.

One context variable holds the innermost region. A scope is a region, so is the code under a local policy, and so is
a policy while it is being asked. What `enqueue()` needs is worked out once, on entry.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from airlock._errors import PolicyEnqueueError

if TYPE_CHECKING:
    from airlock._intent import Intent
    from airlock._policy import Observer, Policy
    from airlock._scope import Scope


class Region:
    """What `enqueue()` needs to know about the code that calls it."""

    _scope: Scope | None = None
    _previous: Region | None = None
    _observers: tuple[Observer, ...] = ()
    _local_policies: tuple[Policy, ...] = ()


OUTSIDE = Region()
"""The region of code that is in no scope, under no policy."""

region_variable: ContextVar[Region] = ContextVar("airlock_region", default=OUTSIDE)


def get_current_scope() -> Scope | None:
    """Return the scope that `enqueue()` would use here, `None` where there is none."""
    scope = region_variable.get()._scope
    return scope if scope is not None and scope.is_active else None


def _refuse(intent: Intent) -> None:
    raise PolicyEnqueueError(
        f"A policy tried to enqueue {intent} while it was being asked about another intent. "
        "A policy only observes, raises or answers: enqueue in the code around it.",
        intent=intent,
    )


class Judging(Region):
    """The region of a policy that is being asked: nothing can be enqueued from it, not through a new scope either."""

    _observers = (_refuse,)

    def __enter__(self) -> None:
        self._previous = region_variable.get()
        self._scope = self._previous._scope
        region_variable.set(self)

    def __exit__(self, *_: object) -> None:
        assert self._previous is not None
        region_variable.set(self._previous)


def observe(observers: tuple[Observer, ...], intent: Intent) -> None:
    """Show an intent to every policy in force, innermost first."""
    with Judging():
        for observer in observers:
            observer(intent)
