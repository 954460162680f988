"""Measure a flush against the loop of `send` that it replaces, on Redis and on RabbitMQ with and without confirms.

Both sides put the same number of messages on the same queue, in turn and in one process; each figure is the median of
loop against flush, pair by pair, so more is better. A loop that waits for a confirm after each message takes so long
that it is measured with fewer of them. Where RabbitMQ confirms nothing a flush still asks it in the end whether all has
arrived, and must not be slower for it than by a twentieth.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable
from statistics import median
from time import monotonic, perf_counter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import dramatiq

import airlock

NOT_RUN = 77
QUEUE = "airlock_dramatiq_bench"
NAMESPACE = "airlock-dramatiq-bench"
REDIS = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0] + "/2"
RABBITMQ = urlsplit(os.environ.get("AIRLOCK_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5682//"))


class Place(NamedTuple):
    """A broker, how many messages to measure it with, and how many times faster than the loop a flush has to be."""

    make: Callable[[], Any]
    share: float
    target: float
    at_least: float


def redis_broker() -> Any:
    """Return a broker on Redis."""
    from dramatiq.brokers.redis import RedisBroker

    return RedisBroker(url=REDIS, namespace=NAMESPACE)


def rabbitmq_broker(confirm_delivery: bool) -> Any:
    """Return a broker on RabbitMQ."""
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    vhost = RABBITMQ.path[1:].replace("/", "%2F") or "%2F"
    return RabbitmqBroker(url=f"amqp://{RABBITMQ.netloc}/{vhost}", confirm_delivery=confirm_delivery)


PLACES = {
    "redis": Place(redis_broker, 1, 3.4, 3.4 * 0.9),
    "rabbitmq-confirms": Place(lambda: rabbitmq_broker(True), 0.2, 6.4, 6.4 * 0.9),
    "rabbitmq": Place(lambda: rabbitmq_broker(False), 1, 1.0, 1 / 1.05),
}


def make_actor(broker: Any) -> Any:
    """Return an actor on a broker."""

    def actor(order: int, user: int) -> None:
        """Do nothing."""

    return dramatiq.actor(actor, broker=broker, queue_name=QUEUE, actor_name="bench")


def loop(actor: Any, count: int) -> None:
    """Send one by one, as code without airlock does."""
    for number in range(count):
        actor.send(number, user=number)


def flush(actor: Any, count: int) -> None:
    """Enqueue in a scope and let it send."""
    with airlock.scope(executor="dramatiq"):
        for number in range(count):
            airlock.enqueue(actor, number, user=number)


def arrived(broker: Any) -> int:
    """Return how many messages are on the queue."""
    if hasattr(broker, "client"):
        return int(broker.client.llen(f"{NAMESPACE}:{QUEUE}"))
    return int(broker.channel.queue_declare(QUEUE, passive=True).method.message_count)


def forget(broker: Any) -> None:
    """Empty the queue."""
    if hasattr(broker, "client"):
        broker.client.delete(f"{NAMESPACE}:{QUEUE}", f"{NAMESPACE}:{QUEUE}.msgs")
        return
    broker.declare_queue(QUEUE, ensure=True)
    broker.channel.queue_purge(QUEUE)


def seconds(work: Callable[[Any, int], None], actor: Any, count: int) -> float:
    """Measure once, on an empty queue, and check that everything has arrived."""
    forget(actor.broker)
    gc.collect()
    start = perf_counter()
    work(actor, count)
    duration = perf_counter() - start
    deadline = monotonic() + 10
    # Without confirms a loop ends before RabbitMQ has read what was written.
    while (found := arrived(actor.broker)) != count:
        if monotonic() > deadline:
            raise AssertionError(f"{found} of {count} messages are on the queue")
    forget(actor.broker)
    return duration


def measure(name: str, actor: Any, count: int, rounds: int) -> bool:
    """Print the line of one broker and return whether its target is reached."""
    place = PLACES[name]
    count = int(count * place.share)
    for work in (loop, flush):
        seconds(work, actor, count // 20)
    ratios = [seconds(loop, actor, count) / seconds(flush, actor, count) for _ in range(rounds)]
    figure = median(ratios)
    spread = median(abs(ratio - figure) for ratio in ratios)
    reached = figure >= place.at_least
    verdict = "met" if reached else "missed"
    print(
        f"{name:18}{count:>8,} messages {figure:8.2f} x ±{spread:5.2f}   target {place.target:g} x   {verdict}",
        flush=True,
    )
    return reached


def clean_up(broker: Any) -> None:
    """Leave nothing behind."""
    if not hasattr(broker, "client"):
        for suffix in ("", ".DQ", ".XQ"):
            broker.channel.queue_delete(QUEUE + suffix)
    broker.close()


def main() -> int:
    """Return 0 if every target is reached within the tolerance, 77 if something that is needed is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PLACES, default=[*PLACES])
    options = parser.parse_args()
    actors: dict[str, Any] = {}
    for name in options.only:
        try:
            actors[name] = make_actor(PLACES[name].make())
            forget(actors[name].broker)
        except Exception as error:
            print(f"not run: {name}: {type(error).__name__}: {error}")
            return NOT_RUN
    reached = [measure(name, actor, options.count, options.rounds) for name, actor in actors.items()]
    for actor in actors.values():
        clean_up(actor.broker)
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
