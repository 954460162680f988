"""RabbitMQ: many messages at once, where each would be flushed, or wait for a confirm, by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

from dramatiq import Broker
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.errors import ConnectionClosed
from pika.exceptions import ChannelClosedByBroker

from airlock import InvalidIntentError
from airlock.integrations.executors.dramatiq._fork import open_anew_after_fork
from airlock.integrations.executors.dramatiq._loop import send_in_a_loop
from airlock.integrations.executors.dramatiq._notes import Note, Notes
from airlock.integrations.executors.dramatiq._piece import Piece
from airlock.integrations.executors.dramatiq._rabbitmq_lot import connected, publish

# As much as RabbitMQ holds back well.
_MESSAGES = 1_000
_BYTES = 8_000_000

_capable: WeakKeyDictionary[Broker, bool] = WeakKeyDictionary()


class _Channel:
    """What stands in for the broker's channel: it takes note of what is published."""

    def __init__(self, broker: Any, note: Callable[[Any], None]) -> None:
        self._broker = broker
        self._note = note

    def basic_publish(self, **arguments: Any) -> None:
        """Publish nothing."""
        self._note(arguments)

    def queue_declare(self, *args: Any, **kwargs: Any) -> Any:
        """Declare a queue that another thread has just found missing."""
        return self._broker.channel.queue_declare(*args, **kwargs)


def can_publish(broker: Any) -> bool:
    """Return whether it is known how this broker sends."""
    if broker not in _capable:
        known = all(hasattr(broker, name) for name in ("channels", "connections", "state"))
        known = known and all(hasattr(broker.__class__, name) for name in ("channel", "connection"))
        if known:
            open_anew_after_fork(broker)
        _capable[broker] = known and _notes_of(broker).works(
            RabbitmqBroker, lambda publication: publication["body"], declare_queue=_declare_nothing
        )
    return _capable[broker]


def send_one_by_one(broker: Any, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, object]]:
    """Send with the broker's own `enqueue`, once there is a connection: until then nothing can have arrived."""
    can_publish(broker)
    connected(broker, lambda: broker.channel)
    yield from send_in_a_loop(broker, _declared(broker, pieces))


def send(broker: Any, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, object]]:
    """Send in lots, each in a transaction where the broker wants its messages confirmed."""
    notes = _notes_of(broker)
    lot: list[Note] = []
    size = 0
    for piece in pieces:
        try:
            _declare(broker, piece)
            note = notes.take(piece)
        except Exception:
            # What stands before it is not to blame, and goes.
            yield from _send_lot(broker, lot)
            raise
        lot.append(note)
        size += len(note.content["body"])
        if len(lot) >= _MESSAGES or size >= _BYTES:
            yield from _send_lot(broker, lot)
            lot, size = [], 0
    yield from _send_lot(broker, lot)


def _send_lot(broker: Any, lot: list[Note]) -> Iterator[tuple[Piece, object]]:
    """Send what was noted at once; what the server refuses as a whole, one by one."""
    if not lot:
        return
    if not publish(broker, lot):
        yield from send_one_by_one(broker, [note.piece for note in lot])
        return
    for note in lot:
        for announcement in note.afterwards:
            broker.emit_after(*announcement)
        yield note.piece, note.message


def _declared(broker: Any, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield pieces whose queue is there."""
    for piece in pieces:
        _declare(broker, piece)
        yield piece


def _declare(broker: Any, piece: Piece) -> None:
    """Declare the queue of a piece, if that has still to be done.

    Raises:
        InvalidIntentError: The server refuses it, which Dramatiq takes for a connection that was lost.
    """
    queue = piece.message.queue_name
    try:
        broker.declare_queue(queue, ensure=True)
    except ConnectionClosed as error:
        reason = error.args[0]
        if not isinstance(reason, ChannelClosedByBroker):
            raise
        raise InvalidIntentError(
            f"RabbitMQ refuses the queue {queue!r} of {piece.intent}: {reason.reply_text}", intent=piece.intent
        ) from error


def _notes_of(broker: Any) -> Notes:
    return Notes(broker, lambda note: {"state": SimpleNamespace(channel=_Channel(broker, note))})


def _declare_nothing(*args: object, **kwargs: object) -> None:
    pass
