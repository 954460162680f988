"""Measure a flush against the loop of `send` that it replaces, on Redis and on RabbitMQ with and without confirms.

A loop that waits for a confirm after each message takes so long that it is measured with fewer of them. Where RabbitMQ
confirms nothing, a flush still asks it in the end whether all has arrived, and must not be slower for it than by a
twentieth.
"""

import os
import sys
from typing import Any
from urllib.parse import urlsplit

import dramatiq
from flushing import Queue, Target, run

QUEUE = "airlock_dramatiq_bench"
NAMESPACE = "airlock-dramatiq-bench"
REDIS = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0] + "/2"
RABBITMQ = urlsplit(os.environ.get("AIRLOCK_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5682//"))
TARGETS = {
    "redis": Target.within_a_tenth(3.4),
    "rabbitmq-confirms": Target.within_a_tenth(6.4),
    "rabbitmq": Target.not_slower(),
}


def job(order: int, user: int) -> None:
    """Do nothing."""


class DramatiqQueue(Queue):
    """The queue of an actor."""

    executor = "dramatiq"

    def __init__(self, broker: Any) -> None:
        self._broker = broker
        self.task = dramatiq.actor(job, broker=broker, queue_name=QUEUE, actor_name="bench")

    def send(self, number: int) -> None:
        self.task.send(number, user=number)

    def close(self) -> None:
        self._broker.close()


class RedisQueue(DramatiqQueue):
    """A queue on Redis."""

    def __init__(self) -> None:
        from dramatiq.brokers.redis import RedisBroker

        super().__init__(RedisBroker(url=REDIS, namespace=NAMESPACE))

    def arrived(self) -> int:
        return int(self._broker.client.llen(f"{NAMESPACE}:{QUEUE}"))

    def empty(self) -> None:
        self._broker.client.delete(f"{NAMESPACE}:{QUEUE}", f"{NAMESPACE}:{QUEUE}.msgs")


class RabbitmqQueue(DramatiqQueue):
    """A queue on RabbitMQ."""

    def __init__(self, confirm_delivery: bool) -> None:
        from dramatiq.brokers.rabbitmq import RabbitmqBroker

        vhost = RABBITMQ.path[1:].replace("/", "%2F") or "%2F"
        super().__init__(RabbitmqBroker(url=f"amqp://{RABBITMQ.netloc}/{vhost}", confirm_delivery=confirm_delivery))
        self.share = 0.2 if confirm_delivery else 1

    def arrived(self) -> int:
        return int(self._broker.channel.queue_declare(QUEUE, passive=True).method.message_count)

    def empty(self) -> None:
        self._broker.declare_queue(QUEUE, ensure=True)
        self._broker.channel.queue_purge(QUEUE)

    def close(self) -> None:
        for suffix in ("", ".DQ", ".XQ"):
            self._broker.channel.queue_delete(QUEUE + suffix)
        super().close()


def opened(name: str) -> Queue:
    """Return the queue of that name."""
    return RedisQueue() if name == "redis" else RabbitmqQueue(name == "rabbitmq-confirms")


if __name__ == "__main__":
    sys.exit(run(__doc__, TARGETS, opened))
