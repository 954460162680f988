"""A copy of a broker that takes note of what it would send.

Dramatiq's brokers build, announce to their middleware and send a message in one method, `enqueue`. The copy runs that
method, so that every message is what Dramatiq makes of it, with its middleware called on the real broker: only the last
step is missing, and what middleware does after it waits until the message has arrived. The attributes by which a broker
sends are not documented, so `works` tries first whether the copy takes note of one message, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, NamedTuple, cast

from dramatiq import Broker, Message, Middleware

from airlock import Intent
from airlock.integrations.executors.dramatiq._piece import Piece


class Note(NamedTuple):
    """What would be sent for a piece."""

    piece: Piece
    message: Any
    content: Any
    afterwards: tuple[tuple[Any, ...], ...]
    """What the middleware is to be told once it has arrived."""


class Notes:
    """A broker's copy, and what its `enqueue` has left behind.

    Arguments:
        broker: The real one.
        doors: Makes the attributes that take the place of the broker's, from a function that takes note.
    """

    def __init__(self, broker: Any, doors: Callable[[Callable[[Any], None]], dict[str, Any]]) -> None:
        self._contents: list[Any] = []
        self._afterwards: list[tuple[Any, ...]] = []
        self._copy: Any = copy(broker)
        self._attributes = cast("dict[str, Any]", vars(self._copy))
        self._attributes.update(doors(self._contents.append))
        # Calling middleware that does nothing is a good part of what sending costs.
        self._attributes["emit_before"] = broker.emit_before if _is_heard(broker, "before_enqueue") else _ignore
        self._attributes["emit_after"] = self._remember if _is_heard(broker, "after_enqueue") else _ignore

    def take(self, piece: Piece) -> Note:
        """Return what the broker would send."""
        message = self._copy.enqueue(piece.message, delay=piece.delay)
        (content,) = self._contents
        self._contents.clear()
        afterwards = tuple(self._afterwards)
        self._afterwards.clear()
        return Note(piece, message, content, afterwards)

    def works(self, broker_class: Any, body: Callable[[Any], Any], **attributes: Any) -> bool:
        """Return whether the copy takes note of a message.

        Arguments:
            broker_class: The class whose `enqueue` is known.
            body: Finds the encoded message in what was noted.
            **attributes: What else must not be the real one's while this is tried.
        """
        if self._copy.__class__.enqueue is not broker_class.enqueue or "enqueue" in self._attributes:
            return False
        self._attributes.update(attributes, emit_before=_ignore)
        message: Message[Any] = Message("airlock", "airlock", (), {}, {})
        try:
            note = self.take(Piece(Intent(_ignore), self._copy, message))
            return bool(body(note.content) == note.message.encode())
        except Exception:
            return False

    def _remember(self, *announcement: Any) -> None:
        self._afterwards.append(announcement)


def _is_heard(broker: Any, signal: str) -> bool:
    """Return whether any middleware does something at a signal; a broker may have a way of its own to call it."""
    emits = ("emit_after", "emit_before")
    if any(name in vars(broker) or getattr(broker.__class__, name) is not getattr(Broker, name) for name in emits):
        return True
    nothing = getattr(Middleware, signal)
    return any(
        signal in vars(middleware) or getattr(middleware.__class__, signal, None) is not nothing
        for middleware in broker.middleware
    )


def _ignore(*announcement: object) -> None:
    pass
