"""What is sent: each intent is one message, or several if it is a group."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from airlock import Intent


class Piece(NamedTuple):
    """One message of an intent, and the broker that takes it; Dramatiq's own types for them are not complete."""

    intent: Intent
    broker: Any
    message: Any
    delay: int | None = None
    handle: object = None
    """What the scope keeps; nothing where that is the message as the broker has sent it."""
    last: bool = True
    """Whether the intent is sent once this is."""
    run: Callable[[], object] | None = None
    """What sends it where only Dramatiq knows how; the message is the first of what it will send."""
