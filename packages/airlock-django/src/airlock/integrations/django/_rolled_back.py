"""What no commit can let out any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from airlock._policy import Silent
from airlock.integrations.django._frames import Frame, Liveness

if TYPE_CHECKING:
    from airlock import Intent
    from airlock.integrations.django._marker import Mark


def rolled_back(marks: Mapping[Intent, Mark], intents: Iterable[Intent]) -> list[Intent]:
    """Return those that were enqueued in a transaction or savepoint that was rolled back.

    Arguments:
        marks: Where intents were enqueued.
        intents: Which ones to look at.
    """
    dead: list[Intent] = []
    liveness = Liveness()
    for intent in intents:
        frame = marks.get(intent)
        if isinstance(frame, Frame):
            frame.transaction.look()
            if not frame.transaction.is_alive(frame, liveness):
                dead.append(intent)
    return dead


class RolledBack(Silent):
    """Says no, in a preview, to what was rolled back.

    Arguments:
        marks: Where intents were enqueued.
    """

    def __init__(self, marks: Mapping[Intent, Mark]) -> None:
        self._marks = marks

    def allows(self, intent: Intent) -> bool:
        """Return whether the transaction may still be committed, or was."""
        return not rolled_back(self._marks, [intent])

    def __repr__(self) -> str:
        return "rolled back"
