"""A claimed entry while it is worked on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from airlock.integrations.django.outbox._body import shown_id

if TYPE_CHECKING:
    from airlock import Intent
    from airlock.integrations.django.outbox._claims import Entry


class Fate(Enum):
    """What is to be done about a job when its turn is over."""

    OPEN = auto()
    """More of it may be sent; whatever is left is given back."""
    FAILED = auto()
    """The next intent has failed."""
    UNAVAILABLE = auto()
    """The backend of the next intent is down."""
    PARKED = auto()
    """Nobody may send it."""
    LOST = auto()
    """Another has it: its lease had ended."""
    SETTLED = auto()
    """All is entered."""


@dataclass(slots=True)
class Wanted:
    """One intent of an entry.

    Attributes:
        id: The id under which it was recorded.
        task: The registered name of its task.
        executor: Who sends it.
        intent: The intent, `None` if it cannot be made here.
        error: Why not.
    """

    id: str
    task: str
    executor: Any
    intent: Intent | None
    error: BaseException | None = None

    @property
    def logged_id(self) -> str:
        """The id as writers and queues show it."""
        return shown_id(self.id)


@dataclass(slots=True)
class Job:
    """An entry, and how far it has come.

    Attributes:
        entry: What was claimed.
        wanted: Its intents, from the first that is not accounted for.
        position: How many of those were sent since.
        moved: How many of those are entered as done.
        attempts: What the table says.
        counted: Whether that includes the attempt that is made now.
        fate: What is to be done about it.
        why: Why it failed, without arguments.
        delay: For how many seconds it is to be left alone.
    """

    entry: Entry
    wanted: list[Wanted]
    position: int = 0
    moved: int = 0
    attempts: int = field(default=0)
    counted: bool = True
    fate: Fate = Fate.OPEN
    why: str = ""
    delay: float = 0.0

    @property
    def done(self) -> int:
        """How many intents of the entry are accounted for."""
        return self.entry.done + self.position

    @property
    def is_sent(self) -> bool:
        """Whether all of it was sent."""
        return self.position >= len(self.wanted)

    @property
    def head(self) -> Wanted:
        """The next intent."""
        return self.wanted[self.position]

    def close(self, fate: Fate, why: str = "", delay: float = 0.0) -> None:
        """Send no more of it in this turn."""
        self.fate, self.why, self.delay = fate, why, delay
