"""Where an intent was enqueued, as the savepoints of a transaction divide it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airlock.integrations.django._transactions import Transaction


class Frame:
    """What was done in a transaction between a savepoint and its release; the outermost has no parent.

    To roll back kills one frame, whatever was done in it: those below are dead if any above them is.
    """

    __slots__ = ("dead", "name", "parent", "transaction")

    def __init__(self, transaction: Transaction, parent: Frame | None = None, name: str = "") -> None:
        self.transaction = transaction
        self.parent = parent
        self.name = name
        self.dead = False


class Liveness:
    """Answers whether frames are alive, each step of a chain once, however deep savepoints were nested."""

    def __init__(self) -> None:
        self._known: dict[Frame, bool] = {}

    def __call__(self, frame: Frame) -> bool:
        """Return whether neither this frame nor one above it was rolled back."""
        chain: list[Frame] = []
        above: Frame | None = frame
        while above is not None and above not in self._known and not above.dead:
            chain.append(above)
            above = above.parent
        alive = above is None or (not above.dead and self._known[above])
        self._known.update(dict.fromkeys(chain, alive))
        return alive


class Frames:
    """The frames of one transaction, and which of them is open."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._root = self.open = Frame(transaction)

    def savepoint(self, name: str) -> None:
        """Go one deeper."""
        self.open = Frame(self._transaction, self.open, name)

    def release(self, name: str) -> None:
        """Go back to what is around a savepoint; releasing one older than all of these releases all of these."""
        frame = self._find(name)
        self.open = self._root if frame is None or frame.parent is None else frame.parent

    def roll_back_to(self, name: str) -> None:
        """Kill what was done since a savepoint, which stays; one older than all of these takes all with it."""
        frame = self._find(name)
        if frame is None:
            self.roll_back()
        else:
            frame.dead = True
            self.open = Frame(self._transaction, frame.parent, name)

    def roll_back(self) -> None:
        """Kill everything that was done so far."""
        self._root.dead = True
        self._root = self.open = Frame(self._transaction)

    def _find(self, name: str) -> Frame | None:
        frame: Frame | None = self.open
        while frame is not None and frame.name != name:
            frame = frame.parent
        return frame
