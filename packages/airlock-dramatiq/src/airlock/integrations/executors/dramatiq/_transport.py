"""How a broker takes messages: one by one, or many at once where it is known how."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

from airlock.integrations.executors.dramatiq._confirms import confirms_delivery, warn_unless_confirmed
from airlock.integrations.executors.dramatiq._kinds import is_rabbitmq, is_redis
from airlock.integrations.executors.dramatiq._loop import send_in_a_loop
from airlock.integrations.executors.dramatiq._piece import Piece

if TYPE_CHECKING:
    from dramatiq import Broker

# Opening and committing a transaction takes about as long as so many confirms; without those nothing else says that
# messages have reached the server.
_WORTH_A_LOT = 5


def send(broker: Broker, pieces: Iterator[Piece], as_one: bool) -> Iterator[tuple[Piece, object]]:
    """Send pieces in the best way that a broker has, and yield each with what the broker has made of it.

    Arguments:
        broker: The broker of all of them.
        pieces: What to send.
        as_one: Whether only Dramatiq knows how to send them.
    """
    if is_redis(broker) and not as_one:
        from airlock.integrations.executors.dramatiq import _redis

        if _redis.can_pipeline(broker):
            return _redis.send(broker, pieces)
    if is_rabbitmq(broker):
        from airlock.integrations.executors.dramatiq import _rabbitmq

        warn_unless_confirmed(broker)
        head = list(islice(pieces, _WORTH_A_LOT))
        is_worth_it = len(head) == _WORTH_A_LOT or not confirms_delivery(broker)
        in_lots = is_worth_it and not as_one and _rabbitmq.can_publish(broker)
        return (_rabbitmq.send if in_lots else _rabbitmq.send_one_by_one)(broker, chain(head, pieces))
    return send_in_a_loop(broker, pieces)
