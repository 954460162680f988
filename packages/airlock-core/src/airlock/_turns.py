"""Steps out of turn: telling that one is, and saying what to do instead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from airlock._errors import NoScopeError, PolicyEnqueueError, ScopeStateError
from airlock._intent import listing
from airlock._ledger import ACTIVE, LEFT, NEW, Ledger
from airlock._naming import simple_name
from airlock._region import OUTSIDE, Judging, Region, policy_enqueues

if TYPE_CHECKING:
    from airlock._scope import Scope

_CURE = {
    NEW: "enter it first",
    ACTIVE: "leave it first, with exit() or at the end of its block",
    LEFT: "flush() or discard() is all that is left to do",
}
_SEPARATE = "or start that work with contextvars.Context(), so that it has scopes of its own"


def outwards(region: Region) -> Iterator[Region]:
    """Walk from a region through those around it."""
    while region is not OUTSIDE:
        yield region
        region = region._previous


def is_around(outer: Region, region: Region) -> bool:
    """Return whether a region lies inside another, or is the same."""
    return any(around is outer for around in outwards(region))


def open_inside(outer: Region, region: Region) -> Region | None:
    """Return the innermost region still open between a region and one around it, `None` where none is."""
    if region is outer or not is_around(outer, region):
        return None
    between = takewhile(lambda inner: inner is not outer, outwards(region))
    return next((inner for inner in between if not (isinstance(inner, Ledger) and not inner.is_active)), None)


def check_nothing_open_inside(scope: Scope, region: Region) -> None:
    """Raise `ScopeStateError` if something between a region and the scope around it is still open."""
    left_open = open_inside(scope, region)
    if left_open is not None:
        raise still_open(scope, left_open, scope)


def has_ended(region: Region) -> bool:
    """Return whether the innermost scope around a region has been left, in another context."""
    scope = _innermost_scope(region)
    return scope is not None and not scope.is_active


def out_of_turn(scope: Scope, step: str) -> ScopeStateError:
    """Return the error for a step that the scope's state does not allow."""
    cure = _CURE.get(scope._state, "a scope is for one use; make a new one")
    return ScopeStateError(f"{step}() on {scope!r}: {cure}", scope=scope)


def still_open(outer: object, inner: Region, scope: Scope | None = None) -> ScopeStateError:
    """Return the error for something that is left before what is inside it."""
    name = repr(outer) if scope is None else type(scope).__qualname__
    what = repr(inner) if isinstance(inner, Ledger) else "a local policy"
    return ScopeStateError(
        f"{name} is left while {what} inside it is still open: leave the inner one first. A scope opened in a "
        "generator stays open between two of its values; open it around the loop instead.",
        scope=scope,
    )


def outlived(ancestor: Scope, scope: Scope) -> ScopeStateError:
    """Return the error for a scope that ends after a scope around it."""
    return ScopeStateError(
        f"{scope!r} ends after the scope around it, {ancestor!r}, which can no longer decide about "
        f"{listing(scope.intents)}: they stay in `undispatched`. "
        f"Finish the work before the outer scope ends, {_SEPARATE}.",
        scope=scope,
    )


def opened_too_late(scope: Scope, region: Region) -> ScopeStateError:
    """Return the error for a scope that is entered where the scope around it has ended."""
    return ScopeStateError(
        f"{type(scope).__qualname__} is entered inside {_innermost_scope(region)!r}, which has ended. "
        f"Finish the work before the outer scope ends, {_SEPARATE}.",
        scope=scope,
    )


def cannot_enqueue(region: Region, task: object) -> NoScopeError | PolicyEnqueueError | ScopeStateError:
    """Return the error for an enqueue() where no scope is active."""
    name = simple_name(task)
    if any(isinstance(outer, Judging) for outer in outwards(region)):
        return policy_enqueues(name, task)
    ended = _innermost_scope(region)
    if ended is not None:
        return ScopeStateError(
            f"enqueue({name}, ...) was called inside {ended!r}, which has ended. "
            f"Finish the work before the scope ends, {_SEPARATE}.",
            task=task,
        )
    return NoScopeError(
        f"enqueue({name}, ...) was called outside any scope, so nobody would decide when it happens. Put the unit of "
        "work in `with airlock.scope(): ...`, or decorate its function with `@airlock.scoped()`.",
        task=task,
    )


def note_on(error: BaseException, failure: Exception) -> None:
    """Note what failed on the way out on the error that ended the block, which must propagate."""
    notes = "".join(f"\n{note}" for note in getattr(failure, "__notes__", ()))
    error.add_note(f"airlock: leaving the scope failed besides: {failure!r}{notes}")


def _innermost_scope(region: Region) -> Ledger | None:
    return next((outer for outer in outwards(region) if isinstance(outer, Ledger)), None)
