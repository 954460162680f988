"""Redis: messages go out without waiting for the reply to each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import Any
from weakref import WeakKeyDictionary

from dramatiq import Broker
from dramatiq.brokers.redis import RedisBroker

from airlock.integrations.executors import mark_uncertain
from airlock.integrations.executors.dramatiq._notes import Note, Notes
from airlock.integrations.executors.dramatiq._piece import Piece
from airlock.integrations.executors.dramatiq._redis_line import Command, Line, can_open, open_line

# While one lot is on its way the next is made; larger ones would only be memory.
_MESSAGES = 250
_BYTES = 2_000_000

_capable: WeakKeyDictionary[Broker, bool] = WeakKeyDictionary()


def can_pipeline(broker: Any) -> bool:
    """Return whether it is known how this broker sends."""
    if broker not in _capable:
        _capable[broker] = can_open(broker) and _works(broker)
    return _capable[broker]


def send(broker: Any, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, object]]:
    """Send in lots, each while the replies to the one before are on their way."""
    with open_line(broker) as line:
        traffic = _Traffic(broker, line)
        notes = Notes(broker, partial(_doors, broker.scripts, line))
        lot: list[Note] = []
        size = 0
        for piece in pieces:
            try:
                note = notes.take(piece)
            except Exception:
                # What stands before it is not to blame, and goes.
                yield from traffic.send(lot)
                yield from traffic.settle()
                raise
            lot.append(note)
            size += len(note.content[-1])
            if len(lot) >= _MESSAGES or size >= _BYTES:
                yield from traffic.send(lot)
                lot, size = [], 0
        yield from traffic.send(lot)
        yield from traffic.settle()


class _Traffic:
    """Which messages are on their way, and which have arrived."""

    def __init__(self, broker: Any, line: Line) -> None:
        self._broker = broker
        self._line = line
        self._on_their_way: deque[Note] = deque()

    def send(self, lot: list[Note]) -> Iterator[tuple[Piece, object]]:
        """Send a lot, and yield the messages of the one before as they arrive."""
        if not lot:
            return
        before = len(self._on_their_way)
        self._on_their_way += lot
        try:
            self._line.send(self._commands(lot))
        except BaseException as error:
            mark_uncertain(error, [note.piece.intent for note in self._on_their_way])
            raise
        yield from self._receive(before)

    def settle(self) -> Iterator[tuple[Piece, object]]:
        """Yield what is still on its way as it arrives."""
        yield from self._receive(len(self._on_their_way))

    def _commands(self, lot: list[Note]) -> list[Command]:
        """Return the commands of a lot; the first brings the script with it, for a server that does not know it yet."""
        script = self._broker.scripts["dispatch"]
        commands: list[Command] = [("EVALSHA", script.sha, *note.content) for note in lot]
        commands[0] = ("EVAL", script.script, *lot[0].content)
        return commands

    def _receive(self, count: int) -> Iterator[tuple[Piece, object]]:
        for _ in range(count):
            try:
                reply = self._line.receive()
            except BaseException as error:
                mark_uncertain(error, [note.piece.intent for note in self._on_their_way])
                raise
            note = self._on_their_way.popleft()
            if isinstance(reply, Exception):
                mark_uncertain(reply, [late.piece.intent for late in self._arrived_late()])
                raise reply
            for announcement in note.afterwards:
                self._broker.emit_after(*announcement)
            yield note.piece, note.message

    def _arrived_late(self) -> Iterator[Note]:
        """Yield what has arrived, or may have, after one that was refused."""
        while self._on_their_way:
            try:
                reply = self._line.receive()
            except Exception:
                yield from self._on_their_way
                return
            note = self._on_their_way.popleft()
            if not isinstance(reply, Exception):
                yield note


def _doors(scripts: dict[str, Any], line: Line | None, note: Callable[[Any], None]) -> dict[str, Any]:
    """Return what stands in for the broker's connection: a script that takes note of what it is called with."""

    def dispatch(keys: Sequence[Any], args: Sequence[Any]) -> None:
        note((len(keys), *keys, *args))

    # A broker asks once for a limit of the server, before the first message and so before any reply is outstanding.
    @cache
    def maxstack() -> Any:
        return None if line is None else line.ask(("EVAL", scripts["maxstack"].script, 0))

    return {"client": None, "scripts": {"dispatch": dispatch, "maxstack": maxstack}}


def _works(broker: Any) -> bool:
    """Return whether the broker sends with a script as it always has, arguments first and the message last."""
    try:
        scripts = broker.scripts
        known = all(isinstance(scripts[name].script, bytes) for name in ("dispatch", "maxstack"))
        known = known and isinstance(scripts["dispatch"].sha, str)
        notes = Notes(broker, partial(_doors, scripts, None))
    except (AttributeError, KeyError):
        return False
    return known and notes.works(RedisBroker, lambda content: content[-1], _max_unpack_size=lambda: 1)
