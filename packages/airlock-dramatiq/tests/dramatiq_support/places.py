"""A broker of each kind, with the other road to its queue."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from airlock_conformance import Queued
from airlock_conformance.servers import require_server

from dramatiq_support import actors, queues


class Place(NamedTuple):
    """A broker, and what reads its queue without it."""

    broker: Any
    queued: Callable[..., list[Queued]]

    @property
    def numbers(self) -> list[Any]:
        """The first argument of each message in the queue."""
        return [message.args[0] for message in self.queued()]

    def actor(self, function: Callable[..., object], **settings: Any) -> Any:
        """Return a function as an actor."""
        return actors.actor_of(self.broker, function, **settings)


@contextmanager
def open_place(name: str) -> Iterator[Place]:
    """Open a broker by the name of its kind, its queues empty before and after."""
    if name == "stub":
        broker: Any = actors.stub_broker()
        yield Place(broker, lambda queue=actors.QUEUE: queues.in_stub(broker, queue))
    elif name == "redis":
        require_server(actors.REDIS_URL)
        queues.forget_redis()
        yield Place(actors.redis_broker(), queues.in_redis)
        queues.forget_redis()
    else:
        require_server(actors.RABBITMQ_URL)
        queues.forget_rabbitmq()
        broker = actors.rabbitmq_broker(confirm_delivery=name == "confirms")
        yield Place(broker, queues.in_rabbitmq)
        broker.close()
        queues.forget_rabbitmq()
