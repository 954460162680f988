"""One message after the other, with the broker's own `enqueue`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from airlock.integrations.executors import mark_uncertain
from airlock.integrations.executors.dramatiq._kinds import unavailable
from airlock.integrations.executors.dramatiq._piece import Piece


def send_in_a_loop(broker: Any, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, object]]:
    """Send messages, and what only Dramatiq knows how to send; it says itself what has arrived by returning."""
    for piece in pieces:
        try:
            if piece.run is None:
                sent: object = broker.enqueue(piece.message, delay=piece.delay)
            else:
                sent = piece.run()
        except BaseException as error:
            if piece.run is not None or not isinstance(error, Exception) or isinstance(error, unavailable()):
                mark_uncertain(error, [piece.intent])
            raise
        yield piece, sent
