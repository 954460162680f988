"""The scope that stands around everything while a test records."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from airlock import Intent, Origin, Scope, ScopeStateError
from airlock import _turns as turns
from airlock._captured import Captured, Entry, flatten
from airlock._intent import listing
from airlock._ledger import ACTIVE, FLUSHED
from airlock._policies import ALLOW_ALL, members
from airlock._region import OUTSIDE, Judging, Region, Witness, get_region, set_region, tell_dropped
from airlock._scope import stand_around_everything

if TYPE_CHECKING:
    from airlock import Policy
    from airlock.testing._recording import Recording

__unittest = True

_process_wide: list[RecordingScope] = []


class RecordingScope(Scope):
    """Takes over everything that the scopes inside it would have let out, and never lets anything out itself.

    Arguments:
        recording: Where to note what happens.
        process_wide: Whether to stand around scopes in other threads and contexts too. No context variable is set for
            that where the code is in no scope, so a context that is copied meanwhile and used later, such as that of
            an event loop for a whole session, holds nothing that has ended.
    """

    def __init__(self, recording: Recording, *, process_wide: bool) -> None:
        super().__init__(ALLOW_ALL)
        self._recording = recording
        self._process_wide = process_wide
        self._buffer = _Buffer(self._record)
        self._owners: dict[Scope, Callable[[], bool]] = {}

    def open(self) -> None:
        """Record from here on."""
        region = get_region()
        self._nest_in(region)
        self._observers = (_Observer(self), *self._observers)
        self._scope = self
        self._state = ACTIVE
        if region is not OUTSIDE or not self._process_wide:
            set_region(self)
        self._entered_in = get_region()
        self._recording._scope = self
        if self._process_wide:
            _process_wide.append(self)
            stand_around_everything(self)

    def close(self) -> None:
        """Record no more, and hand what was recorded to a recording around this one.

        Raises:
            ScopeStateError: A scope was left open inside.
        """
        __tracebackhide__ = True
        self._recording._scope = None
        if self._process_wide:
            _process_wide.remove(self)
            stand_around_everything(_process_wide[-1] if _process_wide else None)
        here = get_region()
        left_open = [] if here is self._entered_in else [outer for outer in turns.outwards(here) if self._holds(outer)]
        if left_open or here is self:
            set_region(self._previous)
        recorded = flatten(self._entries())
        self._leave()
        self._state = FLUSHED
        if isinstance(self._parent, RecordingScope) and self._parent.is_active:
            self._parent._buffer.append(Captured(recorded, type(self)))
        stranded = [scope for scope, has_ended in self._owners.items() if scope.is_active and has_ended()]
        open_scopes = [outer for outer in left_open if isinstance(outer, Scope) and outer.is_active] or stranded
        if open_scopes:
            raise _left_open(open_scopes[0])

    def _receive(self, captured: Captured, scope: Scope) -> None:
        super()._receive(captured, scope)
        self._recording._follow(scope, flatten([captured]))

    def _holds(self, region: Region) -> bool:
        scope = region._scope
        while scope is not None and scope is not self:
            scope = scope.parent
        return scope is self and region is not self

    def _record(self, entry: Entry) -> list[Intent]:
        intents = self._judge(entry) if isinstance(entry, Intent) else flatten([entry])
        self._recording._record(intents)
        return intents

    def _judge(self, intent: Intent) -> list[Intent]:
        """Ask the local policies of what was enqueued outside any scope of the program's own."""
        for policy in members(intent.local_policies):
            with Judging():
                allowed = policy.allows(intent)
            if not allowed:
                tell_dropped(self, lambda: [intent], policy)
                return []
        return [intent]

    def _observe(self, intent: Intent) -> None:
        """Note which scope an intent is in, who is to leave that scope, and the line it comes from."""
        if intent.origin is None:
            intent._learn_origin(Origin.outside({"airlock"}, sys._getframe(1)))
        scope = get_region()._scope
        if scope is not None and scope is not self:
            if scope not in self._owners:
                self._owners[scope] = _owner_has_ended()
            self._recording._saw(intent, scope)


class _Buffer(list[Entry]):
    """Tells of every entry at once, whichever thread adds it."""

    def __init__(self, record: Callable[[Entry], list[Intent]]) -> None:
        super().__init__()
        self._record = record

    def append(self, entry: Entry) -> None:
        self.extend(self._record(entry))


class _Observer(Witness):
    def __init__(self, scope: RecordingScope) -> None:
        self.scope = scope

    def __call__(self, intent: Intent) -> None:
        self.scope._observe(intent)

    def dropped(self, scope: Scope, intents: Iterable[Intent], why: Policy | str) -> None:
        self.scope._recording._drop(intents, scope, why)


def _left_open(scope: Scope) -> ScopeStateError:
    holds = f", which holds {listing(scope.intents)}" if scope.intents else ""
    return ScopeStateError(
        f"{scope!r} was left open while effects were recorded{holds}: nothing of it was let out. "
        "Open it in a `with` block, or call exit() and then flush() or discard().",
        scope=scope,
    )


def _owner_has_ended() -> Callable[[], bool]:
    """Return what tells whether the task or the thread that runs now has ended; nobody leaves its scopes then."""
    from threading import current_thread

    asyncio: Any = sys.modules.get("asyncio")
    try:
        task = asyncio and asyncio.current_task()
    except RuntimeError:
        task = None
    if task:
        done: Callable[[], bool] = task.done
        return done
    thread = current_thread()
    return lambda: not thread.is_alive()
