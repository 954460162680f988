"""Measure what a scope costs in a worker of Dramatiq, on Redis: an empty actor without `AirlockMiddleware` and with it.

Middleware sees every message of its broker, so it is taken away and put back between the blocks.
"""

import os
import sys
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import default_middleware
from working import Stamps, Work, run, worker_process

from airlock.integrations.dramatiq import AirlockMiddleware

QUEUE = "airlock-dramatiq-bench-worker"

stamps = Stamps(f"{QUEUE}:stamps", database=2)
# Dramatiq 1 measures by default, which takes time of its own.
chain = [kind() for kind in default_middleware if kind.__name__ != "Prometheus"]
broker = RedisBroker(url=stamps.url, namespace=QUEUE, middleware=chain)


def nothing(order: int, user: int) -> None:
    """Do nothing."""


plain = dramatiq.actor(nothing, broker=broker, queue_name=QUEUE, actor_name="plain")


@dramatiq.actor(broker=broker, queue_name=QUEUE)
def begin(with_scopes: bool) -> None:
    """Say how long the process has worked, and have the middleware in place or not."""
    broker.middleware = [*chain, middleware] if with_scopes else [*chain]
    stamps.stamp()


middleware = AirlockMiddleware()
unscoped = [plain.fn, begin.fn]
broker.add_middleware(middleware)
plain.fn, begin.fn = unscoped
scoped = dramatiq.actor(nothing, broker=broker, queue_name=QUEUE, actor_name="scoped")


class DramatiqWork(Work):
    """A worker with one thread."""

    stamps = stamps

    def send(self, with_scopes: bool, count: int) -> None:
        actor: Any = scoped if with_scopes else plain
        for number in range(count):
            actor.send(number, number)

    def begin(self, with_scopes: bool) -> None:
        begin.send(with_scopes)

    def worker(self) -> Any:
        command = ["-m", "dramatiq", "worker:broker", "--processes=1", "--threads=1", "--log-file", os.devnull]
        # With fewer messages in hand it mostly waits until it looks for the next ones.
        return worker_process(__file__, *command, dramatiq_queue_prefetch="128")

    def forget(self) -> None:
        stamps.forget(f"{QUEUE}:*")


if __name__ == "__main__":
    sys.exit(run(__doc__, DramatiqWork()))
