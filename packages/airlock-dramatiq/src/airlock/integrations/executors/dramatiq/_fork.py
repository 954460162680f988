"""A forked child must not speak on the connections of its parent; pika's do not notice that they are shared."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakSet

from dramatiq import Broker

_brokers: WeakSet[Broker] = WeakSet()
# If they were collected, or closed with the broker, the server would hear of it on the parent's connection.
_of_the_parent: list[object] = []


def open_anew_after_fork(broker: Broker) -> None:
    """Let a broker for RabbitMQ open connections of its own in every child that is forked from now on."""
    _brokers.add(broker)


def _leave_to_the_parent() -> None:
    brokers: list[Any] = list(_brokers)
    for broker in brokers:
        _of_the_parent.append((broker.state, broker.connections, broker.channels))
        broker.state, broker.connections, broker.channels = type(broker.state)(), set(), set()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_the_parent)
