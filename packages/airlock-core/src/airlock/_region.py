"""Where the running code stands: the scope around it and the policies in force.

One context variable holds the innermost region. A scope is a region, so is the code under a local policy, and so is
a policy while it is being asked. What `enqueue()` needs is worked out once, on entry.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextvars import ContextVar
from typing import TYPE_CHECKING

from airlock._errors import AirlockError, PolicyEnqueueError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airlock._intent import Intent
    from airlock._policy import Observer, Policy
    from airlock._scope import Scope


class Region:
    """What `enqueue()` needs to know about the code that calls it."""

    # No defaults here: CPython 3.11 reads and writes an attribute slowly if its class has one of that name too.
    _scope: Scope | None
    _previous: Region
    _observers: tuple[Observer, ...]
    _local_policies: tuple[Policy, ...]

    def __init__(self, previous: Region | None = None) -> None:
        self._previous = self if previous is None else previous
        self._scope = None if previous is None else previous._scope
        self._observers = ()
        self._local_policies = ()


OUTSIDE = Region()
"""The region of code that is in no scope, under no policy; while a test records, its recording stands around it."""

_variable: ContextVar[Region] = ContextVar("airlock_region", default=OUTSIDE)
get_region = _variable.get
set_region = _variable.set


def get_current_scope() -> Scope | None:
    """Return the scope that `enqueue()` would use here, `None` where there is none."""
    scope = get_region()._scope
    return scope if scope is not None and scope.is_active else None


def policy_enqueues(intent: object, task: object) -> PolicyEnqueueError:
    """Return the error for a policy that enqueues."""
    return PolicyEnqueueError(
        f"A policy tried to enqueue {intent} while it was being asked. "
        "A policy observes, raises or answers; enqueue in the code around it.",
        task=task,
    )


def _refuse(intent: Intent) -> None:
    raise policy_enqueues(intent, intent.task)


class Judging(Region):
    """The region of a policy that is being asked: nothing can be enqueued from it, not through a new scope either."""

    def __init__(self) -> None:
        super().__init__(get_region())
        self._observers = (_refuse,)

    def __enter__(self) -> None:
        set_region(self)

    def __exit__(self, *_: object) -> None:
        set_region(self._previous)


def observe(observers: tuple[Observer, ...], intent: Intent) -> None:
    """Show an intent to every policy in force, innermost first."""
    with Judging():
        for observer in observers:
            try:
                observer(intent)
            except Exception as error:
                note_intent(error, getattr(observer, "__self__", observer), intent)
                raise


class Witness(ABC):
    """An observer that is told, besides, which intents will never be dispatched: the recording of a test."""

    @abstractmethod
    def __call__(self, intent: Intent) -> None:
        """Observe an intent in `enqueue()`."""

    @abstractmethod
    def dropped(self, scope: Scope, intents: list[Intent], why: Policy | str) -> None:
        """Learn of intents that were dropped in a scope, by a policy or for a reason given in words."""


def tell_dropped(scope: Scope, intents: Callable[[], list[Intent]], why: Policy | str) -> None:
    """Tell every witness around a scope that intents of it will never be dispatched.

    A scope that finds out late, such as one whose transaction was rolled back after it ended, may call this late.
    """
    for observer in scope._observers:
        if isinstance(observer, Witness):
            observer.dropped(scope, intents(), why)


def note_intent(error: Exception, policy: object, intent: Intent) -> None:
    """Note on an error of a policy's own which policy was asked about which intent."""
    if not isinstance(error, AirlockError):
        error.add_note(f"airlock: raised by {policy!r}, asked about {intent}")
