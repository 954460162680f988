"""Measure a flush against the loop of `async_task` that it replaces, on PostgreSQL and on Redis.

PostgreSQL keeps its connection, as in production.
"""

import os
import sys
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from _tasks import task as job
from flushing import Queue, Target, run

DATABASE = "airlock_django_q_bench"
POSTGRES = urlsplit(os.environ.get("AIRLOCK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5442/postgres"))
REDIS = urlsplit(os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0"))
TARGETS = {"postgresql": Target.within_a_tenth(8), "redis": Target.within_a_tenth(7)}


@cache
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


class DjangoQQueue(Queue):
    """The queue of a cluster."""

    executor = "django-q"
    task = staticmethod(job)

    def __init__(self, name: str) -> None:
        set_up()
        self._alias = "default" if name == "postgresql" else None

    def send(self, number: int) -> None:
        from django_q.tasks import async_task

        async_task(job, number, user=number)

    def arrived(self) -> int:
        return int(self._broker().queue_size())

    def empty(self) -> None:
        from django_q.conf import Conf

        Conf.ORM = self._alias
        self._broker().purge_queue()

    def _broker(self) -> Any:
        from django_q.brokers import get_broker

        return get_broker()


if __name__ == "__main__":
    sys.exit(run(__doc__, TARGETS, DjangoQQueue, rounds=3))
