"""What a transaction registers with Django."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Protocol

from airlock._lock import guard
from airlock.integrations.django._state import State

if TYPE_CHECKING:
    from airlock.integrations.django._frames import Frame, Liveness
    from airlock.integrations.django._transactions import Transaction

next_number = count().__next__
"""Tells which came first of scopes and hooks."""


class Waiting(Protocol):
    """What waits for a commit."""

    def is_alive(self, liveness: Liveness) -> bool:
        """Return whether anything may still go out."""
        ...

    def dispatch(self) -> None:
        """Learn of the commit."""
        ...

    def lose(self, cause: BaseException | None = None) -> None:
        """Learn that there was a commit, and that nothing can be dispatched after it."""
        ...

    def roll_back(self) -> None:
        """Learn that everything was rolled back."""
        ...


class Hook:
    """Called by Django after the commit: it says that there was one, and dispatches what waits for it.

    Nothing but Django's own list may hold it: that it is deleted without having been called says something too.
    """

    frame: Frame
    savepoints: frozenset[str]

    def __init__(self, transaction: Transaction) -> None:
        self.transaction: Transaction | None = transaction
        self.number = next_number()
        self.waiting: list[Waiting] = []

    def __call__(self) -> None:
        transaction, self.transaction = self.transaction, None
        if transaction is None:
            return
        transaction.commit()
        waiting = self._take()
        try:
            while waiting:
                waiting.pop(0).dispatch()
        except BaseException as error:
            for handover in waiting:
                handover.lose(error)
            raise

    def __del__(self) -> None:
        transaction = self.transaction
        if transaction is not None:
            state = transaction.lose_hook()
            for handover in self.waiting:
                if state is State.ROLLED_BACK:
                    handover.roll_back()
                else:
                    handover.lose()

    def resign(self) -> list[Waiting]:
        """Do nothing from now on, and return what has waited."""
        self.transaction = None
        return self._take()

    def inherit(self, other: Hook, waiting: list[Waiting]) -> None:
        """Stand for what another stood for."""
        self.number, self.waiting = other.number, waiting

    def _take(self) -> list[Waiting]:
        with guard.lock:
            waiting, self.waiting = self.waiting, []
        return waiting
