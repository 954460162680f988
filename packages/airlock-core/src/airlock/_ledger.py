"""A scope's books: what it has buffered, and what became of every intent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from airlock._captured import Captured, Entry, flatten
from airlock._intent import Intent
from airlock._lock import guard
from airlock._region import Region
from airlock._verdict import Verdict

if TYPE_CHECKING:
    from airlock._policy import Policy

NEW: Final = "not entered yet"
ACTIVE: Final = "active"
LEFT: Final = "left, neither flushed nor discarded"
FLUSHED: Final = "flushed"
DISCARDED: Final = "discarded"


class Ledger(Region):
    """The buffer of a scope and the fate of its intents."""

    _state: str
    _buffer: list[Entry]
    _taken: Sequence[Entry]
    _due: Sequence[Intent]
    _dispatched: list[Intent]
    _results: list[Any]
    _dropped: list[tuple[Policy, list[Intent]]]
    _uncertain: list[Intent]
    # Why it is discarded, in words, where a framework knows: tests show it.
    _discarded_by: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it buffers: entered and not left."""
        return self._state is ACTIVE

    @property
    def is_flushed(self) -> bool:
        """Whether it was flushed; what could not be dispatched then is in `undispatched`."""
        return self._state is FLUSHED

    @property
    def is_discarded(self) -> bool:
        """Whether it was discarded."""
        return self._state is DISCARDED

    @property
    def intents(self) -> list[Intent]:
        """All that was buffered, in order, captured intents where their scope ended."""
        return flatten(self._entries())

    @property
    def own_intents(self) -> list[Intent]:
        """What was enqueued in this scope itself."""
        return [entry for entry in self._entries() if isinstance(entry, Intent)]

    @property
    def captured_intents(self) -> list[Intent]:
        """What was taken over from scopes that ended inside this one."""
        return flatten([entry for entry in self._entries() if isinstance(entry, Captured)])

    @property
    def dispatched(self) -> list[Intent]:
        """What the executor has accepted, in order."""
        return list(self._dispatched) if self._due else []

    @property
    def undispatched(self) -> list[Intent]:
        """What was due at the flush and has not been accepted by the executor."""
        accepted = {id(intent) for intent in self.dispatched}
        return [intent for intent in self._due if id(intent) not in accepted]

    @property
    def uncertain(self) -> list[Intent]:
        """Those of `undispatched` that may have reached the backend: it was interrupted before it said so."""
        return list(self._uncertain) if self._due else []

    @property
    def dropped(self) -> list[Verdict]:
        """What policies dropped at the flush, each with the policy that said no."""
        dropped = self._dropped if self._taken and self.is_flushed else []
        return [Verdict(intent, False, policy) for policy, intents in dropped for intent in intents]

    @property
    def results(self) -> dict[Intent, Any]:
        """What the executor returned for each dispatched intent: a queue's own handle of the message."""
        return dict(zip(self._dispatched, self._results, strict=True)) if self._due else {}

    def _open_books(self) -> None:
        self._dispatched, self._results, self._dropped, self._uncertain = [], [], [], []

    def _learn_failure(self, error: BaseException, intents: list[Intent]) -> None:
        """Learn what keeps intents from being dispatched: they stay due, which is all that is kept of it here."""

    def _withdrawn(self, intents: list[Intent]) -> list[Intent]:
        """Return which intents must never be dispatched, whatever policies say: none, where all there is is memory."""
        return []

    def _withdraw(self, intents: list[Intent]) -> None:
        """Enter what must never be dispatched on the books of a scope that keeps some of it."""

    def _account_for_all(self) -> None:
        """Enter everything as undispatched where nobody came to decide about it."""
        if self._state is LEFT:
            self._open_books()
            self._due = flatten(self._taken)

    def _entries(self) -> Sequence[Entry]:
        return self._buffer.copy() if self._state in (NEW, ACTIVE) else self._taken

    def _take(self) -> None:
        """Take what is buffered; `_refuse_late` tells a thread that is still adding whether it came in time."""
        with guard.lock:
            self._taken, self._buffer = self._buffer.copy(), []

    def _refuse_late(self, entry: Entry, error: Exception) -> None:
        """Raise the error unless an entry that was added while the scope was left came in time."""
        with guard.lock:
            if any(taken is entry for taken in reversed(self._taken)):
                return
            self._buffer = [other for other in self._buffer if other is not entry]
        raise error
