"""Measure a flush against the loop of `delay` that it replaces, on Redis and on RabbitMQ with and without confirms.

Where RabbitMQ confirms nothing, a flush still asks it in the end whether all has arrived, and must not be slower for it
than by a twentieth.
"""

import os
import sys
from typing import Any

from celery import Celery
from flushing import Queue, Target, run

QUEUE = "airlock-celery-bench"
REDIS = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0] + "/1"
RABBITMQ = os.environ.get("AIRLOCK_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5682//")
BROKERS: dict[str, tuple[str, dict[str, Any]]] = {
    "redis": (REDIS, {}),
    "rabbitmq-confirms": (RABBITMQ, {"confirm_publish": True}),
    "rabbitmq": (RABBITMQ, {}),
}
TARGETS = {
    "redis": Target.within_a_tenth(2.5),
    "rabbitmq-confirms": Target.within_a_tenth(2.8),
    "rabbitmq": Target.not_slower(),
}


def job(order: int, user: int) -> None:
    """Do nothing."""


class CeleryQueue(Queue):
    """The queue of an app."""

    executor = "celery"

    def __init__(self, name: str) -> None:
        url, options = BROKERS[name]
        app = Celery("airlock-bench", broker=url, set_as_current=False)
        app.conf.update(broker_transport_options=options, task_default_queue=QUEUE)
        self.task = app.task(name="bench.task", shared=False)(job)
        self._connection = app.connection_for_write(connect_timeout=2)
        self._connection.ensure_connection(max_retries=0)
        self._queue = app.amqp.queues[QUEUE](self._connection.channel())
        self._queue.declare()

    def send(self, number: int) -> None:
        self.task.delay(number, user=number)

    def arrived(self) -> int:
        return int(self._queue.queue_declare(passive=True).message_count)

    def empty(self) -> None:
        self._queue.purge()

    def close(self) -> None:
        self._queue.delete()
        self._connection.release()


if __name__ == "__main__":
    sys.exit(run(__doc__, TARGETS, CeleryQueue))
