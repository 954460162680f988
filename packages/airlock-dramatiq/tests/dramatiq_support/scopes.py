"""Messages as units of work in a worker in this process."""

from collections.abc import Callable
from typing import Any

import dramatiq

from dramatiq_support.actors import QUEUE
from dramatiq_support.workers import worker_threads

CARRYING = {"airlock_context": {"request_id": "r-1"}}


def make(broker: Any, function: Callable[..., object], name: str | None = None, **options: Any) -> Any:
    """Make an actor that is not tried again unless it says so, and then at once."""
    options = {"max_retries": 0, "min_backoff": 1, "max_backoff": 1, **options}
    return dramatiq.actor(broker=broker, queue_name=QUEUE, actor_name=name or function.__name__, **options)(function)


def work_off(broker: Any, *messages: Any) -> None:
    """Let a worker do all there is to do, then send it a message and let it do that, one after the other."""
    with worker_threads(broker) as worker:
        for message in (None, *messages):
            if message is not None:
                broker.enqueue(message)
            broker.join(QUEUE, fail_fast=False, timeout=30_000)
            worker.join()
