"""A policy on a region of code: a mark on the intents enqueued there."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from airlock import _turns as turns
from airlock._decorate import decorate
from airlock._policy import check_policy, fresh, observer_of
from airlock._region import Region, get_region, set_region

if TYPE_CHECKING:
    from collections.abc import Callable

    from airlock._policy import Policy

P = ParamSpec("P")
R = TypeVar("R")


class _LocalRegion(Region):
    """The code inside one `with airlock.policy(...)`."""

    def __init__(self, owner: LocalPolicy, previous: Region, local_policy: Policy) -> None:
        super().__init__(previous)
        self.owner = owner
        observer = observer_of(local_policy)
        self._observers = previous._observers if observer is None else (observer, *previous._observers)
        self._local_policies = (local_policy, *previous._local_policies)


class LocalPolicy:
    """What `policy()` returns: a context manager and a decorator, to be used any number of times."""

    def __init__(self, policy: Policy) -> None:
        self._policy = check_policy(policy)

    def __enter__(self) -> Policy:
        local_policy = fresh(self._policy)
        region = _LocalRegion(self, get_region(), local_policy)
        if region._scope is not None:
            region._scope._has_local_policies = True
        set_region(region)
        return local_policy

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        current = get_region()
        region = next((outer for outer in turns.outwards(current) if self._entered(outer)), None)
        if region is None:
            return
        left_open = turns.open_inside(region, current)
        set_region(region._previous)
        if left_open is None:
            return
        failure = turns.still_open(self, left_open)
        if error is None:
            raise failure
        turns.note_on(error, failure)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        return decorate(function, f"@{self!r}", lambda: self)

    def __repr__(self) -> str:
        return f"airlock.policy({self._policy!r})"

    def _entered(self, region: Region) -> bool:
        return isinstance(region, _LocalRegion) and region.owner is self


def policy(policy: Policy, /) -> LocalPolicy:
    """Put a policy on a region of code: what is enqueued there is judged by it too, when its scope flushes.

    The result is a context manager and a decorator, for functions and coroutine functions, and may be used again, also
    inside itself and from several threads. A policy that remembers is renewed at every entry.

    Arguments:
        policy: The policy.

    Raises:
        TypeError: It is no policy.

    Example:
        >>> import airlock
        >>> with airlock.scope():
        ...     with airlock.policy(airlock.DropAll()):
        ...         _ = airlock.enqueue(print, "a fixture's mail")
        ...     _ = airlock.enqueue(print, "the mail that matters")
        the mail that matters
    """
    return LocalPolicy(policy)
