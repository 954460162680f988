"""Measure a flush against the loop of `task.enqueue()` that it replaces, on SQLite, on PostgreSQL and in memory.

On SQLite the loop waits for the disk once a task, and the flush once in all: the slower the disk, the better the
figure. In memory, with Django's dummy, nothing can be saved, and what a flush costs is seen.
"""

import os
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from flushing import Queue, Target, run

DATABASE = "airlock_django_tasks_bench"
POSTGRES = urlsplit(os.environ.get("AIRLOCK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5442/postgres"))
TARGETS = {"sqlite": Target.within_a_tenth(8), "postgresql": Target.within_a_tenth(5), "dummy": Target(0.8, 0.72)}


class Router:
    """Sends the queue to the database that is measured."""

    alias = "sqlite"

    def db_for_read(self, model: object, **_: object) -> str:
        """Return where a model is."""
        return self.alias

    db_for_write = db_for_read


@cache
def set_up() -> TemporaryDirectory[str]:
    """Configure Django, and return the folder of the database on SQLite."""
    import django
    from django.conf import settings

    framework = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
    folder = TemporaryDirectory()
    settings.configure(
        SECRET_KEY="only for benchmarks",
        USE_TZ=True,
        INSTALLED_APPS=["django_tasks_db"],
        MIGRATION_MODULES={"django_tasks_database": None},
        DATABASES={
            "default": {},
            "sqlite": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(folder.name, "queue.sqlite3"))},
            "postgresql": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": DATABASE,
                "HOST": POSTGRES.hostname,
                "PORT": POSTGRES.port,
                "USER": POSTGRES.username,
                "PASSWORD": POSTGRES.password or "",
            },
        },
        DATABASE_ROUTERS=["__main__.Router"],
        TASKS={
            "default": {"BACKEND": "django_tasks_db.DatabaseBackend"},
            "dummy": {"BACKEND": f"{framework}.backends.dummy.DummyBackend"},
        },
    )
    django.setup()
    return folder


def make_postgresql() -> None:
    """Make a database of our own."""
    import psycopg

    with psycopg.connect(POSTGRES.geturl(), autocommit=True, connect_timeout=5) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchall():
            connection.execute(f"CREATE DATABASE {DATABASE}")


class DummyQueue(Queue):
    """Django's queue in memory."""

    executor = "django-tasks"

    def __init__(self) -> None:
        set_up()
        from _tasks import task

        self.task: Any = task.using(backend="dummy")

    def send(self, number: int) -> None:
        self.task.enqueue(number, user=number)

    def arrived(self) -> int:
        return len(self.task.get_backend().results)

    def empty(self) -> None:
        self.task.get_backend().clear()


class DatabaseQueue(Queue):
    """A queue in a database."""

    executor = "django-tasks"

    def __init__(self, alias: str) -> None:
        set_up()
        from _tasks import task
        from django.core.management import call_command

        if alias == "postgresql":
            make_postgresql()
        self.task: Any = task
        self._alias = alias
        call_command("migrate", run_syncdb=True, verbosity=0, database=alias)

    def send(self, number: int) -> None:
        self.task.enqueue(number, user=number)

    def arrived(self) -> int:
        return int(self._rows().count())

    def empty(self) -> None:
        Router.alias = self._alias
        self._rows().delete()

    def _rows(self) -> Any:
        from django_tasks_db.models import DBTaskResult

        return DBTaskResult.objects.using(self._alias).all()


def opened(name: str) -> Queue:
    """Return the queue of that name."""
    return DummyQueue() if name == "dummy" else DatabaseQueue(name)


if __name__ == "__main__":
    sys.exit(run(__doc__, TARGETS, opened, count=2_000))
