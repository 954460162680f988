"""Whether RabbitMQ says that it has a message."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from weakref import WeakSet

from airlock.integrations.executors.dramatiq._kinds import is_rabbitmq

if TYPE_CHECKING:
    from dramatiq import Broker

_logger = logging.getLogger("airlock")
_warned: WeakSet[Broker] = WeakSet()


def confirms_delivery(broker: Broker | None = None) -> bool:
    """Return whether a message that a broker has accepted has arrived.

    With RabbitMQ it has only if the broker waits for publisher confirms, which is not its default: without them what is
    written to a connection that has just died is lost, and reported as sent.

    Arguments:
        broker: The broker to look at; Dramatiq's global one unless given.
    """
    if broker is None:
        from dramatiq import get_broker

        broker = get_broker()
    return not is_rabbitmq(broker) or bool(getattr(broker, "confirm_delivery", False))


def warn_unless_confirmed(broker: Broker) -> None:
    """Say once a broker that it may lose messages."""
    if not confirms_delivery(broker) and broker not in _warned:
        _warned.add(broker)
        _logger.warning(
            "%s does not wait for RabbitMQ to confirm messages: what is lost on the way is reported as sent. "
            "Write RabbitmqBroker(confirm_delivery=True, ...).",
            type(broker).__name__,
        )
