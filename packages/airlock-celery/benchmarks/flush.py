"""Measure a flush against the loop of `delay` that it replaces, on Redis and on RabbitMQ with and without confirms.

Both sides put the same number of messages on the same queue, in turn and in one process; each figure is the median of
loop against flush, pair by pair, so more is better. Where RabbitMQ confirms nothing a flush still asks it in the end
whether all has arrived, and must not be slower for it than by a twentieth.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from celery import Celery

import airlock

NOT_RUN = 77
QUEUE = "airlock-celery-bench"
REDIS = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0] + "/1"
RABBITMQ = os.environ.get("AIRLOCK_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5682//")


class Broker(NamedTuple):
    """A broker, how it is spoken to, and how many times faster than the loop a flush has to be at least."""

    url: str
    options: dict[str, Any]
    target: float
    at_least: float


BROKERS = {
    "redis": Broker(REDIS, {}, 2.5, 2.5 * 0.9),
    "rabbitmq-confirms": Broker(RABBITMQ, {"confirm_publish": True}, 2.8, 2.8 * 0.9),
    "rabbitmq": Broker(RABBITMQ, {}, 1.0, 1 / 1.05),
}


def make_task(broker: Broker) -> Any:
    """Return a task of an app with this broker."""

    def task(order: int, user: int) -> None:
        """Do nothing."""

    app = Celery("airlock-bench", broker=broker.url, set_as_current=False)
    app.conf.update(broker_transport_options=broker.options, task_default_queue=QUEUE)
    return app.task(name="bench.task", shared=False)(task)


def loop(task: Any, count: int) -> None:
    """Send one by one, as code without airlock does."""
    for number in range(count):
        task.delay(number, user=number)


def flush(task: Any, count: int) -> None:
    """Enqueue in a scope and let it send."""
    with airlock.scope(executor="celery"):
        for number in range(count):
            airlock.enqueue(task, number, user=number)


def seconds(work: Callable[[Any, int], None], task: Any, count: int) -> float:
    """Measure once, on an empty queue, and check that everything has arrived."""
    with task.app.connection_for_write() as connection, connection.channel() as channel:
        queue = task.app.amqp.queues[QUEUE](channel)
        queue.declare()
        queue.purge()
        gc.collect()
        start = perf_counter()
        work(task, count)
        duration = perf_counter() - start
        waited = perf_counter()
        # Without confirms a loop ends before RabbitMQ has read what was written.
        while (arrived := queue.queue_declare(passive=True).message_count) != count:
            if perf_counter() - waited > 10:
                raise AssertionError(f"{arrived} of {count} messages are on the queue")
        queue.delete()
    return duration


def measure(name: str, count: int, rounds: int) -> bool:
    """Print the line of one broker and return whether its target is reached."""
    broker = BROKERS[name]
    task = make_task(broker)
    ratios: list[float] = []
    for turn in range(rounds + 1):
        size = count if turn else count // 20
        ratio = seconds(loop, task, size) / seconds(flush, task, size)
        ratios += [ratio] * bool(turn)
    figure = median(ratios)
    spread = median(abs(ratio - figure) for ratio in ratios)
    reached = figure >= broker.at_least
    verdict = "met" if reached else "missed"
    print(
        f"{name:18}{count:>8,} messages {figure:8.2f} x ±{spread:5.2f}   target {broker.target:g} x   {verdict}",
        flush=True,
    )
    return reached


def main() -> int:
    """Return 0 if every target is reached within the tolerance, 77 if something that is needed is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=BROKERS, default=[*BROKERS])
    options = parser.parse_args()
    for name in options.only:
        try:
            with make_task(BROKERS[name]).app.connection_for_write(connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=0)
                connection.channel().close()
        except Exception as error:
            print(f"not run: {name}: {type(error).__name__}: {error}")
            return NOT_RUN
    reached = [measure(name, options.count, options.rounds) for name in options.only]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
