"""Brokers and actors, made the same way by tests and workers."""

import os
import warnings
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AsyncIO, GroupCallbacks, default_middleware

QUEUE = "airlock_dramatiq"
NAMESPACE = "airlock-dramatiq"
REDIS_URL = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0] + "/2"
RABBITMQ_URL = os.environ.get("AIRLOCK_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5682//")


def rabbitmq_url(host: str | None = None, port: int | None = None) -> str:
    """Return the URL of RabbitMQ as pika reads it, for another address if one is given."""
    parts = urlsplit(RABBITMQ_URL)
    vhost = parts.path[1:].replace("/", "%2F") or "%2F"
    return f"amqp://{parts.username}:{parts.password}@{host or parts.hostname}:{port or parts.port}/{vhost}"


def middleware() -> list[Any]:
    """Return what brokers have by default, and what lets a worker run coroutine functions.

    Dramatiq 1 measures by default, and leaves files open.
    """
    return [*(kind() for kind in default_middleware if kind.__name__ != "Prometheus"), AsyncIO()]


def stub_broker(**settings: Any) -> StubBroker:
    """Return a broker in memory."""
    return StubBroker(middleware=middleware(), **settings)


def redis_broker(url: str = REDIS_URL, **settings: Any) -> RedisBroker:
    """Return a broker on Redis."""
    return RedisBroker(url=url, namespace=NAMESPACE, middleware=middleware(), **settings)


def rabbitmq_broker(url: str | None = None, **settings: Any) -> RabbitmqBroker:
    """Return a broker on RabbitMQ."""
    return RabbitmqBroker(url=url or rabbitmq_url(), middleware=middleware(), **settings)


def actor_of(broker: Any, function: Callable[..., object], **settings: Any) -> Any:
    """Return a function as an actor of a broker, the same each time."""
    found = broker.actors.get(function.__name__)
    if found is not None:
        return found
    return dramatiq.actor(function, broker=broker, **{"queue_name": QUEUE, **settings})


def group_callbacks() -> GroupCallbacks:
    """Return the middleware that knows when a group is done, with its counters in memory."""
    with warnings.catch_warnings():
        # Dramatiq 1 warns of every other place for counters that is not installed.
        warnings.simplefilter("ignore", ImportWarning)
        from dramatiq.rate_limits.backends import StubBackend
    return GroupCallbacks(StubBackend())
