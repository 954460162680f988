"""What a policy is, and how the library talks to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from airlock._intent import Intent

    Observer = Callable[[Intent], object]


class Policy(Protocol):
    """Judges intents: any object with these two methods is a policy.

    Two more methods are optional. `fresh()` returns an unused copy, for a policy that remembers: every scope takes one
    on entry. `for_preview()` returns a policy that answers like this one now and leaves no trace.
    """

    def on_enqueue(self, intent: Intent, /) -> object:
        """Called in `enqueue()`, before the intent is buffered; raise to refuse it there."""
        ...

    def allows(self, intent: Intent, /) -> bool:
        """Called once an intent when the policy's scope flushes; return whether it may go out."""
        ...


class Silent:
    """A policy with nothing to say in `enqueue()`: the library need not call it there."""

    def on_enqueue(self, intent: Intent, /) -> None:
        """Do nothing."""


def observer_of(policy: Policy) -> Observer | None:
    """Return what `enqueue()` has to call for this policy, `None` where that would do nothing."""
    if getattr(type(policy), "on_enqueue", None) is Silent.on_enqueue:
        return None
    return policy.on_enqueue


def fresh(policy: Policy) -> Policy:
    """Return an unused copy of a policy that remembers, any other policy itself."""
    make = getattr(policy, "fresh", None)
    return policy if make is None else check_policy(make())


def for_preview(policy: Policy) -> Policy:
    """Return a policy that may be asked without leaving a trace."""
    make = getattr(policy, "for_preview", None) or getattr(policy, "fresh", None)
    return policy if make is None else check_policy(make())


def check_policy(policy: object) -> Policy:
    """Return the policy.

    Raises:
        TypeError: It is a class or lacks one of the two methods.
    """
    if isinstance(policy, type):
        raise TypeError(f"{policy.__name__} is a class, not a policy; write {policy.__name__}()")
    if not (callable(getattr(policy, "on_enqueue", None)) and callable(getattr(policy, "allows", None))):
        raise TypeError(f"{policy!r} is not a policy: a policy has the methods on_enqueue(intent) and allows(intent)")
    return cast("Policy", policy)
