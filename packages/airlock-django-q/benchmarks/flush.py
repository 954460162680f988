"""Measure a flush against the loop of `async_task` that it replaces, on PostgreSQL and on Redis.

Both sides put the same number of messages on the same queue, in turn and in one process; each figure is the median of
loop against flush, pair by pair, so more is better. PostgreSQL keeps its connection, as in production.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from _tasks import task

import airlock

NOT_RUN = 77
DATABASE = "airlock_django_q_bench"
POSTGRES = urlsplit(os.environ.get("AIRLOCK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5442/postgres"))
REDIS = urlsplit(os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0"))
TARGETS = {"postgresql": 8.0, "redis": 7.0}
TOLERANCE = 0.9


def set_up() -> None:
    """Configure Django, and make the database and the table of the queue."""
    import django
    import psycopg
    from django.conf import settings
    from django.core.management import call_command

    with psycopg.connect(POSTGRES.geturl(), autocommit=True, connect_timeout=5) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchall():
            connection.execute(f"CREATE DATABASE {DATABASE}")
    settings.configure(
        SECRET_KEY="only for benchmarks",
        USE_TZ=True,
        INSTALLED_APPS=["django_q"],
        MIGRATION_MODULES={"django_q": None},
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": DATABASE,
                "HOST": POSTGRES.hostname,
                "PORT": POSTGRES.port,
                "USER": POSTGRES.username,
                "PASSWORD": POSTGRES.password or "",
                "CONN_MAX_AGE": 600,
            }
        },
        Q_CLUSTER={
            "name": "airlock-bench",
            "timeout": 20,
            "retry": 60,
            "log_level": "WARNING",
            "redis": {"host": REDIS.hostname, "port": REDIS.port, "db": 4},
        },
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)


def loop(count: int) -> None:
    """Send one by one, as code without airlock does."""
    from django_q.tasks import async_task

    for number in range(count):
        async_task(task, number, user=number)


def flush(count: int) -> None:
    """Enqueue in a scope and let it send."""
    with airlock.scope(executor="django-q"):
        for number in range(count):
            airlock.enqueue(task, number, user=number)


def seconds(work: Callable[[int], None], count: int) -> float:
    """Measure once, on an empty queue, and check that everything has arrived."""
    from django_q.brokers import get_broker

    broker: Any = get_broker()
    broker.purge_queue()
    gc.collect()
    start = perf_counter()
    work(count)
    duration = perf_counter() - start
    if broker.queue_size() != count:
        raise AssertionError(f"{broker.queue_size()} of {count} messages are on the queue")
    broker.purge_queue()
    return duration


def measure(broker: str, count: int, rounds: int) -> bool:
    """Print the line of one broker and return whether its target is reached."""
    from django_q.conf import Conf

    Conf.ORM = "default" if broker == "postgresql" else None
    for work in (loop, flush):
        seconds(work, count // 20)
    ratios = [seconds(loop, count) / seconds(flush, count) for _ in range(rounds)]
    figure = median(ratios)
    spread = median(abs(ratio - figure) for ratio in ratios)
    reached = figure >= TARGETS[broker] * TOLERANCE
    verdict = "met" if reached else "missed"
    print(
        f"{broker:12}{count:>8,} messages {figure:8.1f} x ±{spread:4.1f}   target {TARGETS[broker]:g} x   {verdict}",
        flush=True,
    )
    return reached


def main() -> int:
    """Return 0 if every target is reached within a tenth, 77 if something that is needed is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=TARGETS, default=[*TARGETS])
    options = parser.parse_args()
    try:
        import psycopg
        import redis
    except ImportError as error:
        print(f"not run: {error}")
        return NOT_RUN
    try:
        with redis.Redis(host=REDIS.hostname or "", port=REDIS.port or 6379) as client:
            client.ping()
        set_up()
    except (psycopg.OperationalError, redis.ConnectionError) as error:
        print(f"not run: {error}")
        return NOT_RUN
    reached = [measure(broker, options.count, options.rounds) for broker in options.only]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
