"""What is to be sent after one commit: the entries that scopes have written in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airlock.integrations.django._frames import Liveness
from airlock.integrations.django._handover import Handover
from airlock.integrations.django.outbox._fast_path import send_now

if TYPE_CHECKING:
    from airlock.integrations.django._frames import Frame
    from airlock.integrations.django._scope import DjangoScope
    from airlock.integrations.django.outbox._entries import Written


class Recorded(Handover):
    """The entries of one scope.

    What counts is where the scope ended and they were written, and no longer where each intent was enqueued.

    Arguments:
        scope: The scope.
        frame: Where it ended, `None` if no transaction was open.
        key: What the scope is called in the table.
        entries: What was written, in order.
        lease_ends: Until when they are ours, by `steady_time()`.
    """

    def __init__(
        self, scope: DjangoScope, frame: Frame | None, key: str, entries: list[Written], lease_ends: float
    ) -> None:
        intents = [intent for entry in entries for intent in entry.intents]
        super().__init__(scope, {} if frame is None else dict.fromkeys(intents, frame), can_await=True)
        self.scope = scope
        self.frame = frame
        self.key = key
        self.entries = entries
        self.lease_ends = lease_ends

    def is_alive(self, liveness: Liveness) -> bool:
        """Return whether the entries were committed, or may be."""
        return self.frame is None or self.frame.transaction.is_alive(self.frame, liveness)

    def close(self) -> bool:
        """Wait for no transaction any more, and return whether the entries are in the table."""
        return bool(self._close()) or self.frame is None


class Outgoing:
    """Stands in for a `Handover` where the commit is waited for.

    Arguments:
        alias: The database.

    Attributes:
        is_open: Whether more may be added.
    """

    def __init__(self, alias: str) -> None:
        self.is_open = True
        self._alias = alias
        self._recorded: list[Recorded] = []

    def add(self, recorded: Recorded) -> None:
        """Have the entries of one more scope sent."""
        self._recorded.append(recorded)

    def is_alive(self, liveness: Liveness) -> bool:
        """Return whether anything of it was committed, or may be."""
        return any(recorded.is_alive(liveness) for recorded in self._recorded)

    def dispatch(self) -> None:
        """Send what was committed; no `Exception` gets out, since the caller has had its answer."""
        live = [recorded for recorded in self._take() if recorded.close()]
        if live:
            send_now(self._alias, live)

    def lose(self, cause: BaseException | None = None) -> None:
        """Leave what was committed to a relay."""
        for recorded in self._take():
            recorded.close()

    def roll_back(self) -> None:
        """Learn that everything was rolled back."""
        for recorded in self._take():
            recorded.roll_back()

    def _take(self) -> list[Recorded]:
        self.is_open = False
        recorded, self._recorded = self._recorded, []
        return recorded
