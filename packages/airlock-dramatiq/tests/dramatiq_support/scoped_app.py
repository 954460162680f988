"""The broker of workers whose messages are units of work, or are not; every actor writes down what happens.

The settings are in the environment. Each actor gets a keyword argument `run`, the key in Redis to write to.
"""

import json
import os
import signal
import time
from typing import Any

import dramatiq
import redis
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, CurrentMessage, GroupCallbacks, Middleware, SkipMessage, TimeLimit
from dramatiq.rate_limits.backends import RedisBackend as RateLimits
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend as ResultsBackend

import airlock
from airlock.integrations.dramatiq import AirlockMiddleware
from dramatiq_support import actors

settings: dict[str, Any] = json.loads(os.environ["AIRLOCK_DRAMATIQ_WORKER"])
queue: str = settings["queue"]
log = redis.Redis.from_url(actors.REDIS_URL, decode_responses=True)
airlock.configure(executor="dramatiq")


class Count(Middleware):
    """Count the messages that are under way, and write down how each execution has ended."""

    def after_enqueue(self, broker: Any, message: Any, delay: Any) -> None:
        log.incr(f"{queue}:pending")

    def after_ack(self, broker: Any, message: Any) -> None:
        self._end(message, "done")

    def after_nack(self, broker: Any, message: Any) -> None:
        self._end(message, "failed")

    def _end(self, message: Any, how: str) -> None:
        if "eta" not in message.options:
            record(f"{run_of(message.kwargs, *message.args)}:ends", f"{message.actor_name} {how}")
        log.decr(f"{queue}:pending")


class Skip(Middleware):
    """Skip what asks for it."""

    def before_process_message(self, broker: Any, message: Any) -> None:
        if "skip" in message.kwargs:
            raise SkipMessage("as asked")


class Leak(Middleware):
    """Enter a scope after a message that asks for it, and never leave it."""

    def after_process_message(self, broker: Any, message: Any, **_: Any) -> None:
        if "leak" in message.kwargs:
            airlock.scope().enter()
            airlock.enqueue(mark, run=message.kwargs["run"], event="swallowed")


class Tardy(Middleware):
    """Take forever to send what asks for it, the first time."""

    def before_enqueue(self, broker: Any, message: Any, delay: Any) -> None:
        if "tardy" in message.kwargs and once(f"{message.kwargs['run']}:tardy"):
            record(message.kwargs["run"], "sending")
            for _ in range(600):
                time.sleep(0.05)


def make_broker() -> Any:
    """Return the broker, with everything that comes with Dramatiq and ours in its place."""
    chain: list[Any] = [kind for kind in actors.middleware() if not isinstance(kind, (TimeLimit, AsyncIO))]
    chain += [TimeLimit(interval=50), GroupCallbacks(RateLimits(url=actors.REDIS_URL)), CurrentMessage(), AsyncIO()]
    results = ResultsBackend(url=actors.REDIS_URL, namespace=f"{queue}:results")
    chain += [Results(backend=results), Count(), Skip(), Leak(), Tardy()]
    if settings["mode"] != "plain":
        chain.insert({"first": 0, "last": len(chain)}.get(settings["mode"], len(chain) // 2), AirlockMiddleware())
    if settings["url"].startswith("redis"):
        # A dead worker's messages go back to their queue after so many milliseconds.
        return RedisBroker(
            url=settings["url"], namespace=queue, middleware=chain, heartbeat_timeout=2000, maintenance_chance=1_000_000
        )
    return RabbitmqBroker(url=settings["url"], middleware=chain, confirm_delivery=True)


def run_of(kwargs: dict[str, Any], *args: Any) -> Any:
    """Return the run of a message, or of the message that a callback was called with."""
    found = kwargs.get("run")
    return found if found is not None else args[0]["kwargs"]["run"]


def record(run: str, event: str) -> None:
    """Write down what has happened; the test reads it."""
    log.rpush(run, event)
    log.expire(run, 300)


def once(key: str) -> bool:
    """Return whether this is asked for the first time."""
    first = log.incr(key) == 1
    log.expire(key, 300)
    return first


def wait_for(run: str) -> None:
    """Say that the task is in the middle of its work, and wait until the test lets it go on."""
    record(run, "waiting")
    for _ in range(1200):
        if log.exists(f"{run}:go"):
            return
        time.sleep(0.05)
    raise TimeoutError(run)


def die() -> None:
    """Kill this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def retries() -> int:
    """Return how often the current message has been tried before."""
    message: Any = CurrentMessage.get_current_message()
    return int(message.options.get("retries", 0))


broker = make_broker()
dramatiq.set_broker(broker)


def actor(function: Any = None, **options: Any) -> Any:
    """Make an actor that is not tried again unless it says so, and then at once."""
    options = {"max_retries": 0, "min_backoff": 1, "max_backoff": 1, **options}
    declare = dramatiq.actor(broker=broker, queue_name=queue, **options)
    return declare if function is None else declare(function)


@actor
def mark(*_: Any, run: str, event: str, **__: Any) -> str:
    """Happen."""
    record(run, event)
    return event


@actor
def fail(*_: Any, run: str) -> None:
    """Fail."""
    record(run, "failing")
    raise RuntimeError("as asked")
