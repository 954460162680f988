"""What is Dramatiq's, told by class and without importing what nobody has imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from dramatiq import Broker


def is_task(task: object) -> bool:
    """Return whether a task is an actor, a pipeline or a group."""
    # Whoever has made one has imported the whole of it.
    dramatiq: Any = sys.modules.get("dramatiq")
    try:
        return dramatiq is not None and isinstance(
            task, (dramatiq.Actor, dramatiq.GenericActor, dramatiq.pipeline, dramatiq.group)
        )
    except AttributeError:
        return False


def is_pipeline(task: object) -> bool:
    """Return whether a task is a pipeline; what that holds has no types."""
    from dramatiq import pipeline

    return isinstance(task, pipeline)


def is_group(task: object) -> bool:
    """Return whether a task is a group; what that holds has no types."""
    from dramatiq import group

    return isinstance(task, group)


def actor_of(task: Any) -> Any:
    """Return the actor itself, also for one that was written as a class."""
    from dramatiq import Actor

    is_itself = isinstance(cast("object", task), Actor)
    return task if is_itself else task.__actor__


def is_actor(value: object) -> bool:
    """Return whether a value is an actor, written as a function or as a class."""
    from dramatiq import Actor, GenericActor

    return isinstance(value, (Actor, GenericActor))


def unavailable() -> tuple[type[Exception], ...]:
    """Return the exceptions that say that a broker cannot be reached, as far as their modules are loaded."""
    found: list[type[Exception]] = []
    for module, names in (
        ("dramatiq.errors", ("ConnectionClosed", "ConnectionFailed")),
        # What Dramatiq lets through when a server accepts connections and then says nothing, or refuses a message.
        ("pika.adapters.utils.connection_workflow", ("AMQPConnectorException",)),
        ("pika.exceptions", ("AMQPError",)),
        ("redis.exceptions", ("RedisError",)),
    ):
        if module in sys.modules:
            found += (getattr(sys.modules[module], name) for name in names)
    return tuple(found)


def is_redis(broker: Broker) -> bool:
    """Return whether a broker is Dramatiq's own for Redis, or derived from it."""
    return _is_a(broker, "dramatiq.brokers.redis", "RedisBroker")


def is_rabbitmq(broker: Broker) -> bool:
    """Return whether a broker is Dramatiq's own for RabbitMQ, or derived from it."""
    return _is_a(broker, "dramatiq.brokers.rabbitmq", "RabbitmqBroker")


def is_stub(broker: Broker) -> bool:
    """Return whether a broker is Dramatiq's own for tests, or derived from it."""
    return _is_a(broker, "dramatiq.brokers.stub", "StubBroker")


def _is_a(broker: Broker, module: str, name: str) -> bool:
    return module in sys.modules and isinstance(broker, getattr(sys.modules[module], name))
