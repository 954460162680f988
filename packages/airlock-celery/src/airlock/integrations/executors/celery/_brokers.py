"""The connections that messages are sent through.

Celery's own connections to Redis wait for an answer for ever, and those to RabbitMQ cannot hold a transaction once they
are used with publisher confirms. So an app gets a second pool of them here, the same but for that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary, finalize

from airlock.integrations.executors.celery._library import library

ANSWER_TIMEOUT: Final = 5.0
"""How many seconds a broker may take to answer before it counts as down, where the app does not say."""

_TIMEOUTS = {
    "redis": ("socket_timeout", "socket_connect_timeout"),
    "py-amqp": ("read_timeout", "write_timeout"),
}


class _Pool(NamedTuple):
    """A pool of producers, and what it was made from."""

    producers: Any
    url: str
    options: dict[str, Any]
    process: int


_pools: WeakKeyDictionary[Any, _Pool] = WeakKeyDictionary()
# Dropping connections that are the parent's would close them for it too.
_of_parent: list[_Pool] = []


def confirms_publishes(app: Any) -> bool:
    """Return whether a broker confirms each message before it counts as sent.

    Redis does, by its reply. RabbitMQ does only if `broker_transport_options` has `{"confirm_publish": True}`; without,
    whatever is on its way when the connection is lost, or does not fit into a queue, is lost, and nobody is told.
    """
    connection = app.connection_for_write()
    return connection.transport.driver_type != "amqp" or bool(connection.transport_options.get("confirm_publish"))


@contextmanager
def producer_of(app: Any) -> Generator[Any]:
    """Lend a producer of the app's broker."""
    pool = _pool_of(app)
    acquired = app.producer_or_acquire() if pool is None else pool.producers.acquire(block=True)
    with acquired as producer:
        yield producer


def connect(app: Any, producer: Any) -> None:
    """Connect, or find out whether a connection from the pool still holds, before anything is sent.

    Raises:
        kombu.exceptions.OperationalError: There is no broker.
    """

    def check() -> None:
        client = getattr(producer.channel, "client", None)
        ping = getattr(client, "ping", None)
        if ping is not None:
            ping()

    ensure(app, producer, check)


def ensure(app: Any, producer: Any, step: Callable[[], object]) -> None:
    """Take a step that needs a connection, with a new one if the old one is lost, as often as the app tries.

    Kombu has such a function, which waits for a silent broker anew each time. This one gives up after one timeout, or
    after two if the first was that of a connection from the pool: other connections may do better.

    Raises:
        kombu.exceptions.OperationalError: There is no broker.
    """
    intervals = _intervals(app)
    # A client such as Redis's has retries of its own, which take their time.
    longest = min(ANSWER_TIMEOUT, max(1.0, sum(intervals)))
    connection = producer.connection
    failure = library("kombu.exceptions").OperationalError
    started = monotonic()
    for retries, interval in enumerate([*intervals, 0.0, 0.0]):
        pooled = connection.connected
        try:
            step()
        except (failure, *connection.recoverable_connection_errors) as error:
            connection.maybe_switch_next()
            connection.collect()
            producer.revive(connection)
            is_last = retries >= len(intervals) or monotonic() - started > longest
            if is_last and not (pooled and retries == 0):
                raise failure(str(error)) from error
        except (library("amqp.exceptions").AccessRefused, *connection.recoverable_channel_errors) as error:
            raise failure(str(error)) from error
        else:
            return
        sleep(interval)


def _intervals(app: Any) -> list[float]:
    """Return how long to wait before each retry; where there is no limit to them, as often as time allows."""
    policy: dict[str, Any] = app.conf.task_publish_retry_policy or {}
    first, step, longest = (policy.get(f"interval_{name}", 0.2) for name in ("start", "step", "max"))
    most = policy.get("max_retries", 3) if app.conf.task_publish_retry else 0
    return [min(longest, first + turn * step) for turn in range(100 if most is None else most)]


def speaks_amqp(app: Any) -> bool:
    """Return whether the broker of an app is one like RabbitMQ."""
    found: bool = app.connection_for_write().transport.driver_type == "amqp"
    return found


def _pool_of(app: Any) -> _Pool | None:
    """Return the pool of an app, `None` where its own connections will do."""
    url, options = app.conf.broker_write_url, app.conf.broker_transport_options
    pool = _pools.get(app)
    if pool is None or pool.url != url or pool.options != options or pool.process != os.getpid():
        if pool is not None:
            _drop(pool)
        producers = _make_producers(app)
        if producers is None:
            return None
        pool = _pools[app] = _Pool(producers, url, dict(options), os.getpid())
    return pool


def _drop(pool: _Pool) -> None:
    """Close the connections of a pool, unless they are the parent's, which would lose them too."""
    if pool.process == os.getpid():
        _close(pool.producers, pool.process)
    else:
        _of_parent.append(pool)


def _make_producers(app: Any) -> Any:
    connection = app.connection_for_write()
    transport = connection.transport
    timeouts = _TIMEOUTS.get(transport.driver_name)
    if timeouts is None:
        return None
    # Kombu would retry on its own, and much more patiently, than the app is told to.
    options = {**dict.fromkeys(timeouts, ANSWER_TIMEOUT), "max_retries": 0, **connection.transport_options}
    if options.get("confirm_publish"):
        options["confirm_publish"] = False
    bounded = app.connection_for_write(transport_options=options)
    limit = app.pool.limit
    producers = library("kombu.pools").ProducerPool(bounded.Pool(limit=limit), limit=limit)
    finalize(app, _close, producers, os.getpid())
    return producers


def _close(producers: Any, process: int) -> None:
    if process == os.getpid():
        producers.force_close_all()
        producers.connections.force_close_all()
