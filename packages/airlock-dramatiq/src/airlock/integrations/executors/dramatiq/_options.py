"""Dispatch options: which there are, and what they become in a message."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airlock.integrations.executors.dramatiq._kinds import actor_of, is_actor, is_rabbitmq, is_stub

if TYPE_CHECKING:
    from dramatiq import Broker

COMPOSITION_OPTIONS = frozenset({"delay"})
ADVICE = {
    "countdown": "write delay, in milliseconds",
    "eta": "write delay, in milliseconds",
    "message_id": "a message has the id of its intent",
}
_CALLBACKS = ("on_failure", "on_retry_exhausted", "on_success")
_NUMBERS = ("max_age", "max_backoff", "max_retries", "min_backoff", "result_ttl", "time_limit")


def options_of(broker: Broker) -> Collection[str]:
    """Return the options of messages on a broker: what its middleware knows, and what is the broker's own."""
    options = {"delay", "queue_name", *broker.actor_options}
    # The stub stands in for any other broker, in tests of code that is written for that one.
    if is_rabbitmq(broker) or is_stub(broker):
        options.add("broker_priority")
    return options


def take_delay(options: dict[str, Any]) -> int | None:
    """Remove the delay from the options and return it in milliseconds.

    Raises:
        TypeError: It is neither an `int` nor a `timedelta`.
        ValueError: It is negative.
    """
    delay = options.pop("delay", None)
    if isinstance(delay, timedelta):
        delay = delay // timedelta(milliseconds=1)
    if delay is None:
        return None
    if not isinstance(delay, int) or isinstance(delay, bool):
        raise TypeError(f"the option 'delay' is a number of milliseconds or a timedelta, not {delay!r}")
    if delay < 0:
        raise ValueError(f"the option 'delay' is {delay}, which lies in the past")
    return delay


def take_queue(options: dict[str, Any], actor: Any) -> str:
    """Remove the queue's name from the options and return it; it is the actor's own unless given.

    Raises:
        TypeError: It is not a string.
        ValueError: It is empty, or a broker that refuses unknown queues does not know it.
    """
    queue = options.pop("queue_name", None)
    if queue is None:
        return str(actor.queue_name)
    if not isinstance(queue, str):
        raise TypeError(f"the option 'queue_name' is a string, not {queue!r}")
    if not queue:
        raise ValueError("the option 'queue_name' is empty")
    if is_stub(actor.broker) and queue not in actor.broker.get_declared_queues():
        raise ValueError(f"the queue {queue!r} is not declared: call broker.declare_queue({queue!r}) first")
    return queue


def check_values(options: dict[str, Any]) -> None:
    """Check the values that only the worker would stumble over, and name actors that are given as callbacks.

    Raises:
        TypeError: One is of the wrong kind.
        ValueError: One is out of range.
    """
    for name in _NUMBERS:
        value = options.get(name)
        if value is not None and (not isinstance(value, (int, float)) or isinstance(value, bool)):
            raise TypeError(f"the option {name!r} is a number, not {value!r}")
    for name in _CALLBACKS:
        value = options.get(name)
        if value is not None and is_actor(value):
            options[name] = actor_of(value).actor_name
        elif not isinstance(value, (str, type(None))):
            raise TypeError(f"the option {name!r} is an actor or the name of one, not {value!r}")
    priority = options.get("broker_priority")
    if priority is not None:
        if not isinstance(priority, int) or isinstance(priority, bool):
            raise TypeError(f"the option 'broker_priority' is an int, not {priority!r}")
        if not 0 <= priority <= 255:
            raise ValueError(f"the option 'broker_priority' is {priority}; RabbitMQ takes 0 to 255")
