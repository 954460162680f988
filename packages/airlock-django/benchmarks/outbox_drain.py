"""Measure how fast a relay drains the outbox on PostgreSQL, for scopes of 1, 3, 10 and 100 intents.

Most of it goes to an executor that does nothing, so that what is measured is the relay itself, and some to Celery on
Redis, where both are there. Two rates are shown: by the clock, which is what a quiet machine gives, and by the relay's
own processor time, which a busy machine leaves much as it is. The target is for the second, and scopes of three.
"""

import argparse
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import django
from _servers import NOT_RUN, server_of, settings_of
from django.conf import settings

TARGET = 30_000
TARGET_SIZE = 3
DATABASE = f"airlock_drain_{os.getpid()}"


def nothing(intent: object) -> None:
    """Send nothing anywhere."""


def configure() -> bool:
    """Configure Django, and return whether PostgreSQL answers."""
    if server_of("postgres") is None:
        return False
    server = settings_of("postgres", DATABASE, Path())
    settings.configure(
        DATABASES={"default": server},
        INSTALLED_APPS=["airlock.integrations.django", "airlock.integrations.django.outbox"],
        SECRET_KEY="a key for benchmarks",
        AIRLOCK={"EXECUTOR": nothing, "OUTBOX": {"EXECUTORS": {"nothing": nothing}}},
        USE_TZ=True,
    )
    django.setup()
    return True


@contextmanager
def database() -> Iterator[None]:
    """Make a database for the while."""
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(made, verbosity=0)


def fill(task: Any, executor: Any, size: int, intents: int) -> None:
    """Record intents in scopes of a size, as their writers would, and let their leases be over."""
    from django.db import connection, transaction

    import airlock
    from airlock.integrations.django.outbox._entries import divide, insert_entries
    from airlock.integrations.django.outbox._settings import required_settings

    chosen = required_settings()
    with transaction.atomic():
        for _ in range(intents // size):
            scope = [airlock.Intent(task, (number, f"order {number}")) for number in range(size)]
            insert_entries(connection, divide(scope, executor, chosen), uuid4().hex, chosen)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE airlock_outbox_entry SET due = 1")
        cursor.execute("VACUUM ANALYZE airlock_outbox_entry")


def drain() -> tuple[float, float]:
    """Return how many seconds a relay takes, by the clock and of the processor."""
    from airlock.integrations.django.outbox._relay import Relay
    from airlock.integrations.django.outbox._settings import required_settings
    from airlock.integrations.django.outbox._signals import Stopping

    stopping = Stopping()
    start, used = perf_counter(), process_time()
    Relay("default", required_settings(), once=True, stopping=stopping).run()
    durations = perf_counter() - start, process_time() - used
    stopping.close()
    return durations


def measure(name: str, fill_with: Callable[[int], None], size: int, intents: int) -> float:
    """Print how many intents a second go out, and return how many a second of processor time."""
    fill_with(size)
    count = intents // size * size
    by_clock, of_processor = (count / duration for duration in drain())
    target = f"target {TARGET:,}" if name == "nothing" and size == TARGET_SIZE else ""
    rates = f"{by_clock:9,.0f} intents a second, {of_processor:9,.0f} of the processor"
    print(f"to {name:8} scopes of {size:3}: {rates}  {target}", flush=True)
    return of_processor


def celery_task() -> tuple[Any, Any] | None:
    """Return a Celery task on Redis and its executor, `None` where there is none."""
    url = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0")
    parts = urlsplit(url)
    try:
        celery: Any = import_module("celery")
        executor = import_module("airlock.integrations.executors.celery").celery_executor
        socket.create_connection((str(parts.hostname), parts.port or 6379), timeout=2).close()
    except (ImportError, OSError):
        return None
    app = celery.Celery("drain", broker=url, task_ignore_result=True)
    app.conf.task_default_queue = DATABASE

    @app.task(name="drain.task")
    def task(number: int, text: str) -> None:
        """Do nothing."""

    return task, executor


def task(number: int, text: str) -> None:
    """Do nothing."""


def main() -> int:
    """Return 0 if the target is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--intents", type=int, default=6_000)
    options = parser.parse_args()
    if not configure():
        print("no PostgreSQL answers")
        return NOT_RUN
    from airlock.integrations.django.outbox._registry import register

    register(task, name="drain.nothing")
    rates: dict[int, float] = {}
    with database():
        for size in (1, 3, 10, 100):
            rates[size] = measure(
                "nothing", lambda size: fill(task, nothing, size, options.intents), size, options.intents
            )
        found = celery_task()
        if found is None:
            print("to Celery: not measured, it or Redis is missing")
        else:
            of_celery, executor = found
            try:
                for size in (1, 3, 10, 100):
                    measure("Celery", lambda size: fill(of_celery, executor, size, 3_000), size, 3_000)
            finally:
                with of_celery.app.connection_for_write() as connection:
                    connection.default_channel.queue_purge(DATABASE)
    return 0 if rates[TARGET_SIZE] >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
